"""How long this thread has waited for a core, and how much of them this process uses: as the system counts it."""

from __future__ import annotations

import time


def core_wait_s() -> float | None:
    """Seconds in which this thread could have run, and had no core; None: this system does not say."""
    try:
        with open("/proc/thread-self/schedstat", "rb") as file:
            return int(file.read().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


def process_cpu_s() -> float:
    """CPU time of all threads of this process."""
    return time.process_time()
