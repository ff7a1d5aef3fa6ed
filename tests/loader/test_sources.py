"""The same photographs, however they are kept, are the same batches: also where workers die, and after a resume."""

import hashlib
import os
import shutil
import signal
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from inspector.errors import StaleIndexError
from tests.sources.containers.tars import tar_of_folder, write_tar

BATCHES = 30
SIZE = (48, 48)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory, photos: Path, sample: Path) -> Path:
    """500 photographs, of which 20 are bad, as a folder, a list, a tar, five tars, and a list of locations."""
    root = tmp_path_factory.mktemp("sources")
    folder = root / "folder"
    folder.mkdir()
    good = sorted(photos.iterdir())
    bad = sorted(file for file in (sample / "photo").glob("bad-*"))
    for number in range(500):
        file = bad[number // 25 % len(bad)] if number % 25 == 7 else good[number % len(good)]
        shutil.copy(file, folder / f"{number:03d}{file.suffix}")
    files = sorted(folder.iterdir())
    (root / "list.txt").write_text("".join(f"{file}\n" for file in files))
    tar_of_folder(root / "all.tar", files, folder)
    (root / "shards").mkdir()
    for shard in range(5):
        tar_of_folder(root / "shards" / f"{shard:03d}.tar", files[100 * shard : 100 * shard + 100], folder)
    lines = [f"tar://{file.name}::shards/{number // 100:03d}.tar\n" for number, file in enumerate(files)]
    (root / "locations.txt").write_text("".join(lines))
    return root


SOURCES = ("folder", "list.txt", "all.tar", "shards", "shards/*.tar", "shards/{000..004}.tar", "locations.txt")


def digest_of(
    source: str, *, disturb: Callable[[Loader, int], None] = lambda loader, number: None, **settings: Any
) -> tuple[str, Counter[str]]:
    """Of all pixels and places of 30 batches, and the problems by kind."""
    total = hashlib.sha256()
    with Loader(source, batch_size=16, image_size=SIZE, seed=3, **{"num_workers": 2, **settings}) as loader:
        for number in range(BATCHES):
            batch = next(loader)
            total.update(np.asarray(batch.images).tobytes() + batch.indices.tobytes())
            disturb(loader, number)
        return total.hexdigest(), Counter(str(problem.kind) for problem in loader.problems)


@pytest.fixture(scope="module")
def expected(root: Path) -> tuple[str, Counter[str]]:
    return digest_of(str(root / "folder"))


@pytest.mark.parametrize("source", SOURCES)
def test_they_are_the_same_batches_and_problems(source: str, root: Path, expected: object) -> None:
    assert digest_of(str(root / source)) == expected


@pytest.mark.parametrize("settings", [{"num_workers": 0}, {"engine": "threads"}])
def test_with_any_engine(settings: dict[str, Any], root: Path, expected: object) -> None:
    assert digest_of(str(root / "shards"), **settings) == expected


def test_while_workers_are_killed(root: Path, expected: object) -> None:
    def kill_one(loader: Loader, number: int) -> None:
        pids = [worker.pid for worker in loader.snapshot().workers if worker.pid]
        if number % 3 == 0 and pids:
            os.kill(pids[number % len(pids)], signal.SIGKILL)

    assert digest_of(str(root / "shards"), disturb=kill_one) == expected


def test_after_a_resume_with_other_workers(root: Path) -> None:
    source = str(root / "all.tar")
    settings: dict[str, Any] = {"batch_size": 16, "image_size": SIZE, "seed": 3}
    with Loader(source, num_workers=2, **settings) as loader:
        for _ in range(5):
            next(loader)
        state = loader.state_dict()
        whole = [np.asarray(next(loader).images).tobytes() for _ in range(5)]
    with Loader(source, num_workers=1, **settings) as loader:
        loader.load_state_dict(state)
        assert [np.asarray(next(loader).images).tobytes() for _ in range(5)] == whole


@pytest.mark.parametrize("workers", [0, 2])
def test_a_tar_that_is_replaced_is_one_error(workers: int, sample: Path, tmp_path: Path) -> None:
    image = (sample / "chart" / "red.png").read_bytes()
    tar = write_tar(tmp_path / "a.tar", [(f"{i:03d}.png", image) for i in range(200)])
    with Loader(str(tar), batch_size=4, num_workers=workers, prefetch_batches=1) as loader:
        next(loader)
        write_tar(tar, [("other.png", image)])
        with pytest.raises(StaleIndexError, match="open it again"):
            [next(loader) for _ in range(100)]
        assert loader.problems == []


def test_labels_come_with_the_batches(sample: Path, tmp_path: Path) -> None:
    image = (sample / "chart" / "red.png").read_bytes()
    tar = write_tar(
        tmp_path / "a.tar", [(f"{i}.{kind}", c) for i in range(4) for kind, c in (("png", image), ("cls", b"%d" % i))]
    )
    with Loader(str(tar), batch_size=4, num_workers=1, shuffle=False) as loader:
        assert np.asarray(next(loader).labels).tolist() == [0, 1, 2, 3]
