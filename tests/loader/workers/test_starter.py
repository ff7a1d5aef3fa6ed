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
from inspector.loader.workers.user_code import make_spec
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
