"""What one loader knows, under one lock: the supervisor's thread and the thread that calls `next()` share it."""

import os
import sys
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any

from inspector.errors import InspectorError, MemoryLimitError
from inspector.loader.counters import LoaderSnapshot
from inspector.loader.memory.held_slots import HeldSlots
from inspector.loader.memory.slots import Arena, Forms, SlotPool
from inspector.loader.planning.planner import Planner
from inspector.loader.planning.samples import FormedBatch, Order, Position, Sample
from inspector.loader.problem_list import ProblemList
from inspector.loader.slowest import SlowestSamples
from inspector.loader.totals import RunningTotals
from inspector.loader.waiting_point import WaitingPoint
from inspector.loader.workers.messages import SampleResult, SampleTask
from inspector.loader.workers.pool import WorkerPool
from inspector.loader.workers.spec_transfer import SpecTransfer
from inspector.named_code import load_code
from inspector.settings import LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import Index
from inspector.sources.remote.counts import sum_of


class LoaderState:
    """The parts of a loader, and what concerns several of them.

    Every method is called with `changed` held, unless it says otherwise. Without it nothing may take long: the
    supervisor waits, sends, receives, makes an epoch's order and waits for ended processes while others may have it.

    Args:
        items: what a function is called with for each sample, where its specification has one.

    Attributes:
        changed: guards all of this; notified when a batch has become complete, when none will, or a setting changed.
        waiting_point: where the supervisor waits.
        consumer_waits: a thread is in `next()`.
        starved: workers have room for more samples than there is memory for, or than are to be prefetched.
        stopping: nothing more is delivered. Set without the lock, as finalizers do it, maybe in a thread that holds it.
        number: of the next batch.
        length: samples in an epoch; of an iterable data set as many as may be.

    Raises:
        MemoryLimitError: when one batch does not fit into `memory_limit_bytes`.
        WorkerStartError: when the system has no descriptors left.
    """

    def __init__(
        self, config: LoaderConfig, transfer: SpecTransfer, index: Index, items: Sequence[Any] | None = None
    ) -> None:
        self.changed = threading.Condition(threading.Lock())
        self.config = config  # as it was at first
        self.spec = spec = transfer.spec
        is_remote = spec.reader is not None and spec.reader.is_remote
        self.reads_in_flight = spec.reads_in_flight if is_remote else 0  # of a worker
        self._transfer = transfer
        self.index = index
        self._items = items
        self.held = HeldSlots()
        self.totals = RunningTotals()
        self.problems = ProblemList(index)
        self.slowest = SlowestSamples(spec.stages)
        self.consumer_waits = False
        self.starved = False
        self.stopping = False
        self.number = 0
        self._requests: deque[Mapping[str, Any]] = deque()
        self._folder = _working_folder() if spec.dataset is None and spec.reader is None else ""
        self.length = sys.maxsize if spec.streamed else len(index)
        self.arena = _make_arena(config)
        try:
            self.slots = SlotPool(self.arena, config.memory_limit_bytes)
            pixels = spec.function is None
            self.planner = Planner(
                config,
                self.length,
                self.slots,
                name=index.path,
                pixels=pixels,
                as_given=pixels and spec.has_user_code,
                sampler=load_code(config.sampler),
                block_starts=index.block_starts() if isinstance(index, ContainerIndex) else None,
                streams=max(1, config.num_workers) if spec.streamed else 0,
            )
            self.waiting_point = WaitingPoint()
        except BaseException:
            self.arena.close()
            raise
        self.workers = WorkerPool(config, transfer, self.arena, self.waiting_point)

    # --- commands ------------------------------------------------------------------------------------------

    def request(self, settings: Mapping[str, Any]) -> None:
        """Ask for other settings, which work: they are applied by whoever takes the lock next to move the loader on.

        Needs no lock, waits for nothing.
        """
        self._requests.append(settings)
        self.waiting_point.wake()

    def apply_requests(self) -> None:
        """Apply all settings that were asked for; those of later requests win."""
        if not self._requests or self.stopping:
            return
        settings: dict[str, Any] = {}
        while self._requests:
            settings |= self._requests.popleft()
        try:
            self._apply(**settings)
        except Exception as error:  # it must reach the consumer, and not end the supervisor's thread
            self.fail(error)
        self.changed.notify_all()

    def _apply(
        self,
        *,
        batch_size: int | None = None,
        prefetch_batches: int | None = None,
        num_workers: int | None = None,
        engine: Any = None,
        reads_in_flight: int | None = None,
    ) -> None:
        if reads_in_flight is not None and self.reads_in_flight:
            self.reads_in_flight = reads_in_flight
        if prefetch_batches is not None:
            self.planner.prefetch_batches = prefetch_batches
        if num_workers is not None:
            self.workers.num_workers = num_workers
            self.planner.use_streams(max(1, num_workers))
            self.workers.fewer_workers = ""
        if engine is not None:
            self.workers.engine = engine
        if batch_size is not None and batch_size != self.planner.batch_size:
            self.count_depth()
            self.planner.set_batch_size(batch_size)

    def fail(self, error: Exception) -> None:
        """Nothing more can be delivered; the next `next()` raises the first such error."""
        if not isinstance(error, InspectorError):
            error = InspectorError(f"the loader failed unexpectedly: {type(error).__name__}: {error}")
        if self.planner.error is None:
            self.planner.error = error
        self.changed.notify_all()

    # --- loading -------------------------------------------------------------------------------------------

    def task(self, sample: Sample) -> SampleTask:
        """The order to load a sample into the place that is reserved for it."""
        offset = capacity = 0
        forms: Forms = ()
        places: tuple[int, ...] = ()
        if (slot := sample.slot) is not None:
            forms, offset, capacity = slot.forms, slot.offset, slot.nbytes
            if forms:
                offset, capacity = slot.place_of_first(sample.cell), slot.first_bytes
                places = slot.places(sample.cell) if len(forms) > 1 else ()
        sample.path = path = self.index.path(sample.index)
        if self._folder and not path.startswith("/"):  # a worker's own may be another
            path = os.path.join(self._folder, path)
        item = self._items[sample.index] if self._items is not None else None
        if streams := sample.epoch.streams:
            item = (sample.index % streams, streams, sample.index // streams)
        return SampleTask(
            sample.sample_id, path, sample.index, sample.epoch.number, offset, capacity, item, forms, places
        )

    def resolve(self, results: Sequence[SampleResult]) -> None:
        """Samples were loaded, or could not be."""
        self.totals.bytes_read += sum(result.file_bytes for result in results)
        self.count_depth()
        self.planner.resolve(results)

    def reclaim(self) -> None:
        """Make memory that was given back usable again."""
        for slot in self.held.returned():
            self.planner.reclaim(slot)

    def relieve(self) -> None:
        """Nothing is being loaded: fine where enough is complete; else memory is short, and something must go."""
        planner = self.planner
        if planner.ready or planner.error or planner.finished:
            return
        self.count_depth()
        planner.form()
        if planner.complete and not planner.ready and self.consumer_waits:
            planner.settle()
        if planner.ready or planner.error or planner.finished:
            self.changed.notify_all()
            return
        if planner.complete:
            return
        if planner.make_room():
            self.waiting_point.wake()
        elif self.consumer_waits:
            limit, held = self.slots.capacity / 1e6, self.held.nbytes / 1e6
            holds = f" (batches that the program still holds take {held:.0f} MB of it)" if held else ""
            planner.error = MemoryLimitError(
                f"the next batch does not fit into memory_limit_bytes = {limit:.0f} MB{holds}: raise the limit, "
                "or lower batch_size or image_size"
            )

    # --- delivering ----------------------------------------------------------------------------------------

    def deliver(self) -> FormedBatch:
        """The next complete batch, with the problems of its samples; to be followed by `count_delivered`."""
        self.count_depth()
        formed = self.planner.deliver()
        for sample in (*formed.skipped, *formed.damaged):
            sample.problem = self.problems.add(sample, self.number)
        return formed

    def count_delivered(self, formed: FormedBatch) -> None:
        """Its receiver has the batch."""
        self.number += 1
        self.totals.batches += 1
        self.totals.images += len(formed.good)
        self.totals.epoch = formed.epoch.number
        if self.planner.finished:
            self.add_leftovers()

    def add_leftovers(self) -> None:
        """Nothing more is delivered: list the problems of samples that no batch was formed after."""
        for sample in self.planner.leftovers():
            self.problems.add(sample, None)

    def move_to(self, position: Position, order: Order | None, number: int) -> None:
        """Continue from another position, with batch `number`; `order`: see `Planner.order_at`. Takes the lock."""
        with self.changed:
            self.apply_requests()
            self.count_depth()
            self.planner.move_to(position, order)
            self.number = number
            self.changed.notify_all()
        self.waiting_point.wake()

    # --- numbers -------------------------------------------------------------------------------------------

    def count_depth(self) -> None:
        """Before the number of complete batches changes."""
        self.totals.count_depth(self._depth, time.monotonic())

    @property
    def _depth(self) -> int:
        """Complete batches that can be delivered; of a single one it may not be known yet whether it is the last."""
        complete = len(self.planner.complete)
        return complete if complete != 1 or self.planner.ready else 0

    def snapshot(self) -> LoaderSnapshot:
        """The running totals."""
        self.count_depth()
        totals, planner, workers, now = self.totals, self.planner, self.workers, time.monotonic()
        rows = workers.snapshots(self.index)
        return LoaderSnapshot(
            time_s=now,
            batches=totals.batches,
            images=totals.images,
            bytes_read=totals.bytes_read,
            wait_s=totals.waited_s(now),
            consumer_s=now - totals.first_next_s if totals.first_next_s is not None else 0.0,
            queue_depth_s=totals.queue_depth_s,
            queue_depth=self._depth,
            prefetch_batches=planner.prefetch_batches,
            batch_size=planner.batch_size,
            num_workers=workers.num_workers,
            epoch=totals.epoch,
            skipped=self.problems.skipped,
            restarts=workers.restarts,
            memory_bytes=self.slots.used_bytes,
            workers=rows,
            fewer_workers=workers.fewer_workers,
            engine=workers.engine,
            reads=sum_of([row.reads for row in rows if row.reads is not None]),
        )

    def close(self) -> None:
        """Give memory and descriptors back, once no thread uses them. Without the lock."""
        self.waiting_point.close()
        self.arena.close()
        if self.spec.reader is not None:
            self.spec.reader.close()
        self._transfer.close()


def _working_folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was deleted: paths that start from it lead nowhere, as their problems will say
        return ""


def _make_arena(config: LoaderConfig) -> Arena:
    try:
        return Arena.create(config.memory_limit_bytes)
    except (OSError, ValueError) as error:
        raise MemoryLimitError(
            f"the system refused memory for batches ({error}): lower memory_limit_bytes, now "
            f"{config.memory_limit_bytes / 1e6:.0f} MB"
        ) from error
