"""The thread that samples the running loader's numbers: totals, rates, the plots' history, the system's figures."""

import threading
import time
from dataclasses import replace

from inspector.loader.counters import LoaderSnapshot, Rates
from inspector.loader.loader import Loader
from inspector.monitor.overhead import Overhead
from inspector.monitor.rates import RateWindow
from inspector.monitor.records import Machine, Series, SettingChange, WorkerRow
from inspector.monitor.system import ProcessUse, SystemProbe
from inspector.monitor.time_series import PERIOD_S, TimeSeries
from inspector.resource_limits import usable_cores
from inspector.settings import SettingValue
from inspector.step_thread import start_steps

_PROBE_EVERY_S = 2.0
_NEW_PROBE_EVERY_S = 0.5  # at most, while workers come: a share needs two looks


class Recorder:
    """Watches one loader at a time. All methods return at once, from any thread.

    Args:
        began_s: `time.monotonic()` at which the clock of its records begins.
    """

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._lock = threading.Lock()
        self._closed = threading.Event()
        self._loader: Loader | None = None
        self._measuring = False
        self._window = RateWindow()
        self._history = TimeSeries()
        self._totals: LoaderSnapshot | None = None
        self._figures: tuple[Rates, tuple[WorkerRow, ...]] | None = None  # None: something changed
        self._uses: dict[int, ProcessUse] = {}
        self._own_cost = Overhead(usable_cores())
        self._machine = Machine(usable_cores())
        self._probe = SystemProbe()
        self._last_probe_s = -_PROBE_EVERY_S
        self._thread = start_steps(self._step, "inspector-recorder")

    def follow(self, loader: Loader | None) -> None:
        """Watch another loader from now on, from its beginning; None: none."""
        with self._lock:
            self._loader = loader
            self._window.clear()
            self._totals = self._figures = None

    def measure(self, measuring: bool) -> None:
        """Whether batches are being delivered; while they are not, rates are not known."""
        with self._lock:
            if measuring and not self._measuring:
                self._window.clear()
            self._measuring = measuring
            self._figures = None

    def renew(self) -> None:
        """Take the loader's totals now, as nothing will be added to them any more."""
        loader = self._loader
        totals = loader.snapshot() if loader is not None else None
        with self._lock:
            if loader is self._loader:
                self._totals = totals
                self._figures = None

    def mark(self, name: str, old: SettingValue, new: SettingValue) -> None:
        """Note that a setting changed now."""
        with self._lock:
            self._history.mark(time.monotonic() - self._began_s, name, old, new)

    def clear_history(self) -> None:
        """Start the plots again."""
        with self._lock:
            self._history.clear()

    @property
    def totals(self) -> LoaderSnapshot | None:
        """What the loader had done when it was last looked at."""
        return self._totals

    @property
    def machine(self) -> Machine:
        """The app and the machine, at most two seconds old."""
        return self._machine

    def rates(self) -> Rates:
        """Over the sliding window."""
        with self._lock:
            return self._figured()[0]

    def worker_rows(self) -> tuple[WorkerRow, ...]:
        """A row for each live worker."""
        with self._lock:
            return self._figured()[1]

    def _figured(self) -> tuple[Rates, tuple[WorkerRow, ...]]:
        """Computed once for each moment, however often it is asked for; with the lock held."""
        if self._figures is None:
            workers = self._totals.workers if self._totals else ()
            rows = tuple(
                self._window.worker_row(worker, self._uses.get(worker.pid or -1, ProcessUse())) for worker in workers
            )
            self._figures = self._window.rates() if self._measuring else Rates(0.0), rows
        return self._figures

    def changes(self) -> tuple[SettingChange, ...]:
        """The marks of the last minute."""
        with self._lock:
            return self._history.changes()

    def series(self) -> Series:
        """The last minute, for the plots."""
        with self._lock:
            return self._history.series()

    def close(self) -> None:
        """End the thread."""
        self._closed.set()
        self._thread.join()
        self._loader = None

    def _step(self) -> bool:
        if self._closed.wait(PERIOD_S):
            return False
        loader = self._loader
        totals = loader.snapshot() if loader is not None else None
        pids = [worker.pid for worker in totals.workers if worker.pid] if totals else []
        every_s = _PROBE_EVERY_S if self._uses.keys() >= set(pids) else _NEW_PROBE_EVERY_S
        if time.monotonic() >= self._last_probe_s + every_s:
            self._last_probe_s = time.monotonic()
            self._uses, machine = self._probe.sample(pids)
            self._machine = replace(machine, own_share=self._own_share())
        with self._lock:
            if totals is not None and loader is self._loader and not self._is_older(totals):
                self._record(totals)
        return True

    def _is_older(self, totals: LoaderSnapshot) -> bool:
        """They were renewed while the probe was looking at the processes."""
        return self._totals is not None and totals.time_s < self._totals.time_s

    def _own_share(self) -> float | None:
        """What watching costs while batches are delivered."""
        if not self._measuring:
            self._own_cost.clear()
            return None
        return self._own_cost.sample()

    def _record(self, totals: LoaderSnapshot) -> None:
        self._totals = totals
        if self._measuring:
            self._window.add(totals)
        self._figures = None
        time_s, rates = totals.time_s - self._began_s, self._figured()[0]
        self._history.add(time_s, rates, float(totals.queue_depth), totals.prefetch_batches)
