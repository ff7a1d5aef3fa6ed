"""Where a watched training's time goes: the numbers behind the verdict and the advice.

The very first start is left out: every training has it, and nothing can be said of a rate from it.
"""

from dataclasses import dataclass

import numpy as np

from inspector.watched.records import WatchedLoader, WatchedSample

OUTLIER = 4.0  # times the usual wait, or the usual sample, from which on one counts as slow
_LEAST_S = 0.001


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one loader.

    Attributes:
        batches: that count. seconds: of the consumer, without the first start.
        start_up: share of them in which workers were started again. wait: share that was waited otherwise.
        slow: the part of `wait` that is owed to batches that take far longer than the others do.
        step_s: a step, mean. load_s: a batch in a worker, mean; None: not known. cpu_s: its CPU time.
        restarts_s: seconds that a later epoch's start cost, mean; 0: nothing was started again.
        sample_s: a sample, mean; None: not known.
    """

    batches: int
    seconds: float
    start_up: float
    wait: float
    slow: float
    step_s: float
    load_s: float | None
    cpu_s: float | None
    restarts_s: float
    sample_s: float | None

    @property
    def waits(self) -> float:
        """Share of the time in which training did not train."""
        return self.start_up + self.wait


def shares(loader: WatchedLoader) -> Shares:
    """What the totals and the last events of a loader say."""
    totals = loader.totals
    batches = sum(worker.batches for worker in loader.workers)
    samples = sum(worker.samples for worker in loader.workers)
    fetch_s = sum(worker.fetch_s for worker in loader.workers)
    load_s = (fetch_s + sum(worker.collate_s for worker in loader.workers)) / batches if batches else None
    cpu_s = sum(worker.cpu_s for worker in loader.workers) / batches if batches else None
    seconds = max(0.0, totals.seconds - totals.begin_s)
    later_starts = max(0, totals.starts - 1)
    restarts_s = 0.0
    if later_starts and loader.num_workers:
        spent = totals.start_up_s + totals.first_wait_s - totals.begin_s
        restarts_s = max(0.0, spent / later_starts - (load_s or 0.0))  # the first batch has to be loaded anyway
    start_up_s = restarts_s * later_starts
    waited = max(0.0, totals.wait_s + totals.start_up_s - totals.begin_s - start_up_s)
    return Shares(
        batches=max(0, totals.batches - 1),
        seconds=seconds,
        start_up=start_up_s / seconds if seconds else 0.0,
        wait=waited / seconds if seconds else 0.0,
        slow=_slow_share(loader, seconds, waited),
        step_s=totals.step_s / totals.steps if totals.steps else 0.0,
        load_s=load_s,
        cpu_s=cpu_s,
        restarts_s=restarts_s,
        sample_s=fetch_s / samples if samples else None,
    )


def straggler(loader: WatchedLoader, sample_s: float | None) -> WatchedSample | None:
    """The slowest sample, where it takes many times what the others do."""
    if not loader.slowest or not sample_s or loader.totals.images < 20:
        return None
    slowest = loader.slowest[0]
    slow_ms = sum(sample.ms for sample in loader.slowest if sample.ms > OUTLIER * 1000 * sample_s)
    samples = sum(worker.samples for worker in loader.workers)
    others_ms = 1000 * sample_s * samples - slow_ms
    usual_ms = max(others_ms, 0.0) / max(1, samples)
    return slowest if slowest.ms > OUTLIER * max(usual_ms, 1.0) else None


def _slow_share(loader: WatchedLoader, seconds: float, waited_s: float) -> float:
    """The waits that are far above the usual one, as a share of the time; from the last events, for all batches."""
    events = loader.events
    if loader.num_workers == 0 or len(events) < 10 or seconds <= 0:
        return 0.0
    waits = events["wait_s"][1:][events["epoch"][1:] == events["epoch"][:-1]]  # an epoch's first is a start
    if not len(waits) or waits.sum() <= 0:
        return 0.0
    usual = max(float(np.median(waits)), _LEAST_S)
    far = waits[waits > OUTLIER * usual]
    return float(far.sum() - usual * len(far)) / float(waits.sum()) * waited_s / seconds
