"""What every test gets: a private home, no screen, nothing left behind; and real photographs to load."""

import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import cv2
import hypothesis
import numpy as np
import pytest

from inspector.resource_limits import usable_cores
from tests.screens import x_server

pytest_plugins = ["tests.leaks"]

ROOT = Path(__file__).resolve().parent.parent

# Importing cv2 points Qt at the Qt 5 files inside its wheel; the import above is done with that for this process.
os.environ.pop("QT_QPA_PLATFORM_PLUGIN_PATH", None)
os.environ.pop("QT_QPA_FONTDIR", None)
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# Fixtures that start, or need, what inspector's core does without: see the marker "extra" in pyproject.toml.
EXTRAS = {"torch_python", "s3_url"}

hypothesis.settings.register_profile(  # no timed asserts
    "inspector", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("inspector")


def pytest_configure(config: pytest.Config) -> None:
    """Gives this run folders of its own: nobody's settings are read or written, no other run's files are seen."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # a script's background job; its children would, too
        signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", tempfile.gettempdir())  # tmp_path stays where pytest keeps it
    home = Path(tempfile.mkdtemp(prefix="test-run-"))
    config.add_cleanup(lambda: shutil.rmtree(home, ignore_errors=True))
    for variable in (
        "XDG_CONFIG_HOME",
        "XDG_DATA_HOME",
        "XDG_STATE_HOME",
        "XDG_CACHE_HOME",
        "XDG_RUNTIME_DIR",
        "TMPDIR",
    ):
        folder = home / variable.lower()
        folder.mkdir(mode=0o700)
        os.environ[variable] = str(folder)
    tempfile.tempdir = None  # look at TMPDIR again


@pytest.hookimpl(tryfirst=True)  # before `-m` chooses by markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that import PyTorch are the last: workers import it where the program has, which takes each a second."""
    if "torch" in sys.modules:
        raise pytest.UsageError("PyTorch is imported where tests are collected: see tests/torch/late.py")
    missing = pytest.mark.skip(reason="PyTorch is not installed")
    for item in items:
        if item.get_closest_marker("torch") is not None and find_spec("torch") is None:
            item.add_marker(missing)
        needed = EXTRAS.intersection(getattr(item, "fixturenames", ()))
        if needed or any(item.get_closest_marker(name) is not None for name in ("torch", "cluster")):
            item.add_marker("extra")
    items.sort(key=lambda item: item.get_closest_marker("torch") is not None)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """For `-n auto`. Many tests wait for programs that start and end, so that two are quicker on one core, too."""
    return max(2, int(usable_cores()))


@pytest.fixture(scope="session")
def sample() -> Path:
    """The sample data set that comes with inspector."""
    return ROOT / "assets" / "sample"


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of 120 JPEG photographs of 500x375 pixels, the same in every run."""
    base, worker_id = tmp_path_factory.getbasetemp(), os.environ.get("PYTEST_XDIST_WORKER", "")
    folder = (base.parent if worker_id else base) / "photos"  # one for all of xdist's workers
    if not folder.exists():
        unfinished = folder.with_name(f"photos-{worker_id}")
        unfinished.mkdir()
        _make_photos(unfinished, 120)
        try:
            unfinished.rename(folder)
        except OSError:  # another worker was quicker; the photographs are the same
            assert folder.exists()
    return folder


def _make_photos(folder: Path, count: int) -> None:
    data, images = _package("skimage") / "data", _package("sklearn") / "datasets" / "images"
    files = [data / "astronaut.png", data / "coffee.png", data / "chelsea.png", data / "rocket.jpg"]
    files += [images / "china.jpg", images / "flower.jpg"]
    photographs = {file.stem: cv2.imread(str(file)) for file in files}
    random = np.random.default_rng(0)
    for number in range(count):
        name = list(photographs)[number % len(photographs)]
        photograph = photographs[name]
        assert photograph is not None, name
        height, width = photograph.shape[:2]
        crop_height = int(min(height, width * 3 / 4) * random.uniform(0.5, 1.0))
        crop_width = crop_height * 4 // 3
        top, left = random.integers(height - crop_height + 1), random.integers(width - crop_width + 1)
        crop = photograph[top : top + crop_height, left : left + crop_width]
        photo = cv2.resize(crop, (500, 375), interpolation=cv2.INTER_CUBIC)
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(random.integers(80, 96))]
        assert cv2.imwrite(str(folder / f"{name}-{number:03}.jpg"), photo, quality)


def _package(name: str) -> Path:
    spec = find_spec(name)  # finds it without importing it, which takes seconds
    assert spec is not None, name
    assert spec.origin is not None, name
    return Path(spec.origin).parent


@pytest.fixture(scope="session")
def xvfb() -> Iterator[str]:
    """An X server without a screen, 1600x1000 pixels; gives the value for DISPLAY in a child process."""
    if sys.platform != "linux":
        pytest.skip("X11 is tested on Linux")
    if shutil.which("Xvfb") is None:
        message = "Xvfb is not installed: apt-get install xvfb"
        pytest.fail(message) if "CI" in os.environ else pytest.skip(message)
    with x_server() as display:
        yield display
