"""The last step: a formed batch becomes a `Batch` whose arrays view the shared memory, for as long as they live."""

from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.loader.batch import Batch, Images
from inspector.loader.memory.held_slots import SlotArray
from inspector.loader.memory.slots import Slot
from inspector.loader.planning.samples import FormedBatch, Sample
from inspector.loader.state import LoaderState


class BatchBuilder:
    """Makes batches of what the planner has formed. With the state's lock held."""

    def __init__(self, state: LoaderState) -> None:
        self._state = state
        self._image_size = state.config.image_size or (0, 0)

    def build(self, formed: FormedBatch) -> Batch:
        """The batch; its memory comes back to the pool when the last view of its arrays is gone."""
        good = formed.good
        index = self._state.index
        return Batch(
            images=self._images(good, formed.slot),
            paths=[index.path(sample.index) for sample in good],
            indices=np.array([sample.index for sample in good], np.int64),
            sizes=np.array([_size(sample) for sample in good], np.int64).reshape(-1, 2),
            labels=self._labels(good),
            number=self._state.number,
            epoch=formed.epoch.number,
            skipped=tuple(sample.problem for sample in formed.skipped if sample.problem is not None),
            damaged=tuple(sample.problem for sample in formed.damaged if sample.problem is not None),
            last_in_epoch=bool(formed.last),
        )

    def _images(self, good: list[Sample], slot: Slot | None) -> Images:
        if slot is not None:
            height, width = self._image_size
            return self._publish(slot, (len(good), height, width, 3))
        arrays = []
        for sample in good:
            assert sample.slot is not None
            assert sample.result is not None
            assert sample.result.shape is not None
            arrays.append(self._publish(sample.slot, sample.result.shape))
        return arrays

    def _publish(self, slot: Slot, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        state = self._state
        base = SlotArray(shape, state.config.dtype, state.arena.memory, slot.offset)
        array = base.view(np.ndarray)
        if state.held.nbytes + slot.nbytes > state.slots.capacity // 4:
            array = array.copy()  # the receiver keeps many batches: its own memory then, so that ours can move on
            state.planner.reclaim(slot)
            return array
        state.held.hold(slot, base)
        return array

    def _labels(self, good: list[Sample]) -> list[Any] | None:
        own = [sample.result.payload if sample.result is not None else None for sample in good]
        if any(own):
            return [payload[0] if payload is not None else None for payload in own]
        index = self._state.index
        return [index.label(sample.index) for sample in good] if index.classes else None


def _size(sample: Sample) -> tuple[int, int]:
    return (sample.result.height, sample.result.width) if sample.result is not None else (0, 0)
