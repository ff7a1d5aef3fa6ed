"""`Loader`, the public iterator."""

import os
import threading
import warnings
import weakref
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import numpy as np

from inspector.errors import BadFileWarning, NoImagesError, SettingsError, SourceError, WorkerStartError
from inspector.formats.problems import Problem
from inspector.loader.batch import Batch
from inspector.loader.counters import LoaderSnapshot, SlowSample
from inspector.loader.epoch_iterator import EpochIterator, EpochLoop
from inspector.loader.memory.batch_builder import BatchBuilder
from inspector.loader.planning.checkpoint import position_of, state_of
from inspector.loader.planning.samples import Position
from inspector.loader.planning.slot_assignment import check_batch_fits
from inspector.loader.sample_feed import SampleFeed
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.loader.workers.starter import start_failure
from inspector.loader.workers.user_code import check_not_importing_main
from inspector.loader.workers.worker_spec import make_spec
from inspector.named_code import load_code
from inspector.settings import LIVE_SETTINGS, Engine, LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import Dataset, DatasetIndex, Index, IterableIndex, is_iterable, why_no_dataset
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex, open_source
from inspector.sources.refusals import no_samples

_RESERVED = "lost+found"  # the system's own folder on a disk; it is of no interest who may read it

Source = (
    str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | SampleIndex | DatasetIndex | Dataset | Iterable[Any]
)


class Loader:
    """Delivers batches of images from a folder, loaded by several processes, in a repeatable order.

    The sequence of batches depends on the files, the seed and the batch sizes asked for, and on nothing else: not on
    the number of workers, their engine, their speed or their deaths. Use it as a context manager.

    One `for` over it is one epoch, and the next `for` is the next epoch, which is being loaded meanwhile. A `for` that
    is left early leaves the rest of its epoch out; the first one after `load_state_dict` gives the rest of that epoch.
    `next(loader)` gives the endless stream of all epochs; `epochs` ends it. `len(loader)`: batches in an epoch.

    Args:
        source: a folder, a `files.txt` with a path a line, a list of files, tars or the like (see `open_source`), an
            index of these, or any `Dataset`: an object with a length whose items are images, or have an image in them.
            So is what can only be iterated over, such as PyTorch's `IterableDataset`; see `IterableIndex`.
        config: how to load; None: `LoaderConfig()`.
        settings: fields of `LoaderConfig` that are to differ from `config`, by name.

    Attributes:
        index: the samples there are: a `FileIndex`, a `ContainerIndex`, or their like for a `Dataset`.
        warns: the first skipped sample is a `BadFileWarning`; set it to False where they are shown in another way.

    Raises:
        SettingsError: for a setting that cannot work.
        SourceError: when the source, or a folder in it, cannot be read.
        NoImagesError: when it has no image files.
        MemoryLimitError: when one batch does not fit into `memory_limit_bytes`.
        WorkerStartError: when the system has no descriptors or threads left, or when a worker makes it, by importing a
            script that makes a loader.
    """

    def __init__(self, source: Source, config: LoaderConfig | None = None, **settings: Any) -> None:
        check_not_importing_main()
        if config is None:
            config, settings = LoaderConfig(), {"prefetch_batches": 0, **settings}
        self._config = (config.with_changes(**settings) if settings else config).of_environment()
        self.index = _index_of(source, self._config)
        self.warns = True
        if not len(self.index) and not isinstance(self.index, IterableIndex):
            raise NoImagesError(no_samples(self.index.source, self.index))
        collate = load_code(self._config.collate)
        spec = make_spec(self._config, self.index)
        self._transfer = SpecTransfer(spec)
        if self._config.engine == "processes":
            self._pack()
        self._config_lock = threading.RLock()  # of the settings asked for; held for microseconds
        self._feed = SampleFeed(self._config, self._transfer, self.index)
        self._builder = BatchBuilder(self._feed.state, collate)
        self._loop = EpochLoop(self._config.epochs)
        self._finalizer = weakref.finalize(self, self._feed.close)

    # --- iteration -----------------------------------------------------------------------------------------

    def __iter__(self) -> EpochIterator:
        """The batches of one epoch.

        Raises:
            SettingsError: when all epochs that `epochs` asks for are over; so does what `next` raises.
        """
        return EpochIterator(self, self._loop)

    def __len__(self) -> int:
        """Batches in an epoch with the batch size of now; with one rank, if no sample is skipped.

        Raises:
            TypeError: for an iterable data set, which has no length.
        """
        state = self._feed.state
        if isinstance(self.index, IterableIndex):
            raise TypeError(f"{self.index.source} can only be iterated over: nobody knows how many batches it gives")
        samples, batch_size = state.planner.samples_in(state.planner.position.epoch), self._config.batch_size
        return samples // batch_size if self._config.drop_last else -(-samples // batch_size)

    def __bool__(self) -> bool:
        """True, however many batches there are."""
        return True

    def __next__(self) -> Batch:
        """The next batch, waiting for it.

        Raises:
            StopIteration: after the last of the epochs asked for.
            NoImagesError: when no file can be loaded, or too few for one batch.
            MemoryLimitError: when the next batch does not fit beside those that are still held.
            UserCodeError: when the user's code raised, see `on_error`; when `collate` raised.
            BadFileError: for a bad file, where `on_bad_file` is "raise".
            TooManyBadFilesError: when more samples are bad than `max_bad_share` allows.
            ShapeError: when an item has no image, or a transform gives one of another size than `image_size`.
            WorkerStartError: when no worker can be started.
            LoaderClosedError: after `close`, or in a forked process.
        """
        return self.next_of(None)

    def next_of(self, epoch: int | None) -> Batch:
        """The next batch if it is of this epoch, or of any; see `__next__`.

        Raises:
            StopIteration: when it is of another epoch, too.
        """
        try:
            return self._feed.next(self._builder.take, self._builder.build, epoch)
        finally:
            if self.warns and (first := self._feed.state.problems.first_skipped) is not None:
                self._warn(first)

    def _warn(self, first: Problem) -> None:
        self.warns = False
        warnings.warn(
            f"{first.path} is skipped: {first.kind}: {first.reason.rstrip('.')}. `Loader.problems` lists further ones",
            BadFileWarning,
            stacklevel=4,
        )

    def skip_rest_of(self, epoch: int) -> None:
        """Continue with the epoch after this one, if that is where the loader is."""
        state = self._feed.state
        with state.changed:
            position, number = state.planner.position, state.number
        if position.epoch == epoch:
            after = Position(epoch + 1)
            state.move_to(after, state.planner.order_at(after), number)

    # --- settings ------------------------------------------------------------------------------------------

    @property
    def config(self) -> LoaderConfig:
        """The settings asked for last."""
        return self._config

    def change(self, **settings: Any) -> None:
        """Change `num_workers`, `engine`, `batch_size`, `prefetch_batches` or `reads_in_flight` while running.

        From any thread. It returns at once: the change takes effect within milliseconds, and in any case before the
        next `next()` returns. `snapshot()` says what is in force.

        Raises:
            SettingsError: for a value that cannot work, a setting that cannot change while running, or an engine that
                the user's code cannot be sent to. Nothing is changed then.
            MemoryLimitError: when one batch of that size does not fit into `memory_limit_bytes`; nothing is changed.
        """
        config = self._config.with_changes(**settings)
        if fixed := sorted(set(settings) - set(LIVE_SETTINGS)):
            raise SettingsError(f"{', '.join(fixed)} cannot change while the loader runs: make a new one")
        check_batch_fits(config, self._feed.state.length)
        if settings.get("engine") == "processes":
            self._pack()
        with self._config_lock:
            self._config = config = self._config.with_changes(**settings)
            self._feed.state.request({name: getattr(config, name) for name in settings})

    def _pack(self) -> None:
        """Pack the user's code here, in the caller's thread, as it may take long; without any, it takes no time."""
        if self._transfer.spec.has_user_code:
            try:
                self._transfer.pack()
            except OSError as error:
                message = f"the data set could not be packed for workers: {start_failure(error)}"
                raise WorkerStartError(message) from error

    @property
    def num_workers(self) -> int:
        """Workers asked for; set it at any time. 0: load in `next()` itself."""
        return self._config.num_workers

    @num_workers.setter
    def num_workers(self, value: int) -> None:
        self.change(num_workers=value)

    @property
    def engine(self) -> Engine:
        """What workers are; set it at any time, and they are replaced by others when they have done what they are at.

        Raises:
            SettingsError: when set to an unknown one, or to processes that the transform cannot be sent to.
        """
        return self._config.engine

    @engine.setter
    def engine(self, value: Engine) -> None:
        self.change(engine=value)

    @property
    def batch_size(self) -> int:
        """Images in a batch; set it at any time, and the next `next()` delivers that many."""
        return self._config.batch_size

    @batch_size.setter
    def batch_size(self, value: int) -> None:
        if value != self._config.batch_size:
            self.change(batch_size=value)

    @property
    def prefetch_batches(self) -> int:
        """Complete batches that may wait; set it at any time."""
        return self._config.prefetch_batches

    @prefetch_batches.setter
    def prefetch_batches(self, value: int) -> None:
        self.change(prefetch_batches=value)

    # --- numbers; at any time, from any thread -------------------------------------------------------------

    @property
    def problems(self) -> list[Problem]:
        """Every file met so far that was skipped or is damaged, once each, in the order of delivery."""
        return self.problems_since(0)

    def problems_since(self, start: int) -> list[Problem]:
        """Those from entry `start` on; the list is only ever appended to."""
        return self._feed.state.problems.since(start)

    def snapshot(self) -> LoaderSnapshot:
        """The running totals; rates come from two snapshots: `later.since(earlier)`."""
        with self._feed.state.changed:
            return self._feed.state.snapshot()

    def slowest(self) -> tuple[SlowSample, ...]:
        """What took longest in the last minute, at most 10 samples, the slowest first."""
        with self._feed.state.changed:
            return self._feed.state.slowest.ranking(self.index)

    # --- resuming ------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, int | bool]:
        """Where the sequence is, to resume with the next batch another time: small, and fit for JSON.

        With as many workers as one likes, on another machine, wherever the folder lies there.
        """
        state = self._feed.state
        with state.changed:
            position, number = state.planner.position, state.number
        return state_of(position, number, self._config, self.index)

    def load_state_dict(self, state: Mapping[str, int | bool]) -> None:
        """Resume with the batch that comes after the one that was delivered last when `state` was saved.

        Raises:
            SettingsError: when it was saved with other files, another seed or another `shuffle`, or is no such state.
            UserCodeError: when the user's sampler raises.
        """
        position, number = position_of(state, self._config, self.index)
        order = self._feed.state.planner.order_at(position)
        self._feed.state.move_to(position, order, number)
        self._loop.forget()

    # --- the end -------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Begin to stop, without waiting: a `next()` that waits in another thread raises LoaderClosedError."""
        self._feed.request_stop()

    def close(self) -> None:
        """Stop the workers and wait until they are gone. Delivered batches stay valid. May be called twice."""
        self._finalizer()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def _index_of(source: Source, config: LoaderConfig) -> Index:
    if isinstance(source, FileIndex):
        return _whole(source)
    if isinstance(source, DatasetIndex | ContainerIndex):
        return source
    if isinstance(source, str | os.PathLike) or _lists_files(source):
        index = open_source(source, config)  # type: ignore[arg-type]
        return _whole(index) if isinstance(index, FileIndex) else index
    if is_iterable(source):
        return IterableIndex(source)
    if lacks := why_no_dataset(source):
        raise SourceError(
            f"a {type(source).__name__} cannot be loaded from: it is no folder and no list of files, and {lacks}"
        )
    if not len(source):  # type: ignore[arg-type]
        raise NoImagesError(f"a data set of the type {type(source).__name__} has no items")
    return DatasetIndex(source)  # type: ignore[arg-type]


def _whole(index: FileIndex) -> FileIndex:
    """The index, if all its folders could be read: without one, a class may be missing, and the others move up."""
    unreadable = [folder for folder in index.unreadable if os.path.basename(folder) != _RESERVED]
    if unreadable:
        others = f", nor can {len(unreadable) - 1:,} other folders" if len(unreadable) > 1 else ""
        raise SourceError(
            f"{unreadable[0]} cannot be read{others}, so images of {index.source} would be missing: check permissions "
            "and the disk, or give a list of the files that are to be loaded"
        )
    return index


def _lists_files(source: object) -> bool:
    return isinstance(source, Sequence) and all(map(_is_file, source))


def _is_file(item: object) -> bool:
    """A path, or a pair of a path and a label."""
    if isinstance(item, tuple | list) and len(item) == 2:
        return isinstance(item[0], str | os.PathLike) and isinstance(item[1], str | int | float | np.generic)
    return isinstance(item, str | os.PathLike)
