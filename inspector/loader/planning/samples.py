"""What is planned: each file's turn in an epoch, each epoch, each complete batch. The planner alone changes them."""

import sys
from collections import deque
from enum import Enum, auto
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.errors import InspectorError
from inspector.formats.problems import Problem
from inspector.loader.memory.slots import Forms, Slot
from inspector.loader.workers.messages import SampleFault, SampleResult

Order = npt.NDArray[np.int64] | range
ENDLESS = range(sys.maxsize)


class SampleState(Enum):
    """Where a sample is on its way."""

    WAITING = auto()  # to be (re)sent to a worker
    SENT = auto()
    READY = auto()
    BAD = auto()
    DROPPED = auto()  # a worker still has it, and nobody waits for it any more


class Sample:
    """One file's turn in one epoch.

    Attributes:
        path: its name in the index; "" before it was sent.
        position: (epoch, place in its order); sorts samples.
        slot, cell: the place that is reserved for its image; `slot` is None while it has none.
        needs_bytes: how large a place of its own it is known to need; 0: not known.
        charged: bytes that it takes beside its place.
        error: why no batch can be made with it, nor any after it.
        fault: why it is bad, or damaged. problem: the same as it is delivered; None until then.
        crashes, kills, timeouts: exits of workers that were at it, see `retry_policy`.
    """

    __slots__ = (
        "cell", "charged", "crashes", "epoch", "error", "fault", "index", "kills", "needs_bytes", "path", "position",
        "problem", "result", "sample_id", "slot", "state", "timeouts",
    )  # fmt: skip

    def __init__(self, sample_id: int, epoch: "EpochPlan", index: int) -> None:
        self.sample_id = sample_id
        self.epoch = epoch
        self.index = index
        self.path = ""
        self.position = (epoch.number, epoch.cursor)
        self.state = SampleState.WAITING
        self.slot: Slot | None = None
        self.cell = 0
        self.result: SampleResult | None = None
        self.fault: SampleFault | None = None
        self.problem: Problem | None = None
        self.error: InspectorError | None = None
        self.needs_bytes = self.charged = 0
        self.crashes = self.kills = self.timeouts = 0

    @property
    def forms(self) -> Forms:
        """Of the arrays of a loaded sample, in its place."""
        composition = self.result.composition if self.result is not None else None
        return composition.forms if composition is not None else ()


class EpochPlan:
    """One pass through the data set, as far as it is planned and not yet formed into batches.

    Attributes:
        order: (n,) the indices of its samples; those before `cursor` have become samples.
        ranks: that share the epoch; base: samples of the epoch that were delivered by all of them before this plan.
        delivered: good samples in the batches that were formed.
        spare: samples from the start of the order that come again in place of bad ones, so that each rank has as many
            batches as the others.
        rank: good or open samples that are not in a formed batch yet: the next sample's place.
        slots: slots of the batches to be formed next, in order; `SlotAssignment` fills and empties them.
        open: samples not yet in `forming`, in order; forming: the resolved ones before them.
        good_forming: how many of `forming` are good.
        again: those of `open` that lost their place for want of memory, to be taken before new ones.
        batches: batches formed in this epoch.
        streams: of an iterable data set, one sample of each in turn; 0: it is none. Sample i is at place i // streams
            of stream i % streams. The order has no end until all of them have ended.
        tail: once all its batches are formed: the resolved samples that came after the last of them.
    """

    def __init__(
        self,
        number: int,
        order: Order,
        *,
        cursor: int = 0,
        batches: int = 0,
        ranks: int = 1,
        base: int = 0,
        delivered: int = 0,
        streams: int = 0,
    ) -> None:
        self.number = number
        self.streams = streams
        self._ended: set[int] = set()
        self.ranks = ranks
        self.base = base
        self.delivered = delivered
        self.spare = min(cursor - delivered, len(order)) if ranks > 1 else 0
        self.order = order
        self.cursor = cursor
        self.rank = 0
        self.good_forming = 0
        self.slots: deque[Slot | None] = deque()
        self.open: deque[Sample] = deque()
        self.forming: list[Sample] = []
        self.again: deque[Sample] = deque()
        self.batches = batches
        self.tail: list[Sample] | None = None

    @property
    def remaining(self) -> int:
        """Samples of this epoch that nobody has asked for yet."""
        return len(self.order) + self.spare - self.cursor + len(self.again)

    @property
    def next_index(self) -> int:
        """The index of the sample at `cursor`."""
        return int(self.order[self.cursor % len(self.order)])

    @property
    def endless(self) -> bool:
        """Nobody knows yet where it ends."""
        return len(self._ended) < self.streams

    def skip_ended(self) -> None:
        """Go to the next sample of a stream that has not ended."""
        while self.endless and self.cursor % self.streams in self._ended:
            self.cursor += 1

    def end_stream(self, index: int) -> None:
        """There is no such sample, nor any after it in its stream."""
        self._ended.add(index % self.streams)
        if not self.endless:
            self.order = range(self.cursor)

    def replace_bad(self) -> None:
        """A sample is bad: where others count on this rank's batches, another one comes at the end."""
        if self.ranks > 1 and self.spare < len(self.order):
            self.spare += 1

    def reopen(self) -> None:
        """Make what was to be the next batch open again, to be cut again."""
        self.open.extendleft(reversed(self.forming))
        self.forming = []
        self.good_forming = 0


class Position(NamedTuple):
    """Where in the sequence a loader is: what comes next.

    Attributes:
        epoch, place: the next sample is at this place of this epoch's order.
        batches: that this epoch has had so far.
        delivered: good samples in them. base: where in the whole epoch this rank's order begins, see `EpochPlan`.
        streams: see `EpochPlan`; 0: as many as there are workers.
    """

    epoch: int = 0
    place: int = 0
    batches: int = 0
    delivered: int = 0
    base: int = 0
    streams: int = 0

    @property
    def spare(self) -> int:
        """Samples so far that were bad."""
        return self.place - self.delivered


class FormedBatch:
    """A complete batch, waiting for the consumer.

    Attributes:
        slot: where all its samples lie side by side; None: each has its own place.
        good: the images of the batch, in order. damaged: those of them that are, in order.
        skipped: bad ones whose place this batch had to fill, in order.
        end: the position after it.
        last: no batch of its epoch comes after it; None: it is not known yet.
    """

    def __init__(self, epoch: EpochPlan, members: list[Sample], slot: Slot | None) -> None:
        self.epoch = epoch
        self.members = members
        self.slot = slot
        self.last: bool | None = None
        place = members[-1].position[1] + 1
        self.end = Position(epoch.number, place, epoch.batches, epoch.delivered, epoch.base, epoch.streams)
        self.good = [sample for sample in members if sample.state is SampleState.READY]
        faulty = [sample for sample in members if sample.fault is not None]
        self.skipped = [sample for sample in faulty if sample.state is SampleState.BAD]
        self.damaged = [sample for sample in faulty if sample.state is SampleState.READY]
