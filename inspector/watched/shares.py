"""Where a watched training's time goes: the numbers behind the verdict and the advice.

The very first start is left out: every training has it, and nothing can be said of a rate from it.
"""

from dataclasses import dataclass

import numpy as np

from inspector.monitor.contention import WAITS_MUCH
from inspector.watched.records import Run, WatchedLoader, WatchedSample

OUTLIER = 8.0  # times the usual sample, from which on one counts as slow
MIN_FETCHES = 8
_LEAST_SAMPLES = 20
_LEAST_S = 0.0005
_FEW = 0.08  # share of the samples: if more are slow, that is how this data set is
_ROOM_LEFT = 0.75  # share of the cores: processes that use less, and wait for a core, wait for other programs


@dataclass(frozen=True, slots=True)
class Shares:
    """Of one loader.

    Attributes:
        batches: that count. seconds: of the consumer, without the first start.
        start_up: share of them in which workers were started again. wait: share that was waited otherwise.
        slow: the part of `wait` that would not be if no sample took many times what most do.
        step_s: a step, mean. load_s: a batch in a worker, mean; None: not known. cpu_s: its CPU time.
        restarts_s: seconds that a later epoch's start cost, mean; 0: nothing was started again.
        usual_s: what most samples take; None: not known.
        core_wait: share of the time of loading in which it could have run, and had no core; 0: not known, too.
        others_take_cores: whether that is because of other programs.
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
    usual_s: float | None
    core_wait: float
    others_take_cores: bool

    @property
    def waits(self) -> float:
        """Share of the time in which training did not train."""
        return self.start_up + self.wait


def shares(loader: WatchedLoader, run: Run | None = None) -> Shares:
    """What the totals and the last events of a loader say. `run`: all of it, to know who uses the cores."""
    totals = loader.shared
    batches = sum(worker.batches for worker in loader.workers)
    busy_s = sum(worker.fetch_s + worker.collate_s for worker in loader.workers)
    load_s = busy_s / batches if batches else None
    cpu_s = sum(worker.cpu_s for worker in loader.workers) / batches if batches else None
    seconds = max(0.0, totals.seconds - totals.begin_s)
    later_starts = max(0, totals.starts - 1)
    restarts_s = 0.0
    if later_starts and loader.num_workers:
        spent = totals.start_up_s + totals.first_wait_s - totals.begin_s
        restarts_s = max(0.0, spent / later_starts - (load_s or 0.0))  # the first batch has to be loaded anyway
    start_up_s = restarts_s * later_starts
    waited_s = max(0.0, totals.wait_s + totals.start_up_s - totals.begin_s - start_up_s)
    step_s = totals.step_s / totals.steps if totals.steps else 0.0
    usual_s = _usual_s(loader)
    slow_s = _waited_for_slow_s(loader, waited_s, step_s, usual_s)
    core_wait = min(1.0, sum(worker.core_wait_s for worker in loader.workers) / busy_s) if busy_s else 0.0
    return Shares(
        batches=max(0, totals.batches - 1),
        seconds=seconds,
        start_up=start_up_s / seconds if seconds else 0.0,
        wait=waited_s / seconds if seconds else 0.0,
        slow=slow_s / seconds if seconds else 0.0,
        step_s=step_s,
        load_s=load_s,
        cpu_s=cpu_s,
        restarts_s=restarts_s,
        usual_s=usual_s,
        core_wait=core_wait,
        others_take_cores=core_wait >= WAITS_MUCH and run is not None and _leaves_cores(run),
    )


def straggler(loader: WatchedLoader, found: Shares) -> WatchedSample | None:
    """The slowest sample, where it takes many times what most do."""
    if not loader.slowest or found.usual_s is None or loader.slowest[0].ms <= 1000 * _slow_from(found.usual_s):
        return None
    return loader.slowest[0]


def _usual_s(loader: WatchedLoader) -> float | None:
    """Seconds that most samples take; None: not known. Each batch's slowest sample is left out, where it has others."""
    fetches = loader.fetches[loader.fetches["samples"] > 0]
    if len(fetches) < MIN_FETCHES or loader.totals.images < _LEAST_SAMPLES:
        return None
    several = fetches["samples"] > 1
    rest = np.where(
        several, (fetches["fetch_s"] - fetches["slowest_s"]) / np.maximum(fetches["samples"] - 1, 1), fetches["fetch_s"]
    )
    return max(0.0, float(np.quantile(rest, 0.25)))


def _slow_from(usual_s: float) -> float:
    return OUTLIER * max(usual_s, _LEAST_S)


def _waited_for_slow_s(loader: WatchedLoader, waited_s: float, step_s: float, usual_s: float | None) -> float:
    """The part of `waited_s` that slow samples explain: what is waited for longer than a loader without them needs."""
    fetches = loader.fetches[loader.fetches["samples"] > 0]
    if usual_s is None or not loader.num_workers or waited_s <= 0:
        return 0.0
    slow = fetches["slowest_s"] > _slow_from(usual_s)
    if not slow.any() or slow.sum() > _FEW * fetches["samples"].sum():
        return 0.0
    excess = np.where(slow, np.maximum(0.0, fetches["fetch_s"] - usual_s * fetches["samples"]), 0.0)
    usual_load_s = float((fetches["fetch_s"] + fetches["collate_s"] - excess).mean())
    batches = max(0, loader.totals.batches - 1)
    needed_s = batches * max(0.0, usual_load_s / loader.num_workers - step_s)
    return max(0.0, min(waited_s - needed_s, batches * float(excess.mean())))


def _leaves_cores(run: Run) -> bool:
    """Whether the training uses clearly less than all cores; not where that is not known."""
    processes: dict[int, float] = {}
    workers = 0.0
    for loader in run.loaders:
        totals = loader.totals
        if totals.process_s <= 0:
            return False
        processes[loader.key.pid] = max(processes.get(loader.key.pid, 0.0), totals.process_cpu_s / totals.process_s)
        workers += sum(each.cpu_s for each in loader.workers if each.worker is not None) / totals.process_s
    return workers + sum(processes.values()) < _ROOM_LEFT * run.usable_cores
