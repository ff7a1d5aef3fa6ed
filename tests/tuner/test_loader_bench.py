"""The bench on the real loader: its rates are those that the load implies, whatever was measured before."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.errors import InspectorError
from inspector.settings import LoaderConfig
from inspector.sources.file_index import FileIndex
from inspector.tuner.bench import SweepCancelled
from inspector.tuner.loader_bench import LoaderBench
from inspector.tuner.page_cache import cached_share, drop
from inspector.tuner.trials import TrialSetting
from tests.tuner.loads import Load, Transform, Work

pytestmark = pytest.mark.slow

WAIT_MS = 20.0
NOW = TrialSetting(2, batch_size=8, prefetch_batches=4)


@pytest.fixture
def waits() -> Iterator[LoaderBench]:
    """A load of which each worker does at most 50 images a second, with next to no CPU."""
    bench = LoaderBench(Load(Work(wait_ms=WAIT_MS)), LoaderConfig())
    yield bench
    bench.close()


def test_a_worker_does_what_it_can_and_no_more(waits: LoaderBench) -> None:
    """Never more than the load allows: what was prefetched by other settings does not count."""
    for workers in (1, 6, 2, 0, 4):
        window = waits.measure(replace(NOW, num_workers=workers), 0.5)
        most = max(1, workers) * 1000 / WAIT_MS
        assert 0.1 * most < window.images_per_s <= 1.1 * most, workers  # on a busy machine, far less


def test_other_engines_and_sizes_while_it_runs(waits: LoaderBench) -> None:
    for setting in (NOW, replace(NOW, engine="threads"), replace(NOW, batch_size=3), replace(NOW, prefetch_batches=1)):
        window = waits.measure(setting, 0.3)
        assert 10 < window.images_per_s <= 110
        assert window.worker_busy is not None
        assert window.worker_busy > 0.5
        assert window.read_share is not None
        assert window.read_share > 0.3  # on a busy machine, what is left waits for a core


def test_what_it_uses_is_known(waits: LoaderBench) -> None:
    window = waits.measure(NOW, 0.5)
    assert window.memory_bytes is not None
    assert window.memory_bytes > 10_000_000
    assert window.own_cores is not None
    assert window.own_cores < 1
    assert window.seconds >= 0.5


def test_simulated_steps(waits: LoaderBench) -> None:
    """Two workers do 100 images, or 12.5 batches, a second."""
    slow, fast = (waits.data_wait(NOW, step_ms, 1.0) for step_ms in (250.0, 10.0))
    assert slow is not None
    assert slow < 0.2
    assert fast is not None
    assert fast > 0.6


def test_bad_files_do_not_count(photos: Path, tmp_path: Path) -> None:
    """Half of the samples are no images: what is delivered is half of what the workers finish."""
    some = sorted(photos.iterdir())[:4]
    for number, photo in enumerate(some):
        (tmp_path / f"{number}.jpg").write_bytes(photo.read_bytes())
        (tmp_path / f"{number}-bad.jpg").write_text("no image")
    bench = LoaderBench(
        FileIndex.scan(tmp_path), LoaderConfig(image_size=(16, 16), transform=Transform(Work(wait_ms=20)))
    )
    try:
        assert bench.measure(replace(NOW, num_workers=1), 0.5).images_per_s < 55
    finally:
        bench.close()


def test_a_load_that_fails_says_why(tmp_path: Path) -> None:
    (tmp_path / "bad.jpg").write_text("no image")
    bench = LoaderBench(FileIndex.scan(tmp_path), LoaderConfig())
    try:
        with pytest.raises(InspectorError, match="1 NOT_IMAGE"):
            bench.measure(NOW, 0.3)
    finally:
        bench.close()


def test_a_cold_run_drops_what_was_read(photos: Path, tmp_path: Path) -> None:
    """A few files are read many times in a window: hardly one of them may still lie in memory."""
    paths = []
    for photo in sorted(photos.iterdir())[:30]:
        paths.append(str(tmp_path / photo.name))
        with open(paths[-1], "wb") as file:
            file.write(photo.read_bytes())
            file.flush()
            os.fsync(file.fileno())
    drop(paths)
    if cached_share(paths) != 0.0:
        pytest.skip("this file system keeps its pages, or does not tell")
    config = LoaderConfig(image_size=(16, 16), transform=Transform(Work(wait_ms=5)))
    shares = {}
    for cold in (True, False):
        bench = LoaderBench(FileIndex.scan(tmp_path), config, cold=cold)
        try:
            bench.measure(replace(NOW, num_workers=1, batch_size=2, prefetch_batches=1), 0.5)
            shares[cold] = cached_share(paths)
        finally:
            bench.close()
    warm, dropped = shares[False], shares[True]
    assert warm is not None
    assert dropped is not None
    assert dropped < 0.5 < warm


def test_cancelled_it_stops(waits: LoaderBench) -> None:
    waits.cancel()
    with pytest.raises(SweepCancelled):
        waits.measure(NOW, 60.0)
