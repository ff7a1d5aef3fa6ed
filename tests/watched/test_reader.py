"""What the rings of a run add up to."""

from pathlib import Path

import pytest

from inspector.watched.reader import RunReader
from tests.watched.written import WrittenRun


def test_a_start_in_the_thread_that_loads_ahead_is_counted_once(tmp_path: Path) -> None:
    """Whoever uses the batches waits for the first one meanwhile."""
    run = WrittenRun(tmp_path)
    run.loader(
        0, "train_loader", batches=20, images=80, wait_s=4.0, first_wait_s=1.0, start_up_s=3.0, start_up_ahead_s=3.0,
        starts=2, begin_s=2.0, handed=20, handed_wait_s=5.0, handed_first_s=4.2, handed_step_s=1.0,
    )  # fmt: skip
    [loader] = RunReader(run.folder).read().loaders
    totals = loader.totals
    assert (totals.wait_s, totals.step_s, totals.start_up_s) == (5.0, 1.0, 0.0)
    assert totals.producer_wait_s == 4.0
    assert totals.begin_s == pytest.approx(2.1)


def test_a_sample_that_ends_the_epoch_is_an_error_although_next_does_not_raise_it(tmp_path: Path) -> None:
    run = WrittenRun(tmp_path)
    ended = {"type": "StopIteration", "message": "the epoch ends here", "index": 13, "time_s": 9.0}
    run.worker(11, 0, batches=3, samples=12, errors=(ended,))
    run.loader(0, "train_loader", batches=3, about={"workers": [[11, 0]]})
    [loader] = RunReader(run.folder).read().loaders
    assert loader.totals.errors == 1
    assert [(error.type, error.index) for error in loader.errors] == [("StopIteration", 13)]
