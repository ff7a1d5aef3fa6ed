"""The user's code and data on their way to workers: each unpickles for itself, large arrays are shared."""

import contextlib
import functools
import gc
import os
import socket
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from inspector import Loader, SettingsError
from inspector.loader.workers import pool
from inspector.loader.workers.messages import WorkerSpec
from inspector.loader.workers.spec_transfer import PackedSpec, SpecTransfer

SHAPE = (8, 8, 3)
RECORD = int(np.prod(SHAPE))


class Arrays:
    """Images in memory; and whatever else it is given."""

    def __init__(self, images: Any, **others: Any) -> None:
        self.images = images
        self.others = others

    def __len__(self) -> int:
        return len(self.images)

    def __getitem__(self, index: int) -> Any:
        return self.images[index], index


class OpensOnArrival:
    """Reads records from a file that it opens where it is unpickled."""

    def __init__(self, path: str) -> None:
        self.__setstate__({"path": path})

    def __getstate__(self) -> dict[str, str]:
        return {"path": self.path}

    def __setstate__(self, state: dict[str, str]) -> None:
        self.path = state["path"]
        self.pid = os.getpid()
        self.file = open(self.path, "rb")  # noqa: SIM115

    def __len__(self) -> int:
        return 60

    def __getitem__(self, index: int) -> Any:
        self.file.seek(index * RECORD)
        time.sleep(0.001)  # another worker is sure to come in between
        return np.frombuffer(self.file.read(RECORD), np.uint8).reshape(SHAPE), (index, self.pid == os.getpid())

    def __del__(self) -> None:
        self.file.close()


class SlowToArrive(Arrays):
    """Its import takes long."""

    def __setstate__(self, state: dict[str, Any]) -> None:
        time.sleep(7)
        self.__dict__.update(state)


def sent(dataset: Any) -> Any:
    """The data set as a worker has it."""
    transfer = SpecTransfer(WorkerSpec(None, "uint8", "exact", None, None, "skip", 1 << 20, 0, False, dataset))
    try:
        packed = PackedSpec.of_file(transfer.pack())
        assert packed.has_user_code
        return packed.unpack().dataset
    finally:
        transfer.close()


@pytest.mark.slow
def test_each_worker_unpickles_for_itself(tmp_path: Path) -> None:
    path = tmp_path / "records"
    path.write_bytes(b"".join(bytes([number]) * RECORD for number in range(60)))
    with Loader(OpensOnArrival(str(path)), batch_size=10, num_workers=4, image_size=SHAPE[:2]) as loader:
        for _ in range(4):
            for batch in loader:
                assert batch.labels is not None
                for image, (number, own) in zip(batch.images, batch.labels, strict=True):
                    assert own
                    assert (image == number).all()
    gc.collect()


def test_large_arrays_are_mapped_and_not_copied() -> None:
    images = np.arange(40 * RECORD * 100, dtype=np.uint8).reshape(-1, *SHAPE)
    small, empty = np.arange(5), np.zeros((0, 3))
    before = psutil.Process().memory_full_info().uss
    got = sent(Arrays(images, small=small, empty=empty, words=["a"] * 10))
    assert psutil.Process().memory_full_info().uss - before < images.nbytes / 2
    np.testing.assert_array_equal(got.images, images)
    np.testing.assert_array_equal(got.others["small"], small)
    assert got.others["empty"].shape == (0, 3)
    assert got.images.flags.writeable  # as with any copy; what is written stays there
    got.images[0] = 7
    assert images[0, 0, 0, 1] == 1


@pytest.mark.slow
@pytest.mark.parametrize("part", [slice(None), slice(10, 50, 3), slice(None, None, -1)])
def test_a_mapped_file_is_sent_by_name(part: slice, tmp_path: Path) -> None:
    path = tmp_path / "images.npy"
    images = np.random.default_rng(0).integers(0, 256, (100, *SHAPE), np.uint8)
    np.save(path, images)
    mapped = np.load(path, mmap_mode="r")[part]
    transfer = SpecTransfer(WorkerSpec(None, "uint8", "exact", None, None, "skip", 1 << 20, 0, False, Arrays(mapped)))
    assert os.fstat(transfer.pack()).st_size < 2000
    transfer.close()
    got = sent(Arrays(mapped))
    np.testing.assert_array_equal(got.images, images[part])
    with Loader(Arrays(mapped), batch_size=8, image_size=SHAPE[:2], shuffle=False, epochs=1) as loader:
        delivered = np.concatenate([batch.images for batch in loader])
    np.testing.assert_array_equal(delivered, images[part])


def test_a_mapped_file_that_is_not_as_it_was_is_sent_as_it_is_here(tmp_path: Path) -> None:
    path = tmp_path / "images"
    changed = np.memmap(path, np.uint8, "w+", shape=(4, *SHAPE))
    changed[:] = 3
    np.testing.assert_array_equal(sent(Arrays(changed)).images, changed)
    private = np.memmap(path, np.uint8, "c", shape=(4, *SHAPE))
    private[:] = 5
    np.testing.assert_array_equal(sent(Arrays(private)).images, private)
    gone = np.memmap(path, np.uint8, "r", shape=(4, *SHAPE))
    path.unlink()
    np.testing.assert_array_equal(sent(Arrays(gone)).images, gone)


def test_it_is_packed_once() -> None:
    transfer = SpecTransfer(WorkerSpec(None, "uint8", "exact", None, None, "skip", 1 << 20, 0, False, Arrays([1])))
    assert transfer.pack() == transfer.pack()
    assert PackedSpec(transfer.content()).unpack().dataset is not None
    transfer.close()
    transfer.close()


@pytest.mark.parametrize("kind", ["file", "socket", "lock", "generator", "connection"])
def test_what_cannot_be_sent_is_named_with_advice(kind: str, tmp_path: Path) -> None:
    with contextlib.ExitStack() as stack:
        handle: Any = threading.Lock()
        if kind == "file":
            handle = stack.enter_context(open(tmp_path / "data", "wb"))
        elif kind == "socket":
            handle = stack.enter_context(socket.socket())
        elif kind == "generator":
            handle = (number for number in range(3))
        elif kind == "connection":
            handle = stack.enter_context(contextlib.closing(sqlite3.connect(":memory:")))
        with pytest.raises(SettingsError) as raised:
            sent(Arrays([1], parts=[{"handle": handle}]))
    said = str(raised.value)
    assert said.startswith("dataset cannot be sent to worker processes (dataset.others['parts'][0]")
    assert "open them in the worker, at the first __getitem__" in said


def test_code_that_cannot_be_imported_is_sent_itself() -> None:
    offset = 3
    got = sent(Arrays([lambda number: number + offset]))
    assert got.images[0](4) == 7


def test_locks_and_caches_of_code_that_is_sent_are_made_again() -> None:
    @functools.lru_cache(maxsize=7)
    def factorial(number: int) -> int:
        return number * factorial(number - 1) if number else 1

    class Table:
        lock, changed, own = threading.RLock(), threading.Event(), threading.local()

        @functools.cached_property
        def numbers(self) -> list[int]:
            with self.lock:
                return [factorial(number) for number in range(4)]

    with Table.lock:
        got = sent(Arrays([Table()])).images[0]
    assert got.numbers == [1, 1, 2, 6]
    assert "numbers" in vars(got)
    assert not got.changed.is_set()
    assert not hasattr(got.own, "number")


@pytest.mark.slow
def test_a_long_import_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pool, "_START_TIMEOUT_S", 0.1)
    images = np.zeros((4, *SHAPE), np.uint8)
    with Loader(SlowToArrive(images), batch_size=4, sample_timeout_s=5, num_workers=1, epochs=1) as loader:
        assert [len(batch) for batch in loader] == [4]
        assert loader.snapshot().restarts == 0


@pytest.mark.torch
def test_torch_computes_in_workers_as_in_the_program() -> None:
    import torch

    torch.set_num_threads(2)
    (torch.rand(600, 600) @ torch.rand(600, 600)).mean()
    with Loader(Multiplies(), batch_size=2, num_workers=2, sample_timeout_s=20, epochs=1) as loader:
        assert sum(len(batch) for batch in loader) == 4
        assert loader.snapshot().restarts == 0


class Multiplies:
    """Torch's own threads at work."""

    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        import torch

        torch.set_num_threads(2)
        (torch.rand(600, 600) @ torch.rand(600, 600)).mean()
        return np.zeros(SHAPE, np.uint8)
