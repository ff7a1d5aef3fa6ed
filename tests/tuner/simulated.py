"""A bench that measures a made-up machine: rates from a formula, with noise, drift, and now and then a disturbance."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.tuner.bench import SweepCancelled
from inspector.tuner.trials import Measurement, TrialSetting, expected_wait

Formula = Callable[[TrialSetting], float]


@dataclass
class SimulatedBench:
    """Time passes on its own `clock` only.

    Attributes:
        rate: the true images per second. cores: how many cores' worth of CPU that takes.
        noise: standard deviation of a window's logarithm; the machine's drift a window is a third of it.
        disturbed: share of the windows that lose up to half.
        cancel_after: so many windows are measured before it is cancelled.
        waits_more: seen with training steps, beyond what the rate lets expect.
        asked: every window's setting, in order.
    """

    rate: Formula
    cores: Formula
    seed: int = 0
    noise: float = 0.02
    disturbed: float = 0.1
    read_share: float = 0.1
    busy: float = 0.97
    cancel_after: int | None = None
    waits_more: Formula = lambda setting: 0.0
    now_s: float = 0.0
    asked: list[TrialSetting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._drift = 0.0

    def clock(self) -> float:
        return self.now_s

    def warm_up(self, setting: TrialSetting, seconds: float) -> None:
        self.now_s += seconds

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        if self.cancel_after is not None and len(self.asked) >= self.cancel_after:
            raise SweepCancelled
        self.asked.append(setting)
        self.now_s += 1.3 * seconds
        self._drift += self._random.gauss(0, self.noise / 3)
        lost = self._random.uniform(0, 0.5) if self._random.random() < self.disturbed else 0.0
        rate = self.rate(setting) * math.exp(self._drift + self._random.gauss(0, self.noise)) * (1 - lost)
        memory = 10**8 + 10**7 * setting.num_workers
        return Measurement(rate, seconds, self.cores(setting), 0.1 + lost, memory, self.busy, self.read_share)

    def data_wait(self, setting: TrialSetting, step_ms: float, seconds: float) -> float | None:
        self.now_s += seconds
        needed = setting.batch_size / step_ms * 1000
        return expected_wait(self.rate(setting), needed, setting.num_workers) + self.waits_more(setting)

    def cancel(self) -> None:
        self.cancel_after = 0
