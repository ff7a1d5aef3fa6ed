"""The consumer of a sweep: a thread that takes batches as a training loop would, and counts them."""

import threading
import time
from collections import deque

from inspector.errors import LoaderClosedError
from inspector.loader.loader import Loader

_KEPT_ARRIVALS = 4096


class SweepConsumer:
    """Takes batches from a loader until it is closed. All methods may be called from any thread.

    Args:
        keep_paths: remember which files were delivered, for `take_paths`.

    Attributes:
        step_s: how long a simulated training step takes, in seconds; 0: take them as fast as they come.
        arrivals: of the last batches, the time in seconds and how many images they had.
        good, bad: images delivered, and samples that could not be loaded, so far.
        error: what ended the loading, or None.
    """

    def __init__(self, loader: Loader, *, keep_paths: bool) -> None:
        self.loader = loader
        self.step_s = 0.0
        self.arrivals: deque[tuple[float, int]] = deque(maxlen=_KEPT_ARRIVALS)
        self.good = self.bad = 0
        self.error: Exception | None = None
        self._paths: list[str] | None = [] if keep_paths else None
        self._lock = threading.Lock()
        self._running = threading.Event()
        self._running.set()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="inspector-sweep-consumer", daemon=True)
        self._thread.start()

    @property
    def paused(self) -> bool:
        """Whether it takes no batches for now."""
        return not self._running.is_set()

    @paused.setter
    def paused(self, paused: bool) -> None:
        if paused:
            self._running.clear()
        else:
            self._running.set()

    def take_paths(self) -> list[str]:
        """The files delivered since it was last asked."""
        with self._lock:
            paths, self._paths = self._paths or [], [] if self._paths is not None else None
        return paths

    def close(self) -> None:
        """End the thread, and the loader with it."""
        self._closing = True
        self.loader.cancel()
        self._running.set()
        self._thread.join()
        self.loader.close()

    def _run(self) -> None:
        try:
            while True:  # through all epochs: a `for` over the loader is one of them
                batch = next(self.loader)
                self.arrivals.append((time.monotonic(), len(batch)))
                self.good += len(batch)
                self.bad += len(batch.skipped)
                if self._paths is not None:
                    with self._lock:
                        self._paths += batch.paths
                del batch  # its memory is free for the next one
                if self.step_s:
                    time.sleep(self.step_s)
                self._running.wait()
                if self._closing:
                    return
        except LoaderClosedError:
            pass  # which is how it ends
        except Exception as error:  # whatever loading raises is for the thread that measures
            self.error = error
