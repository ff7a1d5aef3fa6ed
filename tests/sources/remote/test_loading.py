"""A loader on URLs: the same batches as from the same files in a folder."""

import hashlib
import os
import re
import signal
import tarfile
import threading
from collections import Counter
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from inspector.errors import SourceError
from inspector.formats.problems import ProblemKind
from inspector.loader.batch import Batch
from inspector.sources.opening import open_source
from tests.command import run as inspector
from tests.loader.streams import stream
from tests.sources.remote.conftest import use_s3
from tests.sources.remote.servers import call, proxy, web_server

pytest.importorskip("obstore")
pytest.importorskip("moto")

SETTINGS: dict[str, Any] = {"batch_size": 8, "image_size": (64, 64), "seed": 5}


@pytest.fixture(scope="module")
def folder(photos: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs of two classes, and some bad files."""
    folder = tmp_path_factory.mktemp("set")
    for number, photo in enumerate(sorted(photos.iterdir())[:40]):
        path = folder / f"n0{number % 2}" / photo.name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(photo.read_bytes())
    (folder / "n00" / "empty.jpg").write_bytes(b"")
    (folder / "n01" / "text.jpg").write_bytes(b"no image")
    return folder


@pytest.fixture
def uploaded(folder: Path, at_s3: str, bucket: str) -> str:
    """The same in a bucket, with a shard of it; the URL."""
    for path in folder.rglob("*.jpg"):
        call(at_s3, "PUT", f"/{bucket}/set/{path.relative_to(folder)}", path.read_bytes())
    return f"s3://{bucket}/set"


def digest(source: Any, **settings: Any) -> tuple[str, Counter[ProblemKind]]:
    """Of one epoch's batches, and the problems by kind."""
    value = hashlib.sha256()
    with Loader(source, **{**SETTINGS, "num_workers": 2, "epochs": 1, **settings}) as loader:
        loader.warns = False
        for batch in loader:
            value.update(np.asarray(batch.images).tobytes())
            value.update(repr((batch.indices.tolist(), batch.labels)).encode())
        kinds = Counter(problem.kind for problem in loader.problems)
    return value.hexdigest(), kinds


def content(batch: Batch) -> tuple[list[int], bytes]:
    return batch.indices.tolist(), np.asarray(batch.images).tobytes()


def shards(folder: Path, target: Path) -> list[Path]:
    """The files of a folder in two tars, in the folder's order."""
    paths = sorted(folder.rglob("*.jpg"))
    found = []
    for number, part in enumerate((paths[:20], paths[20:])):
        found.append(target / f"train-{number:03}.tar")
        with tarfile.open(found[-1], "w") as tar:
            for path in part:
                tar.add(path, str(path.relative_to(folder)))
    return found


@pytest.mark.parametrize(
    "settings",
    [{"engine": "processes"}, {"engine": "threads"}, {"num_workers": 0}, {"reads_in_flight": 1}],
    ids=str,
)
def test_a_prefix_in_s3_gives_the_batches_of_the_folder(folder: Path, uploaded: str, settings: dict[str, Any]) -> None:
    expected, kinds = digest(folder)
    assert kinds == {ProblemKind.EMPTY: 1, ProblemKind.NOT_IMAGE: 1}
    assert digest(uploaded, **settings) == (expected, kinds)


def test_what_a_path_says_opens_that_sample(uploaded: str, folder: Path) -> None:
    with Loader(uploaded, **SETTINGS, num_workers=1, shuffle=False) as loader:
        loader.warns = False
        batch = next(loader)
    assert batch.paths[0].startswith(f"{uploaded}/n00/")
    with Loader(batch.paths[0], **SETTINGS, num_workers=1, epochs=1) as loader:
        again = next(loader)
    assert again.paths == batch.paths[:1]
    assert (again.images[0] == batch.images[0]).all()
    with Loader(batch.paths, **SETTINGS, num_workers=1, epochs=1, shuffle=False) as loader:
        assert next(loader).paths == batch.paths


def test_shards_in_s3_and_behind_http_give_the_batches_of_the_folder(
    folder: Path, at_s3: str, bucket: str, tmp_path: Path
) -> None:
    files = shards(folder, tmp_path)
    expected = digest([str(file) for file in files])
    for file in files:
        call(at_s3, "PUT", f"/{bucket}/shards/{file.name}", file.read_bytes())
    for source in ("shards", "shards/", "shards/train-*.tar", "shards/train-{000..001}.tar"):
        assert digest(f"s3://{bucket}/{source}") == expected, source
    needs = ("Basic dXNlcjpodW50ZXIy", "token=hunter2")
    with web_server(tmp_path, needs=needs) as url:
        secret = url.replace("http://", "http://user:hunter2@") + "/train-{000..001}.tar?token=hunter2"
        assert digest(secret) == expected
        with Loader(secret, **SETTINGS, num_workers=1) as loader:
            loader.warns = False
            texts = [loader.index.source, repr(loader.index), *next(loader).paths]
    assert not [text for text in texts if "hunter2" in text or "user" in text]
    assert texts[-1].startswith("tar://n0")


def test_many_samples_are_read_at_a_time_by_each_worker(
    uploaded: str, at_s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with proxy(at_s3, delay_s=0.1) as url:
        use_s3(monkeypatch, url)
        with Loader(uploaded, **SETTINGS, num_workers=1, epochs=1) as loader:
            loader.warns = False
            deepest = most_bytes = 0
            for _ in loader:
                reads = loader.snapshot().reads
                assert reads is not None
                deepest, most_bytes = max(deepest, reads.in_flight), max(most_bytes, reads.nbytes_in_flight)
            reads = loader.snapshot().reads
    assert reads is not None
    assert reads.requests >= 42
    assert reads.nbytes > 1_000_000
    assert reads.latency_p50_ms >= 100
    assert 1 < deepest <= 16
    assert most_bytes


def test_without_workers_samples_are_read_ahead_too(folder: Path, tmp_path: Path) -> None:
    shard = shards(folder, tmp_path)[0]
    at_once, most, lock = 0, 0, threading.Lock()
    several = threading.Event()

    def count(path: str) -> int:
        nonlocal at_once, most
        with lock:
            at_once, most = at_once + 1, max(most, at_once + 1)
            if most > 3:
                several.set()
        if shown:
            several.wait(5.0)  # each waits for the others
        with lock:
            at_once -= 1
        return 0

    shown: list[str] = []
    with web_server(tmp_path) as url, proxy(url, verdict=count) as behind:
        source = f"{behind}/{shard.name}"
        index = open_source(source)
        shown.append(source)
        with Loader(index, **SETTINGS, num_workers=0, epochs=1) as loader:
            loader.warns = False
            got = [content(batch) for batch in loader]
    assert most > 3
    with Loader(shard, **SETTINGS, num_workers=0, epochs=1) as loader:
        loader.warns = False
        assert [content(batch) for batch in loader] == got


def test_an_object_that_vanishes_is_a_problem_of_that_sample(uploaded: str, at_s3: str, bucket: str) -> None:
    with Loader(uploaded, **SETTINGS, num_workers=1, epochs=1, shuffle=False) as loader:
        loader.warns = False
        gone = loader.index.path(30)
        call(at_s3, "DELETE", "/" + gone.removeprefix("s3://"))
        assert sum(len(batch.indices) for batch in loader) == 39
        problem = next(each for each in loader.problems if each.index == 30)
    assert (problem.kind, problem.path) == (ProblemKind.VANISHED, gone)


def test_shards_beside_images_are_said(uploaded: str, at_s3: str, bucket: str) -> None:
    for name in ("shards/a.tar", "shards/b.tar"):
        call(at_s3, "PUT", f"/{bucket}/set/{name}", b"x")
    said = "2 containers beside the images are not loaded: give"
    assert open_source(uploaded).left_out == f"{said} '{uploaded}/shards/*.tar' for them"


def test_a_prefix_without_images_is_refused_in_a_sentence(at_s3: str, bucket: str) -> None:
    with pytest.raises(SourceError, match="no images"):
        Loader(f"s3://{bucket}/nothing")


def test_killed_workers_and_a_resume_with_other_workers_change_nothing(uploaded: str, folder: Path) -> None:
    settings: dict[str, Any] = {**SETTINGS, "batch_size": 4}
    with Loader(folder, **settings, num_workers=0) as loader:
        loader.warns = False
        expected = [
            (batch.indices.tolist(), np.asarray(batch.images).tobytes()) for batch in islice(stream(loader), 24)
        ]
    got = []
    state = None
    for workers, count in ((2, 15), (3, 9)):
        with Loader(uploaded, **settings, num_workers=workers, prefetch_batches=3) as loader:
            loader.warns = False
            if state is not None:
                loader.load_state_dict(state)
            for batch in islice(stream(loader), count):
                got.append(content(batch))
                pids = [worker.pid for worker in loader.snapshot().workers if worker.pid is not None]
                if len(got) % 3 == 1 and pids:
                    os.kill(pids[len(got) % len(pids)], signal.SIGKILL)
            state = loader.state_dict()
            assert loader.snapshot().restarts
    assert got == expected


def test_bench_shows_how_long_requests_take(uploaded: str) -> None:
    done = inspector("bench", uploaded, "--seconds", "1", "--workers", "1")
    assert done.returncode == 0, done.stderr
    said = r"^requests +[\d,.]+ requests/s, [\d.]+ ms each, .* in flight \(.*B\), "
    assert re.search(said, done.stdout, re.MULTILINE)


def test_a_scan_names_objects_and_their_problems(uploaded: str) -> None:
    done = inspector("scan", uploaded)
    said = done.stdout + done.stderr
    assert re.search(r"EMPTY +n00/empty\.jpg", said), said
    assert re.search(r"NOT_IMAGE +n01/text\.jpg", said)
    assert "40 good" in said


def test_reads_in_flight_change_while_it_runs_and_the_batches_stay(
    folder: Path, uploaded: str, at_s3: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Loader(folder, **SETTINGS, num_workers=1) as loader:
        loader.warns = False
        expected = [content(batch) for batch in islice(loader.__iter__(), 5)]
    with proxy(at_s3, delay_s=0.02) as url:
        use_s3(monkeypatch, url)
        with Loader(uploaded, **SETTINGS, num_workers=1, reads_in_flight=1) as loader:
            loader.warns = False
            found = [content(next(loader))]
            assert loader.snapshot().reads is not None
            loader.change(reads_in_flight=24)
            found += [content(next(loader)) for _ in range(4)]
            deepest = 0
            for _ in range(200):
                next(loader)
                reads = loader.snapshot().reads
                deepest = max(deepest, reads.in_flight if reads is not None else 0)
                if deepest > 4:
                    break
    assert found == expected
    assert deepest > 4
