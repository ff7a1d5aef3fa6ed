"""What is drawn over the pictures of a batch: placed shapes, masks, and what a view should say of them."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from inspector.annotations.records import ImageAnnotations

Number = TypeVar("Number", bound=np.generic)

MASK_PX = 1024  # longest side of a mask that is shown
UNLABELLED = -1  # of a mask's pixel: nothing is drawn there


@dataclass(frozen=True, slots=True, eq=False)
class PictureLabels:
    """The labels of one delivered picture.

    Attributes:
        shapes: placed: shares of the picture's width and height; `note` is what to say of them.
        mask: (h, w) int16, the class of each pixel, -1: none. It covers the whole picture, and neither side is above
            `MASK_PX`. None: there is none.
        reasons: what is wrong with a shape, by its number; -1: with the whole.
    """

    shapes: ImageAnnotations
    mask: npt.NDArray[np.int16] | None = None
    reasons: tuple[tuple[int, str], ...] = ()

    @property
    def note(self) -> str:
        """What to say of how they were placed; mostly ""."""
        return self.shapes.note

    def __bool__(self) -> bool:
        return len(self.shapes) > 0 or self.mask is not None or self.shapes.mask is not None


@dataclass(frozen=True, slots=True, eq=False)
class BatchLabels:
    """The labels of a batch.

    Attributes:
        pictures: of each image, by position; None: it has none that are known.
        class_names: a shape's class, and a mask's number, is a position in these.
        note: what to say of all of them, a sentence; mostly "".
    """

    pictures: tuple[PictureLabels | None, ...] = ()
    class_names: tuple[str, ...] = ()
    note: str = ""


def no_shapes(note: str = "") -> ImageAnnotations:
    """Placed shapes of a picture that has none."""
    return ImageAnnotations(
        width=1,
        height=1,
        points=np.empty((0, 2), np.float32),
        offsets=np.zeros(1, np.int64),
        kinds=np.empty(0, np.uint8),
        classes=np.empty(0, np.int32),
        scores=np.empty(0, np.float32),
        flags=np.empty(0, np.uint8),
        ids=np.empty(0, np.int64),
        note=note,
    )


def thinned(mask: npt.NDArray[Number], longest_px: int = MASK_PX) -> npt.NDArray[Number]:
    """Every so manieth pixel of a mask, so that neither side is above `longest_px`."""
    height, width = mask.shape
    if max(height, width) <= longest_px:
        return mask
    scale = longest_px / max(height, width)
    rows = ((np.arange(max(1, round(height * scale))) + 0.5) / scale).astype(np.int64).clip(0, height - 1)
    columns = ((np.arange(max(1, round(width * scale))) + 0.5) / scale).astype(np.int64).clip(0, width - 1)
    return np.ascontiguousarray(mask[rows[:, None], columns])
