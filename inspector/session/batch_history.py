"""The last batches, to look back at, and their thumbnails.

A batch's own arrays are kept while they fit into a budget; its thumbnails are made from them only when it is looked
at. A batch that is neither in the budget nor was ever looked at is forgotten.
"""

import dataclasses
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.annotations.fields import FieldLabels
from inspector.annotations.picture_labels import PictureLabels
from inspector.formatting import readable
from inspector.loader.batch import Batch
from inspector.monitor.picture import PictureRange, picture_of
from inspector.monitor.records import BatchView, Thumbnail
from inspector.session.field_text import field_text
from inspector.sources.structure import size_of

KEPT_BATCHES = 32
_LONGEST_LABEL = 200  # characters


@dataclass(slots=True, eq=False)
class KeptBatch:
    """A delivered batch: its arrays while they are affordable, its view once it was looked at."""

    batch: Batch | None
    nbytes: int
    view: BatchView | None = None
    view_px: int = 0


class BatchHistory:
    """The last `KEPT_BATCHES` batches; not thread-safe. One is looked at: the newest, unless `back` was called."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._kept: deque[KeptBatch] = deque()
        self._looked_at: KeptBatch | None = None  # None: follow the newest

    def add(self, batch: Batch) -> list[Batch]:
        """Keep a new batch; the older ones that make room for it."""
        self._kept.append(KeptBatch(batch, _nbytes(batch)))
        let_go: list[Batch | None] = []
        if len(self._kept) > KEPT_BATCHES:
            let_go.append(self._kept.popleft().batch)
        affordable = self._budget_bytes
        for kept in reversed(self._kept):
            affordable -= kept.nbytes
            if affordable < 0 and kept is not self._kept[-1]:
                let_go.append(kept.batch)
                kept.batch = None
        self._kept = deque(kept for kept in self._kept if kept.batch is not None or kept.view is not None)
        if self._looked_at not in self._kept:
            self._looked_at = None
        return [batch for batch in let_go if batch is not None]

    def current(self) -> KeptBatch | None:
        """The batch to look at."""
        return self._looked_at or (self._kept[-1] if self._kept else None)

    def position(self, kept: KeptBatch) -> tuple[int, int]:
        """(which one from 1, of how many); (1, 1) when it has dropped out."""
        if kept not in self._kept:
            return 1, 1
        return self._kept.index(kept) + 1, len(self._kept)

    def back(self) -> bool:
        """Look at the batch before; False when there is none."""
        current = self.current()
        if current is None or current is self._kept[0]:
            return False
        self._looked_at = self._kept[self._kept.index(current) - 1]
        return True

    def forward(self) -> bool:
        """Look at the batch after; False when this is the newest."""
        if self._looked_at is None or self._looked_at is self._kept[-1]:
            return False
        after = self._kept[self._kept.index(self._looked_at) + 1]
        self._looked_at = None if after is self._kept[-1] else after
        return True

    def follow(self) -> None:
        """Look at the newest batch from now on."""
        self._looked_at = None


def _nbytes(batch: Batch) -> int:
    """Of its arrays, those beside the images included."""
    parts = [batch.images, *(part for part in batch.fields.values() if part is not batch.images)]
    arrays = [array for part in parts for array in (part if isinstance(part, list) else [part])]
    return sum(array.nbytes for array in arrays if isinstance(array, np.ndarray))


def make_view(batch: Batch, thumbnail_px: int, reader: FieldLabels | None = None) -> BatchView:
    """Thumbnails of all images of a batch, neither side above `thumbnail_px` pixels, with what `reader` finds."""
    damaged = {problem.index: problem for problem in batch.damaged}
    thumbnails = []
    pictures = pictures_of(batch)
    labels = labels_of(batch, reader, range(len(pictures)), thumbnail_px)
    for position, image in enumerate(pictures):
        index = int(batch.indices[position])
        height, width = batch.sizes[position].tolist()
        label = label_text(of_sample(batch.labels, position))
        thumbnails.append(
            Thumbnail(
                shrink(image, thumbnail_px),
                batch.paths[position],
                index,
                label,
                height,
                width,
                damaged.get(index),
                fields_of(batch, position),
                labels[position],
            )
        )
    if isinstance(batch.images, list):
        dtype = str(batch.images[0].dtype) if batch.images else ""
        shape = f"{len(batch)} images of native size" if batch.images else f"{len(batch)} samples without images"
    else:
        dtype = str(batch.images.dtype)
        shape = "×".join(str(length) for length in batch.images.shape)
    return BatchView(batch.number, batch.epoch, shape, dtype, tuple(thumbnails), batch.skipped)


def pictures_of(batch: Batch) -> list[npt.NDArray[Any]]:
    """(H, W, 3) of each sample, with numbers from 0 to 255; a grey dot for one without an image."""
    images = batch.images
    if len(images) != len(batch):
        return [np.full((1, 1, 3), 128, np.uint8)] * len(batch)
    numbers = PictureRange.of(images)
    return [picture_of(image, numbers) for image in images]


def labels_of(
    batch: Batch, reader: FieldLabels | None, positions: Sequence[int], mask_px: int
) -> Sequence[PictureLabels | None]:
    """Boxes, masks and the like among the fields of these samples."""
    columns = {name: column for name, column in batch.fields.items() if column is not batch.images}
    if reader is None or not columns or len(batch.images) != len(batch):
        return [None] * len(positions)
    samples = [{name: of_sample(column, i) for name, column in columns.items()} for i in positions]
    return reader.of_samples(samples, [size_of(batch.images[i].shape) for i in positions], mask_px)


def label_text(label: object) -> str | None:
    """A label as text; None for one that is no name or number, such as a mask, or boxes."""
    if isinstance(label, np.ndarray) and label.size == 1:
        label = label.item()
    return field_text(label)[:_LONGEST_LABEL] if isinstance(label, str | int | float | np.generic) else None


def fields_of(batch: Batch, position: int) -> tuple[tuple[str, str], ...]:
    """What the user's data set gave for one sample beside the image and a plain label, by name, as texts."""
    fields = {name: of_sample(column, position) for name, column in batch.fields.items() if column is not batch.images}
    if label_text(fields.get("label")) is not None:
        del fields["label"]  # it is the class
    return tuple((readable(name), field_text(value)) for name, value in fields.items())


def of_sample(column: Any, position: int) -> Any:
    """One sample's part of what was collated."""
    if isinstance(column, np.ndarray | list):
        return column[position] if position < len(column) else None
    if isinstance(column, Mapping):
        return {key: of_sample(value, position) for key, value in column.items()}
    if isinstance(column, tuple):
        return [of_sample(value, position) for value in column]
    if dataclasses.is_dataclass(column):
        names = [field.name for field in dataclasses.fields(column)]
        return {name: of_sample(getattr(column, name), position) for name in names}
    return column


def shrink(image: npt.NDArray[Any], longest_px: int) -> npt.NDArray[np.uint8]:
    """A small uint8 copy of a (H, W, 3) image with values 0 to 255; aspect kept, never enlarged."""
    height, width = image.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        small: npt.NDArray[Any] = image
    else:
        target = max(1, round(height * scale)), max(1, round(width * scale))
        small = image
        while min(small.shape[0] // target[0], small.shape[1] // target[1]) >= 2:
            # Halving by areas has a fast path; it avoids the moiré of one big linear step.
            half = small[: small.shape[0] // 2 * 2, : small.shape[1] // 2 * 2]
            small = cv2.resize(half, (half.shape[1] // 2, half.shape[0] // 2), interpolation=cv2.INTER_AREA)
        small = cv2.resize(small, (target[1], target[0]), interpolation=cv2.INTER_LINEAR)
    if small.dtype != np.uint8:
        small = np.clip(np.rint(small), 0, 255)
    return np.array(small, np.uint8, order="C")
