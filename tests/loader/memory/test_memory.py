"""Who owns the pixels, for how long, and what happens when memory is short."""

import gc
import os
import weakref
from itertools import pairwise
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspector import (
    Loader,
    LoaderClosedError,
    MemoryLimitError,
    NoImagesError,
    ProblemKind,
    SettingsError,
    SourceError,
)
from inspector.loader.memory.slots import HEADER_BYTES, Arena, Slot, SlotPool
from tests.loader.folders import make_folder
from tests.loader.streams import stream


def test_pixels_are_views_of_shared_memory_and_stay_valid_while_held(photos: Path) -> None:
    with Loader(photos, batch_size=16, num_workers=2, image_size=(40, 30), epochs=1, shuffle=False) as loader:
        batches = list(loader)
        copies = [np.array(batch.images) for batch in batches]
    for batch, copy in zip(batches, copies, strict=True):
        assert isinstance(batch.images, np.ndarray)
        assert batch.images.shape == (len(batch), 40, 30, 3)
        assert batch.images.flags.c_contiguous
        assert batch.images.flags.writeable  # torch.from_numpy asks for it
        np.testing.assert_array_equal(batch.images, copy)  # after the loader was closed, too


@pytest.mark.slow
def test_a_batch_gives_its_memory_back_when_its_last_view_is_gone(photos: Path) -> None:
    with Loader(photos, batch_size=16, num_workers=2, image_size=(40, 30)) as loader:
        for _ in range(200):  # 200 x 58 KB, out of an arena that uses a fraction of that
            part = next(loader).images[3]
        assert loader.snapshot().memory_bytes < 20 * 16 * 40 * 30 * 3
        assert part.shape == (40, 30, 3)


@pytest.mark.parametrize("image_size", [(40, 30), None])
def test_whoever_keeps_every_batch_gets_copies_once_memory_is_short(
    photos: Path, image_size: tuple[int, int] | None
) -> None:
    limit = 600_000 if image_size else 12_000_000
    common: dict[str, Any] = {"batch_size": 10, "image_size": image_size, "epochs": 3}
    with Loader(photos, num_workers=0, **common) as plain:
        sums = [[int(image.sum()) for image in batch.images] for batch in stream(plain)]
    with Loader(photos, num_workers=2, memory_limit_bytes=limit, **common) as loader:
        kept = list(stream(loader))
    assert [[int(image.sum()) for image in batch.images] for batch in kept] == sums


def test_native_sizes_in_little_memory_are_loaded_again_rather_than_stuck(tmp_path: Path) -> None:
    for number in range(30):  # a large one comes among small ones that fill the memory already
        side = 300 if number % 10 == 9 else 40
        cv2.imwrite(str(tmp_path / f"{number:02}.png"), np.full((side, side, 3), number, np.uint8))
    with Loader(tmp_path, batch_size=10, num_workers=2, memory_limit_bytes=400_000, epochs=4, shuffle=False) as loader:
        for batch in stream(loader):
            for image, index in zip(batch.images, batch.indices.tolist(), strict=True):
                assert (image == index).all()


@pytest.mark.parametrize("num_workers", [0, 2])
def test_an_image_beyond_all_memory_is_a_problem_that_says_what_to_change(photos: Path, num_workers: int) -> None:
    with Loader(photos, num_workers=num_workers, memory_limit_bytes=100_000, max_bad_share=1.0) as loader:
        with pytest.raises(NoImagesError, match="TOO_LARGE"):
            next(loader)
        assert {problem.kind for problem in loader.problems} == {ProblemKind.TOO_LARGE}
        assert all("memory_limit_bytes" in problem.reason for problem in loader.problems)


def test_a_batch_beyond_all_memory_is_refused_before_the_start(photos: Path) -> None:
    with pytest.raises(MemoryLimitError, match="batch of 64 images takes 10 MB"):
        Loader(photos, batch_size=64, image_size=(224, 224), memory_limit_bytes=1_000_000)


def test_batch_size_beyond_memory_is_refused_and_changes_nothing(photos: Path) -> None:
    with Loader(photos, batch_size=4, image_size=(100, 100), num_workers=1, memory_limit_bytes=1_000_000) as loader:
        next(loader)
        with pytest.raises(MemoryLimitError):
            loader.batch_size = 100
        assert loader.batch_size == 4
        assert len(next(loader)) == 4


def test_no_files_only_bad_files_and_too_few_files(tmp_path: Path) -> None:
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(NoImagesError, match="no image files"):
        Loader(empty)
    with pytest.raises(SourceError, match="not-there"):
        Loader(tmp_path / "not-there")
    bad = make_folder(tmp_path / "bad", [False] * 5)
    for num_workers in (0, 2):
        with Loader(bad, num_workers=num_workers, max_bad_share=1.0) as loader:
            with pytest.raises(NoImagesError, match="none of the 5 files"):
                next(loader)
            assert len(loader.problems) == 5
    few = make_folder(tmp_path / "few", [True] * 5)
    for num_workers in (0, 2):
        with Loader(few, num_workers=num_workers, batch_size=32, drop_last=True) as loader:
            with pytest.raises(NoImagesError, match="only 5 good files"):
                next(loader)
            loader.batch_size = 5  # what the message asks for
            assert len(next(loader)) == 5


def test_collected_without_close_it_leaves_nothing(photos: Path) -> None:
    loader = Loader(photos, num_workers=2, image_size=(32, 32))
    next(loader)
    gone = weakref.ref(loader)
    del loader
    gc.collect()
    assert gone() is None  # and the fixture looks for what is left


def test_closed_and_forked_loaders_say_so(photos: Path) -> None:
    with Loader(photos, num_workers=1, image_size=(32, 32)) as loader:
        next(loader)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                next(loader)
            except LoaderClosedError:
                loader.close()
                status = 0
            finally:
                os._exit(status)
        assert os.waitpid(child, 0)[1] == 0
        next(loader)  # the child's close did not end our workers
    with pytest.raises(LoaderClosedError):
        next(loader)
    loader.close()


def test_settings_are_checked_by_name(photos: Path) -> None:
    for settings, name in (
        ({"batch_size": 0}, "batch_size"),
        ({"num_workers": -1}, "num_workers"),
        ({"engine": "magic"}, "engine"),
        ({"image_size": (0, 5)}, "image_size"),
        ({"batchsize": 3}, "batchsize"),
        ({"epochs": 0}, "epochs"),
        ({"seed": -1}, "seed"),
    ):
        with pytest.raises(SettingsError, match=name):
            Loader(photos, **settings)


def test_slots_never_overlap_and_freed_memory_is_used_again() -> None:
    arena = Arena.create(1 << 20)
    pool = SlotPool(arena, 1 << 20)
    rng = np.random.default_rng(0)
    live: list[Slot] = []
    for step in range(3000):
        if live and (rng.random() < 0.5 or step > 2900):
            pool.release(live.pop(int(rng.integers(len(live)))))
        else:
            slot = pool.acquire(int(rng.integers(1, 9)) * int(rng.integers(1, 9000)))
            if slot is not None:
                if rng.random() < 0.3:
                    pool.trim(slot, int(rng.integers(1, slot.nbytes + 1)))
                live.append(slot)
        spans = sorted((slot.offset, slot.offset + slot.nbytes) for slot in live)
        assert all(end <= start for (_, end), (start, _) in pairwise(spans))
        assert all(start >= HEADER_BYTES and end <= arena.size for start, end in spans)
        assert pool.used_bytes <= pool.capacity
        assert pool.used_bytes == sum(end - start for start, end in spans)
    for slot in live:
        pool.release(slot)
    pool.give_back_free_pages()
    assert pool.acquire(pool.capacity - 64) is not None
    arena.close()
