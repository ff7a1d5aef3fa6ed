"""One sentence on how loading goes, with the numbers behind it: a table of rules, of which the first that fits speaks.

With a training step (`step_ms` > 0) the question is whether training waits for data. Without one the consumer takes
batches as fast as it can and waits nearly always, by design; the question is then what limits the throughput.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from inspector import formatting as fmt
from inspector.loader.counters import StageTimes, WorkerState
from inspector.monitor.snapshot import RunState, Snapshot

Level = Literal["good", "info", "warn", "bad"]

MIN_SPAN_S = 1.5  # rates over less are noise
MIN_BATCHES = 3
HARDLY_WAITS = 0.05  # share of the consumer's time
SATURATED = 0.8  # share of the workers' time from which on they are the limit
ALL_CORES_USED = 0.9


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to think of the numbers.

    Attributes:
        level: "good" and "info" ask for nothing, "warn" could be faster, "bad" needs the user.
        headline: a short sentence. evidence: the numbers behind it and what to do; may be "".
    """

    level: Level
    headline: str
    evidence: str


Rule = Callable[[Snapshot], Verdict | None]


def verdict(snapshot: Snapshot) -> Verdict:
    """The verdict of the first rule that fits. Uses nothing but the snapshot, and no number that it does not know."""
    return next(found for rule in RULES if (found := rule(snapshot)) is not None)


def _not_running(snapshot: Snapshot) -> Verdict | None:
    batches, images = fmt.plural(snapshot.batches, "batch", "batches"), fmt.plural(snapshot.images, "image")
    delivered = f"{batches} with {images} delivered so far."
    match snapshot.state:
        case RunState.FAILED:
            return Verdict("bad", "Loading has stopped.", snapshot.message)
        case RunState.CLOSED:
            return Verdict("info", "Nothing is open.", "Open a folder of images, or a text file with a path a line.")
        case RunState.INDEXING:
            return Verdict("info", "Looking for images…", f"{fmt.plural(snapshot.files, 'file')} found so far.")
        case RunState.FINISHED:
            return Verdict("info", "All epochs are delivered.", delivered.replace(" so far", ""))
        case RunState.PAUSED:
            return Verdict("info", "Paused.", delivered)
    return None


def _worker_is_replaced(snapshot: Snapshot) -> Verdict | None:
    replaced = [
        row.totals for row in snapshot.workers if row.totals.restarts and row.totals.state == WorkerState.STARTING
    ]
    if not replaced:
        return None
    names = ", ".join(str(worker.worker_id) for worker in replaced)
    return Verdict(
        "warn",
        "A worker ended unexpectedly and is being replaced.",
        f"Worker {names} is starting again; {fmt.plural(snapshot.restarts, 'replacement')} so far. "
        "A file that crashes the decoder is skipped as CRASHED; without one, look at the free memory.",
    )


def _fewer_workers(snapshot: Snapshot) -> Verdict | None:
    if not snapshot.fewer_workers:
        return None
    there_are = f"{len(snapshot.workers)} of {fmt.plural(snapshot.settings.num_workers, 'worker')}"
    return Verdict("warn", f"Only {there_are} could be started.", f"{snapshot.fewer_workers}.")


def _measuring(snapshot: Snapshot) -> Verdict | None:
    if snapshot.changes and snapshot.time_s - snapshot.changes[-1].time_s < MIN_SPAN_S:
        return Verdict("info", "Measuring…", f"Just changed: {snapshot.changes[-1].text}.")
    if snapshot.batches < MIN_BATCHES or snapshot.rates.span_s < MIN_SPAN_S or snapshot.rates.data_wait is None:
        return Verdict("info", "Measuring…", f"{fmt.plural(snapshot.batches, 'batch', 'batches')} so far.")
    return None


def _keeps_up(snapshot: Snapshot) -> Verdict | None:
    wait, depth = snapshot.rates.data_wait, snapshot.rates.queue_depth
    if wait is None or wait >= HARDLY_WAITS:
        return None
    if snapshot.step_ms == 0:
        headline = "The loader is faster than what takes the batches."
    else:
        headline = "Training never waits." if wait < 0.005 else f"Training waits only {fmt.percent(wait)} of the time."
    ready = (
        "" if depth is None else f"On average {depth:.1f} of {snapshot.settings.prefetch_batches} batches are ready. "
    )
    return Verdict("good", headline, (ready + _spare_workers(snapshot)).strip())


def _spare_workers(snapshot: Snapshot) -> str:
    busy, workers = snapshot.rates.worker_busy, len(snapshot.workers)
    if busy is None or not workers or _loads_by_itself(snapshot):
        return ""
    needed = max(1, math.ceil(busy * workers / SATURATED))
    enough = f": {needed} would be enough" if needed < workers else ""
    return f"{_workers_are(workers)} busy {fmt.percent(busy)} of the time{enough}."


def _no_workers(snapshot: Snapshot) -> Verdict | None:
    if not _loads_by_itself(snapshot):
        return None
    cores = snapshot.machine.usable_cores
    others = f" on the other {fmt.plural(cores - 1, 'core')}" if cores > 1 else ""
    return Verdict(
        _limit_level(snapshot),
        _limit_headline(snapshot),
        f"There are no workers, so every batch is loaded while it is waited for: workers would load ahead{others}.",
    )


def _reading_is_slow(snapshot: Snapshot) -> Verdict | None:
    read, total = _read_and_total_ms(snapshot)
    if not _workers_are_the_limit(snapshot) or not total or read <= total / 2:
        return None
    rate = snapshot.rates.read_mb_per_s
    speed = "" if rate is None else f", at {fmt.rate(rate)} MB/s in all"
    return Verdict(
        _limit_level(snapshot),
        _limit_headline(snapshot),
        f"Reading a file takes {fmt.milliseconds(read)} of the {fmt.milliseconds(total)} ms that an image "
        f"takes{speed}: "
        "the disk or the network is the limit. A faster disk or smaller files will help, "
        "and more workers where it serves several at once.",
    )


def _all_cores_used(snapshot: Snapshot) -> Verdict | None:
    cores, used = snapshot.machine.usable_cores, _cores_used(snapshot)
    if used is None or used < ALL_CORES_USED * cores:
        return None
    own = _own_cores_used(snapshot)
    everything = "The only core is" if cores == 1 else f"{'Both' if cores == 2 else f'All {cores}'} cores are"
    in_use = f"{everything} in use ({fmt.percent(used / cores)})"
    if own is not None and own < cores / 2:
        return Verdict(
            _limit_level(snapshot),
            _limit_headline(snapshot),
            f"{in_use}, but only {own:.1f} of them by inspector: other programs slow loading down.",
        )
    return Verdict(
        _limit_level(snapshot),
        _limit_headline(snapshot),
        f"{in_use}: more workers will not help, a smaller image size or smaller files will.",
    )


def _free_cores(snapshot: Snapshot) -> Verdict | None:
    cores, used = snapshot.machine.usable_cores, _cores_used(snapshot)
    if not _workers_are_the_limit(snapshot):
        return None
    busy = f"{_workers_are(len(snapshot.workers))} busy {fmt.percent(snapshot.rates.worker_busy)} of the time"
    if used is None:
        return Verdict(_limit_level(snapshot), _limit_headline(snapshot), f"{busy}: more workers may help.")
    idle = cores - used
    free = f"{idle:.0f} of {cores} cores {'is' if round(idle) == 1 else 'are'} idle"
    if idle < 0.75:
        free = f"{idle:.1f} of {fmt.plural(cores, 'core')} is idle"
    hope = "may help a little" if idle < 0.75 else "will help"
    return Verdict(_limit_level(snapshot), _limit_headline(snapshot), f"{busy} and {free}: more workers {hope}.")


def _something_else(snapshot: Snapshot) -> Verdict:
    busy, depth = snapshot.rates.worker_busy, snapshot.rates.queue_depth
    facts = []
    if busy is not None and snapshot.workers:
        facts.append(f"{_workers_are(len(snapshot.workers))} busy only {fmt.percent(busy)} of the time")
    if depth is not None:
        facts.append(f"{depth:.1f} of {snapshot.settings.prefetch_batches} batches are ready on average")
    evidence = " and ".join(facts)
    advice = "the workers are not at their limit; a larger prefetch may help, as it evens out slow files"
    return Verdict(_limit_level(snapshot), _limit_headline(snapshot), f"{evidence}: {advice}." if evidence else "")


RULES: Sequence[Rule] = (
    _not_running,
    _worker_is_replaced,
    _fewer_workers,
    _measuring,
    _keeps_up,
    _no_workers,
    _reading_is_slow,
    _all_cores_used,
    _free_cores,
    _something_else,
)


def _limit_level(snapshot: Snapshot) -> Level:
    return "info" if snapshot.step_ms == 0 else "warn"


def _limit_headline(snapshot: Snapshot) -> str:
    if snapshot.step_ms > 0:
        return f"Training waits {fmt.percent(snapshot.rates.data_wait)} of the time."
    rate = snapshot.rates.images_per_s
    return "This is as fast as it goes." if rate is None else f"At most {fmt.rate(rate)} images/s with these settings."


def _loads_by_itself(snapshot: Snapshot) -> bool:
    return snapshot.settings.num_workers == 0 or snapshot.settings.engine == "serial"


def _workers_are_the_limit(snapshot: Snapshot) -> bool:
    busy = snapshot.rates.worker_busy
    return bool(snapshot.workers) and busy is not None and busy >= SATURATED


def _cores_used(snapshot: Snapshot) -> float | None:
    """How many of the usable cores are in use: by all programs where known, else by the app and its workers."""
    cores, machine = snapshot.machine.usable_cores, snapshot.machine
    own = _own_cores_used(snapshot)
    if machine.machine_cpu is None:
        return None if own is None else min(own, cores)
    return max(machine.machine_cpu * cores, min(own or 0.0, cores))


def _own_cores_used(snapshot: Snapshot) -> float | None:
    return _known_sum([snapshot.machine.app_cpu, *(row.cpu for row in snapshot.workers)])


def _read_and_total_ms(snapshot: Snapshot) -> tuple[float, float]:
    """Milliseconds an image that reading takes, and that all stages take: means of the workers' medians."""
    reads, totals = [], []
    for row in snapshot.workers:
        worker = row.totals
        stages: list[StageTimes | None] = [worker.read, worker.decode, worker.transform, worker.write]
        if worker.read is not None:
            reads.append(worker.read.p50_ms)
            totals.append(sum(stage.p50_ms for stage in stages if stage is not None))
    return (sum(reads) / len(reads), sum(totals) / len(totals)) if reads else (0.0, 0.0)


def _known_sum(values: Sequence[float | None]) -> float | None:
    """The sum, or None where one of the values is not known."""
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None


def _workers_are(workers: int) -> str:
    return "The worker is" if workers == 1 else "Both workers are" if workers == 2 else f"All {workers} workers are"
