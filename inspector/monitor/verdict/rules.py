"""The rules of the verdict: small pure functions of a snapshot. Each says something, or None where it does not apply.

A rule relies on those before it in the table (`verdict.RULES`) having said nothing. What one setting cannot show, such
as whether more readers get more from a disk, only a sweep can tell (`diagnosis`).
"""

import math
from dataclasses import replace
from statistics import median

from inspector import formatting as fmt
from inspector.loader.counters import WorkerState
from inspector.monitor.contention import ALL_CORES_USED, WAITS_MUCH, known_sum, longest_wait, other_cores
from inspector.monitor.records import RunState, Snapshot
from inspector.monitor.verdict.evidence import (
    cores_used,
    cpu_of_a_worker,
    loads_by_itself,
    others_use_the_cores,
    own_cores_used,
    stages_ms,
    worker_processes,
    workers_are_the_limit,
    workers_compute,
    workers_mostly_read,
)
from inspector.monitor.verdict.table import HARDLY_WAITS, NO_ADVICE, SATURATED, Level, Statement

MIN_SPAN_S = 1.5  # rates over less are noise
MIN_BATCHES = 3
IDLES = 0.15  # share of a core: a worker that gets less, although others leave it more, is not after cores
NEARLY_FULL = 0.9  # share of a memory limit
LITTLE_LEFT = 0.05  # share of the machine's memory
HELD_UP = 0.5  # share of what the other workers do, below which one is a straggler
STRAGGLER_IMAGES = 10  # each of the others must have loaded so many before one is called slow
MANY_BATCHES = 16  # prefetched: more even out nothing that fewer do not
MUCH_MEMORY_BYTES = 500_000_000


def not_running(snapshot: Snapshot) -> Statement | None:
    batches, images = fmt.plural(snapshot.batches, "batch", "batches"), fmt.plural(snapshot.images, "image")
    delivered = f"{batches} with {images} delivered"
    match snapshot.state:
        case RunState.FAILED:
            said: tuple[Level, str, str] = ("bad", "Loading has stopped.", snapshot.message)
        case RunState.CLOSED:
            said = ("info", "Nothing is open.", "Open a folder of images, or a text file with a path a line.")
        case RunState.INDEXING:
            said = ("info", "Looking for images…", f"{fmt.plural(snapshot.files, 'file')} found so far.")
        case RunState.FINISHED:
            said = ("info", "All epochs are delivered.", f"{delivered}.")
        case RunState.PAUSED:
            said = ("info", "Paused.", f"{delivered} so far.")
        case _:
            return None
    return Statement(*said)


def worker_is_replaced(snapshot: Snapshot) -> Statement | None:
    replaced = [
        row.totals for row in snapshot.workers if row.totals.restarts and row.totals.state == WorkerState.STARTING
    ]
    if not replaced:
        return None
    names = ", ".join(str(worker.worker_id) for worker in replaced)
    return Statement(
        "warn",
        "A worker ended unexpectedly and is being replaced.",
        f"Worker {names} is starting again; {fmt.plural(snapshot.restarts, 'replacement')} so far. "
        "A file that crashes the decoder is skipped as CRASHED; without one, look at the free memory.",
    )


def starting(snapshot: Snapshot) -> Statement | None:
    if snapshot.batches:
        return None
    ready = sum(row.totals.state != WorkerState.STARTING for row in snapshot.workers)
    workers = snapshot.num_workers
    ready_now = "" if loads_by_itself(snapshot) else f"{ready} of {fmt.plural(workers, 'worker')} ready. "
    return Statement("info", "Starting…", f"{ready_now}The first batch takes longest, and says nothing about the rest.")


def fewer_workers(snapshot: Snapshot) -> Statement | None:
    if not snapshot.fewer_workers:
        return None
    there_are = f"{len(snapshot.workers)} of {fmt.plural(snapshot.num_workers, 'worker')}"
    return Statement("warn", f"Only {there_are} could be started.", f"{snapshot.fewer_workers}.")


def measuring(snapshot: Snapshot) -> Statement | None:
    if snapshot.changes and snapshot.time_s - snapshot.changes[-1].time_s < MIN_SPAN_S:
        return Statement("info", "Measuring…", f"Just changed: {snapshot.changes[-1].text}.")
    if snapshot.batches < MIN_BATCHES or snapshot.rates.span_s < MIN_SPAN_S or snapshot.rates.data_wait is None:
        so_far = f"{fmt.plural(snapshot.batches, 'batch', 'batches')} so far."
        return Statement("info", "Measuring…", so_far)
    return None


def too_much_prefetch(snapshot: Snapshot) -> Statement | None:
    prefetch, taken = snapshot.prefetch_batches, snapshot.loader_memory_bytes
    wait, depth = snapshot.rates.data_wait, snapshot.rates.queue_depth
    if wait is None or wait >= HARDLY_WAITS or depth is None or prefetch is None or depth < NEARLY_FULL * prefetch:
        return None
    if prefetch < MANY_BATCHES or taken < MUCH_MEMORY_BYTES or others_use_the_cores(snapshot):
        return None
    return Statement(
        "info",
        _keeps_up_headline(snapshot, wait),
        f"{depth:.1f} of {prefetch} batches are always ready and take {fmt.byte_size(taken)}: a prefetch of "
        f"{MANY_BATCHES // 2} would do, with {fmt.byte_size(taken * MANY_BATCHES // 2 // prefetch)}.",
    )


def keeps_up(snapshot: Snapshot) -> Statement | None:
    wait, depth = snapshot.rates.data_wait, snapshot.rates.queue_depth
    if wait is None or wait >= HARDLY_WAITS:
        return None
    ready = "" if depth is None else f"On average {_of_the_queue(snapshot, depth)} batches are ready. "
    evidence = (ready + _spare_workers(snapshot)).strip()
    return Statement("good", _keeps_up_headline(snapshot, wait), evidence)


def _of_the_queue(snapshot: Snapshot, depth: float) -> str:
    ceiling = snapshot.prefetch_batches
    return f"{depth:.1f}" if ceiling is None else f"{depth:.1f} of {ceiling}"


def _keeps_up_headline(snapshot: Snapshot, wait: float) -> str:
    if snapshot.step_ms == 0:
        return "The loader is faster than what takes the batches."
    return "Training never waits." if wait < 0.005 else f"Training waits only {fmt.percent(wait)} of the time."


def _spare_workers(snapshot: Snapshot) -> str:
    busy, workers = snapshot.rates.worker_busy, len(snapshot.workers)
    if busy is None or not workers or loads_by_itself(snapshot):
        return ""
    if others_use_the_cores(snapshot):
        return f"Other programs use {_others_use(snapshot)}: {NO_ADVICE}."
    needed = max(1, math.ceil(busy * workers / SATURATED))
    enough = f": {needed} would be enough" if needed < workers else ""
    return f"{_workers_are(workers)} busy {fmt.percent(busy)} of the time{enough}."


def other_programs(snapshot: Snapshot) -> Statement | None:
    if not others_use_the_cores(snapshot):
        return None
    used, own = cores_used(snapshot) or 0.0, own_cores_used(snapshot) or 0.0
    cores, rate = snapshot.machine.usable_cores, snapshot.rates.images_per_s
    in_use = _in_use(snapshot) if used >= ALL_CORES_USED * cores else f"{used:.1f} of {_cores(cores)} are in use"
    wait = longest_wait(snapshot.machine, worker_processes(snapshot))
    do, waits = "slow loading down", ""
    if wait is not None and wait < WAITS_MUCH:
        do = "leave no room"
    elif wait is not None:
        waits = f", and loading waits for a core up to {fmt.percent(min(1.0, wait))} of the time"
    found = limited(
        snapshot,
        f"{in_use}, but only {own:.1f} of them by inspector: other programs {do}. "
        f"They use {_others_use(snapshot)}{waits}: {NO_ADVICE}.",
    )
    if snapshot.step_ms > 0 or rate is None:
        return found
    return replace(found, headline=f"{fmt.rate(rate)} images/s, beside other programs.")


def _others_use(snapshot: Snapshot) -> str:
    """Such as "1.8 of 2 cores"."""
    others = other_cores(snapshot.machine, worker_processes(snapshot))
    return f"{others or 0.0:.1f} of {_cores(snapshot.machine.usable_cores)}"


def no_workers(snapshot: Snapshot) -> Statement | None:
    if not loads_by_itself(snapshot):
        return None
    cores = snapshot.machine.usable_cores
    others = f" on the other {_cores(cores - 1)}" if cores > 1 else ""
    evidence = (
        f"There are no workers, so every batch is loaded while it is waited for: workers would load ahead{others}."
    )
    return limited(snapshot, evidence)


def memory_is_full(snapshot: Snapshot) -> Statement | None:
    machine, busy = snapshot.machine, snapshot.rates.worker_busy
    taken, limit = snapshot.loader_memory_bytes, snapshot.memory_limit_bytes
    if limit is not None and taken >= NEARLY_FULL * limit and busy is not None and busy < SATURATED:
        return limited(
            snapshot,
            f"Batches take {fmt.byte_size(taken)} of the {fmt.byte_size(limit)} that they may, and the workers wait "
            "for room: a higher memory limit, smaller batches or a smaller image size will help.",
        )
    total, free = machine.memory_total_bytes, machine.memory_available_bytes
    own = known_sum([machine.app_memory_bytes, *(row.memory_bytes for row in snapshot.workers)])
    if total is None:
        return None
    if (free is not None and free < LITTLE_LEFT * total) or (own is not None and own > NEARLY_FULL * total):
        used = "" if own is None else f", of which inspector takes {fmt.byte_size(round(own))}"
        return limited(
            snapshot,
            f"Hardly any of the {fmt.byte_size(total)} of memory is left{used}: the system slows down or ends programs "
            "then. Fewer workers, fewer prefetched batches or smaller ones will help.",
        )
    return None


def one_straggler(snapshot: Snapshot) -> Statement | None:
    rates = [(row.images_per_s, row) for row in snapshot.workers if row.images_per_s is not None]
    if len(rates) < 3 or len(rates) < len(snapshot.workers):
        return None
    slowest, row = min(rates, key=lambda rate: rate[0])
    others = median(rate for rate, other in rates if other is not row)
    enough = others * snapshot.rates.span_s >= STRAGGLER_IMAGES
    if not enough or slowest > HELD_UP * others or row.busy is None or row.busy < SATURATED:
        return None
    last = f" It finished {fmt.file_name(row.totals.last_location)} last." if row.totals.last_location else ""
    return limited(
        snapshot,
        f"Worker {row.totals.worker_id} loads {fmt.rate(slowest)} images/s and the others {fmt.rate(others)} each, "
        f"though it is busy: a very large file or a slow core holds it up.{last}",
    )


def all_cores_used(snapshot: Snapshot) -> Statement | None:
    if not _cores_are_the_limit(snapshot):
        return None
    return limited(snapshot, f"{_in_use(snapshot)}: more workers will not help; {_less_work(snapshot)} would.")


def _cores_are_the_limit(snapshot: Snapshot) -> bool:
    """Whether all are in use, by us or by others, and our workers are after them."""
    cores, used, own = snapshot.machine.usable_cores, cores_used(snapshot), own_cores_used(snapshot)
    if used is None or used < ALL_CORES_USED * cores:
        return False
    return own is None or own >= cores / 4 or (cpu_of_a_worker(snapshot) or 1.0) >= IDLES


def _in_use(snapshot: Snapshot) -> str:
    cores, used = snapshot.machine.usable_cores, cores_used(snapshot)
    assert used is not None
    everything = "The only core is" if cores == 1 else "Both cores are" if cores == 2 else f"All {_cores(cores)} are"
    return f"{everything} in use ({fmt.percent(used / cores)})"


def _less_work(snapshot: Snapshot) -> str:
    """What would take less CPU."""
    times = stages_ms(snapshot)
    if (transform_ms := times.get("transform", 0.0)) > sum(times.values()) / 2:
        return f"a quicker transform, now {fmt.milliseconds(transform_ms)} ms an image,"
    if snapshot.decode == "scaled":
        return "a smaller image size or smaller files"
    if snapshot.image_size is None:
        return "a fixed image size with scaled decoding"
    return "a smaller image size or scaled decoding"


def reading_is_slow(snapshot: Snapshot) -> Statement | None:
    times = stages_ms(snapshot)
    total, read_ms = sum(times.values()), times.get("read", 0.0)
    if not workers_are_the_limit(snapshot) or not workers_mostly_read(snapshot) or workers_compute(snapshot):
        return None
    rate = snapshot.rates.read_mb_per_s
    speed = f", at {fmt.rate(rate)} MB/s in all" if rate else ""
    return limited(
        snapshot,
        f"Reading a file takes {fmt.milliseconds(read_ms)} of the {fmt.milliseconds(total)} ms that an image "
        f"takes{speed}: the disk or the network is the limit. A faster disk or smaller files will help, "
        "and more workers where it serves several at once.",
    )


def workers_wait(snapshot: Snapshot) -> Statement | None:
    if not workers_are_the_limit(snapshot) or workers_compute(snapshot) is not False:
        return None
    cpu = cpu_of_a_worker(snapshot)
    return limited(
        snapshot,
        f"{_workers_are(len(snapshot.workers))} at an image {fmt.percent(snapshot.rates.worker_busy)} of the time, but "
        f"use only {fmt.percent(cpu)} of a core each: they wait, for a lock or another service in the transform or the "
        "data set. More workers help if it serves several at once.",
    )


def free_cores(snapshot: Snapshot) -> Statement | None:
    cores, used = snapshot.machine.usable_cores, cores_used(snapshot)
    if not workers_are_the_limit(snapshot):
        return None
    busy = f"{_workers_are(len(snapshot.workers))} busy {fmt.percent(snapshot.rates.worker_busy)} of the time"
    if used is None:
        return limited(snapshot, f"{busy}: more workers may help.")
    idle = cores - used
    free = f"{idle:.0f} of {_cores(cores)} {'is' if round(idle) == 1 else 'are'} idle"
    if idle < 0.75 or cores % 1:
        free = f"{idle:.1f} of {_cores(cores)} is idle"
    hope = "may help a little" if idle < 0.75 else "will help"
    return limited(snapshot, f"{busy} and {free}: more workers {hope}.")


def something_else(snapshot: Snapshot) -> Statement:
    busy, depth = snapshot.rates.worker_busy, snapshot.rates.queue_depth
    facts = []
    if busy is not None and snapshot.workers:
        facts.append(f"{_workers_are(len(snapshot.workers))} busy only {fmt.percent(busy)} of the time")
    if depth is not None:
        facts.append(f"{_of_the_queue(snapshot, depth)} batches are ready on average")
    evidence = " and ".join(facts)
    advice = "the workers are not at their limit; a larger prefetch may help, as it evens out slow files"
    return limited(snapshot, f"{evidence}: {advice}." if evidence else "")


def limited(snapshot: Snapshot, evidence: str) -> Statement:
    """Loading is slower than it could be taken."""
    return Statement("info" if snapshot.step_ms == 0 else "warn", _limit_headline(snapshot), evidence)


def _limit_headline(snapshot: Snapshot) -> str:
    if snapshot.step_ms > 0:
        return f"Training waits {fmt.percent(snapshot.rates.data_wait)} of the time."
    rate = snapshot.rates.images_per_s
    return "This is as fast as it goes." if rate is None else f"At most {fmt.rate(rate)} images/s with these settings."


def _workers_are(workers: int) -> str:
    return "The worker is" if workers == 1 else "Both workers are" if workers == 2 else f"All {workers} workers are"


def _cores(cores: float) -> str:
    """1 -> "1 core", 1.5 -> "1.5 cores"."""
    return "1 core" if cores == 1 else f"{cores:g} cores"
