"""The trial that `workers` has a child process make: two workers are started, and one batch of the sample is loaded."""

import json
import time

from inspector import Loader
from inspector.assets import assets_dir
from inspector.loader.memory.slots import Arena
from inspector.loader.workers.messages import Hello, WorkerSpec
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.starter import Starter, ZygoteStarter, make_starter

_BATCH_SIZE = 8
_MEMORY_BYTES = 1 << 26


def main() -> None:
    """Print what was measured as one JSON object."""
    arena = Arena.create(1 << 20)
    spec = WorkerSpec(None, "uint8", "exact", None, None, "skip", 1 << 20, 0, False, None)
    begin = time.perf_counter()
    starter = make_starter("processes", SpecTransfer(spec), arena)
    try:
        first_ms = _start(starter, 0, begin)
        next_ms = _start(starter, 1, time.perf_counter())
    finally:
        starter.close()
        arena.close()
    batch_ms, images = _load()
    method = "forked from a process of its own" if isinstance(starter, ZygoteStarter) else "spawned"
    facts = {"method": method, "first_ms": first_ms, "next_ms": next_ms, "batch_ms": batch_ms, "images": images}
    print(json.dumps(facts))


def _start(starter: Starter, worker_id: int, begin: float) -> float:
    """Start a worker; milliseconds from `begin` until it is ready."""
    channel = starter.start(worker_id, worker_id)
    message = channel.receive()
    took_ms = 1e3 * (time.perf_counter() - begin)
    channel.close()
    if not isinstance(message, Hello):
        raise SystemExit(f"a worker ended before it could work: {starter.error_output() or message}")
    return took_ms


def _load() -> tuple[float | None, int]:
    sample = assets_dir() / "sample"
    if not sample.is_dir():
        return None, 0
    begin = time.perf_counter()
    with Loader(
        str(sample), batch_size=_BATCH_SIZE, num_workers=1, image_size=(64, 64), memory_limit_bytes=_MEMORY_BYTES
    ) as loader:
        images = len(next(loader).images)
        return 1e3 * (time.perf_counter() - begin), images
