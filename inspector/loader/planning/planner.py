"""Which sample is loaded next, and which batch is complete: the order contract, as pure bookkeeping.

The order of batches is defined by a plain generator: go through the epoch's order, leave out what fails, cut the rest
into batches. The planner gives exactly that while samples finish in any order. `SlotAssignment` finds their places in
memory.

Nothing here waits, reads or locks; the supervisor's lock guards it.
"""

from bisect import insort
from collections import Counter, deque

import numpy as np
import numpy.typing as npt

from inspector.errors import MemoryLimitError, NoImagesError, SettingsError
from inspector.formats.problems import Problem
from inspector.loader.memory.slots import Slot, SlotPool
from inspector.loader.planning.sampler import epoch_order
from inspector.loader.planning.samples import EpochPlan, FormedBatch, Position, Sample, SampleState
from inspector.loader.planning.slot_assignment import SlotAssignment
from inspector.loader.workers.messages import SampleResult
from inspector.settings import LoaderConfig


class Planner:
    """Plans ahead of the consumer by up to `prefetch_batches` batches, within the pool's memory.

    Attributes:
        complete: batches that wait for the consumer, in order.
        error: why no further batch can come, or None; the supervisor puts its own errors here, too.
        sent: samples that workers have now.
        position: after the last batch that was delivered.
        short_of_memory: the last `take` found no place for a sample.
        cell_bytes: of one image in a stacked batch; 0: images have their native size and are not stacked.
    """

    def __init__(self, config: LoaderConfig, length: int, pool: SlotPool) -> None:
        self._config = config
        self.batch_size = config.batch_size
        self.prefetch_batches = config.prefetch_batches
        self.complete: deque[FormedBatch] = deque()
        self._samples: dict[int, Sample] = {}
        self.error: Exception | None = None
        self.sent = 0
        self.position = Position()
        self.short_of_memory = False
        self._length = length
        self._placement = SlotAssignment(config, pool)
        self.cell_bytes = self._placement.cell_bytes
        self._epochs: deque[EpochPlan] = deque()
        self._next_epoch = 0
        self._prepared: tuple[int, npt.NDArray[np.int64]] = (-1, np.empty(0, np.int64))
        self._next_id = 0
        self._retry: list[Sample] = []  # sorted by position
        self._cramped = False  # one batch at a time, until the next one is formed
        self._carried: list[Sample] = []  # bad files after an epoch's last batch: the next batch tells of them
        self._last_delivered: EpochPlan | None = None
        self._kinds: Counter[str] = Counter()  # of the epoch that is being formed
        self._check_fits(self.batch_size)

    @property
    def finished(self) -> bool:
        """All epochs were formed and delivered."""
        return not self.complete and not self._epochs and self._no_more_epochs()

    # --- what to load next ---------------------------------------------------------------------------------

    def take(self) -> Sample | None:
        """The next sample to send to a worker, with its place reserved; None: nothing to do now."""
        self.short_of_memory = False
        if self.error is not None:
            return None
        epoch = self._epoch_to_plan()
        if self._retry and (epoch is None or self._retry[0].epoch.number <= epoch.number):
            sample = self._take_retry()
        else:
            sample = self._take_new(epoch)
        if sample is not None:
            sample.state = SampleState.SENT
            self.sent += 1
        return sample

    def _take_retry(self) -> Sample | None:
        sample = self._retry[0]
        if sample.slot is None and not self._placement.place_alone(sample, urgent=not self.sent):
            self.short_of_memory = True
            return None
        return self._retry.pop(0)

    def _take_new(self, epoch: EpochPlan | None) -> Sample | None:
        if epoch is None:
            return None
        known = epoch.again[0] if epoch.again else None
        sample = known or Sample(self._next_id, epoch, int(epoch.order[epoch.cursor]))
        if not self._placement.place_next(sample, self.batch_size, urgent=not self.sent):
            self.short_of_memory = True
            return None
        epoch.rank += 1
        if known is not None:
            return epoch.again.popleft()
        self._next_id += 1
        self._samples[sample.sample_id] = sample
        epoch.cursor += 1
        epoch.open.append(sample)
        return sample

    def _epoch_to_plan(self) -> EpochPlan | None:
        """The epoch that the next new sample comes from; None while enough is planned."""
        planned, most = len(self.complete), 1 if self._cramped else self.prefetch_batches
        for epoch in self._epochs:  # what later ones have planned does not count: an earlier one must not wait for it
            planned += -(-epoch.rank // self.batch_size)
            if epoch.remaining:
                return epoch if planned < most or epoch.rank % self.batch_size else None
        if planned >= most or self._no_more_epochs():
            return None
        number, order = self._prepared
        if number != self._next_epoch:
            order = self._order(self._next_epoch)
        self._epochs.append(EpochPlan(self._next_epoch, order))
        self._next_epoch += 1
        return self._epochs[-1]

    def prepare_order(self) -> None:
        """Make the next epoch's order; called without the lock, as it takes half a second for 10 million files."""
        number = self._next_epoch
        if self._prepared[0] != number and not self._no_more_epochs():
            self._prepared = (number, self._order(number))

    def _order(self, epoch: int) -> npt.NDArray[np.int64]:
        return epoch_order(self._length, shuffle=self._config.shuffle, seed=self._config.seed, epoch=epoch)

    def _no_more_epochs(self) -> bool:
        return self._config.epochs is not None and self._next_epoch >= self._config.epochs

    # --- what came of it -----------------------------------------------------------------------------------

    def resolve(self, result: SampleResult) -> None:
        """A worker is done with a sample: keep its image, or skip it for its problem."""
        sample = self._samples.get(result.sample_id)
        if sample is None or self._forget_dropped(sample) or sample.state is not SampleState.SENT:
            return
        self.sent -= 1
        if result.needs_bytes:
            self._enlarge(sample, result.needs_bytes)
        elif result.error is not None:
            self._resolve_bad(sample, None)
            sample.error = result.error
        elif result.shape is None:
            assert result.problem is not None
            self._resolve_bad(sample, result.problem)
        else:
            sample.state = SampleState.READY
            sample.result = result
            sample.problem = result.problem
            self._placement.fit(sample, result.shape)
        self.form()

    def skip(self, sample: Sample, problem: Problem) -> None:
        """Give a sample up that no worker could bring to an end."""
        if self._forget_dropped(sample):
            return
        if sample.state is SampleState.SENT:
            self.sent -= 1
        self._resolve_bad(sample, problem)
        self.form()

    def retry(self, sample: Sample) -> None:
        """Load a sample again whose worker is gone; its place stays reserved."""
        if self._forget_dropped(sample):
            return
        if sample.state is SampleState.SENT:
            self.sent -= 1
        sample.state = SampleState.WAITING
        insort(self._retry, sample, key=lambda each: each.position)

    def _forget_dropped(self, sample: Sample) -> bool:
        """Its worker has let go of a sample that nobody waits for: its place is free at last. False: it is another."""
        if sample.state is not SampleState.DROPPED:
            return False
        self.sent -= 1
        del self._samples[sample.sample_id]
        self._placement.vacate(sample)
        return True

    def _resolve_bad(self, sample: Sample, problem: Problem | None) -> None:
        sample.state = SampleState.BAD
        sample.problem = problem
        sample.epoch.rank -= 1
        self._placement.vacate(sample)

    def _enlarge(self, sample: Sample, nbytes: int) -> None:
        if nbytes > self._placement.capacity:
            self.error = MemoryLimitError(
                f"one image needs {nbytes / 1e6:.0f} MB, more than memory_limit_bytes = "
                f"{self._placement.capacity / 1e6:.0f} MB allows: raise the limit, or set image_size"
            )
        self._placement.outgrow(sample, nbytes)
        self.sent += 1  # retry() counts it down
        self.retry(sample)

    # --- batches -------------------------------------------------------------------------------------------

    def form(self) -> None:
        """Turn what is resolved in order into complete batches."""
        while self._epochs and self.error is None:
            epoch = self._epochs[0]
            while epoch.open and epoch.good_forming < self.batch_size:
                if epoch.open[0].state not in (SampleState.READY, SampleState.BAD):
                    break
                if epoch.open[0].error is not None:
                    self.error = epoch.open[0].error
                    return
                sample = epoch.open.popleft()
                epoch.forming.append(sample)
                epoch.good_forming += sample.state is SampleState.READY
                if sample.state is SampleState.BAD and sample.problem is not None:
                    self._kinds[sample.problem.kind] += 1
            full = epoch.good_forming == self.batch_size
            at_end = not epoch.open and not epoch.remaining
            if not full and not at_end:
                return
            partial = at_end and epoch.good_forming > 0 and not self._config.drop_last
            if (full or partial) and not self._finish_batch(epoch):
                return  # no memory to put it together yet
            if at_end and epoch.batches == 0:
                self.error = NoImagesError(self._nothing_to_deliver(epoch))
            elif at_end:
                self._finish_epoch(epoch)

    def _finish_batch(self, epoch: EpochPlan) -> bool:
        good = [sample for sample in epoch.forming if sample.state is SampleState.READY]
        slot = None
        if self.cell_bytes:
            slot = self._placement.gather(epoch, good)
            if slot is None:
                return False
        members = self._carried + epoch.forming
        self._carried = []
        epoch.forming = []
        epoch.good_forming = 0
        epoch.rank -= len(good)
        epoch.batches += 1
        self._cramped = False
        self.complete.append(FormedBatch(epoch, members, slot))
        return True

    def _finish_epoch(self, epoch: EpochPlan) -> None:
        self._epochs.popleft()
        epoch.tail, epoch.forming, epoch.good_forming, epoch.rank = epoch.forming, [], 0, 0
        for sample in epoch.tail:
            if sample.state is SampleState.BAD:
                self._carried.append(sample)
            else:  # drop_last leaves it out, unless another batch size still takes it in
                self._placement.vacate(sample)
        self._placement.unplan_all(epoch)
        self._kinds.clear()

    def deliver(self) -> FormedBatch:
        """Hand the next complete batch over; its memory is the receiver's until `reclaim`."""
        batch = self.complete.popleft()
        self.position = batch.end
        last, self._last_delivered = self._last_delivered, batch.epoch
        left_over = last.tail if last is not None and last is not batch.epoch else None
        for sample in batch.members + (left_over or []):
            self._samples.pop(sample.sample_id, None)
        return batch

    def reclaim(self, slot: Slot) -> None:
        """The last array in a delivered slot is gone."""
        self._placement.reclaim(slot)

    def leftovers(self) -> list[Problem]:
        """Problems of files that no batch will be formed after: known once nothing more is delivered."""
        members = self._carried + [sample for epoch in self._epochs for sample in epoch.forming]
        return [s.problem for s in members if s.state is SampleState.BAD and s.problem is not None]

    # --- changes while running -----------------------------------------------------------------------------

    def set_batch_size(self, batch_size: int) -> None:
        """Cut what is not delivered yet into batches of another size.

        Raises:
            MemoryLimitError: when one such batch does not fit into memory; nothing has changed then.
        """
        self._check_fits(batch_size)
        self.batch_size = batch_size
        self.error = None if isinstance(self.error, NoImagesError | MemoryLimitError) else self.error
        self._reopen_formed()
        for epoch in self._epochs:
            epoch.reopen()
            epoch.rank = sum(sample.state is not SampleState.BAD for sample in epoch.open) - len(epoch.again)
            self._placement.unplan_all(epoch)
        self._kinds.clear()
        self.form()

    def order_at(self, position: Position) -> npt.NDArray[np.int64] | None:
        """The order of a position's epoch, None where no such epoch is asked for. Needs no lock, like `prepare_order`.

        Raises:
            SettingsError: when there is no such place in it.
        """
        if position.place > self._length:
            raise SettingsError(
                f"the state was saved after {position.place:,} samples of an epoch, which here has {self._length:,}"
            )
        after_all = self._config.epochs is not None and position.epoch >= self._config.epochs
        return None if after_all else self._order(position.epoch)

    def move_to(self, position: Position, order: npt.NDArray[np.int64] | None) -> None:
        """Go on from another position, with what `order_at` gave for it. What is loaded already is thrown away."""
        self._drop_all()
        self.position = position
        self._next_epoch = position.epoch + (order is not None)
        if order is not None:
            self._epochs.append(EpochPlan(position.epoch, order, cursor=position.place, batches=position.batches))
        self.form()  # there may be nothing left in that epoch

    def _drop_all(self) -> None:
        for sample in self._samples.values():
            if sample.state is SampleState.SENT:
                sample.state = SampleState.DROPPED
            elif sample.state is not SampleState.DROPPED:
                self._placement.vacate(sample)
        self._samples = {key: s for key, s in self._samples.items() if s.state is SampleState.DROPPED}
        for batch in self.complete:
            if batch.slot is not None:
                self._placement.unplan(batch.slot)
        for epoch in self._epochs:
            self._placement.unplan_all(epoch)
        self.complete.clear()
        self._epochs.clear()
        self._retry.clear()
        self._carried.clear()
        self._kinds.clear()
        self._last_delivered = None
        self._cramped = False
        self.error = None

    def _reopen_formed(self) -> None:
        """Make the samples of all undelivered batches open again, and those that the last epoch had left over."""
        for batch in reversed(self.complete):
            self._reopen_epoch(batch.epoch)
            own = [sample for sample in batch.members if sample.epoch is batch.epoch]
            self._carried[:0] = [sample for sample in batch.members if sample.epoch is not batch.epoch]
            batch.epoch.reopen()
            batch.epoch.open.extendleft(reversed(own))
            batch.epoch.batches -= 1
            if batch.slot is not None:
                batch.slot.planned = False
        self.complete.clear()
        if self._last_delivered is not None:
            self._reopen_epoch(self._last_delivered)

    def _reopen_epoch(self, epoch: EpochPlan) -> None:
        if epoch.tail is None:
            return
        tail, epoch.tail = epoch.tail, None
        self._epochs.appendleft(epoch)
        epoch.open.extend(tail)
        self._carried = [sample for sample in self._carried if sample.epoch is not epoch]
        for sample in tail:
            if sample.state is SampleState.READY:
                self.retry(sample)

    def make_room(self) -> bool:
        """Throw the last loaded image away, to be loaded again later, so that the first batch can go on. False: none.

        Only for when nothing is being loaded, nothing is complete, and there is no memory for the next sample.
        """
        if not self.cell_bytes:
            for epoch in reversed(self._epochs):
                for sample in reversed(epoch.open):
                    if sample.state is SampleState.READY:
                        self._placement.vacate(sample)
                        self.retry(sample)
                        return True
        return self._begin_anew()

    def _begin_anew(self) -> bool:
        """Load all that no batch was formed of again, one batch at a time. False: it did not help."""
        if self._cramped:
            return False
        self._cramped = True
        self._retry.clear()
        for epoch in self._epochs:
            epoch.reopen()
            epoch.rank = 0
            epoch.again = deque(sample for sample in epoch.open if sample.state is not SampleState.BAD)
            for sample in epoch.again:
                sample.state = SampleState.WAITING
                self._placement.vacate(sample)
            self._placement.unplan_all(epoch)
        self._kinds.clear()
        return True

    # --- what cannot go on ---------------------------------------------------------------------------------

    def _check_fits(self, batch_size: int) -> None:
        needed = self.cell_bytes * min(batch_size, self._length)
        if needed > self._placement.capacity:
            raise MemoryLimitError(
                f"a batch of {batch_size} images takes {needed / 1e6:.0f} MB, more than memory_limit_bytes = "
                f"{self._placement.capacity / 1e6:.0f} MB allows: raise the limit, or lower batch_size or image_size"
            )

    def _nothing_to_deliver(self, epoch: EpochPlan) -> str:
        bad = sum(self._kinds.values())
        if bad < len(epoch.order):
            return (
                f"only {len(epoch.order) - bad:,} good files, fewer than one batch of {self.batch_size}, and drop_last "
                "leaves out incomplete batches: lower batch_size, or turn drop_last off"
            )
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self._kinds.most_common())
        return f"none of the {len(epoch.order):,} files could be loaded ({kinds}): look at the skipped files for why"
