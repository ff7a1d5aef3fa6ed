"""What the rules of the verdict ask of a snapshot: who is busy, who uses the cores, where an image's time goes."""

from statistics import median

from inspector.loader.counters import WorkerState
from inspector.monitor import contention
from inspector.monitor.records import Snapshot, WorkerRow
from inspector.monitor.verdict.table import COMPUTES, SATURATED


def loads_by_itself(snapshot: Snapshot) -> bool:
    """Whether there are no workers, so that the consumer loads what it takes."""
    return snapshot.num_workers == 0 or snapshot.engine == "serial"


def workers_are_the_limit(snapshot: Snapshot) -> bool:
    """Whether the workers are busy nearly all the time."""
    busy = snapshot.rates.worker_busy
    return bool(snapshot.workers) and busy is not None and busy >= SATURATED


def cores_used(snapshot: Snapshot) -> float | None:
    """How many of the usable cores are in use: by all programs where known, else by the app and its workers."""
    cores, machine = snapshot.machine.usable_cores, snapshot.machine
    own = own_cores_used(snapshot)
    if machine.machine_cpu is None:
        return None if own is None else min(own, cores)
    return max(machine.machine_cpu * cores, min(own or 0.0, cores))


def own_cores_used(snapshot: Snapshot) -> float | None:
    """How many cores the app and its workers use together; None where it is not known of all."""
    return contention.own_cores(snapshot.machine, worker_processes(snapshot))


def worker_processes(snapshot: Snapshot) -> tuple[WorkerRow, ...]:
    """The workers that are processes, or may become one."""
    return tuple(
        row for row in snapshot.workers if row.totals.pid is not None or row.totals.state is WorkerState.STARTING
    )


def others_use_the_cores(snapshot: Snapshot) -> bool:
    """Whether other programs hold loading up, or leave it so little room that no figure says much about a setting."""
    machine, workers = snapshot.machine, worker_processes(snapshot)
    no_room = contention.leaves_no_room(machine, workers)
    busy_without_cpu = workers_are_the_limit(snapshot) and workers_compute(snapshot) is False
    if contention.longest_wait(machine, workers) is None:  # they wait for cores, or for a disk where they mostly read
        return no_room and not (busy_without_cpu and workers_mostly_read(snapshot))
    return bool(contention.cores_taken(machine, workers)) or (no_room and not busy_without_cpu)


def cpu_of_a_worker(snapshot: Snapshot) -> float | None:
    """Share of a core, in the middle of the workers; None where it is not known, as of threads."""
    known = [row.cpu for row in snapshot.workers if row.cpu is not None]
    return median(known) if known else None


def workers_compute(snapshot: Snapshot) -> bool | None:
    """Whether the workers use CPU while they are busy, and do not only wait; None: not known."""
    cpu = cpu_of_a_worker(snapshot)
    return None if cpu is None else cpu >= COMPUTES


def stages_ms(snapshot: Snapshot) -> dict[str, float]:
    """Milliseconds an image that each stage takes, means of the workers' medians; {} before they are known."""
    rows = [row.totals.stages for row in snapshot.workers if row.totals.stages]
    means: dict[str, float] = {}
    for stages in rows:
        for stage in stages:
            means[stage.name] = means.get(stage.name, 0.0) + stage.p50_ms / len(rows)
    return means


def workers_mostly_read(snapshot: Snapshot) -> bool:
    """Whether reading takes most of an image's time."""
    times = stages_ms(snapshot)
    return times.get("read", 0.0) > sum(times.values()) / 2
