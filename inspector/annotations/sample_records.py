"""Annotations that lie with the samples of a container: the `.json` of WebDataset shards, columns of Parquet.

A record is a dict: its objects are a list of dicts, as COCO's, or a list for each of their fields, as Hugging Face's;
or it is the JSON of LabelMe. What the four numbers of a box are, no record says: the form that fits most is taken.
"""

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import numpy as np

from inspector.annotations.coco_shapes import UNUSABLE, CocoShape, ShapeAdder, is_number
from inspector.annotations.fields import BoxFormat, guess_box_format
from inspector.annotations.labelme import ShapeFile
from inspector.annotations.reading import Reading
from inspector.formats.problems import BadFile
from inspector.outside_json import OutsideJsonError, parsed

SHARDS, TABLES = "WebDataset", "Parquet"
_LOOKED_AT, _ENOUGH = 4096, 256  # records, and those with objects among them, by which the form is known
_FIELDS = {
    "bbox": ("bbox", "bboxes", "boxes", "box", "bounding_box", "bounding_boxes"),
    "segmentation": ("segmentation", "segmentations", "polygon", "polygons", "segments"),
    "keypoints": ("keypoints",),
    "class": (
        *("category_id", "category_ids", "category", "categories", "label", "labels", "class", "classes", "class_id"),
        *("class_ids", "class_label", "class_labels", "class_name", "category_name", "name"),
    ),
    "id": ("id", "bbox_id", "object_id"),
    "iscrowd": ("iscrowd", "is_crowd"),
    "score": ("score", "scores"),
}
_GEOMETRY = ("bbox", "segmentation", "keypoints")
_LISTS = ("objects", "annotations", "annotation", "faces", "instances", "labels", "boxes", "detections")
_SIDES = (("x", "y", "width", "height"), ("x", "y", "w", "h"), ("left", "top", "width", "height"))
_CORNERS = (("xmin", "ymin", "xmax", "ymax"), ("x_min", "y_min", "x_max", "y_max"), ("x1", "y1", "x2", "y2"))
_UNKNOWN_SIDE = 1 << 20
_MANY = 12  # boxes: that all their third and fourth numbers are the greater ones is no accident
_Object = dict[str, Any]


@dataclass
class _Record:
    """One sample's. `shapes`: the content of LabelMe's file; `unequal`: what is wrong with the lists of its fields."""

    objects: list[_Object] = field(default_factory=list)
    size: tuple[int, int] = (0, 0)
    shapes: Mapping[str, Any] | None = None
    unequal: str = ""


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """See `coco_files.read`."""
    if choice:
        return None
    values = iter(_checked(reading))
    head: list[tuple[int, str, bytes | dict[str, Any]]] = []
    samples: list[_Record] = []
    for each in itertools.islice(values, _LOOKED_AT):
        head.append(each)
        found = _record(_content(each[2]))
        if found is not None and (found.objects or found.shapes):
            samples.append(found)
            if len(samples) >= _ENOUGH:
                break
    if not samples:
        return None
    boxes = _box_format(samples)
    reading.normalized = boxes is not None and boxes.shares
    classes = [each["class"] for record in samples for each in record.objects if "class" in each]
    records = _Records(reading, boxes, bool(classes), any(isinstance(each, str) for each in classes))
    for image, container, value in itertools.chain(head, values):
        records.add(image, container, value)
    name = TABLES if isinstance(head[0][2], dict) else SHARDS
    first, *others = records.containers
    taken = f", boxes as {boxes.name}{' in shares' if boxes.shares else ''}" if boxes is not None else ""
    return name, f"{first}{f' and {len(others):,} more' if others else ''}{taken}"


def _checked(reading: Reading) -> Iterator[tuple[int, str, bytes | dict[str, Any]]]:
    try:
        for done, each in enumerate(reading.names.beside()):
            if done % 256 == 0:
                reading.check()
            yield each
    except (BadFile, OSError):  # the loader and the scan report a container that cannot be read
        return


class _Records:
    def __init__(self, reading: Reading, boxes: BoxFormat | None, classes: bool, names: bool) -> None:
        """`classes`: the objects have some; `names`: these are names, and a number is none."""
        self._reading, self._boxes, self._classes, self._names = reading, boxes, classes, names
        self.containers: dict[str, ShapeAdder] = {}

    def add(self, image: int, container: str, value: bytes | dict[str, Any]) -> None:
        """Pack the objects of a sample."""
        reading = self._reading
        adder = self.containers.get(container)
        if adder is None:
            adder = self.containers[container] = ShapeAdder(reading, container)
        content = _content(value)
        if content is None:
            reading.packer.describe(image)
            adder.bad(image, "the sample's .json is no whole JSON: write it again")
        record = _record(content)
        if record is None:
            return
        reading.come_from(image, container)
        reading.packer.describe(image, *record.size)
        if record.unequal:
            adder.bad(image, record.unequal)
        if record.shapes is not None:
            ShapeFile("", image, reading, container).read_content(record.shapes)
        for place, each in enumerate(record.objects, start=1):
            self._add_object(adder, image, each, place, record.size)

    def _add_object(self, adder: ShapeAdder, image: int, given: _Object, place: int, size: tuple[int, int]) -> None:
        ident = given.get("id")
        ident = ident if isinstance(ident, int) and not isinstance(ident, bool) else place
        which = f"object {ident}"
        values = {name: given.get(name) for name in ("segmentation", "keypoints", "iscrowd", "score")}
        values["bbox"] = self._as_coco(given.get("bbox"))
        class_number = self._class_of(given.get("class"), image, adder, which)
        segmentation = values["segmentation"]
        if isinstance(segmentation, list) and segmentation and not isinstance(segmentation[0], list):
            values["segmentation"] = [segmentation]
        if isinstance(keypoints := values["keypoints"], list) and keypoints and isinstance(keypoints[0], list):
            values["keypoints"] = [value for point in keypoints for value in (*point, 2)[:3]]
        try:
            shape: CocoShape | None = msgspec.convert(values, CocoShape)
        except UNUSABLE:
            shape, wrong = adder.usable(values)
            adder.bad(image, f"{which}: {wrong}")
        if shape is not None:
            adder.add(shape, image, class_number, which, ident=ident, size=size)

    def _as_coco(self, box: Any) -> Any:
        """A box by its corner and size, whatever it was; what is no box stays as it is."""
        if self._boxes is None or not _is_box(box):
            return box
        a, b, c, d = (float("nan") if each is None else float(each) for each in box)
        match self._boxes.name:
            case "xyxy":
                return [a, b, c - a, d - b]
            case "cxcywh":
                return [a - c / 2, b - d / 2, c, d]
        return [a, b, c, d]

    def _class_of(self, value: Any, image: int, adder: ShapeAdder, which: str) -> int:
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, str) and value.strip():
            return self._reading.classes.number(value.strip())
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0 and not self._names:
            return self._reading.classes.number(str(value))
        if self._classes:
            what = "has no class" if value is None else f"is of class {value!r:.40}, which is none"
            adder.fault(image, "unknown-class", f"{which} {what}: readers stop at it. Correct it")
        return -1


def _content(value: bytes | dict[str, Any]) -> Any:
    """What a record stands for; None: it is no JSON."""
    if isinstance(value, dict):
        return value
    try:
        return parsed(value)
    except OutsideJsonError:
        return None


def _record(content: Any) -> _Record | None:
    """None: it says nothing of objects."""
    if isinstance(content, list):
        content = {"objects": content}
    if not isinstance(content, dict):
        return None
    image = content.get("image")
    size = _size_of(image if isinstance(image, dict) else content)
    if isinstance(content.get("shapes"), list):
        return _Record(shapes=content, size=size)
    named = [content[name] for name in _LISTS if name in content]
    for level in (*named, content, *content.values()):
        if isinstance(level, list) and all(isinstance(each, dict) for each in level):
            objects = [_known(each) for each in level]
            if not level and any(level is each for each in named):
                return _Record(size=size)
            if any(name in each for each in objects for name in _GEOMETRY):
                return _Record(objects, size)
        elif isinstance(level, dict):
            columns = _known(level)
            if any(name in columns for name in _GEOMETRY):
                return _of_columns(columns, size)
    return None


def _size_of(about: Mapping[str, Any]) -> tuple[int, int]:
    width, height = about.get("width"), about.get("height")
    known = isinstance(width, int) and isinstance(height, int) and 0 < width < 1 << 30 and 0 < height < 1 << 30
    return (int(width), int(height)) if known and width is not None and height is not None else (0, 0)


def _known(given: Mapping[str, Any]) -> _Object:
    """The fields that are known, by one name each."""
    lower = {str(name).lower(): value for name, value in given.items()}
    found = {
        name: next(lower[each] for each in names if lower.get(each) is not None)
        for name, names in _FIELDS.items()
        if any(lower.get(each) is not None for each in names)
    }
    if "bbox" not in found:
        for names in (*_CORNERS, *_SIDES):
            if all(isinstance(lower.get(each), int | float) for each in names):
                found["bbox"] = {each: lower[each] for each in names}
    if isinstance(box := found.get("bbox"), dict):
        found["bbox"] = _flat(box)
    return found


def _flat(box: Mapping[str, Any]) -> Any:
    """The numbers of a box whose sides have names: always as corners."""
    lower = {str(name).lower(): value for name, value in box.items()}
    for names in (*_CORNERS, *_SIDES):
        if all(isinstance(lower.get(each), int | float) for each in names):
            a, b, c, d = (lower[each] for each in names)
            return [a, b, c, d] if names in _CORNERS else [a, b, a + c, b + d]
    return box


def _of_columns(columns: _Object, size: tuple[int, int]) -> _Record:
    """Objects whose fields are lists, one an object."""
    first = next(columns[name] for name in _GEOMETRY if name in columns)
    if not isinstance(first, list):
        return _Record(size=size)
    if first and not isinstance(first[0], list | dict):  # one object alone
        return _Record([columns], size)
    lists = {name: value for name, value in columns.items() if isinstance(value, list)}
    counts = {name: len(value) for name, value in lists.items()}
    unequal = ""
    if len({*counts.values()}) > 1:
        unequal = "its lists have different lengths: " + ", ".join(f"{name} {n}" for name, n in counts.items())
    objects = [
        {name: value[i] for name, value in lists.items() if i < len(value) and value[i] is not None}
        for i in range(len(first))
    ]
    return _Record(objects, size, unequal=unequal)


def _is_box(box: Any) -> bool:
    return isinstance(box, list) and len(box) == 4 and all(each is None or is_number(each) for each in box)


def _box_format(records: Sequence[_Record]) -> BoxFormat | None:
    """What the numbers of boxes are; of those that fit as well, a corner and the size, as COCO's. None: no boxes."""
    known = []
    for record in records:
        boxes = [each["bbox"] for each in record.objects if _is_box(each.get("bbox"))]
        if boxes:
            sides = record.size if all(record.size) else (_UNKNOWN_SIDE, _UNKNOWN_SIDE)
            known.append((np.array(boxes, np.float64), (sides[1], sides[0])))
    if not known:
        return None
    sizes_known = any(size[0] != _UNKNOWN_SIDE for _, size in known)
    many = sum(len(boxes) for boxes, _ in known) >= _MANY
    pixels = ("xyxy", "xywh", "cxcywh") if many and not sizes_known else ("xywh", "xyxy", "cxcywh")
    return guess_box_format(known, {False: pixels, True: ("xyxy", "cxcywh", "xywh")})
