"""What belongs to the images of a batch: boxes, their classes, keypoints, masks; found by their keys and shapes.

Copied as they are, a bounded part of each: the reader decides what the numbers mean.
"""

from __future__ import annotations

from typing import Any, Iterator

MOST_SHAPES = 100  # an image
ROOM = 1_000_000  # bytes, of all images of a batch
KEYS = {
    "boxes": ("boxes", "bboxes", "bbox", "gt_boxes", "gt_bboxes", "box"),
    "labels": ("labels", "class_labels", "category_id", "category_ids", "cls", "classes", "gt_classes", "gt_labels"),
    "keypoints": ("keypoints", "kpts", "gt_keypoints"),
    "masks": (
        "masks",
        "mask",
        "mask_labels",
        "seg",
        "segmentation",
        "semantic_mask",
        "label_mask",
        "pixel_mask_labels",
    ),
}
_OWNERS = ("batch_idx", "batch_index", "image_index")  # of which image a row is
_NO_MASKS = ("pixel_mask", "attention_mask")  # say where an image is padded
_DEEPEST = 4
_MOST_POINTS = 64

TYPE_CHECKING = False
if TYPE_CHECKING:
    Found = list[tuple[str, str, Any, str]]  # (kind, key, array, format as its type says)


def find(data: Any, images: Any, count: int, size: tuple[int, int], to_array: Any) -> dict[int, Found]:
    """By position of the image in a batch of `count`: `images`, of which the first is `size` = (height, width)."""
    for part in _parts(data, 0):
        if part is images:
            continue
        found: dict[int, Found] = {}
        if isinstance(part, dict):
            found = _batched(part, count, to_array)
        elif isinstance(part, (list, tuple)):
            found = _each(part, count, to_array)
        elif hasattr(part, "shape"):
            found = _bare(part, count, size, to_array)
        if found:
            return found
    return {}


def _parts(data: Any, depth: int) -> Iterator[Any]:
    """Everything in a batch that may be targets, the outermost first."""
    if depth > _DEEPEST:
        return
    yield data
    if isinstance(data, dict):
        inner = [value for key, value in list(data.items())[:64] if key not in _NO_MASKS]
    elif isinstance(data, (list, tuple)):
        inner = list(data[:64])
    else:
        return
    for part in inner:
        if isinstance(part, (dict, list, tuple)) or hasattr(part, "shape"):
            yield from _parts(part, depth + 1)


def _named(target: dict[Any, Any], kind: str) -> tuple[str, Any]:
    for key in KEYS[kind]:
        if target.get(key) is not None:
            return key, target[key]
    return "", None


def _each(part: Any, count: int, to_array: Any) -> dict[int, Found]:
    """A target an image: a dict, or a list of dicts, one an object, as COCO has them."""
    if len(part) != count or not count:
        return {}
    found = {}
    for position, target in enumerate(part[:16]):
        if isinstance(target, dict):
            mine = _of_one(target, to_array)
        elif isinstance(target, (list, tuple)) and target and all(isinstance(each, dict) for each in target):
            mine = _of_objects(list(target), to_array)
        else:
            mine = []
        if mine:
            found[position] = mine
    return found


def _of_one(target: dict[Any, Any], to_array: Any) -> Found:
    mine: Found = []
    for kind in KEYS:
        key, value = _named(target, kind)
        array = _numbers(value, to_array)
        if array is not None and _fits(kind, array):
            mine.append((kind, key, array, _format(value)))
    return mine if any(kind != "labels" for kind, *_ in mine) else []


def _of_objects(objects: list[dict[Any, Any]], to_array: Any) -> Found:
    key, first = _named(objects[0], "boxes")
    if first is None:
        return []
    rows = [each[key] for each in objects if each.get(key) is not None]
    boxes = _numbers([list(row) for row in rows], to_array)
    if boxes is None or not _fits("boxes", boxes):
        return []
    mine: Found = [("boxes", key, boxes, "")]
    name, label = _named(objects[0], "labels")
    if isinstance(label, int):
        labels = _numbers([int(each.get(name, -1)) for each in objects], to_array)
        if labels is not None:
            mine.append(("labels", name, labels, ""))
    return mine


def _batched(part: dict[Any, Any], count: int, to_array: Any) -> dict[int, Found]:
    """A dict of the whole batch: rows with the number of their image, or an array with an entry an image."""
    owners = next((part[key] for key in _OWNERS if hasattr(part.get(key), "shape")), None)
    found: dict[int, Found] = {}
    for kind in KEYS:
        key, value = _named(part, kind)
        if not hasattr(value, "shape"):
            if isinstance(value, (list, tuple)) and len(value) == count and kind != "labels":
                for position, each in enumerate(value[:16]):
                    array = _numbers(each, to_array)
                    if array is not None and _fits(kind, array):
                        found.setdefault(position, []).append((kind, key, array, _format(each)))
            continue
        array, of = to_array(value), _format(value)
        if owners is not None and kind != "masks" and len(array) == len(owners):
            whose = to_array(owners).reshape(-1)
            for position in range(min(count, 16)):
                rows = array[whose == position]
                if _fits(kind, rows):
                    found.setdefault(position, []).append((kind, key, rows, of))
        elif array.shape[0] == count and (len(array.shape) == 2 if kind == "labels" else len(array.shape) >= 2):
            for position in range(min(count, 16)):
                if _fits(kind, array[position]):
                    found.setdefault(position, []).append((kind, key, array[position], of))
    return {at: mine for at, mine in found.items() if any(kind != "labels" for kind, *_ in mine)}


def _bare(thing: Any, count: int, size: tuple[int, int], to_array: Any) -> dict[int, Found]:
    """A tensor without a name: (n, 6) with image, class and box in each row, or a class for each pixel."""
    shape = tuple(int(side) for side in thing.shape)
    if len(shape) == 2 and shape[1] == 6 and 0 < shape[0] <= 64 * MOST_SHAPES:
        array = to_array(thing)
        whose = array[:, 0]
        if array.dtype.kind != "f" or (whose != whose.round()).any() or whose.min() < 0 or whose.max() >= count:
            return {}
        if float(array[:, 2:].min()) < 0 or float(array[:, 2:].max()) > 1.001:
            return {}
        found: dict[int, Found] = {}
        for position in range(min(count, 16)):
            rows = array[whose == position]
            if len(rows):
                found[position] = [("boxes", "", rows[:, 2:].copy(), "CXCYWH"), ("labels", "", rows[:, 1].copy(), "")]
        return found
    flat = shape[1:] == size or shape[1:] == (1, *size)
    if shape[:1] != (count,) or not flat:
        return {}
    array = to_array(thing)
    if array.dtype.kind == "f":
        some = array.reshape(-1)[:: max(1, array.size // 10_000)]
        if not ((some == 0) | (some == 1)).all():
            return {}
    elif array.dtype.kind not in "iub" or (len(shape) == 4 and str(array.dtype) == "uint8" and array.max() > 1):
        return {}
    return {at: [("masks", "", array[at].reshape(size), "")] for at in range(min(count, 16))}


def _numbers(value: Any, to_array: Any) -> Any:
    """As an array; None where it is none."""
    if hasattr(value, "shape"):
        return to_array(value)
    if isinstance(value, (list, tuple)) and value and len(value) <= 10_000:
        import sys

        numpy: Any = sys.modules.get("numpy")
        try:
            array = numpy.asarray(value, dtype="float32") if numpy is not None else None
        except (TypeError, ValueError):
            return None
        return array
    return None


def _fits(kind: str, array: Any) -> bool:
    shape = array.shape
    if array.dtype.kind not in "fiub" or not array.size:
        return False
    if kind == "boxes":
        return len(shape) == 2 and shape[1] == 4
    if kind == "keypoints":
        return len(shape) in (2, 3) and shape[-1] in (2, 3)
    if kind == "masks":
        return len(shape) in (2, 3) and min(shape[-2:]) >= 8
    return len(shape) == 1 or (len(shape) == 2 and shape[1] == 1)


def cut(kind: str, array: Any) -> Any:
    """A bounded part of it."""
    if kind == "keypoints" and len(array.shape) == 3:
        return array[:MOST_SHAPES, :_MOST_POINTS]
    return array.reshape(-1)[:MOST_SHAPES] if kind == "labels" else array if kind == "masks" else array[:MOST_SHAPES]


def _format(value: Any) -> str:
    """What a `BoundingBoxes` of torchvision says of itself."""
    name = getattr(getattr(value, "format", None), "name", "")
    return name if isinstance(name, str) else ""


def small_mask(array: Any, stride: int) -> Any:
    """(h, w) uint8, every n-th pixel: the class, or the number of the instance from 1; 255: to be ignored."""
    if len(array.shape) == 2:
        few = array[::stride, ::stride]
        if few.dtype.kind == "b":
            return few.astype("uint8")
        few = few.astype("int64")
        few[few < 0] = 255
        return few.clip(0, 255).astype("uint8")
    parts = array[:MOST_SHAPES, ::stride, ::stride]
    shown = (parts[0] > 0.5).astype("uint8")
    for number in range(1, len(parts)):
        shown[parts[number] > 0.5] = number + 1
    return shown
