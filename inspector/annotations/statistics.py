"""Figures of all annotations: classes, shapes an image, sizes, aspects, and where on the pictures they lie."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from inspector.annotations.index import AnnotationIndex
from inspector.annotations.records import ShapeFlag, ShapeKind

PER_IMAGE_EDGES = (0, 1, 2, 3, 5, 9, 17, 33, 65, 129)  # of images with so many shapes: the last has no end
SIZE_EDGES = (0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0)  # percent of the picture's side, of a square as large
ASPECT_EDGES = (0.0, 1 / 8, 1 / 4, 1 / 2, 0.8, 1.25, 2.0, 4.0, 8.0)  # width divided by height
GRID = 24  # cells of the heat map in a row and in a column

Counts = npt.NDArray[np.int64]


class LabelChart(StrEnum):
    """A chart of the figures; its parts are counted as the field of that name in `LabelStatistics`, row by row."""

    PER_IMAGE = "per_image"
    SIZES = "sizes"
    ASPECTS = "aspects"
    PLACES = "places"


@dataclass(frozen=True, slots=True, eq=False)
class LabelStatistics:
    """Of all images of an index.

    Attributes:
        images, labelled, empty, unlabelled: how many there are in the index; have shapes or a mask; are described with
            none; have no annotations.
        shapes, ignored: the parts of one shape are one; "don't care" among them.
        class_names: a class is a position in these.
        class_shapes, class_images: (classes + 1,) shapes, and images with one of the class; the last is of no class.
        per_image: of images with so many shapes, as `PER_IMAGE_EDGES` has it; those with a mask left out.
        sizes: of shapes by the side of a square of their box's area, as a share of the picture's; `SIZE_EDGES`.
        aspects: of shapes by width divided by height; `ASPECT_EDGES`.
        places: (GRID, GRID) shapes with their middle in each cell of the picture, row by row from the top.
        unplaced: shapes left out of sizes and places, as the size of their image is not known.
    """

    images: int
    labelled: int
    empty: int
    unlabelled: int
    shapes: int
    ignored: int
    class_names: tuple[str, ...]
    class_shapes: Counts
    class_images: Counts
    per_image: Counts
    sizes: Counts
    aspects: Counts
    places: Counts
    unplaced: int


def label_statistics(index: AnnotationIndex, sizes: npt.NDArray[np.int32] | None = None) -> LabelStatistics:
    """Count; a second for some ten million shapes.

    Args:
        sizes: (images, 2) width and height in pixels of each image, where its annotations do not say; 0: not known.
    """
    shapes, classes = index.shapes, len(index.class_names)
    image_of = np.repeat(np.arange(len(index)), np.diff(shapes.starts))
    whole = (shapes.flags & ShapeFlag.PART) == 0
    ignored = (shapes.flags & ShapeFlag.IGNORE) != 0
    numbers = np.where((shapes.classes >= 0) & (shapes.classes < classes), shapes.classes, classes)
    counts = np.bincount(image_of[whole], minlength=len(index))
    has_mask = np.zeros(len(index), bool)
    has_mask[list(index.masks)] = True
    labelled = (counts > 0) | has_mask
    boxes, known = _boxes(index, image_of, sizes)
    cells = _cells(boxes[whole & known])
    return LabelStatistics(
        images=len(index),
        labelled=int(labelled.sum()),
        empty=int((index.described & ~labelled).sum()),
        unlabelled=int((~index.described).sum()),
        shapes=int(whole.sum()),
        ignored=int((whole & ignored).sum()),
        class_names=index.class_names,
        class_shapes=np.bincount(numbers[whole], minlength=classes + 1),
        class_images=_images_of_classes(image_of[whole], numbers[whole], classes),
        per_image=_counted(_binned(counts[index.described & ~has_mask], PER_IMAGE_EDGES), len(PER_IMAGE_EDGES)),
        sizes=_counted(_binned(_sides(boxes[whole & known]), SIZE_EDGES), len(SIZE_EDGES)),
        aspects=_counted(_binned(_aspects(index, image_of, sizes, whole), ASPECT_EDGES), len(ASPECT_EDGES)),
        places=_counted(cells, GRID * GRID).reshape(GRID, GRID),
        unplaced=int((whole & ~known).sum()),
    )


def images_with_class(index: AnnotationIndex, class_number: int) -> npt.NDArray[np.int64]:
    """The images with a shape of this class, ascending; -1: with one of no class."""
    classes = index.shapes.classes
    of_class = (classes < 0) | (classes >= len(index.class_names)) if class_number < 0 else classes == class_number
    found = np.searchsorted(index.shapes.starts, np.flatnonzero(of_class), side="right") - 1
    return np.unique(found)


def images_in_part(
    index: AnnotationIndex, sizes: npt.NDArray[np.int32] | None, chart: LabelChart, part: int
) -> npt.NDArray[np.int64]:
    """The images that count in a part of a chart, ascending; `sizes`: as for `label_statistics`."""
    shapes = index.shapes
    image_of = np.repeat(np.arange(len(index)), np.diff(shapes.starts))
    whole = (shapes.flags & ShapeFlag.PART) == 0
    if chart is LabelChart.PER_IMAGE:
        counted = index.described.copy()
        counted[list(index.masks)] = False
        parts = _binned(np.bincount(image_of[whole], minlength=len(index)), PER_IMAGE_EDGES)
        return np.flatnonzero(counted & np.equal(parts, part))
    if chart is LabelChart.ASPECTS:
        parts = _binned(_aspects(index, image_of, sizes, whole), ASPECT_EDGES)
        return np.unique(image_of[whole][np.equal(parts, part)])
    boxes, known = _boxes(index, image_of, sizes)
    kept = boxes[whole & known]
    parts = _binned(_sides(kept), SIZE_EDGES) if chart is LabelChart.SIZES else _cells(kept)
    return np.unique(image_of[whole & known][np.equal(parts, part)])


def images_without_labels(index: AnnotationIndex) -> npt.NDArray[np.int64]:
    """The images without annotations, or described with no shape; ascending."""
    labelled = np.diff(index.shapes.starts) > 0
    labelled[list(index.masks)] = True
    return np.flatnonzero(~labelled)


def _corners(index: AnnotationIndex) -> npt.NDArray[np.float32]:
    """(shapes, 4) least and greatest x and y of each shape's points; NaN where it has none."""
    points, offsets = index.shapes.points, index.shapes.offsets
    corners = np.full((len(offsets) - 1, 4), np.nan, np.float32)
    filled = np.flatnonzero(np.diff(offsets) > 0)
    if len(filled):
        begins = offsets[filled]
        with np.errstate(invalid="ignore"):
            corners[filled, :2] = np.fmin.reduceat(points, begins, axis=0)
            corners[filled, 2:] = np.fmax.reduceat(points, begins, axis=0)
    round_ones = np.flatnonzero((index.shapes.kinds == ShapeKind.CIRCLE) & (np.diff(offsets) == 2))
    for i in round_ones:
        centre, edge = points[offsets[i] : offsets[i + 1]]
        radius = float(np.hypot(*(edge - centre)))
        corners[i] = *(centre - radius), *(centre + radius)
    return corners


def _boxes(
    index: AnnotationIndex, image_of: npt.NDArray[np.int64], sizes: npt.NDArray[np.int32] | None
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.bool_]]:
    """(shapes, 4) boxes as shares of the image, and of which shapes they are known."""
    corners = _corners(index)
    if index.normalized:
        return corners, np.ones(len(corners), bool)
    frames = _frames(index, sizes)[image_of]
    known: npt.NDArray[np.bool_] = np.all(frames, axis=1)
    shares: npt.NDArray[np.float32] = np.divide(corners, np.tile(np.maximum(frames, 1), (1, 2)).astype(np.float32))
    return shares, known


def _frames(index: AnnotationIndex, sizes: npt.NDArray[np.int32] | None) -> npt.NDArray[np.int32]:
    """(images, 2) width and height of each image, as its annotations say or else `sizes`; 0: not known."""
    frames = index.shapes.sizes
    return frames if sizes is None else np.where(frames.all(axis=1, keepdims=True), frames, sizes)


def _aspects(
    index: AnnotationIndex,
    image_of: npt.NDArray[np.int64],
    sizes: npt.NDArray[np.int32] | None,
    whole: npt.NDArray[np.bool_],
) -> npt.NDArray[np.float64]:
    corners = _corners(index)[whole].astype(np.float64)
    frames = _frames(index, sizes)[image_of][whole]
    with np.errstate(invalid="ignore", over="ignore"):
        width, height = corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1]
    if index.normalized:
        known = frames.all(axis=1)
        width, height = np.where(known, width * frames[:, 0], np.nan), np.where(known, height * frames[:, 1], np.nan)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(width / height)


def _sides(boxes: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    """(shapes,) the side of a square as large, in percent of the picture's."""
    with np.errstate(invalid="ignore", over="ignore"):
        sides = boxes[:, 2:].astype(np.float64) - boxes[:, :2]
        return np.asarray(100 * np.sqrt(np.clip(sides.prod(axis=1), 0, None)))


def _cells(boxes: npt.NDArray[np.float32]) -> Counts:
    """(shapes,) the cell of the picture with the middle of each; -1: that is nowhere."""
    with np.errstate(invalid="ignore", over="ignore"):
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    finite: npt.NDArray[np.bool_] = np.logical_and.reduce(np.isfinite(middles), axis=1)
    cells = (np.clip(np.where(finite[:, None], middles, 0), 0, 1 - 1e-6) * GRID).astype(np.int64)
    return np.where(finite, cells[:, 1] * GRID + cells[:, 0], -1)


def _binned(values: npt.NDArray[np.float64] | Counts, edges: tuple[float, ...]) -> Counts:
    """The bin of each, from an edge to the next; the last has no end. -1: of what is no number."""
    bins = np.searchsorted(edges, values, side="right") - 1
    return np.where(np.isfinite(values), bins, -1).astype(np.int64)


def _counted(parts: Counts, count: int) -> Counts:
    """How many are of each part."""
    return np.bincount(parts[parts >= 0], minlength=count)


def _images_of_classes(images: npt.NDArray[np.int64], classes: Counts, count: int) -> Counts:
    pairs = np.unique(images * (count + 1) + classes)
    return np.bincount(pairs % (count + 1), minlength=count + 1)
