"""Looks at a watched run, five times a second, and keeps what was seen: totals over time, pictures, errors.

It only reads: the training does not notice whether anybody looks, nor how long a look takes.
"""

import os
import threading
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from inspector import formatting as fmt
from inspector.formats.problems import Problem
from inspector.loader.counters import Rates
from inspector.monitor.overhead import Overhead
from inspector.monitor.records import (
    BatchKey,
    BatchView,
    DeliveredImage,
    Machine,
    WorkerRow,
)
from inspector.monitor.system import ProcessUse, SystemProbe
from inspector.monitor.time_series import PERIOD_S
from inspector.monitor.verdict.table import Verdict
from inspector.resource_limits import usable_cores
from inspector.session import watched_state as state_of
from inspector.session.examiner.examiner import Examiner
from inspector.session.gpu import GpuProbe
from inspector.session.proofs import Prover
from inspector.session.training import GpuUse, TrainingState
from inspector.session.watched_colours import in_words, look_at_file
from inspector.session.watched_history import LoaderHistory
from inspector.session.watched_pictures import KeptPictures, prepare
from inspector.session.watched_process import WatchedProcess
from inspector.step_thread import start_steps
from inspector.watched.advice import Recommended, recommend
from inspector.watched.kept import damaged, open_kept, with_end
from inspector.watched.process import CommandState, hold, read_command
from inspector.watched.reader import RunReader
from inspector.watched.records import Run, WatchedError, WatchedLoader
from inspector.watched.run_names import is_kept_run
from inspector.watched.verdict import main_loader, verdict

_PROBE_EVERY_S = 2.0
_JUDGE_EVERY_S = 1.0
_RAISED_S = 8.0  # a worker's error reaches the training, with its traceback, when the batches before it are used
_MOST_SHARE = 0.05  # of a core, for looking


@dataclass(frozen=True, slots=True)
class _Judged:
    """What is said of the run."""

    said: Verdict
    advised: Recommended


class RunWatcher:
    """The run in a folder, which is kept while this process lives or until `close`; or a file, what was kept of one.

    All that changes is guarded by one lock, which is never held while files are read. A view of it is a subclass.

    Raises:
        SettingsError: where a kept run is damaged.
    """

    def __init__(self, place: str | Path) -> None:
        self._folder = Path(place)
        self._kept: CommandState | None = None
        self._held: int | None = None
        if is_kept_run(self._folder):
            self._kept, files = open_kept(self._folder)
            self._reader = RunReader(files)
        else:
            self._held = hold(self._folder)
            self._reader = RunReader(self._folder)
        self._began_s = time.monotonic()
        self._lock, self._looks = threading.Lock(), threading.Lock()  # of what is known; of who looks
        self._closed = threading.Event()
        self._revision = 0
        self._thumbnail_px = 160
        self._chosen = ""  # the key of a loader; "": the one that training spends its time with
        self._command: CommandState | None = None
        self._process: WatchedProcess | None = None
        self._run = Run(self._began_s, (), frozenset())
        self._judged = _Judged(verdict(self._run), Recommended())
        self._judge_at_s = 0.0
        self._over = False  # all was read that there will ever be
        self._figures: tuple[Rates, tuple[WorkerRow, ...]] | None = None  # None: something has changed
        self._training_state: TrainingState | None = None
        self._histories: dict[str, LoaderHistory] = {}
        self._pictures = KeptPictures()
        self._view: BatchView | None = None
        self._batch_serial = 0
        self._problems: list[Problem] = []
        self._known_errors: set[tuple[str, float, str, int | None]] = set()
        self._uses: dict[int, ProcessUse] = {}
        self._machine = Machine(usable_cores())
        self._gpus: tuple[GpuUse, ...] = ()
        self._probe, self._gpu_probe, self._own_cost = SystemProbe(), GpuProbe(), Overhead(usable_cores())
        self._probe_at_s = 0.0
        self._examiner = Examiner("inspector-watched-files")
        self._prover = Prover(self._images_of, self._examiner, look_at_file)
        try:
            self._look()
        except Exception as error:
            if self._kept is None:
                raise
            raise damaged(self._folder, error) from error
        self._wait_s = PERIOD_S
        self._thread = start_steps(self._step, "inspector-watched")

    def close(self) -> None:
        self._closed.set()
        self._thread.join()
        self._examiner.close()
        self._prover.close()
        if self._held is not None:
            os.close(self._held)
            self._held = None

    def _images_of(self, batch: BatchKey) -> tuple[DeliveredImage, ...]:
        """What files may prove; those of a kept run may have changed since."""
        with self._lock:
            folder = self._command.folder if self._command is not None else ""
            return () if self._kept is not None else self._pictures.to_compare(batch, folder)

    def _shown(self) -> WatchedLoader | None:
        chosen = next((each for each in self._run.loaders if state_of.text_of(each.key) == self._chosen), None)
        return chosen or main_loader(self._run) or (self._run.loaders[0] if self._run.loaders else None)

    def _shown_key(self) -> str:
        shown = self._shown()
        return "" if shown is None else state_of.text_of(shown.key)

    def look_now(self) -> None:
        """What is shown from now on is as it is now."""
        self._look()

    def _step(self) -> bool:
        if self._closed.wait(self._wait_s):
            return False
        cpu_s = time.thread_time()
        self._look()
        self._wait_s = max(PERIOD_S, (time.thread_time() - cpu_s) / _MOST_SHARE)
        return True

    def _look(self) -> None:
        with self._looks:
            self._look_at_all()

    def _look_at_all(self) -> None:
        if not self._over:
            command = self._kept or read_command(self._folder)  # first: what is read after its end is all
            run = self._reader.read()
            with self._lock:
                self._take(command, run)
            for loader in run.loaders:
                self._take_pictures(loader)
        if time.monotonic() >= self._probe_at_s:
            self._probe_at_s = time.monotonic() + _PROBE_EVERY_S
            self._look_at_machine()

    def _take(self, command: CommandState | None, run: Run) -> None:
        if not run.loaders and self._run.loaders:  # the folder is gone: what was seen until then stays
            command = replace(self._command, ended=True) if self._command is not None else None
            run = self._run
        command = command or self._command
        self._command = with_end(command, run) if command is not None else None
        self._run = run
        self._figures = self._training_state = None
        self._over = self._command is not None and self._command.ended
        self._prover.set_streaming(not self._over)
        for loader in run.loaders:
            history = self._histories.setdefault(state_of.text_of(loader.key), LoaderHistory())
            workers = [each for other in state_of.same_on_other_ranks(loader, run) for each in other.workers]
            history.add(loader, workers, run.time_s, run.time_s - self._began_s)
            for error in loader.errors:
                self._take_error(loader, error)
        if run.time_s >= self._judge_at_s or self._over:
            self._judge_at_s = run.time_s + _JUDGE_EVERY_S
            said = verdict(run)
            self._judged = _Judged(said, recommend(run, said))

    def _take_error(self, loader: WatchedLoader, error: WatchedError) -> None:
        known = (state_of.text_of(loader.key), error.time_s, error.type, error.index)
        is_raised = bool(error.detail) or self._over or time.monotonic() - error.time_s > _RAISED_S
        if is_raised and known not in self._known_errors:
            self._known_errors.add(known)
            fresh = self._kept is None and time.monotonic() - error.time_s < 2 * _RAISED_S
            self._problems.append(state_of.problem(error, loader, _around() if fresh else ""))

    def _take_pictures(self, loader: WatchedLoader) -> None:
        key = state_of.text_of(loader.key)
        serial = self._reader.pictures_serial(loader.key)
        if serial is None or serial == self._pictures.serial(key):
            return
        pictures = self._reader.pictures(loader.key)
        if pictures is None or not pictures.pictures:
            return
        shown = prepare(pictures)
        with self._lock:
            self._pictures.add(key, shown)
            self._show_pictures()

    def _show_pictures(self) -> None:
        """With the lock held: another view where another batch is to be looked at."""
        key = self._shown_key()
        view = self._view
        current = self._pictures.current(key)
        if current is None:
            if view is not None:
                self._view = None
                self._batch_serial += 1
        elif view is None or view.key != (current.run, current.number):
            self._view = self._noted(self._pictures.view(key, self._thumbnail_px))
            self._batch_serial += 1
        else:  # others may have come behind it
            position, kept = self._pictures.position(key)
            self._view = replace(view, position=position, kept=kept)

    def _noted(self, view: BatchView | None) -> BatchView | None:
        """With what files have proved of this loader's colours so far."""
        found = "" if view is None else in_words(self._prover.badges(view.run))
        return replace(view, note=f"{found} {view.note}") if view is not None and found else view

    def _look_at_machine(self) -> None:
        with self._lock:
            run = self._run
        pids = [worker.pid for loader in run.loaders for worker in loader.workers if worker.running]
        uses, machine = self._probe.sample(list(dict.fromkeys(pids)))
        gpus = self._gpu_probe.sample()
        with self._lock:
            self._uses, self._gpus = uses, gpus
            self._figures = self._training_state = None
            self._machine = replace(machine, own_share=self._own_cost.sample())


def _around() -> str:
    """What the machine was like when an error was seen; "" where that is not known."""
    import psutil

    parts = [f"{fmt.byte_size(psutil.virtual_memory().available)} of memory available"]
    with suppress(OSError, AttributeError):
        room = os.statvfs("/dev/shm")
        parts.append(f"{fmt.byte_size(room.f_bavail * room.f_frsize)} free in /dev/shm")
    return f"When this was seen: {', '.join(parts)}."
