"""What limits a watched training: a table of rules, of which the first that fits speaks."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from inspector import formatting as fmt
from inspector.watched.records import Run, WatchedLoader, WatchedSample
from inspector.watched.shares import Shares, shares, straggler

MIN_BATCHES = 8
MIN_SECONDS = 0.25
MOSTLY, SOME = 0.3, 0.1  # shares of the wait
ENOUGH = 0.7  # share of what the workers can load
HARDLY_WAITS = 0.05  # share of the time, as in the verdict on our own loader


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
    """The one that training spends its time with; loaders that only feed another one are left out."""
    used = [loader for loader in run.loaders if loader.totals.batches > loader.totals.nested]
    return max(used, key=lambda loader: loader.totals.seconds, default=None)


def verdict(run: Run) -> RunVerdict:
    """What to say of a run so far."""
    loader = main_loader(run)
    if loader is None:
        return RunVerdict(TrainingLimit.UNKNOWN, "No batch of a DataLoader was seen.")
    measured = shares(loader)
    cause, reason = next((cause, said) for cause, rule in _RULES if (said := rule(loader, measured)))
    return RunVerdict(cause, reason, loader.name)


def _too_little(loader: WatchedLoader, measured: Shares) -> str:
    if measured.batches >= MIN_BATCHES and measured.seconds >= MIN_SECONDS:
        return ""
    seen = fmt.plural(loader.totals.batches, "batch", "batches")
    return f"{seen} in {loader.totals.seconds:.1f} s: too little to say more."


def _keeps_up(loader: WatchedLoader, measured: Shares) -> str:
    if measured.waits >= HARDLY_WAITS:
        return ""
    depth, most = loader.totals.queue_depth, loader.most_ahead
    ready = "" if depth is None or most is None else f" On average {depth:.1f} of {most} batches are ready."
    return f"Training waits for data only {fmt.percent(measured.waits)} of the time.{ready}{_hidden(loader)}"


def _starts_again(loader: WatchedLoader, measured: Shares) -> str:
    if measured.start_up < max(HARDLY_WAITS, measured.wait):
        return ""
    again = loader.totals.starts - 1
    return (
        f"Workers are started again every epoch: {measured.restarts_s:.2f} s each, {fmt.plural(again, 'time')}, "
        f"{fmt.percent(measured.start_up)} of the time."
    )


def _held_up(loader: WatchedLoader, measured: Shares) -> str:
    sample = straggler(loader, measured.sample_s)
    if sample is None or not loader.num_workers:
        return ""
    enough = (measured.load_s or 0.0) < ENOUGH * measured.step_s * loader.num_workers  # without it, they would keep up
    if measured.slow < (SOME if enough else MOSTLY) * measured.wait:
        return ""
    totals = loader.totals
    held = totals.held_back_sum / totals.depths if totals.depths else 0.0
    behind = f" Meanwhile {held:.1f} finished batches wait behind it on average." if held >= 0.5 else ""
    return (
        f"Training waits {fmt.percent(measured.wait)} of the time, mostly for a few slow samples: "
        f"{sample_name(sample)} takes {fmt.milliseconds(sample.ms)} ms{_in_worker(sample)}, "
        f"and a sample {fmt.milliseconds(1000 * (measured.sample_s or 0))} ms on average.{behind}"
    )


def _input(loader: WatchedLoader, measured: Shares) -> str:
    waits = f"Training waits for data {fmt.percent(measured.waits)} of the time"
    step = f"a step takes {fmt.milliseconds(1000 * measured.step_s)} ms"
    if measured.load_s is None:
        return f"{waits}; {step}.{_hidden(loader)}"
    load = f"a batch takes {fmt.milliseconds(1000 * measured.load_s)} ms to load"
    by = "in the training's own process" if not loader.num_workers else f"in {_workers(loader.num_workers)}"
    return f"{waits}: {load} {by}, and {step}.{_hidden(loader)}"


def _hidden(loader: WatchedLoader) -> str:
    """A wrapper that takes batches ahead, in a thread of its own."""
    totals = loader.totals
    if totals.other_thread < totals.batches / 2:
        return ""
    if totals.handed:
        return f" A thread takes the batches ahead; it waits {totals.producer_wait_s:.2f} s, which is hidden."
    return " A thread of a wrapper takes the batches: this is its wait, and the training's own may be less."


def _workers(count: int) -> str:
    return "1 worker" if count == 1 else f"each of {count} workers"


def sample_name(sample: WatchedSample) -> str:
    """Such as "sample 17 (cat.jpg)"."""
    path = "" if sample.path is None else f" ({fmt.file_name(sample.path)})"
    return f"sample {sample.index}{path}" if sample.index is not None else f"a sample{path}"


def _in_worker(sample: WatchedSample) -> str:
    return "" if sample.worker is None else f" in worker {sample.worker}"


_RULES: tuple[tuple[TrainingLimit, Callable[[WatchedLoader, Shares], str]], ...] = (
    (TrainingLimit.UNKNOWN, _too_little),
    (TrainingLimit.STEP, _keeps_up),
    (TrainingLimit.START_UP, _starts_again),
    (TrainingLimit.STRAGGLER, _held_up),
    (TrainingLimit.INPUT, _input),
)
