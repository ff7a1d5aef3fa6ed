"""How workers come to be: spawned, as on systems without fork, and an end before they are there."""

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from inspector import Loader
from inspector.loader.memory.slots import Arena
from inspector.loader.workers import pool, starter
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.worker_spec import make_spec
from inspector.settings import LoaderConfig
from inspector.sources.file_index import FileIndex
from tests.loader.streams import stream


def test_spawned_workers_deliver_the_same_and_are_replaced(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings: dict[str, Any] = {"batch_size": 16, "image_size": (40, 30), "epochs": 2}
    with Loader(photos, num_workers=2, **settings) as loader:
        expected = [batch.indices.tolist() for batch in stream(loader)]
    monkeypatch.setattr(pool, "make_starter", lambda engine, spec, arena: starter.SpawnStarter(spec, arena))
    with Loader(photos, num_workers=2, **settings) as loader:
        got = [next(loader).indices.tolist()]
        pid = next(worker.pid for worker in loader.snapshot().workers if worker.pid)
        os.kill(pid, signal.SIGKILL)
        got += [batch.indices.tolist() for batch in stream(loader)]
        assert not loader.problems
    assert got == expected


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a zygote")
def test_what_starts_workers_is_not_waited_for_while_it_imports(photos: Path) -> None:
    config = LoaderConfig()
    arena = Arena.create(1 << 16)
    transfer = SpecTransfer(make_spec(config, FileIndex.scan(photos)))
    try:
        early = starter.ZygoteStarter(transfer, arena)
        early.close()
    finally:
        transfer.close()
        arena.close()
    assert early._process.returncode == -signal.SIGTERM  # and not SIGKILL, after a time-out


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs a zygote")
def test_slow_imports_of_what_starts_workers_are_waited_for(
    photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from a cold network disk."""
    (tmp_path / "sitecustomize.py").write_text(
        "import sys, time\nif any('zygote' in each for each in sys.orig_argv): time.sleep(4)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.setattr(pool, "_START_TIMEOUT_S", 2.0)  # workers themselves need some of it on a busy machine
    started: list[None] = []
    start = starter.ZygoteStarter

    def counted(transfer: SpecTransfer, arena: Arena) -> starter.ZygoteStarter:
        started.append(None)
        return start(transfer, arena)

    monkeypatch.setattr(starter, "ZygoteStarter", counted)
    with Loader(photos, batch_size=60, num_workers=2, sample_timeout_s=3, image_size=(8, 8), epochs=1) as loader:
        assert sum(len(batch) for batch in loader) == 120
    assert len(started) == 1
