"""Targets of a watched batch, whose boxes are corners in pixels already, as what is drawn over a picture."""

from dataclasses import replace
from typing import Protocol

import numpy as np
import numpy.typing as npt

from inspector.annotations.picture_labels import MASK_PX, UNLABELLED, PictureLabels, no_shapes, thinned
from inspector.annotations.records import ShapeFlag, ShapeKind

_VOID = 255
_MOST_SHAPES = 10_000


class Targets(Protocol):
    """What was copied beside a picture: see `inspector.watched.records.PictureTargets`."""

    @property
    def boxes(self) -> npt.NDArray[np.float32]: ...

    @property
    def labels(self) -> npt.NDArray[np.int32]: ...

    @property
    def keypoints(self) -> npt.NDArray[np.float32]: ...

    @property
    def mask(self) -> npt.NDArray[np.uint8] | None: ...

    @property
    def instances(self) -> bool: ...

    @property
    def how(self) -> str: ...


def labels_of_targets(targets: Targets, height: int, width: int, mask_px: int = MASK_PX) -> PictureLabels:
    """Of a picture of `height` and `width` pixels. A number of a class is its position among the names."""
    boxes = targets.boxes[:_MOST_SHAPES].reshape(-1, 2, 2)
    points = targets.keypoints[: _MOST_SHAPES - len(boxes)]
    places = np.where(points[..., 2:] > 0, points[..., :2], np.nan).astype(np.float32)
    corners = [*boxes, *places]
    classes = np.full(len(corners), -1, np.int32)
    classes[: len(boxes)] = targets.labels[: len(boxes)]
    if len(places) == len(boxes):
        classes[len(boxes) :] = classes[: len(boxes)]
    offsets = np.zeros(len(corners) + 1, np.int64)
    np.cumsum([len(each) for each in corners], out=offsets[1:])
    flags = np.zeros(len(corners), np.uint8)
    flags[len(boxes) :] = ShapeFlag.PART if len(boxes) else 0
    joined = np.concatenate(corners) if corners else np.empty((0, 2), np.float32)
    shapes = replace(
        no_shapes(f"boxes read as {targets.how}" if len(boxes) and targets.how else ""),
        points=(joined / np.array([max(width, 1), max(height, 1)])).astype(np.float32),
        offsets=offsets,
        kinds=np.array([ShapeKind.BOX] * len(boxes) + [ShapeKind.KEYPOINTS] * len(places), np.uint8),
        classes=classes,
        scores=np.full(len(corners), np.nan, np.float32),
        flags=flags,
        ids=np.arange(len(corners)),
    )
    return PictureLabels(shapes, _mask(targets, classes, mask_px))


def _mask(targets: Targets, classes: npt.NDArray[np.int32], mask_px: int) -> npt.NDArray[np.int16] | None:
    if targets.mask is None or targets.mask.ndim != 2:
        return None
    numbers = targets.mask.astype(np.int16)
    if targets.instances:  # the number of an object, from 1
        of_object = np.arange(_VOID + 1, dtype=np.int16) - 1
        known = classes[:_VOID]
        of_object[1 : len(known) + 1] = np.where(known >= 0, known, of_object[1 : len(known) + 1])
        numbers = of_object[targets.mask]
    else:
        numbers[numbers == 0] = UNLABELLED
    numbers[targets.mask == _VOID] = UNLABELLED
    return thinned(numbers, mask_px)
