"""Where each image goes: a place in the slot of its batch, or one of its own, and what is moved to close gaps.

With a fixed image size a new sample gets the cell that it will have if no file before it turns out bad. When one
does, everything after it moves up by one: the few images that are loaded already are moved when their batch is formed,
and later ones get their right cell from the start. So the ordinary batch is never copied, and a bad file costs one
batch's copy at most. Images of native size have a slot each, and are never moved.

Like the planner, which alone uses it, nothing here waits, reads or locks.
"""

import math
from collections import deque

import numpy as np

from inspector.errors import MemoryLimitError
from inspector.loader.memory.slots import Slot, SlotPool
from inspector.loader.planning.samples import EpochPlan, Sample, SampleState
from inspector.settings import LoaderConfig

_FIRST_GUESS_BYTES = 1 << 20
_LEAST_GUESS_BYTES = 64
_REMEMBERED_SIZES = 256


def check_batch_fits(config: LoaderConfig, length: int) -> None:
    """
    Raises:
        MemoryLimitError: when one batch of `length` samples does not fit into memory.
    """
    needed, limit = _cell_bytes(config) * min(config.batch_size, length), config.memory_limit_bytes
    if needed > limit:
        raise MemoryLimitError(
            f"a batch of {config.batch_size} images takes {needed / 1e6:.0f} MB, more than memory_limit_bytes = "
            f"{limit / 1e6:.0f} MB allows: raise the limit, or lower batch_size or image_size"
        )


def _cell_bytes(config: LoaderConfig) -> int:
    size = config.image_size
    return size[0] * size[1] * 3 * np.dtype(config.dtype).itemsize if size else 0


class SlotAssignment:
    """Reserves places for samples in the pool's slots, and releases slots that nobody needs.

    It sets a sample's `slot` and `cell` and an epoch's `slots`, and reads the rest of them. A delivered slot is not
    its concern until it comes back.

    Attributes:
        cell_bytes: of one image in a stacked batch; 0: images have their native size and are not stacked.
        capacity: bytes that all slots together may take.
    """

    def __init__(self, config: LoaderConfig, pool: SlotPool, *, pixels: bool = True) -> None:
        self._pool = pool
        self._pixels = pixels
        self._itemsize = np.dtype(config.dtype).itemsize
        self._sizes: deque[int] = deque(maxlen=_REMEMBERED_SIZES)
        self._guess_bytes = _FIRST_GUESS_BYTES  # the largest of them
        self.cell_bytes = _cell_bytes(config)
        self.capacity = pool.capacity

    # --- reserving -----------------------------------------------------------------------------------------

    def place_next(self, sample: Sample, batch_size: int, *, urgent: bool) -> bool:
        """Reserve a place for the next sample of its epoch, in its batch's slot where batches are stacked.

        False: no memory now. `urgent`: nothing is being loaded, so no memory would come back by waiting.
        """
        if not self.cell_bytes:
            return self.place_alone(sample, urgent=urgent)
        epoch = sample.epoch
        ahead, cell = divmod(epoch.rank, batch_size)
        while len(epoch.slots) <= ahead:
            epoch.slots.append(None)
        slot = epoch.slots[ahead]
        if slot is None:
            cells = min(batch_size, epoch.rank + epoch.remaining - ahead * batch_size)
            slot = epoch.slots[ahead] = self._pool.acquire(cells, self.cell_bytes, planned=True)
            if slot is None:
                return False
        if cell < slot.cells and slot.occupants[cell] is None:
            self._put(sample, slot, cell)
            return True
        if self._put_alone(sample, self.cell_bytes):  # its cell is taken by one that will move up
            return True
        if ahead or not urgent:
            return False
        good = [each for each in (*epoch.forming, *epoch.open) if each.state is SampleState.READY]
        self._line_up(good, slot)  # now already, as there is no memory for a detour
        self._put(sample, slot, cell)
        return True

    def place_alone(self, sample: Sample, *, urgent: bool) -> bool:
        """Reserve a slot of its own for a sample, if it is an image. False and `urgent`: as for `place_next`."""
        if not self._pixels:
            return True
        nbytes = self.cell_bytes or sample.needs_bytes
        return self._put_alone(sample, nbytes) if nbytes else self._put_by_guess(sample, urgent=urgent)

    def _put_by_guess(self, sample: Sample, *, urgent: bool) -> bool:
        """Room for an image of unknown size: as much as the largest of the last ones took.

        When memory is short and nothing is on its way, less will do: the worker reports if it does not.
        """
        nbytes = min(self._guess_bytes, self.capacity)
        while not self._put_alone(sample, nbytes):
            if not urgent or nbytes < _LEAST_GUESS_BYTES:
                return False
            nbytes //= 2
        return True

    def _put_alone(self, sample: Sample, nbytes: int) -> bool:
        slot = self._pool.acquire(1, nbytes, planned=False)
        if slot is None:
            return False
        self._put(sample, slot, 0)
        return True

    def _put(self, sample: Sample, slot: Slot, cell: int) -> None:
        slot.occupy(cell, sample.sample_id)
        sample.slot, sample.cell = slot, cell

    # --- fitting -------------------------------------------------------------------------------------------

    def fit(self, sample: Sample, shape: tuple[int, ...]) -> None:
        """Give back what a sample's place has beyond its image, which is there now."""
        if not self.cell_bytes and sample.slot is not None:
            nbytes = math.prod(shape) * self._itemsize
            self._remember(nbytes)
            self._pool.trim(sample.slot, nbytes)

    def outgrow(self, sample: Sample, nbytes: int) -> None:
        """A sample's image does not fit into its place: vacate it, to reserve one of `nbytes` next."""
        self._remember(nbytes)
        self.vacate(sample)
        sample.needs_bytes = nbytes

    def _remember(self, nbytes: int) -> None:
        oldest = self._sizes[0] if len(self._sizes) == _REMEMBERED_SIZES else 0
        self._sizes.append(nbytes)
        if nbytes >= self._guess_bytes:
            self._guess_bytes = nbytes
        elif oldest == self._guess_bytes or len(self._sizes) == 1:
            self._guess_bytes = max(self._sizes)

    def gather(self, epoch: EpochPlan, good: list[Sample]) -> Slot | None:
        """The slot where a batch's images lie side by side in order, moved if need be; None: no memory now."""
        slot = epoch.slots.popleft() if epoch.slots else None
        if slot is None or slot.cells < len(good):
            if slot is not None:
                self.unplan(slot)
            slot = self._pool.acquire(len(good), self.cell_bytes, planned=True)
            if slot is None:
                epoch.slots.appendleft(None)
                return None
        self._line_up(good, slot)
        return slot

    def _line_up(self, good: list[Sample], slot: Slot) -> None:
        for cell, sample in enumerate(good):
            if sample.slot is not slot or sample.cell != cell:
                self._move(sample, slot, cell)

    def _move(self, sample: Sample, slot: Slot, cell: int) -> None:
        assert sample.slot is not None
        assert slot.occupants[cell] is None, "images only ever move up into places that are free"
        self._pool.copy(sample.slot.cell_offset(sample.cell), slot.cell_offset(cell), self.cell_bytes)
        self.vacate(sample)
        self._put(sample, slot, cell)

    # --- releasing -----------------------------------------------------------------------------------------

    def vacate(self, sample: Sample) -> None:
        """Give a sample's place up, if it has one."""
        slot, sample.slot = sample.slot, None
        if slot is not None:
            slot.vacate(sample.cell)
            self._release_if_unused(slot)

    def unplan_all(self, epoch: EpochPlan) -> None:
        """No batch of the epoch will be formed where it was planned; the images stay where they are."""
        for slot in epoch.slots:
            if slot is not None:
                self.unplan(slot)
        epoch.slots.clear()

    def unplan(self, slot: Slot) -> None:
        """No batch is to be formed in a slot, or none any more."""
        slot.planned = False
        self._release_if_unused(slot)

    def _release_if_unused(self, slot: Slot) -> None:
        if slot.live == 0 and not slot.planned:
            self._pool.release(slot)

    def reclaim(self, slot: Slot) -> None:
        """The last array in a delivered slot is gone."""
        self._pool.release(slot)
