"""How busy GPUs are: what the driver's package says, and nothing where there is none."""

import sys
from types import ModuleType, SimpleNamespace

import pytest

from inspector.session.gpu import GpuProbe
from inspector.session.training import GpuUse


def test_without_a_driver_there_is_nothing() -> None:
    assert isinstance(GpuProbe().sample(), tuple)


def test_what_one_gpu_does_not_say_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    package = ModuleType("pynvml")
    calls = {
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 2,
        "nvmlDeviceGetHandleByIndex": lambda number: number,
        "nvmlDeviceGetName": lambda handle: b"H100",
        "nvmlDeviceGetUtilizationRates": lambda handle: SimpleNamespace(
            gpu=1 // (1 - handle) * 71
        ),  # not of the second
        "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(used=12, total=80),
    }
    for name, call in calls.items():
        setattr(package, name, call)
    monkeypatch.setitem(sys.modules, "pynvml", package)
    assert GpuProbe().sample() == (GpuUse(0, "H100", 0.71, 12, 80), GpuUse(1, "H100", None, 12, 80))
