"""Workers that are spawned, as on systems without fork: the same batches, deaths and clean end."""

import os
import signal
from pathlib import Path

import pytest

from inspector import Loader
from inspector.loader import crew, starter


def test_spawned_workers_deliver_the_same_and_are_replaced(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = {"batch_size": 16, "image_size": (40, 30), "epochs": 2}
    with Loader(photos, num_workers=2, **settings) as loader:
        expected = [batch.indices.tolist() for batch in loader]
    monkeypatch.setattr(crew, "make_starter", lambda engine, spec, arena: starter.SpawnStarter(spec, arena))
    with Loader(photos, num_workers=2, **settings) as loader:
        got = [next(loader).indices.tolist()]
        pid = next(worker.pid for worker in loader.snapshot().workers if worker.pid)
        os.kill(pid, signal.SIGKILL)
        got += [batch.indices.tolist() for batch in loader]
        assert not loader.problems
    assert got == expected
