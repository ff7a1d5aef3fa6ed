"""What processes and the machine use, by the operating system's own count.

CPU is cheap to ask for: 0.04 ms a process. PSS is not, because the kernel walks all pages for it: 4 ms for a process
that has 256 MB of batches mapped. So a sample renews the oldest memory figures only, for `MEMORY_BUDGET_S`, which keeps
the whole under 1.5 % of a core every 2 s: with 64 such workers each figure is at most 26 s old, with 4 at most 6 s.

Linux counts for each thread how long it was ready to run and had no core (`schedstat`), and for each control group how
long some task of it was (`cpu.pressure`). Other systems do not, and neither do all sandboxes.
"""

import math
import os
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from inspector.monitor.records import Machine
from inspector.resource_limits import (
    ROOT,
    CpuQuota,
    bound_cores,
    cpu_pressure_file,
    cpu_pressure_s,
    cpu_quota,
    memory_limit_bytes,
)

MEMORY_BUDGET_S = 0.02
MEMORY_EVERY_S = 5.9  # for each process: it changes slowly


@dataclass(frozen=True, slots=True)
class ProcessUse:
    """What one process uses. None: not known, because it is new or gone.

    Attributes:
        cpu: share of one core since the sample before; more than 1 where several threads run.
        memory_bytes: PSS where the system gives it, else RSS.
        run_queue_wait: seconds a second that its threads, all together, were ready to run and had no core.
    """

    cpu: float | None = None
    memory_bytes: int | None = None
    run_queue_wait: float | None = None


@dataclass(slots=True)
class _Watched:
    """What was last seen of one process."""

    process: psutil.Process
    time_s: float = 0.0
    cpu_s: float | None = None
    cpu: float | None = None
    memory_time_s: float = 0.0
    memory_bytes: int | None = None
    waited_s: dict[int, float] = field(default_factory=dict)  # in the run queue so far, by thread
    run_queue_wait: float | None = None


class SystemProbe:
    """Looks at processes and the machine. Shares of time are between two samples. For one thread at a time.

    Args:
        root: the folder that stands for `/` where the system's files are read.
    """

    def __init__(self, root: Path = ROOT) -> None:
        self._root = os.fspath(root)
        self._pressure_file = cpu_pressure_file(root)
        self._pressure: tuple[float, float | None] = (0.0, None)  # time, seconds of pressure up to then
        self._watched: dict[int, _Watched] = {}
        self._core_times: tuple[float, float] | None = None
        self._quota = cpu_quota()
        self._memory_limit_bytes = memory_limit_bytes()

    def sample(self, pids: Sequence[int]) -> tuple[dict[int, ProcessUse], Machine]:
        """The use of each process in `pids`, and of this process and the machine. Never raises for one that is gone.

        What was remembered of processes that are not asked for any more is dropped.
        """
        app_pid = os.getpid()
        wanted = {*pids, app_pid}
        for pid in self._watched.keys() - wanted:
            del self._watched[pid]
        for pid in wanted:
            self._measure_cpu(pid)
        self._measure_memory()
        app = self._use(app_pid)
        memory = psutil.virtual_memory()
        machine = Machine(
            usable_cores=min(float(bound_cores()), self._quota.cores if self._quota else math.inf),
            app_cpu=app.cpu,
            app_memory_bytes=app.memory_bytes,
            machine_cpu=self._cores_in_use(),
            memory_total_bytes=min(memory.total, self._memory_limit_bytes or memory.total),
            memory_available_bytes=memory.available,
            app_run_queue_wait=app.run_queue_wait,
            cpu_pressure=self._cpu_pressure(),
        )
        return {pid: self._use(pid) for pid in pids}, machine

    def _use(self, pid: int) -> ProcessUse:
        seen = self._watched.get(pid)
        return ProcessUse(seen.cpu, seen.memory_bytes, seen.run_queue_wait) if seen else ProcessUse()

    def _measure_cpu(self, pid: int) -> None:
        try:
            seen = self._watched.get(pid) or _Watched(psutil.Process(pid))
            times = seen.process.cpu_times()
        except psutil.Error:  # gone, or not ours to look at
            self._watched.pop(pid, None)
            return
        now, cpu = time.monotonic(), times.user + times.system
        if seen.cpu_s is not None and cpu < seen.cpu_s:  # the number was given to another process
            seen = _Watched(seen.process)
        elif seen.cpu_s is not None and now > seen.time_s:
            seen.cpu = (cpu - seen.cpu_s) / (now - seen.time_s)
        waited_s = _waited_s(self._root, pid)
        seen.run_queue_wait = None
        if seen.waited_s and waited_s and now > seen.time_s:
            more_s = sum(waited - seen.waited_s.get(thread, 0.0) for thread, waited in waited_s.items())
            seen.run_queue_wait = max(0.0, more_s) / (now - seen.time_s)
        seen.time_s, seen.cpu_s, seen.waited_s = now, cpu, waited_s
        self._watched[pid] = seen

    def _measure_memory(self) -> None:
        end = time.monotonic() + MEMORY_BUDGET_S
        for pid, seen in sorted(self._watched.items(), key=lambda item: item[1].memory_time_s):
            if time.monotonic() - seen.memory_time_s < MEMORY_EVERY_S:
                return
            try:
                seen.memory_bytes = _memory_bytes(seen.process)
            except psutil.Error:
                del self._watched[pid]
            seen.memory_time_s = time.monotonic()
            if seen.memory_time_s > end:
                return

    def _cores_in_use(self) -> float | None:
        """Share of the usable cores that was in use since the sample before, by whatever program; 0 to 1."""
        before, self._core_times = self._core_times, _core_times(self._quota)
        if before is None:
            return None
        busy, total = (now - then for now, then in zip(self._core_times, before, strict=True))
        return min(1.0, max(0.0, busy / total)) if total > 0 else None

    def _cpu_pressure(self) -> float | None:
        """Share of the time since the sample before, 0 to 1, in which some task of our group waited for a core."""
        (then_s, before), self._pressure = self._pressure, (time.monotonic(), self._pressure_s())
        now_s, total = self._pressure
        if before is None or total is None or now_s <= then_s:
            return None
        return min(1.0, max(0.0, (total - before) / (now_s - then_s)))

    def _pressure_s(self) -> float | None:
        return cpu_pressure_s(self._pressure_file) if self._pressure_file else None


def _waited_s(root: str, pid: int) -> dict[int, float]:
    """Seconds so far that each thread was ready to run and had no core; {} where the system does not count them."""
    waited_s, counts = {}, False
    folder = os.path.join(root, "proc", str(pid), "task")
    try:
        threads = os.listdir(folder)
    except OSError:  # not Linux, or gone
        return {}
    for thread in threads:
        try:
            with open(os.path.join(folder, thread, "schedstat"), "rb") as file:
                ran_ns, waited_ns, _ = map(int, file.read().split())
        except (OSError, ValueError):  # the thread has just ended, or a sandbox that does not count
            continue
        counts |= ran_ns > 0
        waited_s[int(thread)] = waited_ns * 1e-9
    return waited_s if counts else {}  # a kernel that does not count writes zeros


def _core_times(quota: CpuQuota | None) -> tuple[float, float]:
    """Seconds that the usable cores were busy, and seconds in all. Within a quota only its own group's use counts."""
    if quota is not None and quota.cores < bound_cores() and (used_s := quota.used_s()) is not None:
        return used_s, time.monotonic() * quota.cores
    cores = psutil.cpu_times(percpu=True)
    if sys.platform != "win32" and hasattr(os, "sched_getaffinity"):
        cores = [cores[number] for number in os.sched_getaffinity(0) if number < len(cores)] or cores
    busy = total = 0.0
    for core in cores:
        times = core._asdict()
        every = sum(times.values()) - times.get("guest", 0.0) - times.get("guest_nice", 0.0)  # these are in user, nice
        total += every
        busy += every - times["idle"] - times.get("iowait", 0.0)
    return busy, total


def _memory_bytes(process: psutil.Process) -> int:
    """PSS, which counts a shared page once over all processes, from the kernel's own sum; else RSS."""
    try:
        with open(f"/proc/{process.pid}/smaps_rollup", "rb") as lines:
            for line in lines:
                if line.startswith(b"Pss:"):
                    return int(line.split()[1]) * 1024
    except OSError:  # not Linux, an old kernel, or no permission
        pass
    return int(process.memory_info().rss)
