"""What watching costs: the CPU time of this process that does not go into loading.

The loader's own threads and the consumer, which stands for training, are needed without a window, too. All others draw,
make thumbnails and statistics, and measure. The operating system counts the CPU time of each thread.
"""

import threading
import time
from collections import deque
from collections.abc import Callable

import psutil

SPAN_S = 10.0
SETTLES_S = 4.0  # in which a window puts itself together, which costs once and not on and on
FEWEST_S = 4.0  # the system counts in hundredths of a second: less would be a guess
_LOADING = ("inspector-supervisor", "inspector-consumer", "inspector-worker")  # what the names begin with


class Overhead:
    """Sums up, over the last seconds, what all of this process but loading takes. For one thread.

    Args:
        cores: that can be used.
    """

    def __init__(self, cores: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._cores = cores
        self._clock = clock
        self._process = psutil.Process()
        self._loading_s: dict[int, float] = {}  # CPU seconds of each thread that loads
        self._sums: deque[tuple[float, float]] = deque()  # time, CPU seconds up to then
        self._before_s: float | None = None
        self._began_s = 0.0

    def clear(self) -> None:
        """Forget what was, as while nothing is loaded."""
        self._sums.clear()
        self._before_s = None

    def sample(self) -> float | None:
        """Share of the cores that went into anything but loading, 0 to 1; None where too little is known."""
        process_s, loading_s = time.process_time(), self._loading_since()
        now_s = self._clock()
        if self._before_s is None:
            self._began_s = now_s
        if self._before_s is None or now_s <= self._began_s + SETTLES_S:
            self._sums = deque([(now_s, 0.0)])
        else:
            own_s = max(0.0, process_s - self._before_s - loading_s)
            self._sums.append((now_s, self._sums[-1][1] + own_s))
        self._before_s = process_s
        while now_s - self._sums[0][0] > SPAN_S:
            self._sums.popleft()
        span_s, own_s = (new - old for new, old in zip(self._sums[-1], self._sums[0], strict=True))
        return own_s / span_s / self._cores if span_s >= FEWEST_S else None

    def _loading_since(self) -> float:
        """CPU seconds of the threads that load, since it was last asked."""
        loading = {thread.native_id for thread in threading.enumerate() if thread.name.startswith(_LOADING)}
        used = {
            thread.id: thread.user_time + thread.system_time
            for thread in self._process.threads()
            if thread.id in loading
        }
        since = sum(max(0.0, cpu_s - self._loading_s.get(number, 0.0)) for number, cpu_s in used.items())
        self._loading_s = used
        return since
