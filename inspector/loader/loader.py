"""`Loader`, the public iterator, and the `Batch` it delivers."""

import os
import pickle
import threading
import time
import weakref
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

import numpy as np
import numpy.typing as npt

from inspector.config import LoaderConfig
from inspector.dataset.index import FileIndex
from inspector.dataset.problems import Problem
from inspector.errors import LoaderClosedError, MemoryLimitError, NoImagesError, SettingsError
from inspector.loader.counters import LoaderSnapshot
from inspector.loader.plan import FormedBatch, Sample
from inspector.loader.planner import Planner
from inspector.loader.slots import Arena, Slot, SlotPool
from inspector.loader.supervisor import Supervisor

Images = npt.NDArray[Any] | list[npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What training would get. The arrays are the receiver's for as long as it keeps them.

    Attributes:
        images: RGB. With `image_size` one C-contiguous (B, H, W, 3) array, else a list of B (H, W, 3) arrays.
        paths: (B,) the files.
        indices: (B,) their positions in the index.
        sizes: (B, 2) int, height and width in pixels of the file's image, EXIF-rotated, before any resize.
        labels: (B,) class names, or None where there are no class folders.
        number: of the batch, from 0; runs on across epochs.
        epoch: from 0.
        skipped: files whose place this batch had to fill, in the order in which they were met.
        damaged: with `on_damaged="keep"`: files that are in the batch although they are damaged.
    """

    images: Images
    paths: list[str]
    indices: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    labels: list[str] | None
    number: int
    epoch: int
    skipped: tuple[Problem, ...]
    damaged: tuple[Problem, ...] = ()

    def __len__(self) -> int:
        return len(self.paths)


class _Lease(np.ndarray[Any, Any]):
    """An array over a slot. As its type is another one, NumPy keeps it as the base of every view made of it, so it is
    gone exactly when the last of them is."""


class Loader:
    """Delivers batches of images from a folder, loaded by several processes, in a repeatable order.

    The sequence of batches depends on the files, the seed and the batch sizes asked for, and on nothing else: not on
    the number of workers, their speed or their deaths. Use it as a context manager and iterate over it.

    Args:
        source: a folder, a `files.txt` with a path a line, a list of files, or a `FileIndex`.
        settings: the fields of `LoaderConfig`, by name.

    Raises:
        SettingsError: for a setting that cannot work.
        SourceError: when the source cannot be read.
        NoImagesError: when it has no image files.
        MemoryLimitError: when one batch does not fit into `memory_limit_bytes`.
    """

    def __init__(
        self, source: str | os.PathLike[str] | Sequence[str | os.PathLike[str]] | FileIndex, **settings: Any
    ) -> None:
        self._config = LoaderConfig().with_changes(**settings)
        self.index = (
            source if isinstance(source, FileIndex) else FileIndex.scan(source, extensions=self._config.extensions)
        )
        if not len(self.index):
            raise NoImagesError(f"there are no image files in {self.index.source}: choose another folder")
        self._arena = _make_arena(self._config)
        self._serial = threading.local()  # a SampleLoader has scratch memory, so each thread has its own
        self._problems: dict[tuple[int, str], Problem] = {}
        self._batches = self._images = self._skipped = self._epoch = 0
        self._wait_s = 0.0
        self._first_next_s = self._waiting_since_s = None  # type: float | None
        try:
            self._pool = SlotPool(self._arena, self._config.memory_limit_bytes)
            self._planner = Planner(self._config, len(self.index), self._pool)
            self._supervisor = Supervisor(self._config, self.index, self._planner, self._arena, self._pool)
            self._supervisor.start()
        except BaseException:
            self._arena.close()
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
                number = self._batches
                skipped = tuple(replace(problem, batch=number) for problem in formed.skipped)
                images = self._hand_over(formed)
                batch = self._describe(formed, images, number, skipped)
                self._count(batch)
            finally:
                supervisor.consumer_waits = False
                self._waiting_since_s = None
                self._wait_s += time.monotonic() - started
        supervisor.wake()
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
        if self._config.engine != "serial" and supervisor.crew.num_workers > 0:
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
        supervisor.resolve(result)

    def _serial_loader(self) -> Any:
        if not hasattr(self._serial, "loader"):
            from inspector.loader.worker import SampleLoader

            self._serial.loader = SampleLoader(self._supervisor.spec, self._arena, None)
        return self._serial.loader

    def _hand_over(self, formed: FormedBatch) -> Images:
        """Arrays over the batch's memory, which comes back to the pool when the last view of it is gone."""
        good = formed.good
        if formed.slot is not None:
            height, width = self._config.image_size or (0, 0)
            return self._publish(formed.slot, (len(good), height, width, 3))
        arrays = []
        for sample in good:
            assert sample.slot is not None
            assert sample.result is not None
            assert sample.result.shape is not None
            arrays.append(self._publish(sample.slot, sample.result.shape))
        return arrays

    def _publish(self, slot: Slot, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        supervisor = self._supervisor
        lease = _Lease(shape, self._config.dtype, self._arena.memory, slot.offset)
        array = lease.view(np.ndarray)
        if supervisor.held_bytes + slot.nbytes > self._pool.capacity // 4:
            array = array.copy()  # the receiver keeps many batches: its own memory then, so that ours can move on
            self._planner.reclaim(slot)
            return array
        supervisor.hold(slot)
        weakref.finalize(lease, supervisor.give_back, slot.offset).atexit = False
        return array

    def _describe(self, formed: FormedBatch, images: Images, number: int, skipped: tuple[Problem, ...]) -> Batch:
        good = formed.good
        indices = np.array([sample.index for sample in good], np.int64)
        labels = [self.index.label(sample.index) for sample in good] if self.index.classes else None
        return Batch(
            images=images,
            paths=[self.index.path(sample.index) for sample in good],
            indices=indices,
            sizes=np.array([_size(sample) for sample in good], np.int64).reshape(-1, 2),
            labels=labels,  # type: ignore[arg-type]  # with classes, every file has one
            number=number,
            epoch=formed.epoch.number,
            skipped=skipped,
            damaged=tuple(replace(s.problem, batch=number) for s in good if s.problem is not None),
        )

    def _count(self, batch: Batch) -> None:
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
            self._supervisor.crew.num_workers = value
            self._supervisor.changed.notify_all()
        self._supervisor.wake()

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
                num_workers=supervisor.crew.num_workers,
                epoch=self._epoch,
                skipped=self._skipped,
                restarts=supervisor.crew.restarts,
                memory_bytes=self._pool.used_bytes,
                workers=supervisor.crew.snapshots(self.index),
            )

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


def _size(sample: Sample) -> tuple[int, int]:
    return (sample.result.height, sample.result.width) if sample.result is not None else (0, 0)


def _make_arena(config: LoaderConfig) -> Arena:
    if config.engine == "processes" and config.transform is not None:
        try:
            pickle.dumps(config.transform)
        except Exception as error:  # pickle raises whatever the object's own methods raise, too
            raise SettingsError(
                f"transform cannot be sent to worker processes ({error}): use a function at the top level of a module "
                'that can be imported, or its name as "module:function"'
            ) from error
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
