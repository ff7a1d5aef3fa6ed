"""Which of the delivered images count, and what is made of them."""

import time
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

from inspector.loader.batch import Batch
from inspector.monitor.channel_statistics import ChannelStatistics, StatisticsCollector


@pytest.fixture
def collector() -> Iterator[StatisticsCollector]:
    collector = StatisticsCollector()
    yield collector
    collector.close()


def batch_of(images: npt.NDArray[np.generic], first: int = 0, number: int = 0) -> Batch:
    count = len(images)
    return Batch(
        images=images,
        paths=[f"{first + i}.png" for i in range(count)],
        indices=np.arange(first, first + count),
        sizes=np.full((count, 2), images.shape[1]),
        labels=None,
        number=number,
        epoch=0,
        skipped=(),
    )


def known(values: tuple[float, ...] | None) -> tuple[float, ...]:
    assert values is not None
    return values


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.002)


def random_images(count: int, seed: int = 0) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (count, 12, 16, 3), np.uint8)


def test_every_batch_counts_where_batches_do_not_stream(collector: StatisticsCollector) -> None:
    images = random_images(60)
    collector.clear(60)
    for start in range(0, 60, 6):
        collector.add(batch_of(images[start : start + 6], start), streaming=False)
        wait_until(lambda: collector.idle)
    result = collector.statistics()
    assert (result.images, result.pixels) == (60, 60 * 12 * 16)
    np.testing.assert_allclose(known(result.mean), images.reshape(-1, 3).mean(0), rtol=1e-12)
    np.testing.assert_allclose(known(result.std), images.reshape(-1, 3).std(0), rtol=1e-12)


def test_a_file_counts_once_however_often_it_comes(collector: StatisticsCollector) -> None:
    images = random_images(16)
    collector.clear(16)
    for epoch in range(3):
        for start in (0, 8, 4):  # the last one overlaps both
            collector.add(batch_of(images[start : start + 8], start, epoch), streaming=False)
            wait_until(lambda: collector.idle)
    assert collector.statistics().images == 16


def test_while_batches_stream_some_are_counted_and_the_rest_pass(collector: StatisticsCollector) -> None:
    collector.clear(100_000)
    images = np.random.default_rng(0).integers(0, 256, (10, 600, 800, 3), np.uint8)
    for number in range(2000):
        collector.add(batch_of(images, number * 10, number), streaming=True)
    wait_until(lambda: collector.idle)
    assert 10 <= collector.statistics().images < 2000


def test_another_run_begins_with_nothing(collector: StatisticsCollector) -> None:
    collector.clear(10)
    collector.add(batch_of(random_images(10)), streaming=False)
    wait_until(lambda: collector.statistics().images == 10)
    collector.clear(4)
    assert collector.statistics() == ChannelStatistics()
    floats = random_images(4).astype(np.float32)
    collector.add(batch_of(floats), streaming=False)
    wait_until(lambda: collector.statistics().images == 4)
    np.testing.assert_allclose(known(collector.statistics().mean), floats.reshape(-1, 3).mean(0), rtol=1e-6)


def test_images_that_are_not_finite_are_left_out_and_said_so(collector: StatisticsCollector) -> None:
    collector.clear(3)
    images = random_images(3).astype(np.float32)
    images[1, 0, 0, 0] = np.nan
    collector.add(batch_of(images), streaming=False)
    wait_until(lambda: collector.statistics().images == 2)
    assert collector.statistics().left_out == 1


def test_the_line_of_code_gives_the_delivered_images_mean_0_and_deviation_1() -> None:
    assert ChannelStatistics().normalize_code() == ""
    known = ChannelStatistics(1, 1, 0, (123.675, 116.28, 103.53), (58.395, 57.12, 57.375))
    line = known.normalize_code()
    assert line == "transforms.Normalize(mean=[0.4850, 0.4560, 0.4060], std=[0.2290, 0.2240, 0.2250])"
