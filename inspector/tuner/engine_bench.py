"""One `Bench` for all engines: our loader's, and PyTorch's DataLoader."""

from inspector.settings import LoaderConfig
from inspector.sources.dataset import DatasetIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex
from inspector.tuner.loader_bench import LoaderBench
from inspector.tuner.torch_bench import TorchBench
from inspector.tuner.trials import Measurement, TrialSetting


class EngineBench:
    """Hands each setting to the bench of its engine. For one thread, but `cancel`, which is for any.

    Args:
        cold: drop files from the page cache before they are read again, where the system can.
    """

    def __init__(self, index: SampleIndex | DatasetIndex, config: LoaderConfig, *, cold: bool) -> None:
        self._ours = LoaderBench(index, config, cold=cold)
        self._torch = TorchBench(index, config, cold=cold) if isinstance(index, FileIndex) else None

    def warm_up(self, setting: TrialSetting, seconds: float) -> None:
        """Load for so long; nothing is counted."""
        self._ours.warm_up(setting, seconds)

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        """Measure a setting for about so long, after it has settled."""
        if setting.engine == "torch":
            assert self._torch is not None  # no sweep of a data set has it
            self._ours.rest()
            return self._torch.measure(setting, seconds)
        return self._ours.measure(setting, seconds)

    def data_wait(self, setting: TrialSetting, step_ms: float, seconds: float) -> float | None:
        """Share of the time that training waits, 0 to 1, with simulated steps; None: too few of them."""
        return self._ours.data_wait(setting, step_ms, seconds)

    def cancel(self) -> None:
        """End what is being measured."""
        self._ours.cancel()
        if self._torch is not None:
            self._torch.cancel()

    def close(self) -> None:
        """End all loaders and processes."""
        try:
            self._ours.close()
        finally:
            if self._torch is not None:
                self._torch.close()
