"""The last step: a formed batch becomes a `Batch` whose arrays view the shared memory, for as long as they live.

In two parts: `take`, with the state's lock held, makes arrays of the batch's memory, so that its slots are free when
the last view of them is gone. `build`, without it, runs the user's code: values are unpickled, and samples collated.
"""

import pickle
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.error_texts import in_words
from inspector.errors import UserCodeError
from inspector.loader.batch import Batch
from inspector.loader.memory.held_slots import SlotArray
from inspector.loader.memory.slots import Slot, places_in_row
from inspector.loader.planning.samples import FormedBatch, Sample
from inspector.loader.planning.slot_assignment import places_of
from inspector.loader.state import LoaderState
from inspector.loader.workers.messages import SampleResult
from inspector.loader.workers.random_state import KeptRandomState, sample_seed, seed_generators
from inspector.sources.structure import LABEL_NAMES, Composition, collated, part_names, parts_of, put_together

Array = npt.NDArray[Any]


class TakenBatch(NamedTuple):
    """A batch out of the loader's hands.

    Attributes:
        batch: without images, labels and fields.
        results: of its samples.
        stacked: the arrays of all samples, side by side: each (B, ...). None: `apart` has them.
        apart: the arrays of each sample.
        order: of the batch in its epoch.
    """

    batch: Batch
    results: list[SampleResult]
    stacked: list[Array] | None
    apart: list[list[Array]]
    class_names: list[str | None] | None
    order: int


class BatchBuilder:
    """Makes batches of what the planner has formed. `collate`: the user's, or None."""

    def __init__(self, state: LoaderState, collate: Callable[[list[Any]], Any] | None = None) -> None:
        self._state = state
        self._collate = collate
        self._as_given = state.spec.has_user_code or collate is not None

    # --- with the lock -------------------------------------------------------------------------------------

    def take(self, formed: FormedBatch) -> TakenBatch:
        """The batch's memory as arrays; it comes back to the pool when the last view of them is gone."""
        good = formed.good
        index = self._state.index
        batch = Batch(
            images=[],
            paths=[sample.path for sample in good],
            indices=np.array([sample.index for sample in good], np.int64),
            sizes=np.array([_size(sample) for sample in good], np.int64).reshape(-1, 2),
            labels=None,
            number=self._state.number,
            epoch=formed.epoch.number,
            skipped=tuple(sample.problem for sample in formed.skipped if sample.problem is not None),
            damaged=tuple(sample.problem for sample in formed.damaged if sample.problem is not None),
            last_in_epoch=bool(formed.last),
        )
        slot = formed.slot
        return TakenBatch(
            batch,
            [sample.result for sample in good if sample.result is not None],
            self._arrays_side_by_side(slot, len(good)) if slot is not None else None,
            [self._own_arrays(sample) for sample in good] if slot is None else [],
            [index.label(sample.index) for sample in good] if index.classes else None,
            formed.end.batches,
        )

    def _arrays_side_by_side(self, slot: Slot, count: int) -> list[Array]:
        memory = self._publish(slot)
        arrays = []
        for start, form in zip(slot.starts, slot.forms, strict=True):
            arrays.append(np.ndarray((count, *form.shape), form.dtype, memory, start - slot.offset))
        return arrays

    def _own_arrays(self, sample: Sample) -> list[Array]:
        """The arrays of a sample that has not its batch's slot in common with the others."""
        slot, forms = sample.slot, sample.forms
        if slot is None:
            return []
        if slot.forms:
            places = zip(places_of(sample), forms, strict=True)
            arrays = [self._state.arena.view(place, form.shape, form.dtype).copy() for place, form in places]
            self._state.planner.vacate(sample)
            return arrays
        memory = self._publish(slot)
        return [
            np.ndarray(form.shape, form.dtype, memory, begin)
            for form, begin in zip(forms, places_in_row(0, forms), strict=True)
        ]

    def _publish(self, slot: Slot) -> Array:
        """(bytes,) uint8: the slot's memory, or a copy of it."""
        state = self._state
        array = SlotArray((slot.nbytes,), np.uint8, state.arena.memory, slot.offset)
        if state.held.nbytes + slot.nbytes > state.slots.capacity // 4:
            own = np.array(array)  # the receiver keeps many batches: its own memory then, so that ours can move on
            state.planner.reclaim(slot)
            return own
        state.held.hold(slot, array)
        return array

    # --- without the lock ----------------------------------------------------------------------------------

    def build(self, taken: TakenBatch) -> Batch:
        """
        Raises:
            UserCodeError: when `collate` raises, or a value's own way of being unpickled.
        """
        if not self._as_given:
            images = taken.stacked[0] if taken.stacked is not None else [arrays[0] for arrays in taken.apart]
            fields = {"image": images} if taken.class_names is None else {"image": images, "label": taken.class_names}
            return replace(taken.batch, images=images, labels=taken.class_names, data=images, fields=fields)
        return self._build(taken)

    def _build(self, taken: TakenBatch) -> Batch:
        compositions = [result.composition for result in taken.results]
        first = compositions[0]
        assert first is not None
        columns = _columns(taken, first) if self._collate is None else None
        samples = [_leaves(taken, number) for number in range(len(compositions))] if columns is None else []
        labels: Any = taken.class_names
        if columns is not None or all(each is first or _same_structure(each, first) for each in compositions):
            columns = columns or [_column(taken, first, samples, leaf) for leaf in range(len(first.kinds))]
            images = columns[first.image] if first.image >= 0 else []
            data = collated(first.structure, iter(columns))
            fields = dict(zip(part_names(first.structure, first.image), parts_of(first.structure, data), strict=True))
            labels = next((fields[name] for name in fields if name.lower() in LABEL_NAMES), labels)
        else:
            pairs = [(each, leaves) for each, leaves in zip(compositions, samples, strict=True) if each is not None]
            images = [leaves[each.image] for each, leaves in pairs if each.image >= 0]
            data = [put_together(each.structure, iter(leaves)) for each, leaves in pairs]
            fields = {"image": images}
        if self._collate is not None:
            data = self._collated(taken, compositions, samples)
        if taken.class_names is not None:
            fields.setdefault("label", labels)
        return replace(taken.batch, images=images, labels=labels, data=data, fields=fields)

    def _collated(self, taken: TakenBatch, compositions: Sequence[Any], samples: list[list[Any]]) -> Any:
        """What the user's `collate` makes of the samples as they were given. It draws the same numbers everywhere."""
        given = [
            put_together(composition.structure, iter(_as_given(composition, leaves)))
            for composition, leaves in zip(compositions, samples, strict=True)
        ]
        batch, state = taken.batch, self._state
        with KeptRandomState() as random_state:
            random_state.keep()
            seed_generators(sample_seed(state.spec.seed, batch.epoch, len(state.index) + taken.order))
            try:
                assert self._collate is not None
                return self._collate(given)
            except Exception as error:
                raise UserCodeError(
                    f"batch {batch.number}, which begins with {batch.paths[0]}: collate raised {in_words(error)}"
                ) from error


def _size(sample: Sample) -> tuple[int, int]:
    return (sample.result.height, sample.result.width) if sample.result is not None else (0, 0)


def _same_structure(one: Composition | None, other: Composition) -> bool:
    return one is not None and (one.structure, one.image) == (other.structure, other.image)


def _leaves(taken: TakenBatch, number: int) -> list[Any]:
    """All that one sample is made of, in order."""
    result = taken.results[number]
    composition = result.composition
    assert composition is not None
    arrays = [each[number] for each in taken.stacked] if taken.stacked is not None else taken.apart[number]
    values = result.values
    if not isinstance(values, tuple):
        values = _unpickled(values if values is not None else arrays[-1].data, taken.batch.paths[number])
    rest = iter(values)
    own = dict(zip(composition.placed, arrays, strict=False))  # the last one may be the pickle
    return [own[leaf] if leaf in own else next(rest) for leaf in range(len(composition.kinds))]


def _unpickled(values: Any, path: str) -> Any:
    try:
        return pickle.loads(values)
    except Exception as error:  # whatever the user's classes raise when they are made again
        reason = f"a value of it could not be unpickled: {in_words(error)}"
        raise UserCodeError(f"{path}: {reason}") from error


def _as_given(composition: Composition, leaves: list[Any]) -> list[Any]:
    """The leaves, with tensors where there were tensors."""
    if "tensor" not in composition.kinds:
        return leaves
    import torch

    return [
        torch.from_numpy(leaf) if kind == "tensor" else leaf
        for leaf, kind in zip(leaves, composition.kinds, strict=True)
    ]


def _columns(taken: TakenBatch, composition: Composition) -> list[Any] | None:
    """All leaves of all samples, where each is in shared memory or a plain value: most batches, fast."""
    if taken.stacked is None or not all(type(result.values) is tuple for result in taken.results):
        return None
    if not all(result.composition is composition or result.composition == composition for result in taken.results):
        return None
    placed = iter(taken.stacked)
    values = iter(zip(*[result.values for result in taken.results], strict=True))
    return [
        next(placed) if leaf in composition.placed else list(next(values)) for leaf in range(len(composition.kinds))
    ]


def _column(taken: TakenBatch, composition: Composition, samples: list[list[Any]], leaf: int) -> Any:
    """One leaf of all samples: one array where they are arrays that are alike."""
    if composition.kinds[leaf] == "value":
        return [leaves[leaf] for leaves in samples]
    if taken.stacked is not None and leaf in composition.placed:
        return taken.stacked[composition.placed.index(leaf)]
    arrays = [leaves[leaf] for leaves in samples]
    first = arrays[0]
    if any(array.shape != first.shape or array.dtype != first.dtype for array in arrays):
        return arrays
    return first[None] if len(arrays) == 1 else np.stack(arrays, dtype=first.dtype)
