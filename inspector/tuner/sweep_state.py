"""How far a sweep is, for those who follow it."""

from dataclasses import dataclass

from inspector.tuner.recommendation import Recommendation
from inspector.tuner.report import Report
from inspector.tuner.trials import Trial


@dataclass(frozen=True, slots=True)
class SweepProgress:
    """How far a sweep is while it measures.

    Attributes:
        doing: such as "2 workers, round 3". share_done: of its time, 0 to 1.
        left_s: it takes no longer than this, in seconds; less where the answer is clear before.
        trials, recommendation: as far as they are known.
    """

    doing: str
    share_done: float
    left_s: float
    trials: tuple[Trial, ...] = ()
    recommendation: Recommendation | None = None


@dataclass(frozen=True, slots=True)
class SweepState:
    """What a session's tuner does and has found.

    Attributes:
        runs: it measures now, or an earlier sweep has not ended yet.
        progress: while it measures; None before a start and after the end.
        report: what came of it, also where it was cancelled; None before its end.
        error: why it failed, a sentence; "" where it did not.
    """

    runs: bool = False
    progress: SweepProgress | None = None
    report: Report | None = None
    error: str = ""
