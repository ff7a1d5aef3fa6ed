"""The rules of the verdict on a watched training: each says something of its main loader, or None."""

from dataclasses import dataclass

from inspector import formatting as fmt
from inspector.monitor.verdict.table import COMPUTES, HARDLY_WAITS, NO_ADVICE, Statement
from inspector.watched.records import WatchedLoader, WatchedSample
from inspector.watched.shares import Shares, straggler

MIN_BATCHES = 8
MIN_SECONDS = 0.25
MOSTLY = 0.5  # share of the wait
READY = 0.75  # of the batches that are loaded ahead: where so many are ready, it is not loading that is waited for
HANDED_OVER = 0.15  # share of the time, that a batch which is ready may take to be handed over


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """What the rules look at."""

    loader: WatchedLoader
    shares: Shares
    several: bool  # loaders: then it is named

    def limited(self, limit: str, evidence: str) -> Statement:
        """Training could be faster."""
        return Statement("warn", self.headline(limit), evidence)

    def headline(self, limit: str) -> str:
        of = f" ({self.loader.name})" if self.several and self.loader.name else ""
        return f"{limit}{of}."


def too_little(found: Measured) -> Statement | None:
    loader, shares = found.loader, found.shares
    if shares.batches >= MIN_BATCHES and shares.seconds >= MIN_SECONDS:
        return None
    seen = fmt.plural(loader.totals.batches, "batch", "batches")
    return Statement("info", "Measuring…", f"{seen} in {loader.totals.seconds:.1f} s: too little to say more.")


def keeps_up(found: Measured) -> Statement | None:
    loader, shares = found.loader, found.shares
    depth, most = loader.totals.queue_depth, loader.most_ahead
    if shares.waits >= (HANDED_OVER if _is_ready(loader) else HARDLY_WAITS):
        return None
    ready = "" if depth is None or most is None else f" On average {depth:.1f} of {most} batches are ready."
    evidence = f"Training waits for data only {fmt.percent(shares.waits)} of the time.{ready}{_hidden(loader)}"
    return Statement("good", found.headline("Step-bound"), evidence)


def _is_ready(loader: WatchedLoader) -> bool:
    """Whether nearly all batches that may be loaded ahead are there when they are asked for, and in turn."""
    totals, most = loader.totals, loader.most_ahead
    if not most or not totals.depths:
        return False
    return totals.depth_sum - totals.held_back_sum >= READY * most * totals.depths


def workers_start_again(found: Measured) -> Statement | None:
    shares = found.shares
    if shares.start_up < max(HARDLY_WAITS, shares.wait):
        return None
    again = found.loader.totals.starts - 1
    return found.limited(
        "Start-up-bound",
        f"Workers are started again every epoch: {shares.restarts_s:.2f} s each, {fmt.plural(again, 'time')}, "
        f"{fmt.percent(shares.start_up)} of the time.",
    )


def slow_samples(found: Measured) -> Statement | None:
    loader, shares = found.loader, found.shares
    sample = straggler(loader, shares)
    if sample is None or not loader.num_workers or shares.slow < MOSTLY * shares.wait:
        return None
    totals = loader.totals
    held = totals.held_back_sum / totals.depths if totals.depths else 0.0
    behind = f" Meanwhile {held:.1f} finished batches wait behind it on average." if held >= 0.5 else ""
    return found.limited(
        "Straggler-bound",
        f"Training waits {fmt.percent(shares.wait)} of the time, mostly for a few slow samples: "
        f"{sample_name(sample)} takes {fmt.milliseconds(sample.ms)} ms{_in_worker(sample)}, "
        f"and most samples {fmt.milliseconds(1000 * (shares.usual_s or 0))} ms.{behind}",
    )


def input_is_the_limit(found: Measured) -> Statement | None:
    loader, shares = found.loader, found.shares
    waits = f"Training waits for data {fmt.percent(shares.waits)} of the time"
    step = f"a step takes {fmt.milliseconds(1000 * shares.step_s)} ms"
    if shares.load_s is None:
        return found.limited("Input-bound", f"{waits}; {step}.{_hidden(loader)}")
    load = f"a batch takes {fmt.milliseconds(1000 * shares.load_s)} ms to load"
    by = "in the training's own process" if not loader.num_workers else f"in {_workers(loader.num_workers)}"
    return found.limited("Input-bound", f"{waits}: {load} {by}, and {step}.{_why(shares)}{_hidden(loader)}")


def _why(shares: Shares) -> str:
    """What loading does with its time, where that is clear."""
    if shares.others_take_cores:
        waits = fmt.percent(shares.core_wait)
        return f" Loading waits for a core {waits} of the time, as other programs use them: {NO_ADVICE}."
    if shares.cpu_s is None or not shares.load_s:
        return ""
    computes = min(1.0, shares.cpu_s / shares.load_s)
    if computes < COMPUTES:
        waits = "otherwise waits: for a disk, a network or a lock"
        return f" It computes only {fmt.percent(computes)} of that time and {waits}."
    return f" It computes {fmt.percent(computes)} of that time."


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
