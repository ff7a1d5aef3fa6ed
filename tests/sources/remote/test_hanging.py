"""An object whose read hangs delays its own sample and nothing else."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from inspector import Loader
from inspector.formats.problems import ProblemKind
from tests.sources.remote.servers import proxy, web_server

pytest.importorskip("obstore")

COUNT = 12
SETTINGS: dict[str, Any] = {"batch_size": 4, "prefetch_batches": 4, "image_size": (32, 32), "epochs": 1}


@contextmanager
def hanging(photos: Path, folder: Path, number: int = 1) -> Iterator[tuple[list[str], threading.Event]]:
    """URLs of images, of which one does not come before the event is set."""
    for each, photo in enumerate(sorted(photos.iterdir())[:COUNT]):
        (folder / f"{each:02}.jpg").write_bytes(photo.read_bytes())
    gate = threading.Event()

    def verdict(path: str) -> int:
        if path.endswith(f"/{number:02}.jpg"):
            gate.wait(120)
        return 0

    with web_server(folder) as url, proxy(url, verdict=verdict) as behind:
        try:
            yield [f"{behind}/{each:02}.jpg" for each in range(COUNT)], gate
        finally:
            gate.set()


def images_loaded(loader: Loader) -> int:
    return sum(worker.images for worker in loader.snapshot().workers)


@pytest.mark.parametrize("engine", ["processes", "threads"])
def test_all_others_are_loaded_meanwhile(engine: str, photos: Path, tmp_path: Path) -> None:
    settings = {**SETTINGS, "num_workers": 1, "engine": engine, "shuffle": False}
    with hanging(photos, tmp_path) as (urls, gate), Loader(urls, **settings) as loader:
        loader.warns = False
        batches = iter(loader)
        first = threading.Thread(target=lambda: found.append(next(batches)))
        found: list[Any] = []
        first.start()
        for _ in range(6000):
            if images_loaded(loader) == COUNT - 1:
                break
            first.join(0.01)
        assert images_loaded(loader) == COUNT - 1
        assert not found
        gate.set()
        first.join()
        assert [batch.indices.tolist() for batch in (found[0], *batches)] == [
            [0, 1, 2, 3],
            [4, 5, 6, 7],
            [8, 9, 10, 11],
        ]


@pytest.mark.slow
@pytest.mark.parametrize("num_workers", [0, 1])
def test_it_is_given_up_after_the_time_out_and_the_rest_is_delivered(
    num_workers: int, photos: Path, tmp_path: Path
) -> None:
    settings = {**SETTINGS, "num_workers": num_workers, "sample_timeout_s": 2.0, "max_bad_share": 0.5}
    with hanging(photos, tmp_path) as (urls, gate), Loader(urls, **settings) as loader:
        loader.warns = False
        seen = sorted(index for batch in loader for index in batch.indices.tolist())
        (problem,) = loader.problems
        assert not gate.is_set()
        assert loader.snapshot().restarts == 0
    assert seen == [0, *range(2, COUNT)]
    assert (problem.kind, problem.index) == (ProblemKind.TIMED_OUT, 1)


@pytest.mark.parametrize("engine", ["processes", "threads"])
def test_a_loader_can_be_closed_while_a_read_hangs(engine: str, photos: Path, tmp_path: Path) -> None:
    with hanging(photos, tmp_path, 9) as (urls, gate):
        loader = Loader(urls, **SETTINGS, num_workers=1, engine=engine, shuffle=False)
        loader.warns = False
        next(loader)
        loader.close()
        assert not gate.is_set()
