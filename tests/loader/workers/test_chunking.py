"""Tests of how many samples a worker is given at once."""

import pytest

from inspector.loader.workers.chunking import ChunkSizer


def sizes(*times_us: float) -> tuple[int, int]:
    chunks = ChunkSizer()
    for time_us in times_us:
        chunks.add(time_us)
    return chunks.samples(share=1_000)


def test_the_first_samples_are_sent_one_by_one() -> None:
    assert sizes() == (1, 2)


@pytest.mark.parametrize(
    ("time_us", "expected"),
    [
        (20.0, (64, 192)),  # the message costs more than a sample
        (100.0, (21, 64)),
        (1_000.0, (18, 42)),
        (6_000.0, (3, 7)),
        (1e6, (1, 2)),
    ],
)
def test_a_message_has_a_few_milliseconds_of_work(time_us: float, expected: tuple[int, int]) -> None:
    assert sizes(*[time_us] * 100) == expected


def test_fewer_are_sent_where_times_differ_widely() -> None:
    alike, mixed = sizes(*[1_000.0] * 100), sizes(*[100.0] * 99, 91_000.0)
    assert mixed < alike


def test_the_smallest_samples_are_left_for_other_workers_too() -> None:
    chunks = ChunkSizer()
    chunks.add(*[20.0] * 100)
    assert [chunks.samples(share=share) for share in (8, 96, 1_000)] == [(21, 64), (32, 96), (64, 192)]


def test_times_may_come_together() -> None:
    one_by_one, together = ChunkSizer(), ChunkSizer()
    times_us = [900.0, 1_000.0, 1_100.0] * 20
    for time_us in times_us:
        one_by_one.add(time_us)
    together.add(*times_us)
    assert together.samples() == one_by_one.samples()
