"""What watching costs, by the CPU time of real threads."""

import threading
import time

import pytest

from inspector.monitor.overhead import FEWEST_S, SETTLES_S, Overhead


def compute(seconds: float) -> None:
    """Use so much CPU in this thread."""
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def test_a_thread_that_loads_is_no_cost_and_all_others_are() -> None:
    now_s = 0.0
    cost = Overhead(0.5, lambda: now_s)
    go, done = threading.Barrier(2), threading.Barrier(2)

    def load() -> None:
        go.wait()
        compute(0.6)
        done.wait()  # it must still be there when it is looked at
        done.wait()

    loads = threading.Thread(target=load, name="inspector-consumer")
    loads.start()
    cost.sample()
    compute(0.1)  # while all is put together: not counted
    now_s = SETTLES_S
    cost.sample()
    go.wait()
    compute(0.2)
    done.wait()
    now_s += FEWEST_S
    found = cost.sample()
    done.wait()
    loads.join()
    assert found == pytest.approx(0.2 / (0.5 * FEWEST_S), abs=0.03)


def test_too_short_a_time_tells_nothing() -> None:
    cost = Overhead(1.0)
    assert cost.sample() is None
    assert cost.sample() is None
