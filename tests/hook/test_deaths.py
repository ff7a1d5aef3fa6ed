"""A worker that dies is one error, in whichever loader's `next()` and however often that is raised."""

import json
from pathlib import Path
from typing import Any

import pytest

from inspector.hook import layout, memory
from inspector.hook.loaders import ERRORS, LoaderRing
from inspector.watched.deaths import death
from inspector.watched.reader import RunReader
from inspector.watched.records import WatchedError
from tests.watched.written import WrittenRun

RESET = {"type": "ConnectionResetError", "message": "Connection reset by peer", "time_s": 10.0}
DIED = {"type": "RuntimeError", "message": "DataLoader worker (pid 7) is killed by signal: Killed. ", "time_s": 10.5,
        "worker": 1, "pid": 7, "exit_status": -9, "index": 13}  # fmt: skip
RAISED = {"type": "ValueError", "message": "Caught ValueError in DataLoader worker process 0.", "time_s": 10.2}


@pytest.mark.parametrize(
    ("noted", "errors"),
    [
        ([DIED, DIED], 1),
        ([RESET, DIED], 1),
        ([RESET, DIED, RESET], 2),
        ([RAISED, DIED], 2),
        ([RESET, {**DIED, "time_s": 99.0}], 2),
        ([DIED, {**DIED, "pid": 8, "worker": 0}], 2),
    ],
)
def test_a_death_is_noted_once(noted: list[dict[str, Any]], errors: int) -> None:
    loader = LoaderRing("key", {})
    for each in noted:
        loader.note_error(each)
    assert loader.ring.totals[ERRORS] == errors


def test_a_death_keeps_its_sample_when_the_workers_ring_is_gone_and_is_not_hidden_by_other_errors(
    tmp_path: Path,
) -> None:
    run = WrittenRun(tmp_path)
    ours = {"type": "KeyError", "message": "label", "index": 3, "time_s": 9.0}
    run.worker(11, 0, batches=1, samples=4, errors=(ours,))
    run.loader(1, "train_loader", batches=2, errors=(DIED,), about={"workers": [[11, 0], [7, 1]]})
    [loader] = RunReader(run.folder).read().loaders
    assert [(error.type, error.index) for error in loader.errors] == [("KeyError", 3), ("RuntimeError", 13)]


def _death(**more: Any) -> str:
    return death(WatchedError("RuntimeError", "", 13, None, 1, 0, 1.0, exit_status=-9, **more))


def test_a_sigkill_is_explained_where_the_system_explains_it() -> None:
    assert "SIGKILL (by hand, or by the system, which was out of memory)" in _death()
    peak = {"peak_bytes": 3_200_000_000, "memory_bytes": 4_000_000_000}
    assert "SIGKILL (by the system, which was out of memory; a worker had up to 3.2 GB of 4.0 GB)" in _death(
        oom=True, **peak
    )
    assert "SIGKILL (by hand, or by another program: the system had memory; a worker" in _death(oom=False, **peak)


def test_a_note_with_all_of_it_has_room_for_what_is_shown() -> None:
    note: dict[str, Any] = {
            **DIED, "shm_free_bytes": 10**12, "oom": False, "peak_bytes": 10**11, "memory_bytes": 10**12,
            "time_s": 123456.789012345, "indices": [1_000_000 + at for at in range(32)], "batch_size": 256}  # fmt: skip
    loader = LoaderRing("key", {})
    loader.note_error(note)
    at = layout.NOTES_AT + layout.SLOWEST_NOTES * layout.NOTE_BYTES
    (length,) = layout.LENGTH.unpack_from(loader.ring._memory, at)
    kept = json.loads(bytes(loader.ring._memory[at + 4 : at + 4 + length]))
    assert kept["indices"] == note["indices"][: len(kept["indices"])]
    assert len(kept["indices"]) >= 12  # so many are shown


def test_memory_is_known() -> None:
    assert (memory.total_bytes() or 1) > 0
    assert memory.oom_kills() is None or memory.oom_kills() >= 0  # type: ignore[operator]
