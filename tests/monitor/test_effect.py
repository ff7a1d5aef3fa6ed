"""What a live change did, from rates whose truth is known."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest

from inspector.monitor.effect import Effect, differ, last_effect
from inspector.monitor.records import Series, SettingChange

PERIOD_S = 0.1
IMAGES = 32.0  # in a batch
WINDOW_S = 2.0
Rates = npt.NDArray[np.float64]


def series(rates: Rates, *changes: tuple[float, str, int | str, int | str]) -> Series:
    """Ten rates a second from time 100 on."""
    time_s = 100 + PERIOD_S * np.arange(len(rates), dtype=np.float64)
    zeros = np.zeros(len(rates))
    return Series(
        time_s,
        rates,
        IMAGES * rates,
        zeros,
        zeros,
        tuple(SettingChange(100 + at, name, old, new) for at, name, old, new in changes),
    )


def smoothed(truth: Rates, noise: float, seed: int) -> Series:
    """A minute of a sliding window's rates, with a change after 30 s."""
    random = np.random.default_rng(seed)
    rates = truth * (1 + noise * random.standard_normal(len(truth)))
    width = round(WINDOW_S / PERIOD_S)
    means = np.convolve(np.pad(rates, (width - 1, 0), mode="edge"), np.ones(width) / width, mode="valid")
    return series(means.astype(np.float64), (30.0, "num_workers", 2, 4))


def effect_of(found: Series) -> Effect:
    effect = last_effect(found)
    assert effect is not None
    return effect


def test_a_clear_change_is_seen_and_its_medians_are_right() -> None:
    for seed in range(20):
        truth = np.where(np.arange(600) < 300, 20.0, 30.0)
        effect = effect_of(smoothed(truth, 0.2, seed))
        assert effect.text == "workers 2→4"
        assert effect.before == pytest.approx(20, rel=0.05)
        assert effect.after == pytest.approx(30, rel=0.05)
        assert effect.differs


def test_noise_alone_is_seldom_taken_for_a_difference() -> None:
    told = [effect_of(smoothed(np.full(600, 20.0), 0.5, seed)).differs for seed in range(200)]
    assert None not in told
    assert sum(map(bool, told)) <= 20  # 5 % are expected


def test_soon_after_a_change_nothing_is_said_of_it() -> None:
    truth = np.where(np.arange(340) < 300, 20.0, 30.0)
    effect = effect_of(smoothed(truth, 0.05, 0))
    assert effect.before == pytest.approx(20, rel=0.05)
    assert effect.differs is None


def test_what_an_earlier_change_did_does_not_count_as_before() -> None:
    truth = np.repeat([10.0, 20.0, 20.0], 200)
    effect = effect_of(series(truth, (20.0, "num_workers", 1, 2), (40.0, "prefetch_batches", 8, 16)))
    assert (effect.before, effect.after, effect.differs) == (20, 20, False)


def test_changes_at_once_are_one() -> None:
    truth = np.where(np.arange(600) < 300, 20.0, 10.0)
    effect = effect_of(series(truth, (29.8, "num_workers", 4, 1), (30.0, "engine", "processes", "threads")))
    assert effect == Effect("workers 4→1, engine processes→threads", "batches/s", 20, 10, True)


def test_a_pause_says_nothing() -> None:
    rates = np.where(np.arange(600) < 300, 20.0, np.nan)
    assert effect_of(series(rates, (30.0, "num_workers", 2, 4))) == Effect("workers 2→4", "batches/s", 20, None, None)


def test_the_full_queue_after_a_pause_does_not_count() -> None:
    rates = np.repeat([20.0, np.nan, 90.0, 20.0, 20.0], [100, 100, 20, 80, 300])
    assert effect_of(series(rates, (30.0, "num_workers", 2, 4))) == Effect("workers 2→4", "batches/s", 20, 20, False)


def test_without_a_change_there_is_no_effect() -> None:
    assert last_effect(series(np.full(600, 20.0))) is None
    assert last_effect(series(np.empty(0))) is None


def test_a_difference_too_small_to_matter_is_none() -> None:
    assert differ([100.0] * 4, [101.0] * 4) is False
    assert differ([100.0] * 3, [200.0] * 4) is None
    assert differ([10.0, 11, 12, 13], [20.0, 21, 22, 23]) is True
    assert differ([10.0, 21, 12, 23], [20.0, 11, 22, 13]) is False


def test_a_change_of_the_batch_size_compares_images() -> None:
    """Half as many batches of twice the size are no slower."""
    sizes = np.where(np.arange(600) < 300, 16.0, 32.0)
    found = series(1000 / sizes, (30.0, "batch_size", 16, 32))
    found = replace(found, images_per_s=np.full(600, 1000.0))
    assert effect_of(found) == Effect("batch 16→32", "images/s", 1000, 1000, False)
