"""What the system says of memory: how often its out-of-memory killer came, and how much there is."""

from __future__ import annotations

import sys
from typing import Iterator


def oom_kills() -> int | None:
    """Processes of this one's control group that were killed for lack of memory so far; None: not known."""
    for file in _files("memory.events", "memory.oom_control"):
        for name, value in _pairs(file):
            if name == "oom_kill":
                return value
    return None


def total_bytes() -> int | None:
    """What this process may use: the limit of its control group, or all of the machine's."""
    found = [value * 1024 for name, value in _pairs("/proc/meminfo") if name == "MemTotal:"]
    for file in _files("memory.max", "memory.limit_in_bytes"):
        try:
            with open(file, "rb") as text:
                found.append(int(text.read()))
        except (OSError, ValueError):  # "max", or none
            pass
    return min(found) if found else None


def peak_of_children_bytes() -> int | None:
    """The most that one of the children had that have ended."""
    try:
        import resource
    except ImportError:  # Windows
        return None
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return most if sys.platform == "darwin" else most * 1024


def _files(newer: str, older: str) -> Iterator[str]:
    """Of the control group, in both versions; in a container it is at the top."""
    try:
        with open("/proc/self/cgroup", encoding="ascii", errors="replace") as file:
            groups = [line.rstrip("\n").split(":", 2) for line in file]
    except OSError:
        return
    for _, controllers, path in (group for group in groups if len(group) == 3):
        for each in (path.rstrip("/"), ""):
            if not controllers:
                yield f"/sys/fs/cgroup{each}/{newer}"
            elif "memory" in controllers.split(","):
                yield f"/sys/fs/cgroup/memory{each}/{older}"


def _pairs(path: str) -> Iterator[tuple[str, int]]:
    try:
        with open(path, encoding="ascii", errors="replace") as file:
            for line in file:
                words = line.split()
                if len(words) > 1 and words[1].isdigit():
                    yield words[0], int(words[1])
    except OSError:
        pass
