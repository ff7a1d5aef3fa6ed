"""A bench that measures a made-up machine: rates from a formula, with noise, drift, and now and then a disturbance."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.tuner.sweep import SweepCancelled
from inspector.tuner.trials import Setting, Window, expected_wait

Formula = Callable[[Setting], float]


@dataclass
class SimulatedBench:
    """Time passes on its own `clock` only.

    Attributes:
        rate: the true images per second. cores: how many cores' worth of CPU that takes.
        noise: standard deviation of a window's logarithm; the machine's drift a window is a third of it.
        disturbed: share of the windows that lose up to half.
        cancel_after: so many windows are measured before it is cancelled.
        taken: how many cores other programs keep from it; they use as many.
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
    taken: Formula = lambda setting: 0.0
    waits_more: Formula = lambda setting: 0.0
    now_s: float = 0.0
    asked: list[Setting] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._random = random.Random(self.seed)
        self._drift = 0.0

    def clock(self) -> float:
        return self.now_s

    def warm_up(self, setting: Setting, seconds: float) -> None:
        self.now_s += seconds

    def window(self, setting: Setting, seconds: float) -> Window:
        if self.cancel_after is not None and len(self.asked) >= self.cancel_after:
            raise SweepCancelled
        self.asked.append(setting)
        self.now_s += 1.3 * seconds
        self._drift += self._random.gauss(0, self.noise / 3)
        lost = self._random.uniform(0, 0.5) if self._random.random() < self.disturbed else 0.0
        rate = self.rate(setting) * math.exp(self._drift + self._random.gauss(0, self.noise)) * (1 - lost)
        memory = 10**8 + 10**7 * setting.num_workers
        taken = self.taken(setting)
        others = 0.1 + lost + taken
        return Window(rate, seconds, self.cores(setting), others, memory, self.busy, self.read_share, taken)

    def waits(self, setting: Setting, step_ms: float, seconds: float) -> float | None:
        self.now_s += seconds
        needed = setting.batch_size / step_ms * 1000
        return expected_wait(self.rate(setting), needed, setting.num_workers) + self.waits_more(setting)

    def cancel(self) -> None:
        self.cancel_after = 0
