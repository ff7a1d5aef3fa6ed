"""LabelMe: a JSON file for each image, beside it, with `shapes`."""

import json
import os
from collections.abc import Iterator
from typing import Any

import msgspec

from inspector.annotations.class_lists import take_class_list
from inspector.annotations.coco_shapes import UNUSABLE
from inspector.annotations.reading import NAN, Reading, UnreadableError, quoted, read_text, repeated_key
from inspector.annotations.records import ShapeKind
from inspector.annotations.side_files import (
    Convention,
    SideFolder,
    label_files,
    shown_folders,
    side_folders,
)

NAME = "LabelMe"
_CONVENTION = Convention(("annotations", "Annotations", "labels", "json", "jsons", "labelme", "label"), (".json",))
_LOOKED_AT = 20  # files
_KINDS = {
    "polygon": ShapeKind.POLYGON,
    "rectangle": ShapeKind.BOX,
    "circle": ShapeKind.CIRCLE,
    "line": ShapeKind.LINE,
    "linestrip": ShapeKind.LINE,
    "point": ShapeKind.POINT,
    "points": ShapeKind.KEYPOINTS,
    "mask": ShapeKind.BOX,
    "rotation": ShapeKind.QUAD,
}
_COUNTS = {ShapeKind.BOX: 2, ShapeKind.CIRCLE: 2, ShapeKind.POINT: 1}


class _LabelMe(msgspec.Struct):
    shapes: list[Any] | None = None
    imagePath: str | None = None
    imageWidth: float | None = None
    imageHeight: float | None = None


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """See `text_labels.read`."""
    folders = side_folders(reading, _CONVENTION, choice)
    paths = [path for each in folders for _, path in each.pairs() if path is not None][:_LOOKED_AT]
    if not any(_is_of_the_format(path) for path in paths):
        return None
    take_class_list(reading.classes, _places(folders, reading))
    for path, image in label_files(folders, reading):
        ShapeFile(path, image, reading).read()
    for folder in folders:
        for path, place in folder.alone():
            if _is_of_the_format(path):
                named = _named(path)
                where = os.path.join(os.path.dirname(place), named) if named else f"{place}.jpg"
                reason = f"{reading.shown(path)} has no image: it is never read. Add the image, or remove the file."
                reading.missing(where, reason)
    return NAME, shown_folders((each.folder for each in folders), reading)


def _places(folders: list[SideFolder], reading: Reading) -> Iterator[str]:
    yield reading.names.root
    for each in folders:
        yield from (each.folder, os.path.dirname(each.folder))


def _content(path: str) -> Any:
    """
    Raises:
        UnreadableError: where it cannot be read.
    """
    return _parsed(read_text(path)[0])


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)  # NaN is a number there, as for LabelMe
    except RecursionError as error:
        raise UnreadableError("is nested too deeply") from error
    except ValueError as error:
        raise UnreadableError(f"is no whole JSON: {error}") from error


def _may_repeat(text: str, content: Any) -> bool:
    """An object may have a key twice: there are more of the keys than of the objects."""
    shapes = content.get("shapes") if isinstance(content, dict) else None
    return text.count('"shapes"') > 1 or text.count('"points"') > len(shapes if isinstance(shapes, list) else ())


def _is_of_the_format(path: str) -> bool:
    try:
        found = _content(path)
    except UnreadableError:
        return False
    return isinstance(found, dict) and isinstance(found.get("shapes"), list)


def _named(path: str) -> str:
    try:
        found = _content(path)
    except UnreadableError:
        return ""
    name = found.get("imagePath") if isinstance(found, dict) else None
    return os.path.basename(name.replace("\\", "/")) if isinstance(name, str) else ""


class ShapeFile:
    """One file, which is one image's."""

    def __init__(self, path: str, image: int, reading: Reading, shown: str = "") -> None:
        self._path, self._image, self._reading, self._packer = path, image, reading, reading.packer
        self._shown = shown or reading.shown(path)

    def read(self) -> None:
        """Pack what is in the file."""
        self._reading.come_from(self._image, self._shown)
        self._packer.describe(self._image)
        try:
            text, _ = read_text(self._path)
            content = _parsed(text)
            if _may_repeat(text, content) and (key := repeated_key(text)):
                self._bad(f"it has {quoted(key)} twice in one object, and readers keep the last alone")
            self.read_content(content)
        except UnreadableError as error:
            self._bad(f"it {error}")

    def read_content(self, content: Any) -> None:
        """Pack what the JSON stands for."""
        try:
            found = msgspec.convert(content, _LabelMe)
        except UNUSABLE as error:
            shapes = content.get("shapes") if isinstance(content, dict) else None
            self._bad(f"it is not as LabelMe writes it: {error}")
            found = _LabelMe(shapes=shapes if isinstance(shapes, list) else None)
        width, height = found.imageWidth, found.imageHeight
        if width is not None and height is not None:
            if 1 <= width < 1 << 30 and 1 <= height < 1 << 30:
                self._packer.describe(self._image, int(width), int(height))
            else:
                reason = f"{self._shown} gives the size as {width:g} x {height:g} pixels. Write its width and height."
                self._packer.fault(self._image, "turned-size", reason)
        self._check_name(found.imagePath or "")
        if found.shapes is None:
            self._bad("it has no list of shapes")
        for place, shape in enumerate(found.shapes or (), start=1):
            self._read_shape(shape, place)

    def _check_name(self, given: str) -> None:
        names = self._reading.names
        own = names.member(self._image)
        base = os.path.basename(given.replace("\\", "/"))
        if base and base != os.path.basename(own) and names.find(base) is None:
            path = os.path.join(os.path.dirname(own), base)
            reason = f"{self._shown} is of {quoted(base)}, which is not there; the image beside it is "
            self._reading.missing(path, f"{reason}{os.path.basename(own)}. Correct its imagePath.")

    def _read_shape(self, shape: Any, place: int) -> None:
        if not isinstance(shape, dict):
            self._bad(f"shape {place} is {quoted(json.dumps(shape)[:80])}, which is none")
            return
        kind = _KINDS.get(str(shape.get("shape_type") or "polygon"))
        if kind is None:
            self._bad(f"shape {place} is a {quoted(str(shape.get('shape_type')))}, which LabelMe does not know")
            return
        values = self._points(shape.get("points"), place)
        if values is None:
            return
        count = len(values) // 2
        class_number = self._class_of(shape.get("label"), place)
        needed = _COUNTS.get(kind, 0)
        if not count or (needed and count != needed):
            if count < max(needed, 1):
                reason = f"{self._shown}, shape {place}: it has {count} points, and needs {max(needed, 3)}. Remove it."
                self._packer.fault(self._image, "too-few-points", reason)
            else:
                self._bad(f"shape {place}: it has {count} points in place of {needed}")
            return
        if kind is ShapeKind.BOX:  # corners are in the order in which they were drawn
            (x0, x1), (y0, y1) = sorted(values[::2]), sorted(values[1::2])
            values = [x0, y0, x1, y1]
        elif kind is ShapeKind.QUAD and count != 4:
            kind = ShapeKind.POLYGON
        text = shape.get("description")
        self._packer.add(
            self._image, kind, values, class_number, ident=place, text=text if isinstance(text, str) else ""
        )

    def _points(self, given: Any, place: int) -> list[float] | None:
        values: list[float] = []
        for point in given if isinstance(given, list) else (None,):
            if not isinstance(point, list) or len(point) != 2:
                self._bad(f"shape {place}: {quoted(json.dumps(point)[:80])} is no point of x and y")
                return None
            for value in point:
                if isinstance(value, str | list | dict | bool):
                    self._bad(f"shape {place}: {quoted(json.dumps(value)[:80])} is no number")
                    return None
                values.append(NAN if value is None else _float(value))
        return values

    def _class_of(self, label: Any, place: int) -> int:
        classes = self._reading.classes
        name = label.strip() if isinstance(label, str) else ""
        if name and (not classes.fixed or name in classes.names):
            return classes.number(name)
        what = f"the label {quoted(name)} is none of the {len(classes.names):,} listed" if name else "it has no label"
        self._packer.fault(self._image, "unknown-class", f"{self._shown}, shape {place}: {what}. Correct it.")
        return -1

    def _bad(self, reason: str) -> None:
        self._packer.fault(self._image, "bad-line", f"{self._shown}: {reason}.")


def _float(value: float) -> float:
    try:
        return float(value)
    except OverflowError:  # a whole number with hundreds of digits
        return float("inf")
