"""The steps of worker counts."""

import pytest

from inspector.tuner.worker_counts import STEPS, above, between, first_counts


@pytest.mark.parametrize(
    ("cores", "counts"),
    [
        (0.5, [0, 1, 2]),
        (1, [0, 1, 2]),
        (1.5, [0, 1, 2, 3, 4]),
        (2, [0, 1, 2, 3, 4]),
        (10, [0, 1, 2, 3, 4, 6, 8, 10, 12, 16, 20]),
    ],
)
def test_from_none_to_twice_the_cores(cores: float, counts: list[int]) -> None:
    assert first_counts(cores, 256) == counts


def test_no_more_than_allowed() -> None:
    assert first_counts(8, 3) == [0, 1, 2, 3]
    assert max(first_counts(500, 10_000)) == STEPS[-1]


@pytest.mark.parametrize(
    ("count", "most", "next_count"),
    [(4, 256, 8), (3, 256, 6), (10, 256, 24), (8, 12, 12), (8, 8, None), (256, 999, None)],
)
def test_twice_as_many(count: int, most: int, next_count: int | None) -> None:
    assert above(count, most) == next_count


def test_between() -> None:
    assert between(4, 8) == 6
    assert between(2, 3) is None
    assert between(8, 32) in (12, 16, 24)
