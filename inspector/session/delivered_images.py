"""The images of the batches that are looked at, whole, for as long as somebody may want them."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from weakref import WeakKeyDictionary

import numpy.typing as npt

from inspector.loader.batch import Batch
from inspector.monitor.picture import PictureRange, picture_of
from inspector.monitor.records import BatchKey, BatchView, DeliveredImage
from inspector.settings import SettingValue

_SHOWN = 2  # the view of now, and the one before: a window draws what was shown a moment ago


@dataclass(eq=False)
class _ShownBatch:
    """A batch that is looked at. `batch`: None where its arrays cannot be afforded."""

    view: BatchView
    batch: Batch | None
    settings: Mapping[str, SettingValue]

    def image(self, position: int) -> DeliveredImage:
        return DeliveredImage(
            pixels=self._pixels(position),
            thumbnail=self.view.thumbnails[position],
            position=position,
            count=len(self.view.thumbnails),
            number=self.view.number,
            epoch=self.view.epoch,
            settings=self.settings,
        )

    def _pixels(self, position: int) -> npt.NDArray[Any] | None:
        if self.batch is None or len(self.batch.images) != len(self.batch):
            return None
        return picture_of(self.batch.images[position], self._numbers)

    @cached_property
    def _numbers(self) -> PictureRange:
        return PictureRange.of(self.batch.images) if self.batch is not None else PictureRange()


class DeliveredImages:
    """Keeps the batches that were shown last, and each of which somebody holds an image. Any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._shown: list[_ShownBatch] = []
        self._held: WeakKeyDictionary[DeliveredImage, _ShownBatch] = WeakKeyDictionary()

    def add(self, view: BatchView, batch: Batch | None, settings: Mapping[str, SettingValue]) -> object:
        """This batch is looked at now. What makes room for it, for the caller to let go: that may take a second."""
        with self._lock:
            before = self._shown
            others = [shown for shown in before if shown.view.key != view.key]
            self._shown = [*others, _ShownBatch(view, batch, settings)][-_SHOWN:]
        return before

    def clear(self) -> object:
        """Nothing is looked at any more; what was kept, for the caller to let go."""
        with self._lock:
            before, self._shown = self._shown, []
        return before

    def images(self, batch: BatchKey) -> tuple[DeliveredImage, ...]:
        """All of a batch; none where it is forgotten."""
        found = self._find(batch)
        return tuple(map(found.image, range(len(found.view.thumbnails)))) if found is not None else ()

    def batch(self, batch: BatchKey) -> tuple[Batch | None, BatchView | None]:
        """A batch and its view; None where it is forgotten, or its arrays are not kept."""
        found = self._find(batch)
        return (found.batch, found.view) if found is not None else (None, None)

    def image(self, batch: BatchKey, position: int) -> DeliveredImage | None:
        """One of a batch; while somebody holds it, the whole batch is kept. None where it is forgotten."""
        found = self._find(batch)
        if found is None or not 0 <= position < len(found.view.thumbnails):
            return None
        image = found.image(position)
        with self._lock:
            self._held[image] = found
        return image

    def _find(self, batch: BatchKey) -> _ShownBatch | None:
        with self._lock:
            known = [*self._shown, *self._held.values()]
        return next((shown for shown in known if shown.view.key == batch), None)
