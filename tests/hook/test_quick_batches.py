"""Batches that follow each other quickly are only counted, and the figures are the same in the end."""

from collections.abc import Iterator
from typing import Any

import pytest

from inspector.hook import consumer
from inspector.hook.iterations import MARK, Iteration, thread
from inspector.hook.loaders import (
    BATCHES,
    EPOCH_BATCHES,
    EPOCHS,
    FIRST_WAIT,
    IMAGES,
    STEP,
    STEPS,
    WAIT,
    WAITING_SINCE,
    LoaderRing,
)

US = 1e-6
QUICK = (20 * US, 30 * US)


class Loading:
    """An iterator of a loader, as far as the hook looks at it, with a clock that is set by hand."""

    now = 100.0

    def __init__(self) -> None:
        self.ring = LoaderRing("key", {"map_style": True, "collates": True})
        setattr(self, MARK, Iteration(self.ring, self))

    @property
    def totals(self) -> Any:
        return self.ring.ring.totals

    def reset(self) -> None:
        consumer.end_start_up(consumer.begin_start_up(), self, None)

    def begin(self, wait: float) -> Iteration:
        iteration = consumer.begin_next(self)
        consumer.note_index(self, [0, 1])
        assert self.totals[WAITING_SINCE] > 0
        Loading.now += wait
        return iteration

    def batch(self, wait: float, step: float = 0.0) -> None:
        consumer.end_next(self.begin(wait), self, None)
        assert self.totals[WAITING_SINCE] == 0
        Loading.now += step

    def end(self, wait: float = 0.0) -> None:
        consumer.fail_next(self.begin(wait), self, StopIteration())


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(consumer, "monotonic", lambda: Loading.now)
    thread.forget()
    yield
    thread.forget()


@pytest.mark.parametrize(
    "batches",
    [
        [QUICK] * 100,
        [QUICK] * 5 + [(0.5, 10 * US)] + [QUICK] * 5,
        [QUICK] * 5 + [(20 * US, 0.3)] + [QUICK] * 5,
        [(0.1, 0.2)] * 5,
        [(0.0009, 0.0009)] * 7,
    ],
    ids=["quick", "one waits", "one step", "none is quick", "every other one"],
)
def test_waits_and_steps_add_up(batches: list[tuple[float, float]]) -> None:
    loading = Loading()
    for epoch in range(1, 3):
        loading.reset()
        for count, (wait, step) in enumerate(batches, 1):
            loading.batch(wait, step)
            assert loading.totals[EPOCH_BATCHES] == count
            assert loading.totals[BATCHES] == (epoch - 1) * len(batches) + count
        loading.end(0.2)
    totals = loading.totals
    assert totals[EPOCHS] == 2
    assert totals[IMAGES] == 2 * totals[BATCHES] == 2 * totals[STEPS]
    assert totals[FIRST_WAIT] == pytest.approx(2 * batches[0][0])
    assert totals[WAIT] == pytest.approx(2 * sum(wait for wait, _ in batches))
    assert totals[STEP] == pytest.approx(2 * sum(step for _, step in batches))


def test_the_time_of_another_loader_in_a_step_is_that_loaders() -> None:
    training, validation = Loading(), Loading()
    for _ in range(20):
        training.batch(*QUICK)
        validation.reset()
        for _ in range(3):
            validation.batch(5 * US, 7 * US)
        validation.end()
        Loading.now += 11 * US
    training.end()
    assert (training.totals[BATCHES], training.totals[STEPS]) == (20, 20)
    assert training.totals[WAIT] == pytest.approx(20 * QUICK[0])
    assert training.totals[STEP] == pytest.approx(20 * (QUICK[1] + 11 * US))
    assert validation.totals[WAIT] == pytest.approx(60 * 5 * US)
    assert validation.totals[STEP] == pytest.approx(60 * 7 * US)


def test_an_iterator_that_is_dropped_keeps_what_was_counted() -> None:
    dropped, other = Loading(), Loading()
    for _ in range(4):
        dropped.batch(*QUICK)
    totals = dropped.totals
    del dropped
    other.batch(*QUICK)
    assert totals[BATCHES] == 4
    assert totals[WAIT] == pytest.approx(4 * QUICK[0])
    assert totals[STEP] == pytest.approx(3 * QUICK[1])
