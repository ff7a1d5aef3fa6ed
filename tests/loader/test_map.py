"""A function of each item, in workers: every result once, in order, whatever becomes of the workers."""

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from inspector.errors import LoaderClosedError, SettingsError
from inspector.formats.problems import Problem, ProblemKind
from inspector.loader.map import SampleMap


def square(item: int) -> dict[str, Any]:
    time.sleep(0.002 * (item % 3))  # so that they finish in another order
    return {"item": item, "square": item * item}


def fail_at_thirteen(item: int) -> int:
    if item == 13:
        raise ValueError("unlucky")
    return item


def die_at_thirteen(item: int) -> int:
    if item == 13:
        os.kill(os.getpid(), signal.SIGSEGV)
    return item


def give_a_lock_at_thirteen(item: int) -> object:
    return threading.Lock() if item == 13 else item


def wait(item: int) -> int:
    time.sleep(600)
    return item


@pytest.mark.parametrize("num_workers", [0, 1, 3])
@pytest.mark.parametrize("first_batch", [1, 7])
def test_results_come_once_and_in_order(num_workers: int, first_batch: int) -> None:
    with SampleMap(square, range(100), num_workers=num_workers, first_batch=first_batch) as results:
        assert list(results) == [(item, {"item": item, "square": item * item}) for item in range(100)]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_no_items(num_workers: int) -> None:
    with SampleMap(square, (), num_workers=num_workers) as results:
        assert list(results) == []


@pytest.mark.slow
@pytest.mark.parametrize(
    ("function", "kind", "reason"),
    [
        (fail_at_thirteen, ProblemKind.TRANSFORM_FAILED, "ValueError: unlucky"),
        (die_at_thirteen, ProblemKind.CRASHED, "SIGSEGV"),
        (give_a_lock_at_thirteen, ProblemKind.TRANSFORM_FAILED, "pickle"),
    ],
)
def test_an_item_that_fails_comes_as_a_problem_in_its_place(
    function: Callable[[int], Any], kind: ProblemKind, reason: str
) -> None:
    with SampleMap(function, range(40), num_workers=2, first_batch=4) as results:
        found = list(results)
    assert [position for position, _ in found] == list(range(40))
    problem = found.pop(13)[1]
    assert isinstance(problem, Problem)
    assert (problem.kind, problem.index) == (kind, 13)
    assert reason in problem.reason
    assert found == [(item, item) for item in range(40) if item != 13]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_when_all_fail(num_workers: int) -> None:
    with SampleMap(fail_at_thirteen, [13] * 20, num_workers=num_workers) as results:
        found = list(results)
    assert [position for position, _ in found] == list(range(20))
    assert all(isinstance(problem, Problem) for _, problem in found)


def test_it_can_be_cancelled_while_it_waits() -> None:
    with SampleMap(wait, range(10), num_workers=2) as results:
        threading.Timer(0.2, results.cancel).start()
        with pytest.raises(LoaderClosedError):
            list(results)


def test_a_function_that_cannot_be_sent_is_refused() -> None:
    with pytest.raises(SettingsError, match="function"):
        SampleMap(threading.Lock().acquire, range(10))  # type: ignore[arg-type]  # whatever it is
