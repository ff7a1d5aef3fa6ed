"""What limits a watched training: a table of rules, of which the first that fits speaks."""

from dataclasses import dataclass
from enum import StrEnum

from inspector import formatting as fmt
from inspector.watched.records import Run, WatchedLoader

MIN_BATCHES = 5
HARDLY_WAITS = 0.05  # share of the consumer's time


class TrainingLimit(StrEnum):
    """What a training's speed comes down to."""

    INPUT = "input-bound"
    STEP = "step-bound"
    START_UP = "start-up-bound"
    STRAGGLER = "straggler-bound"
    UNKNOWN = "not enough data"


@dataclass(frozen=True, slots=True)
class RunVerdict:
    """`loader`: the name of the one that it is about; "" where there is none."""

    cause: TrainingLimit
    reason: str
    loader: str = ""


def main_loader(run: Run) -> WatchedLoader | None:
    """The one that training spends its time with."""
    used = [loader for loader in run.loaders if loader.totals.batches and loader.totals.nested < loader.totals.batches]
    return max(used, key=lambda loader: loader.totals.seconds, default=None)


def verdict(run: Run) -> RunVerdict:
    """What to say of a run so far."""
    loader = main_loader(run)
    if loader is None or loader.totals.batches < MIN_BATCHES:
        return RunVerdict(TrainingLimit.UNKNOWN, "Too few batches to say anything.", loader.name if loader else "")
    waits = loader.totals.data_wait or 0.0
    if waits < HARDLY_WAITS:
        return RunVerdict(TrainingLimit.STEP, f"Training waits {fmt.percent(waits)} of the time for data.", loader.name)
    return RunVerdict(TrainingLimit.INPUT, f"Training waits {fmt.percent(waits)} of the time for data.", loader.name)
