"""Wherever the same photographs lie, the batches and the problems are the same: undisturbed, under kills, resumed."""

import hashlib
import os
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from inspector import Loader
from inspector.loader.batch import Batch
from tests.sources.remote.everywhere import BAD, COUNT, HERE, photographs, upload
from tests.sources.remote.servers import https_server, web_server

pytest.importorskip("obstore")
pytest.importorskip("moto")

BATCHES, RESUMED_AT = 30, 12
SETTINGS: dict[str, Any] = {"batch_size": (COUNT - BAD) // BATCHES, "image_size": (48, 48), "seed": 11, "epochs": 1}
ELSEWHERE = ["s3 prefix", "s3 tars", "http tars", "http zip"]
if shutil.which("openssl") is not None:  # makes certificates
    ELSEWHERE.append("https tars")
IN_BLOCKS = "Parquet"
SOURCES = (*HERE, *ELSEWHERE)


class Outcome(NamedTuple):
    """Of an epoch: a digest of each batch, one of each image, and how many problems of each kind there were."""

    batches: list[str]
    images: Counter[str]
    problems: Counter[str]


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for the certificates."""
    return tmp_path_factory.mktemp("authority")


@pytest.fixture(autouse=True)
def trusted(authority: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority / "ca.pem"))


@pytest.fixture(scope="session")
def places(tmp_path_factory: pytest.TempPathFactory, s3_url: str, authority: Path) -> Iterator[dict[str, object]]:
    """What to open, by name."""
    photos = photographs()
    made: dict[str, object] = {}
    for name, write in HERE.items():
        place = tmp_path_factory.mktemp("everywhere")
        made[name] = write(photos, place)
    folder, tars, zipped = Path(str(made["folder"])), Path(str(made["5 tars"])).parent, Path(str(made["zip"])).parent
    upload(folder, s3_url, "photographs")
    upload(tars, s3_url, "tars")
    with ExitStack() as servers:
        tars_url, zip_url = (servers.enter_context(web_server(each)) for each in (tars, zipped))
        made["s3 prefix"], made["s3 tars"] = "s3://photographs", "s3://tars/train-*.tar"
        made["http tars"], made["http zip"] = f"{tars_url}/train-{{000..004}}.tar", f"{zip_url}/all.zip"
        if "https tars" in ELSEWHERE:
            made["https tars"] = f"{servers.enter_context(https_server(tars, authority))}/train-{{000..004}}.tar"
        yield made


@pytest.fixture(scope="session")
def expected(places: dict[str, object]) -> Outcome:
    """What the folder gives."""
    return loaded(places["folder"], num_workers=2)


@contextmanager
def killing(loader: Loader, got: list[str], interval_s: float = 0.1) -> Iterator[list[int]]:
    """Kills a worker every 100 ms; gives the pids so far.

    On a busy machine a worker may need longer to start: so there are no more kills than batches.
    """
    killed: list[int] = []
    over = threading.Event()

    def kill() -> None:
        while not over.wait(interval_s):
            pids = [worker.pid for worker in loader.snapshot().workers if worker.pid is not None]
            if pids and len(killed) <= len(got):
                with suppress(ProcessLookupError):
                    os.kill(pids[len(killed) % len(pids)], signal.SIGKILL)
                    killed.append(pids[len(killed) % len(pids)])

    thread = threading.Thread(target=kill)
    thread.start()
    try:
        yield killed
    finally:
        over.set()
        thread.join()


def content(batch: Batch) -> str:
    assert batch.labels is not None
    about = repr((batch.indices.tolist(), [str(label) for label in batch.labels]))
    return hashlib.sha256(np.asarray(batch.images).tobytes() + about.encode()).hexdigest()


def loaded(source: object, **settings: Any) -> Outcome:
    with Loader(source, **{**SETTINGS, **settings}) as loader:  # type: ignore[arg-type]
        loader.warns = False
        batches, images = [], Counter[str]()
        for batch in loader:
            batches.append(content(batch))
            images.update(hashlib.sha256(image.tobytes()).hexdigest() for image in np.asarray(batch.images))
        return Outcome(batches, images, Counter(problem.kind.value for problem in loader.problems))


@pytest.mark.parametrize("name", [name for name in SOURCES if name != "folder"])
def test_the_same_batches_and_problems(name: str, places: dict[str, object], expected: Outcome, at_s3: str) -> None:
    got = loaded(places[name], num_workers=2)
    assert (len(expected.batches), expected.problems.total()) == (BATCHES, BAD)
    assert (got.images, got.problems) == (expected.images, expected.problems)
    assert (got.batches == expected.batches) == (name != IN_BLOCKS)


@pytest.mark.parametrize("name", SOURCES)
def test_kills_and_a_resume_with_other_workers_change_nothing(
    name: str, places: dict[str, object], expected: Outcome, at_s3: str
) -> None:
    wanted = loaded(places[name], num_workers=0).batches if name == IN_BLOCKS else expected.batches
    got: list[str] = []
    state: dict[str, Any] | None = None
    for workers, end in ((2, RESUMED_AT), (3, BATCHES)):
        with Loader(places[name], **SETTINGS, num_workers=workers, reads_in_flight=4, prefetch_batches=2) as loader:  # type: ignore[arg-type]
            loader.warns = False
            if state is not None:
                loader.load_state_dict(state)
            with killing(loader, got) as killed:
                batches = iter(loader)
                while len(got) < end:
                    got.append(content(next(batches)))
                    while len(killed) < len(got) // 4:  # so that some fall in the middle of loading
                        time.sleep(0.005)
                state = loader.state_dict()
    assert got == wanted


def test_the_problems_have_names_of_samples(places: dict[str, object], at_s3: str) -> None:
    for name in SOURCES:
        with Loader(places[name], **SETTINGS, num_workers=1) as loader:  # type: ignore[arg-type]
            loader.warns = False
            for _ in loader:
                pass
            path = loader.problems[0].path
        with Loader(path, batch_size=1, num_workers=0, epochs=1) as loader:
            loader.warns = False
            assert len(loader.index) == 1, path
