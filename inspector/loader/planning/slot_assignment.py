"""Where each sample goes: a place in the slot of its batch, or one of its own, and what is moved to close gaps.

Where samples are alike, a new one gets the cell that it will have if no sample before it turns out bad. When one
does, everything after it moves up by one: the few that are loaded already are moved when their batch is formed,
and later ones get their right cell from the start. So the ordinary batch is never copied, and a bad file costs one
batch's copy at most. Samples that differ have a slot each, and are never moved.

Like the planner, which alone uses it, nothing here waits, reads or locks.
"""

from collections import deque

from inspector.errors import MemoryLimitError
from inspector.loader.memory.slots import Forms, Slot, SlotPool, bytes_in_row, places_in_row
from inspector.loader.planning.common_forms import CommonForms, expected_forms
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
    image_bytes = sum(form.nbytes for form in expected_forms(config) or ())
    needed, limit = image_bytes * min(config.batch_size, length), config.memory_limit_bytes
    if needed > limit:
        raise MemoryLimitError(
            f"a batch of {config.batch_size} images takes {needed / 1e6:.0f} MB, more than memory_limit_bytes = "
            f"{limit / 1e6:.0f} MB allows: raise the limit, or lower batch_size or image_size"
        )


class SlotAssignment:
    """Reserves places for samples in the pool's slots, and releases slots that nobody needs.

    It sets a sample's `slot`, `cell` and `charged` and an epoch's `slots`, and reads the rest of them. A delivered slot
    is not its concern until it comes back.

    Attributes:
        capacity: bytes that all slots together may take.
    """

    def __init__(self, pool: SlotPool, common: CommonForms) -> None:
        self._pool = pool
        self._common = common
        self._sizes: deque[int] = deque(maxlen=_REMEMBERED_SIZES)
        self._guess_bytes = _FIRST_GUESS_BYTES  # the largest of them
        self.capacity = pool.capacity

    @property
    def side_by_side(self) -> bool:
        """Samples are alike, and those of a batch are written side by side."""
        return bool(self._common.forms)

    # --- reserving -----------------------------------------------------------------------------------------

    def place_next(self, sample: Sample, batch_size: int, *, urgent: bool) -> bool:
        """Reserve a place for the next sample of its epoch, in its batch's slot where samples are alike.

        False: no memory now. `urgent`: nothing is being loaded, so no memory would come back by waiting.
        """
        forms = self._common.forms
        if not forms or sample.needs_bytes:
            return self.place_alone(sample, urgent=urgent)
        epoch = sample.epoch
        ahead, cell = divmod(epoch.rank, batch_size)
        while len(epoch.slots) <= ahead:
            epoch.slots.append(None)
        slot = epoch.slots[ahead]
        if slot is None:
            cells = min(batch_size, epoch.rank + epoch.remaining - ahead * batch_size)
            slot = epoch.slots[ahead] = self._pool.acquire_batch(cells, forms)
            if slot is None:
                return False
        if cell < slot.cells and slot.occupants[cell] is None:
            self._put(sample, slot, cell)
            return True
        if self._put_alone(sample, bytes_in_row(forms)):  # its cell is taken by one that will move up
            return True
        if ahead or not urgent:
            return False
        good = [each for each in (*epoch.forming, *epoch.open) if each.state is SampleState.READY]
        if not _alike(good, slot) or not _is_free_for(good, slot):
            return False
        self._line_up(good, slot)  # now already, as there is no memory for a detour
        self._put(sample, slot, cell)
        return True

    def place_alone(self, sample: Sample, *, urgent: bool) -> bool:
        """Reserve a slot of its own for a sample, if it needs one. False and `urgent`: as for `place_next`."""
        forms = self._common.forms
        if forms == () and not sample.needs_bytes:
            return urgent or self._pool.used_bytes < self.capacity
        nbytes = sample.needs_bytes or bytes_in_row(forms or ())
        return self._put_alone(sample, nbytes) if nbytes else self._put_by_guess(sample, urgent=urgent)

    def _put_by_guess(self, sample: Sample, *, urgent: bool) -> bool:
        """Room for a sample of unknown size: as much as the largest of the last ones took.

        When memory is short and nothing is on its way, less will do: the worker reports if it does not.
        """
        nbytes = min(self._guess_bytes, self.capacity)
        while not self._put_alone(sample, nbytes):
            if not urgent or nbytes < _LEAST_GUESS_BYTES:
                return False
            nbytes //= 2
        return True

    def _put_alone(self, sample: Sample, nbytes: int) -> bool:
        slot = self._pool.acquire(nbytes)
        if slot is None:
            return False
        self._put(sample, slot, 0)
        return True

    def _put(self, sample: Sample, slot: Slot, cell: int) -> None:
        slot.occupy(cell, sample.sample_id)
        sample.slot, sample.cell = slot, cell

    # --- fitting -------------------------------------------------------------------------------------------

    def fit(self, sample: Sample, forms: Forms) -> None:
        """Give back what a sample's place has beyond its arrays, which are there now."""
        if sample.slot is not None and not sample.slot.forms:
            nbytes = bytes_in_row(forms)
            self._remember(nbytes)
            self._pool.trim(sample.slot, nbytes)

    def outgrow(self, sample: Sample, nbytes: int) -> None:
        """A sample does not fit into its place: vacate it, to reserve one of `nbytes` next."""
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

    def charge(self, sample: Sample, nbytes: int) -> None:
        """A loaded sample takes so much beside its place; it counts until it is delivered or vacated."""
        sample.charged = nbytes
        self._pool.used_bytes += nbytes

    def discharge(self, sample: Sample) -> None:
        """What it takes beside its place is no longer here."""
        self._pool.used_bytes -= sample.charged
        sample.charged = 0

    # --- forming -------------------------------------------------------------------------------------------

    def gather(self, epoch: EpochPlan, good: list[Sample]) -> tuple[Slot | None, bool]:
        """The slot where a batch's samples lie side by side in order, moved if need be.

        None: they stay where they are, and no slot is planned for them; with False: there is no memory now.
        """
        forms = self._common.forms
        slot = epoch.slots.popleft() if epoch.slots else None
        if slot is not None and slot.cells >= len(good) and _alike(good, slot) and _is_free_for(good, slot):
            self._line_up(good, slot)
            return slot, True
        if slot is not None:
            self.unplan(slot)
        if not forms or not self._common.fixed:
            return None, True
        slot = self._pool.acquire_batch(len(good), forms)
        if slot is None:
            epoch.slots.appendleft(None)
            return None, False
        self._line_up(good, slot)
        return slot, True

    def _line_up(self, good: list[Sample], slot: Slot) -> None:
        for cell, sample in enumerate(good):
            if sample.slot is not slot or sample.cell != cell:
                self._move(sample, slot, cell)

    def _move(self, sample: Sample, slot: Slot, cell: int) -> None:
        assert slot.occupants[cell] is None, "samples only ever move up into places that are free"
        for source, target, form in zip(places_of(sample), slot.places(cell), slot.forms, strict=True):
            self._pool.copy(source, target, form.nbytes)
        self.vacate(sample, keep_charge=True)
        self._put(sample, slot, cell)

    # --- releasing -----------------------------------------------------------------------------------------

    def vacate(self, sample: Sample, *, keep_charge: bool = False) -> None:
        """Give a sample's place up, if it has one."""
        if not keep_charge:
            self.discharge(sample)
        slot, sample.slot = sample.slot, None
        if slot is not None:
            slot.vacate(sample.cell)
            self._release_if_unused(slot)

    def unplan_all(self, epoch: EpochPlan) -> None:
        """No batch of the epoch will be formed where it was planned; the samples stay where they are."""
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


def places_of(sample: Sample) -> tuple[int, ...]:
    """Where each array of a loaded sample begins in the arena."""
    assert sample.slot is not None
    if sample.slot.forms:
        return sample.slot.places(sample.cell)
    return places_in_row(sample.slot.offset, sample.forms)


def _alike(good: list[Sample], slot: Slot) -> bool:
    forms, last = slot.forms, None
    for sample in good:
        if (own := sample.forms) is not last and own != forms:
            return False
        last = own  # most have the same object
    return True


def _is_free_for(good: list[Sample], slot: Slot) -> bool:
    """None of the cells has a sample of a batch before it, as those may that were formed before samples were alike."""
    own = {sample.sample_id for sample in good}
    return all(occupant is None or occupant in own for occupant in slot.occupants[: len(good)])
