"""What is known of one image's annotations, as a view or an export gets it: arrays, and nothing that runs."""

from dataclasses import dataclass
from enum import IntEnum, IntFlag

import numpy as np
import numpy.typing as npt


class ShapeKind(IntEnum):
    """What the points of a shape are.

    BOX: two corners, first the one with the lesser coordinates, unless the file has them the other way round.
    POLYGON: its corners, in order; it is closed.
    QUAD: four corners, in order: of a text, or a turned box.
    KEYPOINTS: one a keypoint; (NaN, NaN) where it is not labelled.
    LINE: open. POINT: one. CIRCLE: its centre, and one on its edge.
    """

    BOX = 0
    POLYGON = 1
    QUAD = 2
    KEYPOINTS = 3
    LINE = 4
    POINT = 5
    CIRCLE = 6


class ShapeFlag(IntFlag):
    """What else is known of a shape.

    IGNORE: "don't care": `###` of ICDAR, `difficult` of VOC: training leaves it out.
    CROWD: many objects at once, `iscrowd` of COCO.
    PART: it belongs to the shape before it: the polygon, another part of it, or the keypoints of a box.
    MASKED: its file has a run-length mask, too, of which the box is shown.
    FAULTY: a check has found something in it.
    """

    IGNORE = 1
    CROWD = 2
    PART = 4
    MASKED = 8
    FAULTY = 16


@dataclass(frozen=True, slots=True, eq=False)
class ImageAnnotations:
    """The annotations of one image: `shapes` of them, whose arrays have an entry a shape.

    Attributes:
        width, height: of the image that the coordinates refer to, as its annotations say; 0, 0: they do not say, and
            coordinates are pixels of the image as it is; 1, 1: coordinates are shares of the width and the height.
        points: (points, 2) float32, x and y of all shapes, end to end.
        offsets: (shapes + 1,) int64: shape i has points[offsets[i] : offsets[i + 1]].
        kinds: (shapes,) uint8, of `ShapeKind`.
        classes: (shapes,) int32, positions in `AnnotationIndex.class_names`; -1: it has no class, or an unknown one.
        scores: (shapes,) float32; NaN: it has none.
        flags: (shapes,) uint8, of `ShapeFlag`.
        ids: (shapes,) int64: the line in its file, or the id that the file gives it; -1: neither.
        texts: of each shape; () where no shape of this image has one.
        mask: where the image with a class in each pixel is; None: there is none.
        source: the file that they come from, as a person is to find it.
        note: what a view should say of them, such as "annotated as stored"; mostly "".
    """

    width: int
    height: int
    points: npt.NDArray[np.float32]
    offsets: npt.NDArray[np.int64]
    kinds: npt.NDArray[np.uint8]
    classes: npt.NDArray[np.int32]
    scores: npt.NDArray[np.float32]
    flags: npt.NDArray[np.uint8]
    ids: npt.NDArray[np.int64]
    texts: tuple[str, ...] = ()
    mask: str | None = None
    source: str = ""
    note: str = ""

    def __len__(self) -> int:
        return len(self.kinds)

    @property
    def normalized(self) -> bool:
        """Coordinates are shares of the image's width and height, 0 to 1."""
        return self.width == self.height == 1

    def shape(self, i: int) -> npt.NDArray[np.float32]:
        """(points, 2) the points of shape `i`."""
        return self.points[self.offsets[i] : self.offsets[i + 1]]

    def in_pixels(self, width: int, height: int) -> npt.NDArray[np.float32]:
        """(points, 2) the points in pixels of the image with that size: that of `width`, `height`, where they say."""
        return self.points * np.array([width, height], np.float32) if self.normalized else self.points


@dataclass(frozen=True, slots=True)
class AnnotationFault:
    """Something that is wrong with annotations.

    Attributes:
        image: number of the image in its index; None where there is no such image.
        path: of the image, or where it should be; only where `image` is None.
        check: name of the check, one of `FAULT_NAMES`.
        reason: sentences for a person: the file, the line or the id, what is wrong, what to do.
        shape: number of the shape among those of the image; -1: it is not about one.
    """

    image: int | None
    path: str
    check: str
    reason: str
    shape: int = -1


FAULT_NAMES = (
    "box-outside",
    "box-partly-outside",
    "box-empty",
    "unknown-class",
    "duplicate-shape",
    "self-crossing",
    "too-few-points",
    "wrong-direction",
    "not-a-number",
    "turned-size",
    "no-annotation",
    "image-missing",
    "image-listed-twice",
    "bad-line",
    "mask-size",
    "mask-values",
    "wrong-units",
)
