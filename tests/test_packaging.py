"""What is published is built, installed into an empty environment, and used there from an empty folder."""

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
import zipfile
from importlib.metadata import version as installed
from pathlib import Path

import cv2
import pytest
from packaging.metadata import Metadata
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import inspector
from inspector.extras import DISTRIBUTION
from tests.conftest import ROOT

# Neither this checkout nor the settings of whoever runs the tests.
ENVIRONMENT = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "PIP_"))}


def run(*command: str | Path, cwd: Path) -> str:
    done = subprocess.run(command, cwd=cwd, env=ENVIRONMENT | _private(), capture_output=True, text=True, timeout=200)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def _private() -> dict[str, str]:
    """The folders that conftest made for this run only."""
    return {name: value for name, value in os.environ.items() if name.startswith(("XDG_", "TMPDIR", "QT_QPA_PLATFORM"))}


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution."""
    folder = tmp_path_factory.mktemp("built")
    run(sys.executable, "-m", "hatchling", "build", "-d", folder, "-t", "sdist", "-t", "wheel", cwd=ROOT)
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (wheel,) = built.glob("loader_inspector-*.whl")
    return wheel


@pytest.fixture(scope="module")
def sdist(built: Path) -> Path:
    (sdist,) = built.glob("loader_inspector-*.tar.gz")
    return sdist


def install(package: Path, into: Path) -> Path:
    """Install into a new environment, without a network; its folder of programs.

    The dependencies are those of the environment that runs the tests; pip is kept from looking at what is in there,
    because that is this checkout, too.
    """
    venv.create(into, with_pip=False, symlinks=sys.platform != "win32")
    programs = into / ("Scripts" if sys.platform == "win32" else "bin")
    variables = {"base": str(into), "platbase": str(into)}
    packages = Path(sysconfig.get_path("purelib", "venv", vars=variables))
    # A .pth file in the folder that this names is not obeyed: it leads to the dependencies and not to this checkout.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    offline = ["install", "--no-index", "--no-build-isolation", "--ignore-installed", "--no-deps"]
    run(sys.executable, "-m", "pip", "--python", programs / "python", *offline, package, cwd=into)
    return programs


@pytest.fixture(scope="module")
def programs(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(wheel, tmp_path_factory.mktemp("installed") / "venv")


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def test_the_wheel_has_the_code_the_icons_and_the_sample_with_its_licences(wheel: Path) -> None:
    names = names_in(wheel)
    for folder, home in (("inspector", "inspector"), ("assets/icons", "inspector/assets/icons")):
        files = [file for file in (ROOT / folder).rglob("*") if file.is_file() and "__pycache__" not in file.parts]
        assert {f"{home}/{file.relative_to(ROOT / folder).as_posix()}" for file in files} <= names
    sample = {f"inspector/assets/{file.relative_to(ROOT / 'assets').as_posix()}" for file in sample_files()}
    assert sample <= names
    assert "inspector/assets/sample/LICENSES.md" in names
    assert {"inspector/report/templates/page.html", "inspector/report/templates/report.css"} <= names
    shared = ("man/man1/inspector.1", "bash-completion/completions/inspector", "zsh/site-functions/_inspector")
    for file in shared:
        assert [name for name in names if name.endswith(f".data/data/share/{file}")], file
    assert [name for name in names if name.endswith(".dist-info/licenses/assets/LICENSE")]
    assert wheel.stat().st_size < 5_000_000
    assert not [name for name in names if name.startswith("tests/") or "__pycache__" in name]


def names_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def sample_files() -> list[Path]:
    return [file for file in (ROOT / "assets" / "sample").rglob("*") if file.is_file()]


def test_the_source_distribution_has_what_the_tests_need(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {"pyproject.toml", "README.md", "tests/run.sh", "assets/setup.sh", "inspector/cli.py"} <= names
    assert not [name for name in names if "__pycache__" in name or name.startswith(".venv")]


def test_the_metadata_is_valid_and_complete(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (name,) = (name for name in names if name.endswith(".dist-info/METADATA"))
        metadata = Metadata.from_email(archive.read(name), validate=True)
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    assert (metadata.name, str(metadata.version)) == (DISTRIBUTION, inspector.__version__)
    assert str(metadata.requires_python) == project["requires-python"] == ">=3.11"
    assert metadata.description_content_type == "text/markdown"
    assert metadata.description == (ROOT / "README.md").read_text("utf-8")
    needed = {
        (canonicalize_name(each.name), each.specifier) for each in metadata.requires_dist or () if not each.marker
    }
    declared = [Requirement(each) for each in project["dependencies"]]
    assert needed == {(canonicalize_name(each.name), each.specifier) for each in declared}
    for requirement in declared:
        assert requirement.specifier.contains(installed(requirement.name)), requirement
    licences = [name for name in names if name.endswith(".dist-info/licenses/assets/sample/LICENSES.md")]
    assert len(licences) == 1


def test_installed_it_knows_its_version_and_where_it_is(programs: Path, empty: Path) -> None:
    assert run(programs / "inspector", "--version", cwd=empty) == f"inspector {inspector.__version__}\n"
    module = run(programs / "python", "-c", "import inspector; print(inspector.__file__)", cwd=empty)
    assert Path(module.strip()).is_relative_to(programs.parent)


def test_installed_it_measures_its_own_sample(programs: Path, empty: Path) -> None:
    options = ["--seconds", "0.5", "--workers", "1", "--image-size", "64x64", "--json"]
    measured = json.loads(run(programs / "inspector", "bench", *options, cwd=empty))
    listed = [file for file in sample_files() if file.suffix.removeprefix(".") in inspector.LoaderConfig().extensions]
    assert measured["files"] == len(listed)
    assert measured["images"] > 0
    assert list(empty.iterdir()) == []


@pytest.mark.slow
def test_installed_it_shows_a_window(programs: Path, empty: Path) -> None:
    colours = 0
    for seconds in ("3", "60"):  # the first batch comes late where other programs take the cores
        options = ["--sample", "--workers", "1", "--quit-after", seconds, "--screenshot", "window.png"]
        run(programs / "inspector", *options, cwd=empty)
        picture = cv2.imread(str(empty / "window.png"))
        assert picture is not None
        colours = len({tuple(pixel) for pixel in picture[::7, ::7].reshape(-1, 3)})
        if colours > 500:
            break
    assert colours > 500  # photographs, not an empty window
    assert [file.name for file in empty.iterdir()] == ["window.png"]


@pytest.mark.slow
def test_the_source_distribution_installs_to_the_same(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    programs = install(sdist, tmp_path / "venv")
    (package,) = (tmp_path / "venv").rglob("site-packages/inspector")
    found = {f"inspector/{f.relative_to(package).as_posix()}" for f in package.rglob("*") if f.is_file()}
    names = {name for name in names_in(wheel) if name.startswith("inspector/")}
    assert {name for name in found if "__pycache__" not in name} == names
    assert run(programs / "inspector", "--version", cwd=tmp_path) == f"inspector {inspector.__version__}\n"
