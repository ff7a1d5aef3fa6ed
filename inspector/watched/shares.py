"""Where a watched training's time goes: the numbers behind the verdict and the advice.

The very first start is left out: every training has it, and nothing can be said of a rate from it.
"""

from dataclasses import dataclass

import numpy as np

from inspector.watched.records import WatchedLoader, WatchedSample

OUTLIER = 8.0  # times the usual sample, from which on one counts as slow
MIN_FETCHES = 8
_LEAST_SAMPLES = 20
_LEAST_S = 0.0005
_HANDED_OVER_S = 0.02  # from a worker to the training, at most


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one loader.

    Attributes:
        batches: that count. seconds: of the consumer, without the first start.
        start_up: share of them in which workers were started again. wait: share that was waited otherwise.
        slow: the part of `wait` in which a batch with a far slower sample was being loaded.
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
    wait = waited / seconds if seconds else 0.0
    sample_s = fetch_s / samples if samples else None
    return Shares(
        batches=max(0, totals.batches - 1),
        seconds=seconds,
        start_up=start_up_s / seconds if seconds else 0.0,
        wait=wait,
        slow=_slow_share(loader, wait, sample_s),
        step_s=totals.step_s / totals.steps if totals.steps else 0.0,
        load_s=load_s,
        cpu_s=cpu_s,
        restarts_s=restarts_s,
        sample_s=sample_s,
    )


def straggler(loader: WatchedLoader, sample_s: float | None) -> WatchedSample | None:
    """The slowest sample, where it takes many times what the others do."""
    slow = _slow_samples(loader, sample_s)
    return slow[0] if slow else None


def _slow_samples(loader: WatchedLoader, sample_s: float | None) -> list[WatchedSample]:
    """The slowest first."""
    if not sample_s or loader.totals.images < _LEAST_SAMPLES:
        return []
    fetches = loader.fetches[loader.fetches["samples"] > 0]
    usual_s = float(np.median(fetches["fetch_s"] / fetches["samples"])) if len(fetches) >= MIN_FETCHES else sample_s
    usual_ms = 1000 * max(min(usual_s, sample_s), _LEAST_S)
    return [sample for sample in loader.slowest if sample.ms > OUTLIER * usual_ms]


def _slow_share(loader: WatchedLoader, waited: float, sample_s: float | None) -> float:
    """The part of `waited` in which a batch with a far slower sample was being loaded; from the last events."""
    events = loader.events
    if loader.num_workers == 0 or len(events) < MIN_FETCHES:
        return 0.0
    inside = events["epoch"][1:] == events["epoch"][:-1]  # an epoch's first is a start, and the queue fills after it
    ramp = (loader.most_ahead or 0) if loader.totals.batches <= len(events) else 0
    if ramp < len(inside) // 4:
        inside[:ramp] = False
    ends, waits = events["time_s"][1:][inside], events["wait_s"][1:][inside]
    if not len(waits) or waits.sum() <= 0:
        return 0.0
    held, blamed_s = np.zeros(len(waits)), 0.0
    span_s = float(ends[-1] - ends[0])
    for sample in _slow_samples(loader, sample_s):
        begin, end = sample.time_s - sample.batch_s, sample.time_s + _HANDED_OVER_S
        overlap = np.clip(np.minimum(ends, end) - np.maximum(ends - waits, begin), 0.0, waits)
        if overlap.any():
            held, blamed_s = np.maximum(held, overlap), blamed_s + end - begin
    elsewhere_s = span_s - blamed_s
    usual = float(waits.sum() - held.sum()) / elsewhere_s if elsewhere_s > 0 else 0.0  # waits without slow samples
    return max(0.0, float(held.sum()) - usual * blamed_s) / float(waits.sum()) * waited
