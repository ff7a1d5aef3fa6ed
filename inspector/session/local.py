"""A loader and the consumer that drains it, as one thing that can be run, paused, stepped and changed.

Three threads: the *consumer* opens folders, makes the loader and calls `next()` as a training loop would; the
`ThumbnailMaker` makes thumbnails of the batch that is looked at; the `Recorder` samples the numbers. Every public
method may be called from any thread and returns at once: it notes what is wanted, and the consumer brings it about. So
a setting that is turned quickly takes effect once, with its last value.
"""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from inspector.config import LoaderConfig
from inspector.errors import IndexingCancelled, InspectorError, LoaderClosedError, MemoryLimitError, SettingsError
from inspector.formats.problems import Problem
from inspector.loader.counters import SlowFile
from inspector.loader.loader import Loader
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.delivery_statistics import DeliveryStatistics
from inspector.monitor.names import Source, sentence, setting_name, setting_value, source_name
from inspector.monitor.recorder import Recorder
from inspector.monitor.records import BatchKey, BatchView, DeliveredImage, RunState, Series, Snapshot
from inspector.monitor.sample_counts import SampleCounts
from inspector.session.examinations import SampleExaminations
from inspector.session.examiner.records import FileExamination, SecondLook
from inspector.session.problem_log import ProblemLog
from inspector.session.proofs import Proofs
from inspector.session.protocol import Capabilities
from inspector.session.quarantine import LocalQuarantine
from inspector.session.thumbnails import ThumbnailMaker
from inspector.sources.file_index import FileIndex
from inspector.switch_interval import short_switch_interval

_log = logging.getLogger(__name__)

_LIVE = ("num_workers", "batch_size", "prefetch_batches", "engine")
_SLOW_STEP_MS = 500.0  # batches that come as slowly as this are all shown
_CACHED_S = 0.02
_LOOKBACK_BYTES = 1 << 29
_CAPABILITIES = Capabilities(frozenset({"pixels", "proof", "examine", "move_aside", "files"}))


class LocalSession:
    """What the window and the terminal view drive and show.

    Args:
        settings: how to load at first.
        step_ms: length of the simulated training step in milliseconds; 0: as fast as possible.
        thumbnail_px: longest side of the thumbnails in pixels.
    """

    def __init__(self, settings: LoaderConfig | None = None, *, step_ms: float = 0.0, thumbnail_px: int = 160) -> None:
        self._settings = settings or LoaderConfig()
        self._step_ms = step_ms
        self._source: Source | None = None
        self._open_serial = self._opened_serial = 0
        self._restart = False
        self._cancel_indexing = False
        self._running = True
        self._steps = 0
        self._last_batch_size = 0
        self._closing = False
        self._state = RunState.CLOSED
        self._message = ""
        self._index: FileIndex | None = None
        self._files = 0
        self._loader: Loader | None = None
        self._problems = ProblemLog()
        self._viewer = ThumbnailMaker(thumbnail_px)
        self._examinations = SampleExaminations(self._viewer.delivered)
        self._quarantine = LocalQuarantine(lambda: source_name(self._source))
        self._census = DeliveryStatistics()
        self._cached: Snapshot | None = None
        self._changed = threading.Condition()
        self._recorder = Recorder(on_tick=self._set_live)
        self._consumer = threading.Thread(target=self._consume, name="inspector-consumer", daemon=True)
        self._consumer.start()

    # --- intent: from any thread, returns at once ----------------------------------------------------------

    def open(self, source: Source) -> None:
        """Look for files in a folder, a `files.txt`, or take a list of files; then run."""
        with self._changed:
            self._source = source
            self._open_serial += 1
            self._running = True
            self._set_state(RunState.INDEXING)
            self._files = 0
            self._cancel_indexing = False
            self._interrupt()

    def open_again(self) -> None:
        """Look for the files of what is open anew."""
        with self._changed:
            if self._source is not None:
                self.open(self._source)

    def cancel_indexing(self) -> None:
        """Stop looking for files; nothing is open then."""
        with self._changed:
            self._cancel_indexing = True
            self._changed.notify_all()

    def run(self) -> None:
        """Deliver batches until paused."""
        with self._changed:
            self._running = True
            self._viewer.follow()
            if self._state is RunState.PAUSED:
                self._set_state(RunState.RUNNING)
            self._update_streaming()
            self._changed.notify_all()

    def pause(self) -> None:
        """Deliver no further batch; the loader fills its queue and waits."""
        with self._changed:
            self._pause()

    def next_batch(self) -> None:
        """Forward in the kept batches; at the newest, pause and deliver exactly one more."""
        with self._changed:
            self._pause()
            if not self._viewer.forward():
                self._steps += 1
            self._changed.notify_all()

    def previous_batch(self) -> None:
        """Pause, and look at the batch before."""
        with self._changed:
            self._pause()
            self._viewer.back()

    def change(self, **settings: object) -> None:
        """Change `step_ms` or any field of `LoaderConfig`.

        Raises:
            SettingsError: for an unknown setting or a value that cannot work; nothing is changed then.
        """
        with self._changed:
            step_ms = settings.pop("step_ms", self._step_ms)
            if not isinstance(step_ms, (int, float)) or not 0 <= step_ms <= 3_600_000:
                raise SettingsError(f"step_ms must be 0 to 3600000 milliseconds, not {step_ms!r}")
            before, self._settings = self._settings, self._settings.with_changes(**settings)
            self._cached = None
            for name in settings:
                old, new = getattr(before, name), getattr(self._settings, name)
                if old != new and name != "extensions":
                    self._recorder.mark(setting_name(name), setting_value(name, old), setting_value(name, new))
                    self._restart |= name not in _LIVE
            if step_ms != self._step_ms:
                old, new = (setting_value("step_ms", value) for value in (self._step_ms, step_ms))
                self._recorder.mark(setting_name("step_ms"), old, new)
                self._step_ms = float(step_ms)
                self._update_streaming()
            if self._state in (RunState.FAILED, RunState.FINISHED):
                self._restart = True
            if self._settings.extensions != before.extensions and self._source is not None:
                self.open(self._source)
            elif self._restart:
                self._interrupt()
            self._changed.notify_all()

    def close(self) -> None:
        """Stop everything and wait until nothing is left. May be called twice."""
        with self._changed:
            self._closing = True
            self._interrupt()
        self._examinations.close()
        self._quarantine.close()
        self._consumer.join()
        self._recorder.close()
        self._viewer.close()
        self._census.close()

    # --- what to show: from any thread ---------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Everything that is shown, at this moment."""
        with self._changed:
            now = time.monotonic()
            if self._cached is None or now - self._cached.time_s > _CACHED_S:
                self._cached = self._make_snapshot(now)
            return self._cached

    def series(self) -> Series:
        """The last minute, for the plots."""
        return self._recorder.series()

    def batch_view(self) -> BatchView | None:
        """The batch to look at, or None before the first. Another object whenever `batch_serial` has changed."""
        return self._viewer.view()

    @property
    def capabilities(self) -> Capabilities:
        """What this session can do."""
        return _CAPABILITIES

    @property
    def quarantine(self) -> LocalQuarantine:
        """Moves samples out of the open folder, and back."""
        return self._quarantine

    def proofs(self, batch: BatchKey) -> Proofs:
        """What is known so far of a batch's colours, by position; changes with `Snapshot.proof_serial`."""
        return self._examinations.proofs(batch)

    def pixels(self, batch: BatchKey, position: int) -> Future[DeliveredImage | None]:
        """One image of a batch, whole; None where the batch is forgotten. While it is held, its batch is kept."""
        return self._examinations.pixels(batch, position)

    def second_look(self, batch: BatchKey, position: int) -> Future[SecondLook | None]:
        """Decode its file again with a second decoder, and compare; None where the batch is forgotten."""
        return self._examinations.second_look(batch, position)

    def examine(self, location: str, *, pictures: bool = True) -> Future[FileExamination]:
        """Look closely at one file, in a process that a hostile file may end."""
        return self._examinations.examine(location, pictures=pictures)

    @property
    def thumbnail_px(self) -> int:
        """Longest side of the thumbnails in pixels; takes effect at once."""
        return self._viewer.thumbnail_px

    @thumbnail_px.setter
    def thumbnail_px(self, pixels: int) -> None:
        self._viewer.thumbnail_px = pixels

    @property
    def view_interval_s(self) -> float:
        """While running, a new batch is shown at most this often; seconds."""
        return self._viewer.interval_s

    @view_interval_s.setter
    def view_interval_s(self, seconds: float) -> None:
        self._viewer.interval_s = seconds

    @property
    def index(self) -> FileIndex | None:
        """The files of what is open; None before they are known."""
        return self._index

    def problems(self, start: int = 0) -> list[Problem]:
        """The skipped or damaged files of the open folder, from entry `start` on; only ever appended to."""
        with self._changed:
            return self._problems.since(start)

    def slowest_files(self) -> tuple[SlowFile, ...]:
        """The files that took longest to load in the last minute, the slowest first."""
        loader = self._loader
        return loader.slowest_files() if loader is not None else ()

    def statistics(self) -> ChannelStatistics:
        """Mean and standard deviation of the delivered pixels."""
        return self._census.statistics()

    def tally(self) -> SampleCounts | None:
        """How often each file and each class has come, and in which order; None before anything is loaded."""
        return self._census.tally()

    def _make_snapshot(self, now: float) -> Snapshot:
        totals = self._recorder.totals
        return Snapshot(
            time_s=now,
            state=self._state,
            message=self._message,
            source=source_name(self._source),
            files=self._files,
            classes=len(self._index.classes) if self._index is not None else 0,
            settings=self._settings,
            step_ms=self._step_ms,
            rates=self._recorder.rates(),
            batches=totals.batches if totals else 0,
            images=totals.images if totals else 0,
            skipped=totals.skipped if totals else 0,
            restarts=totals.restarts if totals else 0,
            epoch=totals.epoch if totals else 0,
            queue_depth=totals.queue_depth if totals else 0,
            loader_memory_bytes=totals.memory_bytes if totals else 0,
            workers=self._recorder.worker_rows(),
            machine=self._recorder.machine,
            problems=len(self._problems),
            batch_serial=self._viewer.serial,
            proof_serial=self._examinations.proof_serial,
            last_batch_size=self._last_batch_size,
            fewer_workers=totals.fewer_workers if totals else "",
            changes=self._recorder.changes(),
        )

    # --- shared by all threads; call with the lock held ----------------------------------------------------

    def _set_state(self, state: RunState, message: str = "") -> None:
        self._state = state
        self._message = message
        self._recorder.measure(state is RunState.RUNNING)
        self._examinations.set_streaming(state is RunState.RUNNING)
        self._cached = None
        self._changed.notify_all()

    def _update_streaming(self) -> None:
        self._viewer.streaming = self._running and self._step_ms < _SLOW_STEP_MS

    def _pause(self) -> None:
        self._running = False
        self._update_streaming()
        if self._state is RunState.RUNNING:
            self._set_state(RunState.PAUSED)
        self._changed.notify_all()

    def _interrupt(self) -> None:
        """Make the consumer stop waiting for a batch, because something else is wanted."""
        if self._loader is not None:
            self._loader.cancel()
        self._changed.notify_all()

    # --- the consumer --------------------------------------------------------------------------------------

    def _consume(self) -> None:
        try:
            while True:
                with self._changed:
                    while not (act := self._next_act()):
                        self._changed.wait()
                    if self._closing:
                        return
                try:
                    act()
                except IndexingCancelled:
                    self._cancelled()
                except LoaderClosedError:
                    continue  # interrupted, because something else is wanted
                except InspectorError as error:
                    self._finish(RunState.FAILED, str(error))
                except StopIteration:
                    self._finish(RunState.FINISHED, "All epochs were delivered.")
                except Exception as error:  # a fault of ours must be seen, not look like a hang
                    _log.exception("the session's consumer failed")
                    self._finish(RunState.FAILED, f"inspector failed unexpectedly: {type(error).__name__}: {error}")
                    self._restart = False
                    self._drop_loader()  # no worker goes on for nobody; another folder or setting may work
        finally:
            self._drop_loader()

    def _next_act(self) -> Callable[[], None] | None:
        """What the consumer is to do now, or None: wait."""
        if self._closing:
            return self._drop_loader
        if self._opened_serial != self._open_serial:
            return self._open
        if self._restart and self._index is not None:
            return self._begin
        ended = self._state in (RunState.FAILED, RunState.FINISHED, RunState.CLOSED)
        if self._loader is not None and not ended and (self._running or self._steps > 0):
            return self._deliver
        return None

    def _open(self) -> None:
        with self._changed:
            serial = self._opened_serial = self._open_serial
            source = self._source
            self._index = None
            before = self._forget_all()
            self._set_state(RunState.INDEXING)
        del before
        self._drop_loader()
        assert source is not None

        def cancelled() -> bool:
            return self._cancel_indexing or self._closing or self._open_serial != serial

        extensions = self._settings.extensions
        with short_switch_interval():
            index = FileIndex.scan(source, extensions=extensions, on_progress=self._count_files, cancelled=cancelled)
        with self._changed:
            if self._open_serial != serial:
                return
            self._index = index
            self._files = len(index)
        self._begin()

    def _count_files(self, count: int) -> None:
        self._files = count

    def _cancelled(self) -> None:
        with self._changed:
            if self._opened_serial == self._open_serial and not self._closing:
                self._source = None
                self._set_state(RunState.CLOSED, "Looking for files was cancelled. Open a folder to begin.")

    def _begin(self) -> None:
        """Make a loader for the index that is open, with the settings asked for last."""
        self._drop_loader()
        with self._changed:
            index, settings = self._index, self._settings
            self._restart = False
            before = self._forget_all()
            self._steps = 1  # paused or not, there is then something to look at
        del before
        assert index is not None
        values = {name: getattr(settings, name) for name in settings.__slots__}
        loader = Loader(index, **values)
        self._census.follow(index)
        with self._changed:
            self._loader = loader
            self._recorder.follow(loader)
            self._set_state(RunState.RUNNING if self._running else RunState.PAUSED)
            if self._restart or self._closing or self._opened_serial != self._open_serial:
                loader.cancel()  # it was interrupted before it was there

    def _forget_all(self) -> object:
        """What was kept; to be let go without the lock, since that may take a second."""
        self._problems = ProblemLog()
        kept = self._viewer.clear(min(_LOOKBACK_BYTES, self._settings.memory_limit_bytes // 8), self._settings)
        self._recorder.follow(None)
        self._census.follow(None)
        self._steps = self._last_batch_size = 0
        if self._index is None:
            self._recorder.clear_history()
        return kept

    def _drop_loader(self) -> None:
        with self._changed:
            loader, self._loader = self._loader, None
        if loader is not None:
            loader.close()

    def _deliver(self) -> None:
        loader = self._loader
        assert loader is not None
        loader.batch_size = self._settings.batch_size
        batch = next(loader)
        began = time.monotonic()
        batch_size = loader.batch_size
        with self._changed:
            if self._loader is not loader:
                return
            self._steps = max(0, self._steps - 1)
            self._last_batch_size = batch_size
            self._problems.add(batch.skipped + batch.damaged)
        self._viewer.add(batch)
        self._census.add(batch, streaming=self._viewer.streaming)
        del batch
        self._train_since(began)

    def _train_since(self, began: float) -> None:
        """The simulated training step; cut short when something else is wanted."""
        with self._changed:
            while self._running and self._next_act() == self._deliver:
                left = began + self._step_ms / 1e3 - time.monotonic()
                if left <= 0:
                    return
                self._changed.wait(left)

    def _set_live(self) -> None:
        """Bring about what was asked for of a loader that runs.

        Not done in the caller's thread: while the loader gets memory or cuts batches anew, it lets nobody in. And not
        in the consumer's alone: it may be waiting for a large batch when a smaller one is asked for.
        """
        loader, wanted = self._loader, self._settings
        if loader is None:
            return
        try:
            for name in _LIVE:
                if getattr(loader, name) != getattr(wanted, name):
                    setattr(loader, name, getattr(wanted, name))
        except MemoryLimitError:
            pass  # the consumer meets it too, and tells
        except SettingsError:  # a new loader meets it too, and the consumer tells
            with self._changed:
                self._restart = True
                self._interrupt()

    def _finish(self, state: RunState, message: str = "") -> None:
        """Nothing more is delivered; what is shown then is the last word."""
        loader = self._loader
        problems = loader.problems if loader is not None else []
        self._recorder.renew()
        with self._changed:
            self._problems.add(problems)
            if not self._closing and self._opened_serial == self._open_serial:
                self._set_state(state, sentence(message))
