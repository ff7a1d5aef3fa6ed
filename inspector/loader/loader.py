"""`Loader`, the public iterator."""

import os
import threading
import time
import weakref
from collections.abc import Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any, Self

from inspector.config import Engine, LoaderConfig
from inspector.errors import LoaderClosedError, MemoryLimitError, NoImagesError, SourceError, WorkerStartError
from inspector.formats.problems import Problem
from inspector.loader.batch import Batch
from inspector.loader.counters import LoaderSnapshot, SlowSample
from inspector.loader.memory.batch_builder import BatchBuilder
from inspector.loader.memory.slots import Arena, SlotPool
from inspector.loader.planning.checkpoint import position_of, state_of
from inspector.loader.planning.planner import Planner
from inspector.loader.supervisor import Supervisor
from inspector.loader.workers.starter import start_failure
from inspector.loader.workers.user_code import check_not_importing_main, make_spec, pack
from inspector.sources.dataset import Dataset, DatasetIndex, Index
from inspector.sources.file_index import FileIndex

Source = str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | FileIndex | Dataset


class Loader:
    """Delivers batches of images from a folder, loaded by several processes, in a repeatable order.

    The sequence of batches depends on the files, the seed and the batch sizes asked for, and on nothing else: not on
    the number of workers, their engine, their speed or their deaths. Use it as a context manager and iterate over it.

    Args:
        source: a folder, a `files.txt` with a path a line, a list of files, a `FileIndex`, or any `Dataset`: an object
            with a length whose items are images or (image, label).
        settings: the fields of `LoaderConfig`, by name.

    Attributes:
        index: the samples there are: a `FileIndex`, or its like for a `Dataset`.

    Raises:
        SettingsError: for a setting that cannot work.
        SourceError: when the source cannot be read.
        NoImagesError: when it has no image files.
        MemoryLimitError: when one batch does not fit into `memory_limit_bytes`.
        WorkerStartError: when the system has no descriptors or threads left, or when a worker makes it, by importing a
            script that makes a loader.
    """

    def __init__(self, source: Source, **settings: Any) -> None:
        check_not_importing_main()
        self._config = LoaderConfig().with_changes(**{"prefetch_batches": 0, **settings})
        self.index = _index_of(source, self._config)
        if not len(self.index):
            raise NoImagesError(f"there are no image files in {self.index.source}: choose another folder")
        self._spec = make_spec(self._config, self.index)
        self._check_sendable(self._config.engine)
        self._arena = _make_arena(self._config)
        self._serial = threading.local()  # a SampleLoader has scratch memory, so each thread has its own
        self._problems: dict[tuple[int, str], Problem] = {}
        self._number = 0  # of the next batch
        self._batches = self._images = self._skipped = self._epoch = 0
        self._wait_s = 0.0
        self._first_next_s = self._waiting_since_s = None  # type: float | None
        try:
            self._pool = SlotPool(self._arena, self._config.memory_limit_bytes)
            self._planner = Planner(self._config, len(self.index), self._pool)
            self._supervisor = Supervisor(self._config, self._spec, self.index, self._planner, self._arena, self._pool)
        except BaseException:
            self._arena.close()
            raise
        self._delivery = BatchBuilder(
            self._config, self.index, self._planner, self._arena, self._pool, self._supervisor
        )
        try:
            self._supervisor.start()
        except BaseException:
            self._supervisor.close()
            raise
        self._pid = os.getpid()
        self._finalizer = weakref.finalize(self, _shut_down, self._supervisor, self._pid)

    # --- iteration -----------------------------------------------------------------------------------------

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        """The next batch, waiting for it.

        Raises:
            StopIteration: after the last of the epochs asked for.
            NoImagesError: when no file can be loaded, or too few for one batch.
            MemoryLimitError: when the next batch does not fit beside those that are still held.
            ShapeError: when an image has a shape that the batch cannot be stacked from.
            WorkerStartError: when no worker can be started.
            LoaderClosedError: after `close`, or in a forked process.
        """
        self._check_usable()
        supervisor, planner = self._supervisor, self._planner
        started = time.monotonic()
        with supervisor.changed:
            self._first_next_s = self._first_next_s or started
            self._waiting_since_s = started
            supervisor.consumer_waits = True
            try:
                while not planner.complete:
                    self._check_usable()
                    self._raise_if_over()
                    self._wait_or_load()
                supervisor.count_depth()
                formed = planner.deliver()
                batch = self._delivery.batch(formed, self._number)
                self._count(batch)
            finally:
                supervisor.consumer_waits = False
                self._waiting_since_s = None
                self._wait_s += time.monotonic() - started
            starved = supervisor.starved
        if starved:
            supervisor.wake()  # there is room for another batch now
        return batch

    def _check_usable(self) -> None:
        if os.getpid() != self._pid:
            raise LoaderClosedError("this loader was made in another process: make a new one after a fork")
        if self._supervisor.stopping:
            raise LoaderClosedError("this loader is closed: make a new one")

    def _raise_if_over(self) -> None:
        error = self._planner.error
        if error is None and not self._planner.finished:
            return
        self._remember_skipped(self._planner.leftovers())
        if error is None:
            raise StopIteration
        raise type(error)(*error.args)

    def _wait_or_load(self) -> None:
        """With no workers, load one sample here; else wait for news. The lock is held, but not meanwhile."""
        supervisor = self._supervisor
        if supervisor.workers.engine != "serial" and supervisor.workers.num_workers > 0:
            supervisor.changed.wait()
            return
        supervisor.reclaim()
        sample = self._planner.take()
        if sample is None:
            if self._planner.sent:
                supervisor.changed.wait(0.05)  # a worker that is on its way out still has it
            else:
                supervisor.resolve_blockade()
            return
        task = supervisor.task(sample)
        loader = self._serial_loader()
        supervisor.changed.release()
        try:
            result = loader.load(task)
        except BaseException as error:  # Ctrl+C in the middle of an image: it must come again
            supervisor.changed.acquire()
            self._planner.retry(sample)
            if isinstance(error, Exception):
                self._check_usable()  # closed meanwhile, and the memory with it
            raise
        supervisor.changed.acquire()
        supervisor.slowest.add(sample.index, result, time.monotonic())
        supervisor.resolve(result)

    def _serial_loader(self) -> Any:
        if not hasattr(self._serial, "loader"):
            try:
                from inspector.loader.workers.worker import SampleLoader
            except (ImportError, OSError) as error:  # no memory or descriptors left for the decoders
                raise WorkerStartError(f"the decoders could not be loaded: {start_failure(error)}") from error
            self._serial.loader = SampleLoader(self._spec, self._arena, None)
        return self._serial.loader

    def _count(self, batch: Batch) -> None:
        self._number += 1
        self._batches += 1
        self._images += len(batch)
        self._epoch = batch.epoch
        self._remember_skipped(batch.skipped)
        for problem in batch.damaged:
            self._problems.setdefault((problem.index, problem.kind), problem)

    def _remember_skipped(self, problems: Iterable[Problem]) -> None:
        """Keep and count each file's problem once, however many epochs meet it."""
        for problem in problems:
            key = (problem.index, problem.kind)
            self._skipped += key not in self._problems
            self._problems.setdefault(key, problem)

    # --- settings and numbers ------------------------------------------------------------------------------

    @property
    def config(self) -> LoaderConfig:
        """The settings in force."""
        return self._config

    @property
    def num_workers(self) -> int:
        """Workers asked for; set it at any time. 0: load in `next()` itself."""
        return self._config.num_workers

    @num_workers.setter
    def num_workers(self, value: int) -> None:
        self._config = self._config.with_changes(num_workers=value)
        with self._supervisor.changed:
            self._supervisor.workers.num_workers = value
            self._supervisor.workers.fewer_workers = ""
            self._supervisor.changed.notify_all()
        self._supervisor.wake()

    @property
    def engine(self) -> Engine:
        """What workers are; set it at any time, and they are replaced by others when they have done what they are at.

        Raises:
            SettingsError: when set to an unknown one, or to processes that the transform cannot be sent to.
        """
        return self._config.engine

    @engine.setter
    def engine(self, value: Engine) -> None:
        config = self._config.with_changes(engine=value)
        self._check_sendable(value)
        with self._supervisor.changed:
            self._config = config
            self._supervisor.workers.engine = value
            self._supervisor.changed.notify_all()
        self._supervisor.wake()

    def _check_sendable(self, engine: Engine) -> None:
        spec = self._spec
        users = [code for code in (spec.transform, spec.read_image, spec.dataset) if code is not None]
        if engine == "processes" and users:
            pack(spec)

    @property
    def batch_size(self) -> int:
        """Images in a batch; set it at any time, and the next `next()` delivers that many."""
        return self._config.batch_size

    @batch_size.setter
    def batch_size(self, value: int) -> None:
        config = self._config.with_changes(batch_size=value)
        if value == self._config.batch_size:
            return
        with self._supervisor.changed:
            self._supervisor.count_depth()
            self._planner.set_batch_size(value)
            self._config = config
            self._supervisor.changed.notify_all()
        self._supervisor.wake()

    @property
    def prefetch_batches(self) -> int:
        """Complete batches that may wait; set it at any time."""
        return self._config.prefetch_batches

    @prefetch_batches.setter
    def prefetch_batches(self, value: int) -> None:
        self._config = self._config.with_changes(prefetch_batches=value)
        with self._supervisor.changed:
            self._planner.prefetch_batches = value
        self._supervisor.wake()

    @property
    def problems(self) -> list[Problem]:
        """Every file met so far that was skipped or is damaged, once each, in the order of delivery."""
        with self._supervisor.changed:
            return list(self._problems.values())

    def snapshot(self) -> LoaderSnapshot:
        """The running totals; rates come from two snapshots: `later.since(earlier)`. Any time, from any thread."""
        supervisor = self._supervisor
        with supervisor.changed:
            supervisor.count_depth()
            now = time.monotonic()
            waiting = now - self._waiting_since_s if self._waiting_since_s is not None else 0.0
            return LoaderSnapshot(
                time_s=now,
                batches=self._batches,
                images=self._images,
                bytes_read=supervisor.bytes_read,
                wait_s=self._wait_s + waiting,
                consumer_s=now - self._first_next_s if self._first_next_s is not None else 0.0,
                queue_depth_s=supervisor.queue_depth_s,
                queue_depth=len(self._planner.complete),
                prefetch_batches=self._planner.prefetch_batches,
                batch_size=self._planner.batch_size,
                num_workers=supervisor.workers.num_workers,
                epoch=self._epoch,
                skipped=self._skipped,
                restarts=supervisor.workers.restarts,
                memory_bytes=self._pool.used_bytes,
                workers=supervisor.workers.snapshots(self.index),
                fewer_workers=supervisor.workers.fewer_workers,
            )

    def slowest(self) -> tuple[SlowSample, ...]:
        """What took longest in the last minute, at most 10 samples, the slowest first. Any time, from any thread."""
        supervisor = self._supervisor
        with supervisor.changed:
            return supervisor.slowest.ranking(self.index)

    # --- resuming ------------------------------------------------------------------------------------------

    def state_dict(self) -> dict[str, int | bool]:
        """Where the sequence is, to go on with the next batch another time: small, and fit for JSON.

        With as many workers as one likes, on another machine, wherever the folder lies there.
        """
        with self._supervisor.changed:
            position, number = self._planner.position, self._number
        return state_of(position, number, self._config, self.index)

    def load_state_dict(self, state: Mapping[str, int | bool]) -> None:
        """Go on with the batch that comes after the one that was delivered last when `state` was saved.

        Raises:
            SettingsError: when it was saved with other files, another seed or another `shuffle`, or is no such state.
        """
        position, number = position_of(state, self._config, self.index)
        order = self._planner.order_at(position)
        with self._supervisor.changed:
            self._supervisor.count_depth()
            self._planner.move_to(position, order)
            self._number = number
            self._supervisor.changed.notify_all()
        self._supervisor.wake()

    # --- the end -------------------------------------------------------------------------------------------

    def cancel(self) -> None:
        """Begin to stop, without waiting: a `next()` that waits in another thread raises LoaderClosedError."""
        self._supervisor.request_stop()

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
        return source
    if isinstance(source, str | os.PathLike) or _lists_files(source):
        return FileIndex.scan(source, extensions=config.extensions)  # type: ignore[arg-type]  # checked item by item
    if not (hasattr(source, "__len__") and hasattr(source, "__getitem__")):
        raise SourceError(
            f"a {type(source).__name__} cannot be loaded from: give a folder, a list of files, or an object that has a "
            "length and items"
        )
    if not len(source):
        raise NoImagesError(f"a data set of the type {type(source).__name__} has no items")
    return DatasetIndex(source)


def _lists_files(source: object) -> bool:
    return isinstance(source, Sequence) and all(isinstance(item, str | os.PathLike) for item in source)


def _make_arena(config: LoaderConfig) -> Arena:
    try:
        return Arena.create(config.memory_limit_bytes)
    except (OSError, ValueError) as error:
        raise MemoryLimitError(
            f"the system refused memory for batches ({error}): lower memory_limit_bytes, now "
            f"{config.memory_limit_bytes / 1e6:.0f} MB"
        ) from error


def _shut_down(supervisor: Supervisor, pid: int) -> None:
    if os.getpid() != pid:
        return  # a forked child must not end its parent's workers
    supervisor.close()
