"""Resolved samples, in order, become batches: bad ones are left out, the rest of an epoch is cut into batches."""

from collections import Counter, deque

from inspector.errors import InspectorError, NoImagesError
from inspector.loader.planning.failure_policy import JUDGED_SAMPLES, FailurePolicy
from inspector.loader.planning.samples import EpochPlan, FormedBatch, Sample, SampleState
from inspector.loader.planning.slot_assignment import SlotAssignment
from inspector.settings import LoaderConfig


class BatchFormer:
    """Forms the batches of the epochs that are planned.

    Attributes:
        epochs: of which samples may still be loaded or formed into batches, in order.
        complete: batches that wait for the consumer, in order.
    """

    def __init__(self, config: LoaderConfig, assignment: SlotAssignment, policy: FailurePolicy) -> None:
        self._policy = policy
        self.epochs: deque[EpochPlan] = deque()
        self.complete: deque[FormedBatch] = deque()
        self._drop_last = config.drop_last
        self._assignment = assignment
        self._carried: list[Sample] = []  # bad ones after an epoch's last batch: the next batch reports them
        self._last_delivered: EpochPlan | None = None
        self._kinds: Counter[str] = Counter()  # of faults in the epoch that is being formed

    def form(self, batch_size: int) -> InspectorError | None:
        """Turn what is resolved in order into complete batches.

        Returns:
            Why no further batch can come, or None.
        """
        while self.epochs:
            epoch = self.epochs[0]
            if error := self._collect(epoch, batch_size):
                return error
            self._settle(epoch, batch_size)
            full = epoch.good_forming == batch_size
            at_end = not epoch.open and not epoch.remaining
            if not full and not at_end:
                return None
            partial = at_end and epoch.good_forming > 0 and not self._drop_last
            if (full or partial) and not self._finish_batch(epoch):
                return None  # no memory to put it together yet
            if (full or partial) and at_end:
                self.complete[-1].last = True
            if at_end and epoch.batches == 0:
                return NoImagesError(self._nothing_to_deliver(epoch, batch_size))
            if at_end:
                self._finish_epoch(epoch)
        return None

    def _collect(self, epoch: EpochPlan, batch_size: int) -> InspectorError | None:
        """Take resolved samples into what is to be the next batch, until it is full."""
        ready, bad, waiting, forming = SampleState.READY, SampleState.BAD, epoch.open, epoch.forming
        while waiting and epoch.good_forming < batch_size:
            sample = waiting[0]
            good = sample.state is ready
            if not good and sample.state is not bad:
                break
            if sample.error is not None:
                return sample.error
            forming.append(waiting.popleft())
            epoch.good_forming += good
            if not good and sample.fault is not None:
                self._kinds[sample.fault.kind] += 1
            if error := self._policy.count(sample):
                return error
        return None

    def _settle(self, epoch: EpochPlan, batch_size: int) -> None:
        """Find out whether the batch that was formed last is the last of its epoch, as soon as that is certain.

        It is not where another good sample follows. With `drop_last` a whole batch must follow; where many samples are
        still to come, that is taken for granted, so that nothing waits for it. So it is without, where so many are to
        come that `max_bad_share` has them all judged.
        """
        batch = self.complete[-1] if self.complete else None
        if batch is None or batch.last is not None or batch.epoch is not epoch:
            return
        following = len(epoch.forming) + len(epoch.open) + epoch.remaining - len(epoch.again)
        if following >= max(JUDGED_SAMPLES, 2 * batch_size) and not epoch.endless:
            batch.last = False
            return
        possible = epoch.good_forming + sum(s.state is not SampleState.BAD for s in epoch.open) + epoch.remaining
        possible -= len(epoch.again)  # which are in `open`, too
        if possible < (batch_size if self._drop_last else 1):
            batch.last = True
        elif epoch.good_forming or any(sample.state is SampleState.READY for sample in epoch.open):
            enough = epoch.good_forming == batch_size or (possible >= 2 * batch_size and not epoch.endless)
            batch.last = False if enough or not self._drop_last else None

    def _finish_batch(self, epoch: EpochPlan) -> bool:
        good = [sample for sample in epoch.forming if sample.state is SampleState.READY]
        slot, formed = self._assignment.gather(epoch, good)
        if not formed:
            return False
        members = self._carried + epoch.forming
        self._carried = []
        epoch.forming = []
        epoch.good_forming = 0
        epoch.rank -= len(good)
        epoch.batches += 1
        epoch.delivered += len(good)
        self.complete.append(FormedBatch(epoch, members, slot))
        return True

    def _finish_epoch(self, epoch: EpochPlan) -> None:
        self.epochs.popleft()
        epoch.tail, epoch.forming, epoch.good_forming, epoch.rank = epoch.forming, [], 0, 0
        for sample in epoch.tail:
            if sample.state is SampleState.BAD:
                self._carried.append(sample)
            else:  # drop_last leaves it out, unless another batch size still takes it in
                self._assignment.vacate(sample)
        self._assignment.unplan_all(epoch)
        self._kinds.clear()

    def _nothing_to_deliver(self, epoch: EpochPlan, batch_size: int) -> str:
        bad = self._kinds.total()
        count = len(epoch.order) if not epoch.streams else bad + epoch.good_forming
        if not count:
            return f"the data set gave no items in epoch {epoch.number}"
        if bad < count:
            return (
                f"only {count - bad:,} good files, fewer than one batch of {batch_size}, and drop_last "
                "leaves out incomplete batches: lower batch_size, or turn drop_last off"
            )
        kinds = ", ".join(f"{count:,} {kind}" for kind, count in self._kinds.most_common())
        which = "the only file could not" if count == 1 else f"none of the {count:,} files could"
        return f"{which} be loaded ({kinds}): look at the skipped files for why"

    # --- handing out ---------------------------------------------------------------------------------------

    def deliver(self) -> tuple[FormedBatch, list[Sample]]:
        """The next complete batch, and samples that no batch will be formed of after it."""
        batch = self.complete.popleft()
        last, self._last_delivered = self._last_delivered, batch.epoch
        left_over = last.tail if last is not None and last is not batch.epoch else None
        return batch, left_over or []

    def leftovers(self) -> list[Sample]:
        """Bad ones that no batch will be formed after: known once nothing more is delivered."""
        members = self._carried + [sample for epoch in self.epochs for sample in epoch.forming]
        return [sample for sample in members if sample.state is SampleState.BAD and sample.fault is not None]

    # --- forming again -------------------------------------------------------------------------------------

    def reopen(self) -> list[Sample]:
        """Take all undelivered batches apart, to form others of their samples, and of what the last epoch left over.

        Returns:
            Samples that have to be loaded again, as their memory was given up.
        """
        reload: list[Sample] = []
        for batch in reversed(self.complete):
            reload += self._reopen_epoch(batch.epoch)
            own = [sample for sample in batch.members if sample.epoch is batch.epoch]
            self._carried[:0] = [sample for sample in batch.members if sample.epoch is not batch.epoch]
            batch.epoch.reopen()
            batch.epoch.open.extendleft(reversed(own))
            batch.epoch.batches -= 1
            batch.epoch.delivered -= len(batch.good)
            if batch.slot is not None:
                batch.slot.planned = False
        self.complete.clear()
        if self._last_delivered is not None:
            reload += self._reopen_epoch(self._last_delivered)
        self.reopen_forming()
        return reload

    def _reopen_epoch(self, epoch: EpochPlan) -> list[Sample]:
        if epoch.tail is None:
            return []
        tail, epoch.tail = epoch.tail, None
        self.epochs.appendleft(epoch)
        epoch.open.extend(tail)
        self._carried = [sample for sample in self._carried if sample.epoch is not epoch]
        return [sample for sample in tail if sample.state is SampleState.READY]

    def reopen_forming(self) -> None:
        """Forget what was to be the next batch of each epoch, and where it was planned."""
        for epoch in self.epochs:
            epoch.reopen()
            self._assignment.unplan_all(epoch)
        self._kinds.clear()

    def drop_all(self) -> None:
        """Forget all epochs and batches; places of samples are the caller's matter."""
        for batch in self.complete:
            if batch.slot is not None:
                self._assignment.unplan(batch.slot)
        for epoch in self.epochs:
            self._assignment.unplan_all(epoch)
        self.complete.clear()
        self.epochs.clear()
        self._carried.clear()
        self._kinds.clear()
        self._last_delivered = None
