"""The thread that stands for training: it opens sources, makes the loader, and takes batches from it.

    intents -> Wanted -> Consumer -> Loader -> batches -> thumbnails, statistics
                            |           |
                            +-> Current +-> recorder

`Wanted` is what was asked for last, `Current` is what there is. The consumer brings the one about in the other, an act
at a time; an intent that comes meanwhile interrupts it.
"""

import logging
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.errors import (
    IndexingCancelled,
    InspectorError,
    LoaderClosedError,
    NoImagesError,
    SourceError,
    UserCodeError,
)
from inspector.formats.problems import Problem
from inspector.formatting import sentence
from inspector.loader.loader import Loader
from inspector.monitor.delivery_statistics import DeliveryStatistics
from inspector.monitor.recorder import Recorder
from inspector.monitor.records import RunState
from inspector.named_code import NamedCode
from inspector.session.file_watch import FileWatch
from inspector.session.indexing import find_samples, gone_files
from inspector.session.open_code import OpenCode
from inspector.session.protocol import Source
from inspector.session.thumbnails import ThumbnailMaker
from inspector.settings import LIVE_SETTINGS, OnError, SessionConfig, plain_values
from inspector.sources.named_dataset import NamedDatasetIndex
from inspector.sources.opening import SampleIndex
from inspector.step_thread import start_steps

_log = logging.getLogger(__name__)

HISTORY_BYTES = 1 << 29  # of delivered batches that are kept to look back at
_ENDED = (RunState.FAILED, RunState.FINISHED, RunState.CLOSED)


@dataclass(slots=True)
class Wanted:
    """What was asked for last.

    Attributes:
        opens: how many sources were asked for so far. refusal: why the last one cannot be opened; "".
        steps: batches to deliver although it is paused.
        restart: a setting has changed that only a new loader takes.
    """

    config: SessionConfig
    source: Source | None = None
    refusal: str = ""
    opens: int = 0
    running: bool = True
    steps: int = 0
    restart: bool = False
    cancel_indexing: bool = False
    closing: bool = False


@dataclass(slots=True)
class Current:
    """What there is now.

    Attributes:
        traceback: of the user's code, where that is why it failed.
    """

    state: RunState = RunState.CLOSED
    message: str = ""
    traceback: str = ""
    index: SampleIndex | NamedDatasetIndex | None = None
    files: int = 0
    loader: Loader | None = None
    problems: list[Problem] = field(default_factory=list)
    last_batch_size: int = 0


class Consumer:
    """Brings about what is wanted. `changed` guards `wanted` and `current`, and is notified when either changes."""

    def __init__(
        self,
        wanted: Wanted,
        recorder: Recorder,
        thumbnails: ThumbnailMaker,
        statistics: DeliveryStatistics,
        on_index: Callable[[SampleIndex | NamedDatasetIndex, SessionConfig], None] = lambda index, config: None,
    ) -> None:
        """`on_index`: called, with the lock held, once the samples of a source are known."""
        self.changed = threading.Condition()
        self.wanted = wanted
        self.current = Current()
        self._recorder = recorder
        self._thumbnails = thumbnails
        self._statistics = statistics
        self._on_index = on_index
        self._code = OpenCode()
        self._code_watch = FileWatch(self._reopen)
        self._return_watch = FileWatch(self._reopen)  # of what was gone, so that nothing can be loaded
        self._opened = 0  # how many sources were opened so far
        self._thread = start_steps(self._step, "inspector-consumer")

    def join(self) -> None:
        """Wait until the thread has ended, which it does when closing is wanted."""
        self._thread.join()
        self._code_watch.close()
        self._return_watch.close()

    # --- with the lock held ----------------------------------------------------------------------------------

    def set_state(self, state: RunState, message: str = "", traceback: str = "") -> None:
        """What is shown from now on."""
        self.current.state, self.current.message, self.current.traceback = state, message, traceback
        self._recorder.measure(state is RunState.RUNNING)
        self.changed.notify_all()

    def interrupt(self) -> None:
        """Stop waiting for a batch, because something else is wanted."""
        if self.current.loader is not None:
            self.current.loader.cancel()
        self.changed.notify_all()

    def open_again(self) -> None:
        """Look for what is open again, from the beginning."""
        self.wanted.opens += 1
        self.wanted.running = True
        self.wanted.cancel_indexing = False
        self.current.files = 0
        self.set_state(RunState.INDEXING)
        self.interrupt()

    def watch_code(self) -> None:
        """Watch the user's code that is open, if that is wanted."""
        self._code_watch.follow(self._code.files if self.wanted.config.watch_code else ())

    # --- the thread ------------------------------------------------------------------------------------------

    def _step(self) -> bool:
        with self.changed:
            while not (act := self._next_act()):
                self.changed.wait()
            closing = self.wanted.closing
        if closing:
            self._drop_loader()
            return False
        try:
            act()
        except IndexingCancelled:
            self._end_cancelled()
        except LoaderClosedError:
            pass  # interrupted, because something else is wanted
        except UserCodeError as error:
            self._finish(RunState.FAILED, f"{error.summary}.", error.traceback)
        except InspectorError as error:
            self._finish(RunState.FAILED, f"{sentence(str(error))}{self._last_reason(error)}")
            if isinstance(error, NoImagesError | SourceError):
                self._return_watch.follow(gone_files(self.wanted.source, self.current.problems))
        except StopIteration:
            self._finish(RunState.FINISHED, "All epochs were delivered.")
        except Exception as error:  # a fault of ours must be seen, not look like a hang
            _log.exception("the session's consumer failed")
            self.wanted.restart = False
            self._finish(RunState.FAILED, sentence(f"inspector failed unexpectedly: {type(error).__name__}: {error}"))
            self._drop_loader()  # no worker is to work for nobody; another source or setting may do
        return True

    def _last_reason(self, error: InspectorError) -> str:
        """Why the last sample is bad, where all are: as a rule, all for the same reason."""
        loader = self.current.loader
        problems = loader.problems_since(0) if loader is not None and isinstance(error, NoImagesError) else []
        return f" The last one: {problems[-1].reason}" if problems else ""

    def _next_act(self) -> Callable[[], None] | None:
        """What is to be done now, or None: wait."""
        wanted, current = self.wanted, self.current
        if wanted.closing:
            return self._drop_loader
        if self._opened != wanted.opens:
            return self._open
        if wanted.restart and current.index is not None:
            return self._begin
        if current.loader is not None and current.state not in _ENDED and (wanted.running or wanted.steps > 0):
            return self._deliver
        return None

    def _open(self) -> None:
        with self.changed:
            opens = self._opened = self.wanted.opens
            source, config, refusal = self.wanted.source, self.wanted.config, self.wanted.refusal
            self.current.index = None
            self._code.take(source, config)
            self.watch_code()
            before = self._forget()
            self.set_state(RunState.INDEXING)
        del before
        self._return_watch.follow(())
        self._drop_loader()
        self._code.forget_imported()
        assert source is not None
        if refusal:
            raise SourceError(refusal)

        def count(files: int) -> None:
            self.current.files = files

        def cancelled() -> bool:
            return self.wanted.cancel_indexing or self.wanted.closing or self.wanted.opens != opens

        index: SampleIndex | NamedDatasetIndex
        if isinstance(source, NamedCode):
            index = self._make_dataset(source, cancelled)
        else:
            index = find_samples(source, config, count, cancelled)
        with self.changed:
            if self.wanted.opens != opens:
                return
            self.current.index, self.current.files = index, len(index)
            self._on_index(index, self.wanted.config)
        self._begin()

    def _make_dataset(self, code: NamedCode, cancelled: Callable[[], bool]) -> NamedDatasetIndex:
        look = self._code.look(code, cancelled)
        with self.changed:
            self._code.note(look)
            self.watch_code()  # also where it failed: that is when it will be changed
        if look.error is not None:
            raise look.error
        assert look.index is not None
        return look.index

    def _reopen(self) -> None:
        """A file of the user's code has changed, or what was gone is back."""
        with self.changed:
            if self.wanted.source is not None and not self.wanted.closing:
                self.open_again()

    def _end_cancelled(self) -> None:
        with self.changed:
            if self._opened == self.wanted.opens and not self.wanted.closing:
                self.wanted.source = None
                self.set_state(RunState.CLOSED, "Looking for files was cancelled. Open a folder to begin.")

    def _begin(self) -> None:
        """Make a loader for the index that is open, with the settings asked for last."""
        self._drop_loader()
        with self.changed:
            index, config = self.current.index, self.wanted.config
            self.wanted.restart = False
            self._code.take(self.wanted.source, config)
            self.watch_code()
            before = self._forget()
            self.wanted.steps = 1  # paused or not, there is then something to look at
        del before
        assert index is not None
        is_code = isinstance(index, NamedDatasetIndex)  # which has a page for its first error
        on_error: OnError = config.on_error if is_code else "skip"
        loader = Loader(index, config, on_error=on_error, max_bad_share=1.0)  # it shows them
        loader.warns = False
        self._statistics.follow(index)
        with self.changed:
            self.current.loader = loader
            self._recorder.follow(loader)
            self.set_state(RunState.RUNNING if self.wanted.running else RunState.PAUSED)
            self.bring_up_to_date()
            if self.wanted.restart or self.wanted.closing or self._opened != self.wanted.opens:
                loader.cancel()  # it was interrupted before it was there

    def bring_up_to_date(self) -> None:
        """Have the running loader take the settings that were asked for since it was made. With the lock held."""
        loader, config = self.current.loader, self.wanted.config
        if loader is None:
            return
        live = {name: getattr(config, name) for name in LIVE_SETTINGS}
        changes = {name: value for name, value in live.items() if value != getattr(loader.config, name)}
        if not changes:
            return
        try:
            loader.change(**changes)
        except InspectorError:  # a new loader meets it too, and its error is shown
            self.wanted.restart = True
            self.interrupt()

    def _forget(self) -> object:
        """What was kept; to be let go without the lock, since that may take a second."""
        config = self.wanted.config
        self.current.problems = []
        self.wanted.steps = self.current.last_batch_size = 0
        settings = plain_values(config)
        if isinstance(self.current.index, NamedDatasetIndex):
            settings["dataset"] = self.current.index.source
        kept = self._thumbnails.clear(min(HISTORY_BYTES, config.memory_limit_bytes // 8), settings)
        self._recorder.follow(None)
        self._statistics.follow(None)
        if self.current.index is None:
            self._recorder.clear_history()
        return kept

    def _drop_loader(self) -> None:
        with self.changed:
            loader, self.current.loader = self.current.loader, None
        if loader is not None:
            loader.close()

    def _deliver(self) -> None:
        loader = self.current.loader
        assert loader is not None
        batch = next(loader)
        began = time.monotonic()
        batch_size = loader.batch_size
        with self.changed:
            if self.current.loader is not loader:
                return
            self.wanted.steps = max(0, self.wanted.steps - 1)
            self.current.last_batch_size = batch_size
            self.current.problems += loader.problems_since(len(self.current.problems))
        self._thumbnails.add(batch)
        self._statistics.add(batch, streaming=self._thumbnails.streaming)
        del batch
        self._train_since(began)

    def _train_since(self, began: float) -> None:
        """The simulated training step; cut short when something else is wanted."""
        with self.changed:
            while self.wanted.running and self._next_act() == self._deliver:
                left = began + self.wanted.config.step_ms / 1e3 - time.monotonic()
                if left <= 0:
                    return
                self.changed.wait(left)

    def _finish(self, state: RunState, message: str = "", traceback: str = "") -> None:
        """Nothing more is delivered; what is shown then is the last word."""
        loader = self.current.loader
        self._recorder.renew()
        with self.changed:
            self.current.problems += loader.problems_since(len(self.current.problems)) if loader is not None else []
            if not self.wanted.closing and self._opened == self.wanted.opens:
                self.set_state(state, message, traceback)
