"""What goes into a sweep, and what comes out of it."""

from dataclasses import dataclass

from inspector.tuner.recommendation import Recommendation
from inspector.tuner.trials import Trial, TrialSetting


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """What is to be swept.

    Attributes:
        now: what is set now; also the batch that a training step takes.
        curves: for each curve a setting that stands for it; its number of workers does not matter.
        usable_cores, usable_memory_bytes: of the machine; None: unknown.
        budget_s: it takes no longer than that, but for one measurement. step_ms: the training step; 0: none.
        most_workers: no more are tried.
    """

    now: TrialSetting
    curves: tuple[TrialSetting, ...]
    usable_cores: float
    usable_memory_bytes: int | None = None
    budget_s: float = 60.0
    step_ms: float = 0.0
    most_workers: int = 256

    @property
    def needed_per_s(self) -> float | None:
        """Images per second that training takes; the step of another batch size takes in proportion."""
        return self.now.batch_size / self.step_ms * 1000 if self.step_ms > 0 else None


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What came out.

    Attributes:
        complete: it was not cancelled. clear: it ended because the answer was clear, not because the time was up.
        rounds: how many were begun. seconds: how long it took.
        notes: what could not be measured and why, a sentence each.
        other_cores: cores' worth of CPU that other programs used meanwhile; None: unknown.
    """

    trials: tuple[Trial, ...]
    recommendation: Recommendation | None
    complete: bool
    clear: bool
    rounds: int
    seconds: float
    notes: tuple[str, ...]
    other_cores: float | None = None
