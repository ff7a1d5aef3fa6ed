"""PyTorch's DataLoader as a bench: with a stand-in for torch, which need not be installed."""

import os
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from inspector.errors import InspectorError
from inspector.settings import LoaderConfig
from inspector.sources.file_index import FileIndex
from inspector.tuner.bench import SweepCancelled
from inspector.tuner.page_cache import cached_share, drop
from inspector.tuner.torch_bench import DecodedFiles, TorchBench, torch_is_installed
from inspector.tuner.trials import TrialSetting

STAND_IN = """
    import numpy

    class DataLoader:
        '''Loads in the caller's process, and refuses what PyTorch refuses.'''

        def __init__(self, dataset, batch_size, shuffle, num_workers, prefetch_factor=None, persistent_workers=False):
            if num_workers == 0 and (prefetch_factor is not None or persistent_workers):
                raise ValueError("prefetch_factor needs num_workers > 0")
            if num_workers > 9:
                raise RuntimeError("too many workers")
            self.dataset, self.batch_size = dataset, batch_size

        def __iter__(self):
            numbers = range(len(self.dataset))
            for start in range(0, len(numbers), self.batch_size):
                yield numpy.stack([self.dataset[number] for number in numbers[start : start + self.batch_size]])
"""

NOW = TrialSetting(2, "torch", batch_size=8)


@pytest.fixture
def bench(photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TorchBench]:
    package = tmp_path / "modules" / "torch" / "utils" / "data"
    package.mkdir(parents=True)
    for folder in (package.parent.parent, package.parent):
        (folder / "__init__.py").touch()
    (package / "__init__.py").write_text(textwrap.dedent(STAND_IN))
    root = Path(__file__).resolve().parents[2]
    monkeypatch.setenv("PYTHONPATH", f"{package.parents[2]}:{root}")
    (tmp_path / "bad.jpg").write_text("no image")
    files = [*sorted(photos.iterdir())[:20], tmp_path / "bad.jpg"]
    bench = TorchBench(FileIndex.scan(files), LoaderConfig(image_size=(32, 48)))
    yield bench
    bench.close()


@pytest.mark.parametrize("decode", ["exact", "scaled"])
@pytest.mark.parametrize("workers", [0, 2])
def test_it_measures(workers: int, decode: str, bench: TorchBench) -> None:
    setting = replace(NOW, num_workers=workers, decode=decode)  # type: ignore[arg-type]
    window = bench.measure(setting, 0.2)
    assert window.images_per_s > 1
    assert window.seconds >= 0.2
    assert window.own_cores is not None
    assert window.memory_bytes is not None
    assert window.memory_bytes > 10_000_000


def test_what_pytorch_refuses_is_told_and_does_not_end_it(bench: TorchBench) -> None:
    with pytest.raises(InspectorError, match="RuntimeError: too many workers"):
        bench.measure(replace(NOW, num_workers=10), 0.2)
    assert bench.measure(NOW, 0.2).images_per_s > 1


def test_cancelled(bench: TorchBench) -> None:
    bench.measure(NOW, 0.1)
    bench.cancel()
    with pytest.raises(SweepCancelled):
        bench.measure(NOW, 60.0)


def test_a_cold_data_set_drops_what_it_read(photos: Path, tmp_path: Path) -> None:
    file = tmp_path / "photo.jpg"
    with open(file, "wb") as written:
        written.write(next(photos.iterdir()).read_bytes())
        written.flush()
        os.fsync(written.fileno())
    drop([str(file)])
    if cached_share([str(file)]) != 0.0:
        pytest.skip("this file system keeps its pages, or does not tell")
    for cold, cached in ((True, 0.0), (False, 1.0)):
        DecodedFiles([str(file)], (32, 48), 10**8, "exact", cold)[0]
        assert cached_share([str(file)]) == cached


def test_whether_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "torch.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    assert torch_is_installed()
