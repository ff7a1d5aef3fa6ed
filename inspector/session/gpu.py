"""How busy the machine's GPUs are, where NVIDIA's `nvidia-ml-py` is installed."""

from contextlib import suppress
from importlib import import_module
from typing import Any

from inspector.session.training import GpuUse


class GpuProbe:
    """For one thread. Gives nothing where there is no driver, no GPU or no package for it."""

    def __init__(self) -> None:
        self._nvml: Any = None
        self._handles: list[Any] = []
        with suppress(Exception):  # whatever a foreign package finds wrong with a driver
            self._nvml = import_module("pynvml")
            self._nvml.nvmlInit()
            count = self._nvml.nvmlDeviceGetCount()
            self._handles = [self._nvml.nvmlDeviceGetHandleByIndex(number) for number in range(count)]

    def sample(self) -> tuple[GpuUse, ...]:
        """Every GPU now."""
        return tuple(self._use(number, handle) for number, handle in enumerate(self._handles))

    def _use(self, number: int, handle: Any) -> GpuUse:
        name, busy, used, total = "", None, None, None
        with suppress(Exception):
            name = _text(self._nvml.nvmlDeviceGetName(handle))
        with suppress(Exception):  # not on MIG devices
            busy = self._nvml.nvmlDeviceGetUtilizationRates(handle).gpu / 100
        with suppress(Exception):
            memory = self._nvml.nvmlDeviceGetMemoryInfo(handle)
            used, total = int(memory.used), int(memory.total)
        return GpuUse(number, name, busy, used, total)


def _text(name: str | bytes) -> str:
    return name.decode("utf-8", "replace") if isinstance(name, bytes) else name
