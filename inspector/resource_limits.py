"""What this process may use of the machine: in a container that is less than the machine has.

A process may be bound to some cores (affinity, which cpusets show up in too), and its control groups may grant it a
share of the CPU's time and some memory. Groups are nested and each sets its own limit, so the tightest on the path from
the process's own group up to the top one that can be seen counts. Version 1 has a tree a controller, version 2 one for
all; a machine may have both. Every function takes the folder that stands for `/`.
"""

import os
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path("/")
MAX_WORKERS = 256  # of one loader: so many have room in what its processes share
_NO_MEMORY_LIMIT = 1 << 60  # version 1 writes a number near 2**63 for "none"


@dataclass(frozen=True, slots=True)
class CpuQuota:
    """A share of the CPU's time that a control group grants.

    Attributes:
        cores: how many cores it amounts to, such as 1.5.
        folder: of the group that sets it.
    """

    cores: float
    folder: Path

    def used_s(self) -> float | None:
        """Seconds of CPU that all processes in the group have used so far; None where it does not say."""
        for name, pattern, unit in (("cpu.stat", r"usage_usec (\d+)", 1e-6), ("cpuacct.usage", r"(\d+)", 1e-9)):
            if found := re.search(pattern, _read(self.folder / name)):
                return int(found[1]) * unit
        return None


def usable_cores(root: Path = ROOT) -> float:
    """Cores that this process may use: 1.5 where its quota says so, never more than it is bound to."""
    quota = cpu_quota(root)
    bound = bound_cores()
    return bound if quota is None else min(float(bound), quota.cores)


def bound_cores() -> int:
    """Cores that this process may run on: fewer than the machine has where its affinity is limited."""
    if sys.platform != "win32" and hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cpu_quota(root: Path = ROOT) -> CpuQuota | None:
    """The tightest share of CPU time on the path of this process's groups; None: no limit."""
    quotas = [quota for folder in _groups(root, "cpu") if (quota := _quota_of(folder)) is not None]
    return min(quotas, key=lambda quota: quota.cores, default=None)


def cpu_pressure_file(root: Path = ROOT) -> Path | None:
    """Where the system writes how long tasks of this process's group, else of the machine, waited for a core."""
    files = (*(folder / "cpu.pressure" for folder in _groups(root, "cpu")), root / "proc/pressure/cpu")
    return next((file for file in files if cpu_pressure_s(file) is not None), None)


def cpu_pressure_s(file: Path) -> float | None:
    """Seconds so far in which at least one task waited for a core; None where the file does not say."""
    found = re.search(r"^some .*\btotal=(\d+)", _read(file), re.MULTILINE)
    return int(found[1]) * 1e-6 if found else None


def memory_limit_bytes(root: Path = ROOT) -> int | None:
    """The tightest limit of memory on the path of this process's groups, in bytes; None: no limit."""
    limits = [limit for folder in _groups(root, "memory") for limit in _memory_limits_of(folder)]
    return min(limits, default=None)


def usable_memory_bytes(root: Path = ROOT) -> int | None:
    """The machine's memory, or what the groups allow of it, in bytes; None: not known."""
    limit = memory_limit_bytes(root)
    try:
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows has no sysconf
        return limit
    return total if limit is None else min(total, limit)


def _quota_of(folder: Path) -> CpuQuota | None:
    if words := _read(folder / "cpu.max").split():  # version 2: "150000 100000" or "max 100000", microseconds
        quota, period = words[0], words[1] if len(words) > 1 else "100000"
    else:
        quota, period = _read(folder / "cpu.cfs_quota_us").strip(), _read(folder / "cpu.cfs_period_us").strip()
    if not (quota.isdecimal() and period.isdecimal()) or not int(quota) or not int(period):  # "max", "-1", no file
        return None
    return CpuQuota(int(quota) / int(period), folder)


def _memory_limits_of(folder: Path) -> Iterator[int]:
    for name in ("memory.max", "memory.high", "memory.limit_in_bytes"):
        text = _read(folder / name).strip()
        if text.isdecimal() and int(text) < _NO_MEMORY_LIMIT:
            yield int(text)


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders of this process's groups that may limit `controller`, from its own up to the mounted top."""
    paths = _own_paths(root)
    for mounted, mounted_root, controllers in _mounts(root):
        own = paths.get("" if controllers is None else controller)
        if own is None or (controllers is not None and controller not in controllers):
            continue
        path = Path("/", own.lstrip("/"))
        # a container often sees its own group as the top
        relative = path.relative_to(mounted_root) if path.is_relative_to(mounted_root) else Path()
        folder = mounted / relative
        yield from (each for each in (folder, *folder.parents) if each.is_relative_to(mounted))


def _own_paths(root: Path) -> dict[str, str]:
    """The path of this process's group for each controller of version 1, and for "", which is version 2."""
    paths: dict[str, str] = {}
    for line in _read(root / "proc/self/cgroup").splitlines():
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        paths |= dict.fromkeys(controllers.split(","), path)
    return paths


def _mounts(root: Path) -> Iterator[tuple[Path, Path, set[str] | None]]:
    """Where each tree of groups is mounted, which group that shows, and its controllers; None: version 2."""
    for line in _read(root / "proc/self/mountinfo").splitlines():
        mount, _, file_system = line.partition(" - ")
        fields, kind = mount.split(" "), file_system.split(" ")
        if len(fields) < 5 or kind[0] not in ("cgroup", "cgroup2"):
            continue
        controllers = None if kind[0] == "cgroup2" else set(kind[-1].split(","))
        yield root / _unescaped(fields[4]).lstrip("/"), Path(_unescaped(fields[3])), controllers


def _unescaped(field: str) -> str:
    r"""A path in mountinfo, where a space is written "\040"."""
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), field)


def _read(file: Path) -> str:
    try:
        return file.read_text("utf-8", "surrogateescape")
    except OSError:  # no such file: another version, another system, or not ours to see
        return ""
