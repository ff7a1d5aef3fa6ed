"""The recorder computes its figures once for each moment, and never shows those of another state."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic, sleep

import pytest

from inspector import Loader
from inspector.monitor.recorder import Recorder


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    recorder = Recorder(began_s=0.0)
    yield recorder
    recorder.close()


def wait_until(condition: Callable[[], object]) -> None:
    end = monotonic() + 60
    while not condition():
        assert monotonic() < end
        sleep(0.01)


def test_figures_are_of_the_moment_and_the_state(recorder: Recorder, photos: Path) -> None:
    with Loader(photos, batch_size=2, num_workers=1, image_size=(16, 16)) as loader:
        recorder.follow(loader)
        recorder.measure(True)

        def delivers() -> bool:
            next(loader)
            return recorder.rates().batches_per_s is not None

        wait_until(delivers)
        pid = loader.snapshot().workers[0].pid
        assert pid is not None  # it has delivered
        wait_until(lambda: [row.totals.pid for row in recorder.worker_rows()] == [pid])
        recorder.measure(False)
        assert recorder.rates().batches_per_s is None
        assert len(recorder.worker_rows()) == 1
        before = recorder.worker_rows()[0].totals.images
        for _ in range(5):
            next(loader)
        wait_until(lambda: recorder.worker_rows()[0].totals.images > before)
        recorder.follow(None)
        assert recorder.worker_rows() == ()
