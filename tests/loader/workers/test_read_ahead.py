"""Reads of samples whose turn has not come yet."""

import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from inspector.formats.problems import BadFile, ProblemKind
from inspector.loader.workers.read_ahead import ReadAhead


class Source:
    """Samples whose reads wait until they are allowed to end."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.begun: list[int] = []
        self.open = False

    def read(self, sample: int) -> bytes:
        with self.changed:
            self.begun.append(sample)
            self.changed.notify_all()
            assert self.changed.wait_for(lambda: self.open, 60)
        if sample == 13:
            raise OSError("thirteen")
        return str(sample).encode()

    def wait_begun(self, count: int) -> list[int]:
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.begun) >= count, 60)
            return sorted(self.begun)

    def let_go(self) -> None:
        with self.changed:
            self.open = True
            self.changed.notify_all()


@contextmanager
def reading(source: Source, in_flight: int = 4, nbytes: int = 1, most_bytes: int = 1000) -> Iterator[ReadAhead]:
    ahead = ReadAhead(source.read, lambda sample: nbytes, in_flight, most_bytes=most_bytes)
    try:
        yield ahead
    finally:
        source.let_go()
        ahead.close()


def test_as_many_as_allowed_are_read_at_a_time_and_come_in_order() -> None:
    source = Source()
    with reading(source, in_flight=4) as ahead:
        for task in range(10):
            ahead.expect(task, 100 + task)
        assert source.wait_begun(4) == [100, 101, 102, 103]
        source.let_go()
        assert [ahead.read(task, 100 + task) for task in range(10)] == [str(100 + i).encode() for i in range(10)]
    assert sorted(source.begun) == list(range(100, 110))


def test_no_more_is_held_than_allowed() -> None:
    source = Source()
    source.let_go()
    with reading(source, nbytes=300, most_bytes=1000) as ahead:
        for task in range(10):
            ahead.expect(task, task)
        assert len(source.wait_begun(3)) == 3
        assert ahead.read(0, 0) == b"0"
        assert len(source.wait_begun(4)) == 4
        for task in range(1, 10):
            ahead.read(task, task)
    assert sorted(source.begun) == list(range(10))


def test_a_sample_larger_than_all_that_may_be_held_is_read_alone() -> None:
    source = Source()
    source.let_go()
    with reading(source, nbytes=5000, most_bytes=1000) as ahead:
        for task in range(3):
            ahead.expect(task, task)
        assert [ahead.read(task, task) for task in range(3)] == [b"0", b"1", b"2"]


def test_what_reading_raises_comes_with_the_task_and_it_can_be_read_once_more() -> None:
    source = Source()
    source.let_go()
    with reading(source) as ahead:
        for task, sample in enumerate((12, 13, 14)):
            ahead.expect(task, sample)
        assert ahead.read(0, 12) == b"12"
        for _ in range(2):
            with pytest.raises(OSError, match="thirteen"):
                ahead.read(1, 13)
        assert ahead.read(2, 14) == b"14"
    assert sorted(source.begun) == [12, 13, 13, 14]


def test_a_sample_may_be_expected_twice() -> None:
    source = Source()
    source.let_go()
    with reading(source) as ahead:
        ahead.expect(1, 5)
        ahead.expect(2, 5)
        assert (ahead.read(1, 5), ahead.read(2, 5)) == (b"5", b"5")


def test_closing_ends_the_threads_and_what_was_not_begun() -> None:
    source = Source()
    source.let_go()
    with closing(ReadAhead(source.read, lambda sample: 1, 2)) as ahead:
        for task in range(100):
            ahead.expect(task, task)


def test_how_many_are_read_at_a_time_can_change() -> None:
    source = Source()
    with reading(source, in_flight=2) as ahead:
        for task in range(4):
            ahead.expect(task, task)
        assert source.wait_begun(2) == [0, 1]
        ahead.use(5)
        for task in range(4, 12):
            ahead.expect(task, task)
        assert source.wait_begun(7) == [0, 1, 4, 5, 6, 7, 8]
        ahead.use(5)
        source.let_go()
        assert [ahead.read(task, task) for task in range(12)] == [str(i).encode() for i in range(12)]
    assert sorted(source.begun) == list(range(12))


def test_those_that_are_there_are_ready_before_one_that_hangs() -> None:
    gates = {sample: threading.Event() for sample in range(3)}

    def read(sample: int) -> bytes:
        assert gates[sample].wait(60)
        return str(sample).encode()

    with closing(ReadAhead(read, lambda sample: 1, 3)) as ahead:
        for task in range(3):
            ahead.expect(10 + task, task)
        assert ahead.ready(0.0) == []
        gates[2].set()
        assert ahead.ready(60.0) == [12]
        assert ahead.read(12, 2) == b"2"
        assert ahead.waited_ns() > 0
        assert ahead.waited_ns() == 0
        for gate in gates.values():
            gate.set()
        assert [ahead.read(10, 0), ahead.read(11, 1)] == [b"0", b"1"]


def test_a_read_that_hangs_is_given_up_and_another_thread_takes_its_place() -> None:
    gate = threading.Event()

    def read(sample: int) -> bytes:
        if sample == 0:
            gate.wait(60)
        return str(sample).encode()

    with closing(ReadAhead(read, lambda sample: 1, 1, limit_s=0.1)) as ahead:
        for task in range(3):
            ahead.expect(task, task)
        assert ahead.ready(60.0) == [0]
        with pytest.raises(BadFile, match="longer than") as caught:
            ahead.read(0, 0)
        assert caught.value.kind is ProblemKind.TIMED_OUT
        assert [ahead.read(1, 1), ahead.read(2, 2)] == [b"1", b"2"]
        gate.set()
