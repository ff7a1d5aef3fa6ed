"""Rates and their intervals, against what they were made from."""

import math
import random

import pytest

from inspector.tuner.rate_estimates import RateEstimates, student_t

TRUE = {"one": 100.0, "two": 190.0, "three": 200.0, "four": 196.0}


def measured(seed: int, rounds: int, noise: float, outliers: float = 0.0) -> dict[str, list[tuple[int, float]]]:
    """The machine gets slower by 5 % a round."""
    source = random.Random(seed)
    return {
        name: [
            (
                number,
                rate * math.exp(source.gauss(0, noise) - 0.05 * number) * (0.5 if source.random() < outliers else 1.0),
            )
            for number in range(rounds)
        ]
        for name, rate in TRUE.items()
    }


@pytest.mark.parametrize(("freedom", "quantile"), [(4, 2.776), (6, 2.447), (10, 2.228), (30, 2.042), (1000, 1.962)])
def test_students_quantiles(freedom: int, quantile: float) -> None:
    assert student_t(freedom) == pytest.approx(quantile, rel=0.01)


@pytest.mark.parametrize(("rounds", "outliers"), [(3, 0.0), (5, 0.0), (8, 0.0), (8, 0.1)])
def test_the_interval_of_a_ratio_holds_the_truth_19_times_of_20(rounds: int, outliers: float) -> None:
    held = total = 0
    for seed in range(150):
        rates = RateEstimates(measured(seed, rounds, 0.05, outliers))
        for name in ("one", "two", "four"):
            ratio = rates.ratio(name, "three")
            held += ratio.low <= TRUE[name] / TRUE["three"] <= ratio.high
            total += 1
    assert held / total >= 0.93


def test_what_all_have_in_common_does_not_count() -> None:
    """Measured in different rounds, of which the later ones are much slower."""
    drifting = {
        "one": [(number, 100.0 * 0.8**number) for number in range(4)],
        "two": [(number, 200.0 * 0.8**number) for number in range(2)],
        "three": [(number, 300.0 * 0.8**number) for number in range(2, 4)],
    }
    rates = RateEstimates(drifting)
    assert rates.ratio("two", "one").value == pytest.approx(2.0, rel=0.02)
    assert rates.ratio("three", "one").value == pytest.approx(3.0, rel=0.02)
    assert rates.best(["one", "two", "three"]) == "three"


def test_a_disturbance_moves_little() -> None:
    calm = measured(0, 5, 0.01)
    disturbed = {**calm, "two": [*calm["two"][:4], (4, 20.0)]}
    assert RateEstimates(disturbed).ratio("two", "three").value == pytest.approx(0.95, abs=0.03)


def test_a_single_window_is_known_to_say_little() -> None:
    rate = RateEstimates({"one": [(0, 100.0)]}).rate("one")
    assert rate.low < 70 < 100 == pytest.approx(rate.value)
    assert rate.high > 140


def test_more_windows_make_narrower_intervals() -> None:
    few, many = (RateEstimates(measured(1, rounds, 0.05)).rate("two") for rounds in (3, 30))
    assert many.high - many.low < (few.high - few.low) / 2


def test_compared_with_itself_it_is_the_same() -> None:
    same = RateEstimates(measured(0, 3, 0.1)).ratio("one", "one")
    assert (same.low, same.value, same.high) == (1.0, 1.0, 1.0)
