"""The last step: a formed batch becomes a `Batch` whose arrays view the shared memory, for as long as they live."""

from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.loader.batch import Batch, Images
from inspector.loader.memory.slot_array import SlotArray
from inspector.loader.memory.slots import Arena, Slot, SlotPool
from inspector.loader.planning.planner import Planner
from inspector.loader.planning.samples import FormedBatch, Sample
from inspector.loader.supervisor import Supervisor
from inspector.settings import LoaderConfig
from inspector.sources.dataset import Index


class BatchBuilder:
    """Makes batches of what the planner has formed. With the supervisor's lock held."""

    def __init__(
        self,
        config: LoaderConfig,
        index: Index,
        planner: Planner,
        arena: Arena,
        pool: SlotPool,
        supervisor: Supervisor,
    ) -> None:
        self._image_size = config.image_size or (0, 0)
        self._dtype = config.dtype
        self._index = index
        self._planner = planner
        self._arena = arena
        self._pool = pool
        self._supervisor = supervisor

    def batch(self, formed: FormedBatch, number: int) -> Batch:
        """The batch; its memory comes back to the pool when the last view of its arrays is gone."""
        good = formed.good
        return Batch(
            images=self._images(good, formed.slot),
            paths=[self._index.path(sample.index) for sample in good],
            indices=np.array([sample.index for sample in good], np.int64),
            sizes=np.array([_size(sample) for sample in good], np.int64).reshape(-1, 2),
            labels=self._labels(good),
            number=number,
            epoch=formed.epoch.number,
            skipped=tuple(replace(problem, batch=number) for problem in formed.skipped),
            damaged=tuple(replace(s.problem, batch=number) for s in good if s.problem is not None),
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
        supervisor = self._supervisor
        lease = SlotArray(shape, self._dtype, self._arena.memory, slot.offset)
        array = lease.view(np.ndarray)
        if supervisor.held_bytes + slot.nbytes > self._pool.capacity // 4:
            array = array.copy()  # the receiver keeps many batches: its own memory then, so that ours can move on
            self._planner.reclaim(slot)
            return array
        supervisor.hold(slot, lease)
        return array

    def _labels(self, good: list[Sample]) -> list[Any] | None:
        own = [sample.result.label if sample.result is not None else None for sample in good]
        if any(own):
            return [label[0] if label is not None else None for label in own]
        return [self._index.label(sample.index) for sample in good] if self._index.classes else None


def _size(sample: Sample) -> tuple[int, int]:
    return (sample.result.height, sample.result.width) if sample.result is not None else (0, 0)
