"""Boxes, polygons, keypoints and masks that a data set gives beside the image, in the conventions of the field.

torchvision's targets (`boxes`, `masks`, `labels`, `keypoints`), Albumentations' `bboxes` and `keypoints`, and the like,
also within a dict that a sample has. What the numbers of a box mean is not said by them: it is guessed for all samples
of a batch together, and the guess is named.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.annotations.picture_labels import MASK_PX, UNLABELLED, PictureLabels, no_shapes, thinned
from inspector.annotations.records import ImageAnnotations, ShapeFlag, ShapeKind

Size = tuple[int, int]  # height and width in pixels
Array = npt.NDArray[Any]

BOXES = ("boxes", "bboxes", "bbox", "box", "gt_boxes", "gt_bboxes", "bounding_boxes")
POLYGONS = ("polygons", "polys", "quads", "text_polys", "gt_polygons")
KEYPOINTS = ("keypoints", "kpts", "landmarks")
MASKS = ("masks", "mask", "segmentation", "semantic_mask", "seg", "seg_map", "gt_masks")
CLASSES = ("labels", "class_labels", "category_ids", "category_id", "classes", "class_ids", "gt_labels", "label", "cls")
SCORES = ("scores",)
CROWD = ("iscrowd", "is_crowd")
_MOST_SHAPES = 10_000  # of one picture that are drawn
_MOST_CLASSES = 30_000
_DEPTH = 3
_SHARES_TO = 1.01
_MOST = 0.9
_BACKGROUND = 0

# The name of each convention, and (n, 4) numbers as left, top, right, bottom.
_TO_CORNERS: dict[str, Callable[[Array], Array]] = {
    "xyxy": lambda b: b,
    "xywh": lambda b: np.concatenate([b[:, :2], b[:, :2] + b[:, 2:]], axis=1),
    "cxcywh": lambda b: np.concatenate([b[:, :2] - b[:, 2:] / 2, b[:, :2] + b[:, 2:] / 2], axis=1),
}
_ORDER = {False: ("xyxy", "xywh", "cxcywh"), True: ("xyxy", "cxcywh", "xywh")}


@dataclass(frozen=True, slots=True)
class BoxFormat:
    """What the four numbers of a box are taken for.

    Attributes:
        name: "xyxy", "xywh" or "cxcywh".
        shares: of the picture's width and height, not pixels.
        also: the other formats that all boxes would fit as well.
    """

    name: str
    shares: bool
    also: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """For a caption: "boxes taken as xyxy, in pixels (they fit xywh, too)"."""
        unit = "as shares of the sides" if self.shares else "in pixels"
        also = f" (they fit {' and '.join(self.also)}, too)" if self.also else ""
        return f"boxes taken as {self.name}, {unit}{also}"

    def corners(self, boxes: Array, size: Size) -> npt.NDArray[np.float32]:
        """(n, 4) left, top, right, bottom as shares of the picture."""
        shares = boxes if self.shares else boxes / np.array([size[1], size[0], size[1], size[0]], np.float64)
        return np.asarray(_TO_CORNERS[self.name](shares), np.float32)


class FieldLabels:
    """Finds labels among what a data set gives. Remembers the names of classes, so that each keeps its number."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    @property
    def class_names(self) -> tuple[str, ...]:
        """Of all classes that came so far."""
        return tuple(self._numbers)

    def of_samples(
        self, samples: Sequence[Mapping[Any, Any]], sizes: Sequence[Size], mask_px: int = MASK_PX
    ) -> tuple[PictureLabels | None, ...]:
        """The labels of each sample; None: it has none.

        Args:
            samples: what each has, by name, without its image; arrays, lists and dicts of them.
            sizes: of their pictures.
            mask_px: longest side of a mask that is wanted.
        """
        found = [_found(sample) for sample in samples]
        boxes = [_rows(each.get("boxes"), 4) for each in found]
        known = [(rows, size) for rows, size in zip(boxes, sizes, strict=True) if rows is not None and len(rows)]
        box_format = guess_box_format(known) if known else None
        return tuple(
            self._of_one(parts, rows, size, box_format, mask_px)
            for parts, rows, size in zip(found, boxes, sizes, strict=True)
        )

    def _of_one(
        self, parts: Mapping[str, Any], boxes: Array | None, size: Size, box_format: BoxFormat | None, mask_px: int
    ) -> PictureLabels | None:
        if not parts:
            return None
        shapes: list[tuple[ShapeKind, Array, int, int]] = []  # kind, points, its number among the objects, flags
        notes: list[str] = []
        scale = np.array([size[1], size[0]], np.float64)
        crowd = _numbers(parts.get("crowd"))
        if boxes is not None and box_format is not None:
            for i, corners in enumerate(box_format.corners(boxes[:, :4].astype(np.float64), size)):
                is_crowd = crowd is not None and i < len(crowd) and bool(crowd[i])
                shapes.append((ShapeKind.BOX, corners.reshape(2, 2), i, ShapeFlag.CROWD if is_crowd else 0))
            if len(boxes):
                notes.append(box_format.text)
        for i, polygon in enumerate(_polygons(parts.get("polygons"))):
            shapes.append((ShapeKind.QUAD if len(polygon) == 4 else ShapeKind.POLYGON, polygon / scale, i, 0))
        attached = ShapeFlag.PART if boxes is not None and len(boxes) else 0
        for i, points in enumerate(_keypoints(parts.get("keypoints"))):
            shapes.append((ShapeKind.KEYPOINTS, points / scale, i, attached))
        classes = self._classes(parts, boxes)
        mask, said = _mask(parts.get("masks"), size, classes)
        if mask is not None and not shapes and classes is None:
            self._name_values(mask)
        notes += [said] if said else []
        if not shapes and mask is None and not notes:
            return PictureLabels(no_shapes()) if "boxes" in parts else None
        if len(shapes) > _MOST_SHAPES:
            notes.append(f"{_MOST_SHAPES:,} of {len(shapes):,} shapes are drawn")
        return PictureLabels(
            _packed(shapes[:_MOST_SHAPES], classes, parts, "; ".join(notes)),
            thinned(mask, mask_px) if mask is not None else None,
        )

    def _classes(self, parts: Mapping[str, Any], boxes: Array | None) -> list[int] | None:
        """The class of each object; None where there are none."""
        given = parts.get("classes")
        if given is None and boxes is not None and boxes.shape[1] == 5:
            given = boxes[:, 4]
        if isinstance(given, np.ndarray):
            given = given.ravel().tolist() if given.ndim <= 1 else None
        if isinstance(given, str | int | float):
            given = [given]
        if not isinstance(given, list | tuple) or not all(isinstance(each, str | int | float) for each in given):
            return None
        return [self._number(each) for each in given]

    def _number(self, value: object) -> int:
        name = str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
        if name not in self._numbers and len(self._numbers) >= _MOST_CLASSES:
            return -1
        return self._numbers.setdefault(name, len(self._numbers))

    def _name_values(self, mask: npt.NDArray[np.int16]) -> None:
        """The values of a mask are the numbers of the classes."""
        for number in range(len(self._numbers), int(mask.max(initial=-1)) + 1):
            self._numbers.setdefault(str(number), number)


def guess_box_format(
    boxes: Sequence[tuple[Array, Size]], order: Mapping[bool, Sequence[str]] | None = None
) -> BoxFormat:
    """What the numbers of all these boxes are, each with the size of its picture: the format that fits most of them.

    A box fits where it is not empty and lies within its picture, to a pixel. They are shares where most of them may be.

    Args:
        order: of formats that fit as many, the first is taken; by default xyxy, xywh, cxcywh, of shares xyxy, cxcywh,
            xywh.
    """
    numbers = np.concatenate([rows[:, :4] for rows, _ in boxes]).astype(np.float64)
    sides = np.concatenate([np.tile([size[1], size[0]], (len(rows), 1)) for rows, size in boxes]).astype(np.float64)
    finite = np.isfinite(numbers).all(axis=1)
    numbers, sides = numbers[finite], sides[finite]
    small = (np.abs(numbers) <= _SHARES_TO).all(axis=1)
    shares = bool(len(numbers)) and bool(small.mean() > _MOST) and bool((sides > 2).any())
    room = np.ones_like(sides) if shares else sides
    slack = 0.01 if shares else 1.0
    misfits = {}
    for name in (order or _ORDER)[shares]:
        corners = _TO_CORNERS[name](numbers)
        fits = (corners[:, 2:] > corners[:, :2]) & (corners[:, :2] >= -slack) & (corners[:, 2:] <= room + slack)
        misfits[name] = int((~fits.all(axis=1)).sum())
    least = min(misfits.values())
    best, *others = (name for name, count in misfits.items() if count == least)
    return BoxFormat(best, shares, tuple(others) if not least else ())


def _packed(
    shapes: Sequence[tuple[ShapeKind, Array, int, int]],
    classes: list[int] | None,
    parts: Mapping[str, Any],
    note: str,
) -> ImageAnnotations:
    scores = _numbers(parts.get("scores"))
    offsets = np.zeros(len(shapes) + 1, np.int64)
    np.cumsum([len(points) for _, points, _, _ in shapes], out=offsets[1:])
    numbers = [i for _, _, i, _ in shapes]
    return replace(
        no_shapes(note),
        points=np.concatenate([points for _, points, _, _ in shapes]).astype(np.float32)
        if shapes
        else np.empty((0, 2), np.float32),
        offsets=offsets,
        kinds=np.array([kind for kind, _, _, _ in shapes], np.uint8),
        classes=np.array([classes[i] if classes and i < len(classes) else -1 for i in numbers], np.int32),
        scores=np.array([scores[i] if scores is not None and i < len(scores) else np.nan for i in numbers], np.float32),
        flags=np.array([flags for _, _, _, flags in shapes], np.uint8),
        ids=np.array(numbers, np.int64),
    )


# --- which field is what ------------------------------------------------------------------------------------

_PARTS = {
    "boxes": BOXES,
    "polygons": POLYGONS,
    "keypoints": KEYPOINTS,
    "masks": MASKS,
    "classes": CLASSES,
    "scores": SCORES,
    "crowd": CROWD,
}
_GEOMETRY = ("boxes", "polygons", "keypoints", "masks")


def _found(sample: Mapping[Any, Any]) -> dict[str, Any]:
    """The parts of the outermost level that has geometry, by what they are; {}: there is none."""
    for level in _levels(sample, _DEPTH):
        names = {str(name).lower(): value for name, value in level.items()}
        parts = {
            part: next((names[name] for name in known if names.get(name) is not None), None)
            for part, known in _PARTS.items()
        }
        if any(parts[part] is not None for part in _GEOMETRY):
            return {part: value for part, value in parts.items() if value is not None}
        planes = [value for value in level.values() if _is_plane(value)]
        if len(planes) == 1 and level is sample:  # as in (image, mask)
            return {"masks": planes[0]}
    return {}


def _levels(sample: Mapping[Any, Any], depth: int) -> Iterator[Mapping[Any, Any]]:
    yield sample
    if depth:
        for value in sample.values():
            if isinstance(value, Mapping):
                yield from _levels(value, depth - 1)
            elif isinstance(value, list) and value and all(isinstance(each, Mapping) for each in value[:_MOST_SHAPES]):
                yield _of_objects(value[:_MOST_SHAPES])


def _of_objects(objects: Sequence[Mapping[Any, Any]]) -> dict[Any, Any]:
    """A dict for each object, as of COCO, as one with a list for each name."""
    names = [name for name in objects[0] if str(name).lower() in {*BOXES, *CLASSES, *CROWD, *SCORES}]
    return {name: [each.get(name) for each in objects] for name in names}


def _is_plane(value: object) -> bool:
    return isinstance(value, np.ndarray) and value.ndim == 2 and value.dtype.kind in "bui" and min(value.shape) >= 8


def _array(value: object) -> Array | None:
    """As numbers; None where it is something else."""
    try:
        made = np.asarray(value)
        return made if made.dtype.kind in "buif" else np.asarray(value, np.float64)
    except (ValueError, TypeError, OverflowError):
        return None


def _numbers(value: object) -> Array | None:
    made = None if value is None else _array(value)
    return made if made is not None and made.ndim == 1 else None


def _rows(value: object, columns: int) -> Array | None:
    """(n, columns or more) numbers; None where it is something else."""
    if value is None:
        return None
    made = _array(value)
    if made is None and isinstance(value, list | tuple):  # with a name behind the numbers
        made = _array([row[:columns] for row in value if isinstance(row, list | tuple)])
    if made is None:
        return None
    if made.size == 0:
        return np.empty((0, columns))
    if made.ndim == 1 and len(made) >= columns and len(made) <= columns + 2:
        made = made[None]
    return made if made.ndim == 2 and made.shape[1] >= columns else None


def _polygons(value: object) -> Iterator[Array]:
    """Of each the (points, 2) corners in pixels."""
    parts = [] if value is None else list(value) if isinstance(value, list | tuple | np.ndarray) else []
    for part in parts:
        made = _array(part)
        if made is not None and made.size >= 4 and made.size % 2 == 0 and made.ndim <= 2:
            yield made.reshape(-1, 2).astype(np.float64)


def _keypoints(value: object) -> Iterator[Array]:
    """Of each object the (points, 2) in pixels; NaN where a point is not labelled."""
    made = None if value is None else _array(value)
    if made is None or not made.size or made.ndim not in (2, 3) or made.shape[-1] < 2:
        return
    for points in made.reshape(1, *made.shape) if made.ndim == 2 else made:
        placed = points[:, :2].astype(np.float64)
        if points.shape[1] == 3:
            placed[points[:, 2] <= 0] = np.nan
        yield placed


def _mask(value: object, size: Size, classes: list[int] | None) -> tuple[npt.NDArray[np.int16] | None, str]:
    """The class of each pixel, and what to say of it."""
    if value is None:
        return None, ""
    made = _array(value)
    if made is None or not made.size:
        return None, ""
    if made.ndim == 3 and 1 in (made.shape[0], made.shape[2]) and made.shape[:2] != size:
        made = made.reshape(-1, *size) if made.size == size[0] * size[1] else made
    if made.shape[-2:] != size and made.shape[:2] == size and made.ndim == 3:
        made = np.moveaxis(made, 2, 0)
    if made.ndim not in (2, 3) or made.shape[-2:] != size:
        shape = " x ".join(map(str, made.shape))
        return None, f"a mask of {shape} is not drawn: the picture is {size[0]} x {size[1]}"
    drawn = np.full(size, UNLABELLED, np.int16)
    if made.ndim == 2:
        labelled = made != _BACKGROUND
        drawn[labelled] = np.clip(made[labelled], 0, _MOST_CLASSES).astype(np.int16)
        return drawn, "mask values taken as classes, 0 as background"
    for i, plane in enumerate(made[:_MOST_SHAPES]):
        drawn[plane > (0.5 if plane.dtype.kind == "f" else 0)] = classes[i] if classes and i < len(classes) else i
    return drawn, ""
