"""What is read over a network is kept on this machine: no request for what is there, and no trust in it."""

import hashlib
import logging
import multiprocessing
import os
import resource
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader
from inspector.private_folder import cache_folder
from inspector.sources.remote import read_cache
from inspector.sources.remote.read_cache import ReadCache
from tests.command import run
from tests.sources.containers.samples import photographs
from tests.sources.containers.tars import write_tar
from tests.sources.remote.conftest import use_s3
from tests.sources.remote.servers import call, proxy, web_server

GB = 10**9


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Each test has a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    read_cache._caches.clear()
    yield
    read_cache._caches.clear()


def kept() -> list[Path]:
    return [path for path in (cache_folder() / "reads").glob("*/*") if path.is_file()]


def digest(source: str, **settings: Any) -> str:
    value = hashlib.sha256()
    with Loader(source, batch_size=4, image_size=(32, 32), **{"epochs": 1, "num_workers": 2, **settings}) as loader:
        loader.warns = False
        for batch in loader:
            value.update(np.asarray(batch.images).tobytes())
    return value.hexdigest()


class TestLoading:
    def test_the_second_epoch_of_a_container_needs_no_request(self, tmp_path: Path) -> None:
        pytest.importorskip("obstore")
        folder = tmp_path / "served"
        folder.mkdir()
        write_tar(folder / "a.tar", photographs())
        asked: list[str] = []
        with web_server(folder) as server, proxy(server, verdict=lambda path: asked.append(path) or 0) as url:  # type: ignore[func-returns-value]
            source = f"{url}/a.tar"
            expected = digest(source, epochs=3)
            asked.clear()
            assert digest(source, epochs=3, read_cache_bytes=GB) == expected
            assert len(asked) < 2 * len(photographs())  # of three epochs
            asked.clear()
            assert digest(source, epochs=3, read_cache_bytes=GB, num_workers=3) == expected
            assert len(asked) == 1  # whether it is still the same file
            asked.clear()
            scanned = run("scan", source, "--read-cache", "1GB", "--without", "all")
            assert "18 good" in scanned.stdout
            assert len(asked) == 1
            write_tar(folder / "a.tar", photographs()[10:])
            assert digest(source, read_cache_bytes=GB) == digest(source)

    def test_the_second_epoch_of_a_prefix_needs_no_request(
        self, at_s3: str, bucket: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for name, content in photographs():
            call(at_s3, "PUT", f"/{bucket}/{name}", content)
        asked: list[str] = []
        with proxy(at_s3, verdict=lambda path: asked.append(path) or 0) as url:  # type: ignore[func-returns-value]
            use_s3(monkeypatch, url)
            expected = digest(f"s3://{bucket}", epochs=2, read_cache_bytes=GB)
            asked.clear()
            assert digest(f"s3://{bucket}", epochs=2, read_cache_bytes=GB) == expected
            empty = sum(not content for _, content in photographs())
            assert sum("list-type" not in path for path in asked) <= 2 * empty  # what has no bytes is not kept
            name = photographs()[0][0]
            call(at_s3, "PUT", f"/{bucket}/{name}", photographs()[1][1])
            assert digest(f"s3://{bucket}", epochs=2, read_cache_bytes=GB) != expected

    def test_nothing_is_kept_by_default(self, tmp_path: Path) -> None:
        pytest.importorskip("obstore")
        write_tar(tmp_path / "a.tar", photographs())
        with web_server(tmp_path) as url:
            digest(f"{url}/a.tar")
        assert not (cache_folder() / "reads").exists()


class TestFiles:
    def test_what_was_not_used_for_longest_goes_first(self) -> None:
        cache = ReadCache(200_000)
        for i in range(100):
            cache.put(bytes([i]) * 10_000, "a", i)
            for path in kept():  # all that is there was used before what comes
                status = path.stat()
                os.utime(path, (status.st_atime, status.st_mtime - 10))
            assert sum(path.stat().st_size for path in kept()) <= 200_000 * 1.1
        assert cache.get("a", 99) == bytes([99]) * 10_000
        assert cache.get("a", 0) is None
        assert len(kept()) > 15
        cache.put(bytes(100_000), "too large")
        assert cache.get("too large") is None

    def test_damaged_and_foreign_files_are_no_hits(self, tmp_path: Path) -> None:
        cache = ReadCache(GB)
        cache.put(b"content" * 100, "a", 1)
        (path,) = kept()
        whole = path.read_bytes()
        for damaged in (b"", whole[:-1], whole + b"x", whole[:-1] + b"?", b"inspread" + whole[:10], b"?" * len(whole)):
            path.write_bytes(damaged)
            assert cache.get("a", 1) is None
            assert not path.exists()
        (tmp_path / "elsewhere").write_bytes(whole)
        path.symlink_to(tmp_path / "elsewhere")
        assert cache.get("a", 1) is None
        path.unlink()
        os.mkfifo(path)
        assert cache.get("a", 1) is None
        path.unlink()
        path.write_bytes(whole)
        assert cache.get("a", 1) == b"content" * 100
        assert cache.get("a", 2) is None

    def test_a_full_disk_turns_it_off_with_one_warning(self, caplog: pytest.LogCaptureFixture) -> None:
        caches = ReadCache(GB), ReadCache(GB)
        limit = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2000, limit[1]))
        try:
            with caplog.at_level(logging.WARNING):
                for cache in caches:
                    cache.put(bytes(5000), "a")
                    cache.put(bytes(5000), "b")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limit)
        assert len(caplog.records) == 1
        assert "loading continues without" in caplog.text
        assert kept() == []
        assert caches[0].get("a") is None

    def test_a_folder_that_cannot_be_used_turns_it_off(self, caplog: pytest.LogCaptureFixture) -> None:
        (cache_folder() / "reads").write_bytes(b"a file")
        cache = ReadCache(GB)
        cache.put(b"1", "a")
        assert cache.get("a") is None
        assert len(caplog.records) == 1

    def test_many_processes_share_it(self) -> None:
        context = multiprocessing.get_context("spawn")
        processes = [context.Process(target=_use, args=(number,)) for number in range(3)]
        for process in processes:
            process.start()
        for process in processes:
            process.join(60)
        assert [process.exitcode for process in processes] == [0, 0, 0]
        assert sum(path.stat().st_size for path in kept()) <= 300_000 * 1.1


def _use(number: int) -> None:
    cache = ReadCache(300_000)
    for i in range(300):
        key = (i * (number + 1)) % 40
        found = cache.get("x", key)
        assert found is None or found == bytes([key]) * (5000 + key)
        cache.put(bytes([key]) * (5000 + key), "x", key)
