"""`ShapePacker`: takes shapes one by one, in any order, and packs those of each image end to end."""

from array import array
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.annotations.index import Shapes
from inspector.annotations.records import AnnotationFault, ShapeKind

MOST_FAULTS = 100_000  # of one set that are kept one by one
_NAN = float("nan")
_MOST_ID = 1 << 63


class ShapePacker:
    """Collects the shapes, sizes and faults of `images` images.

    Attributes:
        described: of each image, 1 where its annotations were found, even if they are none.
    """

    def __init__(self, images: int) -> None:
        self.described = bytearray(images)
        self.faults: list[AnnotationFault] = []
        self._more_faults = 0
        self._sizes = np.zeros((images, 2), np.int32)
        self._points = array("f")
        self._counts, self._images, self._classes = array("I"), array("I"), array("i")
        self._kinds, self._flags = bytearray(), bytearray()
        self._scores, self._ids = array("f"), array("q")
        self._texts: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._kinds)

    def add(
        self,
        image: int,
        kind: ShapeKind,
        values: Sequence[float],
        class_number: int = -1,
        *,
        score: float = _NAN,
        flags: int = 0,
        ident: int = -1,
        text: str = "",
    ) -> None:
        """Add a shape. `values`: x and y of each point in turn; an even number of them."""
        if text:
            self._texts[len(self._kinds)] = text
        self._points.extend(values)
        self._counts.append(len(values) // 2)
        self._images.append(image)
        self._kinds.append(kind)
        self._classes.append(class_number)
        self._scores.append(score)
        self._flags.append(flags)
        self._ids.append(ident if -1 <= ident < _MOST_ID else -1)

    def describe(self, image: int, width: int = 0, height: int = 0) -> None:
        """The image is annotated; its annotations say that it has this size, if it is not 0."""
        self.described[image] = 1
        if width or height:
            self._sizes[image] = min(width, 1 << 30), min(height, 1 << 30)

    def fault(self, image: int | None, check: str, reason: str, path: str = "", shape: int = -1) -> None:
        """Add a fault."""
        if len(self.faults) < MOST_FAULTS:
            self.faults.append(AnnotationFault(image, path, check, reason, shape))
        else:
            self._more_faults += 1

    def columns_from(self, first: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.uint8]]:
        """Ids, images and flags of the shapes from number `first` on; copies."""
        return (
            np.array(self._ids[first:], np.int64),
            np.array(self._images[first:], np.int64),
            np.frombuffer(bytes(self._flags[first:]), np.uint8),
        )

    def packed(self) -> Shapes:
        """All shapes, image after image; nothing can be added after that."""
        if self._more_faults:
            reason = f"{self._more_faults:,} further faults are not listed: mend those before them first."
            self.faults.append(replace(self.faults[-1], reason=reason))
        images = np.frombuffer(self._images, np.uint32) if self._images else np.empty(0, np.uint32)
        counts = np.frombuffer(self._counts, np.uint32).astype(np.int64) if self._counts else np.empty(0, np.int64)
        points = (np.frombuffer(self._points, np.float32) if self._points else np.empty(0, np.float32)).reshape(-1, 2)
        starts = np.zeros(len(self.described) + 1, np.int64)
        np.cumsum(np.bincount(images, minlength=len(self.described)), out=starts[1:])
        columns: list[npt.NDArray[Any]] = [
            np.frombuffer(column, kind) if column else np.empty(0, kind)
            for column, kind in (
                (self._kinds, np.uint8),
                (self._classes, np.int32),
                (self._scores, np.float32),
                (self._flags, np.uint8),
                (self._ids, np.int64),
            )
        ]
        texts = self._texts
        if len(images) and (np.diff(images.astype(np.int64)) < 0).any():
            order = np.argsort(images, kind="stable")
            begins = np.cumsum(counts) - counts
            counts = counts[order]
            ends = np.cumsum(counts)
            points = points[np.repeat(begins[order] - (ends - counts), counts) + np.arange(ends[-1])]
            columns = [column[order] for column in columns]
            if texts:
                place = np.empty(len(order), np.int64)
                place[order] = np.arange(len(order))
                texts = {int(place[shape]): text for shape, text in texts.items()}
        offsets = np.zeros(len(counts) + 1, np.int64)
        np.cumsum(counts, out=offsets[1:])
        kinds, classes, scores, flags, ids = columns
        return Shapes(starts, self._sizes, points, offsets, kinds, classes, scores, flags.copy(), ids, texts)
