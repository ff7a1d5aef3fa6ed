"""What other systems lack is taken away here, and the loader still loads the same.

It shows that the ways around work, not that they do so on those systems.
"""

import mmap
import os
import socket
from pathlib import Path

import pytest

from inspector import Loader
from inspector.loader.memory.slots import Arena
from inspector.resource_limits import bound_cores, usable_memory_bytes


@pytest.fixture
def expected(photos: Path) -> list[list[int]]:
    with Loader(photos, batch_size=32, num_workers=0, image_size=(40, 30), epochs=1) as loader:
        return [batch.indices.tolist() for batch in loader]


def load(photos: Path) -> list[list[int]]:
    with Loader(photos, batch_size=32, num_workers=2, image_size=(40, 30), epochs=1) as loader:
        got = [batch.indices.tolist() for batch in loader]
        assert not loader.problems
    return got


def take_away(monkeypatch: pytest.MonkeyPatch, **names: object) -> None:
    for name, owner in names.items():
        monkeypatch.delattr(owner, name, raising=False)


def test_as_on_macos(photos: Path, expected: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(monkeypatch, memfd_create=os, posix_fallocate=os, sched_getaffinity=os, MADV_REMOVE=mmap)
    assert bound_cores() == os.cpu_count()
    assert load(photos) == expected


def test_as_on_windows(photos: Path, expected: list[list[int]], monkeypatch: pytest.MonkeyPatch) -> None:
    take_away(monkeypatch, memfd_create=os, posix_fallocate=os, sched_getaffinity=os, fork=os, sysconf=os)
    take_away(monkeypatch, MADV_REMOVE=mmap, MSG_DONTWAIT=socket, send_fds=socket)
    assert usable_memory_bytes() is None
    assert load(photos) == expected


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="the limit of file sizes is set on Linux")
def test_where_files_may_not_be_so_large_the_memory_asked_for_is_all_there_is() -> None:
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 21, hard))
    try:
        arena = Arena.create(1 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert 1 << 20 < arena.size <= 1 << 21
    arena.close()
