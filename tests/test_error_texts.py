"""Errors of any length as text."""

import sys

import pytest

from inspector.error_texts import LONGEST_REASON, LONGEST_TRACEBACK, bounded, in_words, traceback_of


class Unspeakable(Exception):
    def __str__(self) -> str:
        raise ValueError("not even this")


def raised(error: Exception) -> str:
    with pytest.raises(type(error)) as caught:
        raise error
    return traceback_of(caught.value, caught.value.__traceback__)


def even(count: int) -> int:
    return odd(count + 1)


def odd(count: int) -> int:
    return even(count + 1)


def test_short_ones_stay_as_they_are() -> None:
    assert in_words(KeyError(2)) == "KeyError: 2"
    assert raised(ValueError("short")).endswith("ValueError: short\n")
    assert "its __str__ raised" in in_words(Unspeakable())
    assert bounded("x" * 10, 10) == "x" * 10


def test_a_long_message_keeps_both_its_ends() -> None:
    error = ValueError("begin" + "x" * 10_000_000 + "end")
    reason, trace = in_words(error), raised(error)
    assert reason.startswith("ValueError: beginx")
    assert reason.endswith("xend")
    assert "characters left out" in reason
    assert len(reason) < LONGEST_REASON + 100
    assert trace.startswith("Traceback (most recent call last)")
    assert "ValueError: beginx" in trace
    assert trace.rstrip().endswith("xend")
    assert len(trace) < LONGEST_TRACEBACK + 100


def test_a_deep_recursion_keeps_its_first_and_last_lines() -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(3_000)
    try:
        with pytest.raises(RecursionError) as caught:
            even(0)
        trace = traceback_of(caught.value, caught.value.__traceback__)
    finally:
        sys.setrecursionlimit(before)
    assert len(trace) < LONGEST_TRACEBACK + 100
    assert trace.startswith("Traceback")
    assert "RecursionError" in trace.splitlines()[-1]
