"""Which sample is loaded next, and which batch is complete: the order contract, as pure bookkeeping.

The order of batches is defined by a plain generator: go through the epoch's order, leave out what fails, cut the rest
into batches. The planner gives exactly that while samples finish in any order. `EpochOrders` makes the orders,
`SlotAssignment` finds the samples' places in memory, `BatchFormer` cuts.

Nothing here waits, reads or locks; the loader's lock guards it. What is left is one state machine over the samples that
are open, and stays in one file.
"""

from bisect import insort
from collections import deque
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.errors import InspectorError, MemoryLimitError, NoImagesError, UserCodeError
from inspector.loader.memory.slots import Slot, SlotPool
from inspector.loader.planning.batch_former import BatchFormer
from inspector.loader.planning.common_forms import CommonForms, expected_forms
from inspector.loader.planning.epoch_orders import EpochOrders
from inspector.loader.planning.failure_policy import FailurePolicy
from inspector.loader.planning.samples import EpochPlan, FormedBatch, Order, Position, Sample, SampleState
from inspector.loader.planning.slot_assignment import SlotAssignment, check_batch_fits
from inspector.loader.workers.messages import SampleFault, SampleResult
from inspector.settings import LoaderConfig


class Planner:
    """Plans ahead of the consumer by up to `prefetch_batches` batches, within the pool's memory.

    Args:
        name: of a sample, by its index, for errors.
        pixels: samples are images that need memory; False: they come without.
        as_given: samples are what the user's code gives, which may be anything.
        sampler: the user's, or None.
        streams: of an iterable data set, see `EpochPlan`.

    Attributes:
        complete: batches that wait for the consumer, in order.
        error: why no further batch can come, or None; whoever knows of another reason sets it, too.
        sent: samples that workers have now.
        position: after the last batch that was delivered.
        short_of_memory: the last `take` found no place for a sample.
    """

    def __init__(
        self,
        config: LoaderConfig,
        length: int,
        pool: SlotPool,
        *,
        name: Callable[[int], str] = "sample {}".format,
        pixels: bool = True,
        as_given: bool = False,
        sampler: Callable[..., Any] | None = None,
        block_starts: npt.NDArray[np.int64] | None = None,
        streams: int = 0,
    ) -> None:
        check_batch_fits(config, length)
        self._config = config
        self._length = length
        self.batch_size = config.batch_size
        self.prefetch_batches = config.prefetch_batches
        self.error: InspectorError | None = None
        self.sent = 0
        self.position = Position()
        self.short_of_memory = False
        self._orders = EpochOrders(config, length, sampler, block_starts, streams)
        self._common = CommonForms(expected_forms(config) if pixels else (), fixed=not as_given)
        self._assignment = SlotAssignment(pool, self._common)
        self._pixels = pixels
        self._policy = FailurePolicy(config, length, name)
        self._former = BatchFormer(config, self._assignment, self._policy)
        self.complete = self._former.complete
        self._epochs = self._former.epochs
        self._samples: dict[int, Sample] = {}
        self._next_id = 0
        self._retry: list[Sample] = []  # sorted by position
        self._one_at_a_time = False  # for want of memory, until the next batch is formed

    @property
    def ready(self) -> bool:
        """A batch can be delivered. The only complete one may wait until it is known whether it is its epoch's last."""
        if len(self.complete) != 1:
            return bool(self.complete)
        return self.complete[0].last is not None or self.error is not None or not self._pixels

    def settle(self) -> None:
        """Deliver the only complete batch without knowing what comes after it: there is no memory to find out."""
        if self.complete and self.complete[0].last is None:
            self.complete[0].last = False

    @property
    def finished(self) -> bool:
        """All epochs were formed and delivered."""
        return not self.complete and not self._epochs and self._orders.exhausted

    # --- what to load next ---------------------------------------------------------------------------------

    def take(self) -> Sample | None:
        """The next sample to send to a worker, with its place reserved; None: nothing to do now."""
        return next(iter(self.take_some(1)), None)

    def take_some(self, most: int) -> list[Sample]:
        """As many calls of `take` would give."""
        self.short_of_memory = False
        taken: list[Sample] = []
        while len(taken) < most and self.error is None:
            epoch, room = self._epoch_to_plan()
            if self._retry and (epoch is None or self._retry[0].epoch.number <= epoch.number):
                room = 1
                sample = self._take_retry()
            else:
                sample = self._take_new(epoch)
            while sample is not None:
                sample.state = SampleState.SENT
                self.sent += 1
                taken.append(sample)
                room -= 1
                if not room or len(taken) == most:
                    break
                sample = self._take_new(epoch)
            if sample is None:
                break
        return taken

    def _take_retry(self) -> Sample | None:
        sample = self._retry[0]
        if sample.slot is None and not self._assignment.place_alone(sample, urgent=not self.sent):
            self.short_of_memory = True
            return None
        return self._retry.pop(0)

    def _take_new(self, epoch: EpochPlan | None) -> Sample | None:
        if epoch is None:
            return None
        known = epoch.again[0] if epoch.again else None
        if known is None:
            epoch.skip_ended()
        sample = known or Sample(self._next_id, epoch, epoch.next_index)
        if not self._assignment.place_next(sample, self.batch_size, urgent=not self.sent):
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

    def _epoch_to_plan(self) -> tuple[EpochPlan | None, int]:
        """The epoch that the next new samples come from, and how many; None while enough is planned."""
        planned, most = len(self.complete), 1 if self._one_at_a_time else self.prefetch_batches
        planned -= planned == 1 and not self.ready  # what comes after it says whether it is an epoch's last
        for epoch in self._epochs:  # what later ones have planned does not count: an earlier one must not wait for it
            if remaining := epoch.remaining:
                room = min(remaining, (most - planned) * self.batch_size - epoch.rank)
                return (epoch, room) if room > 0 else (None, 0)
            planned += -(-epoch.rank // self.batch_size)
        if planned >= most or self._orders.exhausted:
            return None, 0
        try:
            self._epochs.append(self._orders.begin_next())
        except (UserCodeError, NoImagesError) as error:
            if not self._epochs:  # the batches of the epochs before it come first
                self.error = error
            return None, 0
        return self._epochs[-1], 1

    def prepare_order(self) -> None:
        """Make the next epoch's order; called without the lock, as it takes half a second for 10 million files."""
        self._orders.prepare()

    # --- what came of it -----------------------------------------------------------------------------------

    def resolve(self, results: Iterable[SampleResult]) -> None:
        """A worker is done with samples: keep their images, or skip them for their faults."""
        known = None  # most samples of a message have one composition
        sent, ready = SampleState.SENT, SampleState.READY
        for result in results:
            sample = self._samples.get(result.sample_id)
            if sample is None or sample.state is not sent:
                if sample is not None:
                    self._forget_dropped(sample)
                continue
            self.sent -= 1
            composition = result.composition
            if composition is not None and composition is not known:
                known = composition if self._common.is_settled(composition.forms) else None
                if known is None and self._common.add(composition.forms):
                    for epoch in self._epochs:
                        self._assignment.unplan_all(epoch)
            if result.ended:
                self._resolve_bad(sample, None)
                sample.epoch.end_stream(sample.index)
            elif result.needs_bytes:
                self._enlarge(sample, result.needs_bytes)
            elif result.error is not None:
                self._resolve_bad(sample, None)
                sample.error = result.error
            elif result.fault is not None and composition is None:
                self._resolve_bad(sample, result.fault)
            else:
                sample.state = ready
                sample.result = result
                sample.fault = result.fault
                if type(result.values) is bytes:
                    self._assignment.charge(sample, len(result.values))
                if composition is not None and sample.slot is not None and not sample.slot.forms:
                    self._assignment.fit(sample, composition.forms)
        self.form()

    def skip(self, sample: Sample, fault: SampleFault) -> None:
        """Give a sample up that no worker could bring to an end."""
        if self._forget_dropped(sample):
            return
        if sample.state is SampleState.SENT:
            self.sent -= 1
        self._resolve_bad(sample, fault)
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
        self._assignment.vacate(sample)
        return True

    def _resolve_bad(self, sample: Sample, fault: SampleFault | None) -> None:
        sample.state = SampleState.BAD
        sample.fault = fault
        if fault is not None:
            sample.error = self._policy.error_of(sample.index, fault)
        sample.epoch.rank -= 1
        sample.epoch.replace_bad()
        self._assignment.vacate(sample)

    def _enlarge(self, sample: Sample, nbytes: int) -> None:
        if nbytes > self._assignment.capacity:
            self.error = MemoryLimitError(
                f"one sample needs {nbytes / 1e6:.0f} MB, more than memory_limit_bytes = "
                f"{self._assignment.capacity / 1e6:.0f} MB allows: raise the limit, or set image_size"
            )
        self._assignment.outgrow(sample, nbytes)
        self.sent += 1  # retry() counts it down
        self.retry(sample)

    # --- batches -------------------------------------------------------------------------------------------

    def form(self) -> None:
        """Turn what is resolved in order into complete batches."""
        if self.error is None:
            before = len(self.complete)
            self.error = self._former.form(self.batch_size)
            self._one_at_a_time &= len(self.complete) == before

    def deliver(self) -> FormedBatch:
        """Hand the next complete batch over; its memory is the receiver's until `reclaim`."""
        batch, left_over = self._former.deliver()
        self.position = batch.end
        for sample in batch.members + left_over:
            self._samples.pop(sample.sample_id, None)
            self._assignment.discharge(sample)
        return batch

    def vacate(self, sample: Sample) -> None:
        """Nothing views a delivered sample's place in a slot that it has not to itself."""
        self._assignment.vacate(sample)

    def reclaim(self, slot: Slot) -> None:
        """The last array in a delivered slot is gone."""
        self._assignment.reclaim(slot)

    def leftovers(self) -> list[Sample]:
        """Bad ones that no batch will be formed after: known once nothing more is delivered."""
        return self._former.leftovers()

    # --- changes while running -----------------------------------------------------------------------------

    def set_batch_size(self, batch_size: int) -> None:
        """Cut what is not delivered yet into batches of another size.

        Raises:
            MemoryLimitError: when one such batch does not fit into memory; nothing has changed then.
        """
        check_batch_fits(self._config.with_changes(batch_size=batch_size), self._length)
        self.batch_size = batch_size
        self.error = None if isinstance(self.error, NoImagesError | MemoryLimitError) else self.error
        for sample in self._former.reopen():
            self.retry(sample)
        for epoch in self._epochs:
            epoch.rank = sum(sample.state is not SampleState.BAD for sample in epoch.open) - len(epoch.again)
        self.form()

    def use_streams(self, streams: int) -> None:
        """From the next epoch on, an iterable data set has so many."""
        self._orders.use_streams(streams)

    def samples_in(self, epoch: int) -> int:
        """How many samples of an epoch this rank has. Needs no lock, like `prepare_order`.

        Raises:
            UserCodeError: when the user's sampler raises.
        """
        return self._orders.samples_in(epoch)

    def order_at(self, position: Position) -> Order | None:
        """The order of a position's epoch, None where no such epoch is asked for. Needs no lock, like `prepare_order`.

        Raises:
            SettingsError: when there is no such place in it.
        """
        return self._orders.at(position)

    def move_to(self, position: Position, order: Order | None) -> None:
        """Continue from another position, with what `order_at` gave for it. What is loaded already is thrown away."""
        self._drop_all()
        self.position = position
        epoch = self._orders.move_to(position, order)
        if epoch is not None:
            self._epochs.append(epoch)
        self.form()  # there may be nothing left in that epoch

    def _drop_all(self) -> None:
        for sample in self._samples.values():
            if sample.state is SampleState.SENT:
                sample.state = SampleState.DROPPED
            elif sample.state is not SampleState.DROPPED:
                self._assignment.vacate(sample)
        self._samples = {key: s for key, s in self._samples.items() if s.state is SampleState.DROPPED}
        self._former.drop_all()
        self._policy.reset()
        self._retry.clear()
        self._one_at_a_time = False
        self.error = None

    # --- too little memory ---------------------------------------------------------------------------------

    def make_room(self) -> bool:
        """Throw the last loaded image away, to be loaded again later, so that the first batch can be completed.

        Only for when nothing is being loaded, nothing is complete, and there is no memory for the next sample.

        Returns:
            False: there was none.
        """
        if not self._assignment.side_by_side:
            for epoch in reversed(self._epochs):
                for sample in reversed(epoch.open):
                    if sample.state is SampleState.READY:
                        self._assignment.vacate(sample)
                        self.retry(sample)
                        return True
        return self._reload_all()

    def _reload_all(self) -> bool:
        """Load all that no batch was formed of again, one batch at a time. False: it did not help."""
        if self._one_at_a_time:
            return False
        self._one_at_a_time = True
        self._retry.clear()
        self._former.reopen_forming()
        for epoch in self._epochs:
            epoch.rank = 0
            epoch.again = deque(sample for sample in epoch.open if sample.state is not SampleState.BAD)
            for sample in epoch.again:
                sample.state = SampleState.WAITING
                self._assignment.vacate(sample)
        return True
