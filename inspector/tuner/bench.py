"""`Bench`: what a sweep measures settings with."""

from typing import Protocol

from inspector.tuner.trials import Measurement, TrialSetting


class SweepCancelled(Exception):
    """Raised by a bench that is cancelled in the middle of a measurement."""


class Bench(Protocol):
    """Measures settings. Every method raises SweepCancelled soon after `cancel`, which any thread may call."""

    def warm_up(self, setting: TrialSetting, seconds: float) -> None:
        """Load for so long; nothing is counted."""

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        """Measure a setting for about so long, after it has settled.

        Raises:
            InspectorError: where it cannot work.
        """

    def data_wait(self, setting: TrialSetting, step_ms: float, seconds: float) -> float | None:
        """Share of the time that training waits, 0 to 1, with simulated steps; None: too few of them."""

    def cancel(self) -> None:
        """End what is being measured."""
