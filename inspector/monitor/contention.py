"""What other programs take of the cores, and whether that holds loading up.

Two things show it: processes of ours are ready to run and have no core, which the system counts (their wait in the run
queue); and the cores are in use, hardly by us. Processes of ours that wait for one another take nothing from us: so no
more counts as taken than others use. In a container with a quota only the programs of its own group are seen.
"""

from collections.abc import Sequence

from inspector.monitor.records import Machine, WorkerRow
from inspector.monitor.system import ProcessUse

ALL_CORES_USED = 0.9
MUCH_TAKEN = 0.25  # of what we would use: less changes a figure no more than noise does
WAITS_MUCH = 0.2  # share of a process's time: one that sleeps and wakes waits less for a core, however busy they are

Worker = WorkerRow | ProcessUse


def own_cores(machine: Machine, workers: Sequence[Worker]) -> float | None:
    """How many cores this process and its workers use together; None where it is not known of all.

    Args:
        workers: processes; threads are part of this one.
    """
    return known_sum([machine.app_cpu, *(each.cpu for each in workers)])


def other_cores(machine: Machine, workers: Sequence[Worker]) -> float | None:
    """How many of the usable cores all other programs use; None: not known."""
    own = own_cores(machine, workers)
    if own is None or machine.machine_cpu is None:
        return None
    return max(0.0, machine.machine_cpu * machine.usable_cores - own)


def leaves_no_room(machine: Machine, workers: Sequence[Worker]) -> bool:
    """Whether the cores are in use, and most of them by other programs."""
    own, used = own_cores(machine, workers), machine.machine_cpu
    return own is not None and used is not None and used >= ALL_CORES_USED and own < machine.usable_cores / 2


def cores_taken(machine: Machine, workers: Sequence[Worker]) -> float | None:
    """Cores' worth that other programs keep from us; 0 where that hardly holds us up, None where it is not known."""
    own, others = own_cores(machine, workers), other_cores(machine, workers)
    if own is None or others is None:
        return None
    free = max(0.0, machine.usable_cores - own)
    waiting = known_sum([machine.app_run_queue_wait, *(each.run_queue_wait for each in workers)])
    if waiting is None and machine.cpu_pressure is None:
        return min(free, others) if leaves_no_room(machine, workers) else 0.0
    taken = min(free, others, machine.cpu_pressure or 0.0 if waiting is None else waiting)
    held_up = longest_wait(machine, workers) or 0.0
    return taken if held_up >= WAITS_MUCH and taken >= MUCH_TAKEN * (own + taken) else 0.0


def longest_wait(machine: Machine, workers: Sequence[Worker]) -> float | None:
    """Seconds a second for which this process, or its workers on average, wait for a core; None: not known."""
    waits = known_sum([each.run_queue_wait for each in workers])
    if machine.app_run_queue_wait is None or (waits is None and workers):
        return machine.cpu_pressure
    return max(machine.app_run_queue_wait, (waits or 0.0) / max(1, len(workers)))


def known_sum(values: Sequence[float | None]) -> float | None:
    """The sum, or None where one of the values is not known."""
    known = [value for value in values if value is not None]
    return sum(known) if values and len(known) == len(values) else None
