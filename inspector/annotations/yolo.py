"""YOLO: a text file for each image, a line for each object: its class and shares of the image's width and height.

`class x y width height` is a box by its centre; with more numbers a line is a polygon, a turned box of four corners,
or a box with keypoints, as `kpt_shape` in `data.yaml` says. What Ultralytics does with a fault is its
`verify_image_label`.
"""

import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from inspector.annotations.class_lists import ClassList, class_list
from inspector.annotations.reading import NAN, Reading, UnreadableError, number, quoted, read_text
from inspector.annotations.records import ShapeFlag, ShapeKind
from inspector.annotations.side_files import Convention, SideFolder, label_files, shown_folders

NAME = "YOLO"
CONVENTION = Convention(("labels", "label", "Labels", "annotations", "labels_txt"), (".txt",))
DROPPED = "Ultralytics drops the whole image."
_DECIMAL_COMMA = re.compile(r"\s-?\d*,\d+(\s|$)")
_BOX, _SCORED, _QUAD = 5, 6, 9  # columns


@dataclass(frozen=True)
class _Layout:
    """How the lines of a set are written. `keypoints`: how many, and numbers each."""

    polygons: bool
    quads: bool
    keypoints: tuple[int, int]

    @property
    def pose_columns(self) -> int:
        """Columns of a box with keypoints; 0: there are none."""
        return _BOX + math.prod(self.keypoints) if self.keypoints[0] else 0


def is_line(line: str) -> bool:
    """It looks like a line of YOLO, if not like a good one."""
    parts = line.split()
    return len(parts) >= 4 and "," not in line and all(number(part) is not None for part in parts[1:])


def read(folders: Sequence[SideFolder], columns: Counter[int], reading: Reading) -> str:
    """Pack all files; the text that says where they are is returned.

    Args:
        columns: how often a line has so many of them, in some of the files.
    """
    classes = class_list(_places(folders, reading))
    layout = _layout(classes, columns)
    reading.normalized = True
    names = list(classes.names) if classes is not None else []
    for name in names:
        reading.classes.names.append(name)  # a name given twice is two classes
    reading.classes.fixed = bool(names)
    for path, image in label_files(folders, reading):
        _YoloFile(path, image, reading, layout, classes).read()
    for folder in folders:
        _report_alone(folder, reading)
    return shown_folders((each.folder for each in folders), reading)


def _places(folders: Sequence[SideFolder], reading: Reading) -> Iterator[str]:
    """Folders in which the file with the classes may be."""
    root = reading.names.root
    yield root
    for each in folders:
        for place in (each.folder, each.images_folder):
            for _ in range(3):
                if place:
                    yield place
                place = os.path.dirname(place)
    yield os.path.dirname(os.path.abspath(root))


def _layout(classes: ClassList | None, columns: Counter[int]) -> _Layout:
    keypoints = classes.keypoints if classes is not None else (0, 0)
    usual = columns.most_common(1)[0][0] if columns else _BOX
    if not keypoints[0] and usual > _QUAD and usual % 2 == 0 and (usual - _BOX) % 3 == 0:
        keypoints = ((usual - _BOX) // 3, 3)
    total = columns.total() or 1
    others = total - columns[_BOX] - columns[_SCORED]
    quads = bool(columns[_QUAD]) and columns[_QUAD] * 10 >= others * 8
    return _Layout(others * 10 > total * 8 and not keypoints[0] and not quads, quads, keypoints)


def _report_alone(folder: SideFolder, reading: Reading) -> None:
    extension = os.path.splitext(reading.names.path(next(iter(folder.images.values()))))[1]
    for path, place in folder.alone():
        if folder.folder == folder.images_folder and not _has_lines(path):
            continue
        if any(os.path.lexists(place + other) for other in (extension, extension.upper(), ".png", ".jpg")):
            continue  # it is not of the set, or is listed under another name
        reason = f"{reading.shown(path)} has no image beside it: it is never read. Add the image, or remove the file."
        reading.missing(place + extension, reason)


def _has_lines(path: str) -> bool:
    try:
        text, _ = read_text(path, 1 << 20)
    except UnreadableError:
        return False
    lines = text.strip().splitlines()
    return bool(lines) and is_line(lines[0])


class _YoloFile:
    """One file, which is one image's."""

    def __init__(self, path: str, image: int, reading: Reading, layout: _Layout, classes: ClassList | None) -> None:
        self._image, self._reading, self._packer = image, reading, reading.packer
        self._path, self._layout, self._classes = path, layout, classes
        self._shown = reading.shown(path)
        self._columns = {_BOX}
        if layout.pose_columns:
            self._columns = {layout.pose_columns}
        elif layout.quads:
            self._columns = {_QUAD}

    def read(self) -> None:
        self._reading.come_from(self._image, self._shown)
        self._packer.describe(self._image)
        try:
            text, complaint = read_text(self._path)
        except UnreadableError as error:
            self._bad(0, f"it {error}")
            return
        if complaint:
            self._bad(0, f"{complaint}: {DROPPED}")
        for line_number, line in enumerate(text.splitlines(), start=1):
            parts = line.split()
            if not parts:
                continue
            try:
                values = [float(part) for part in parts]
            except ValueError:
                found = self._lenient(line, line_number)
                if found is None:
                    continue
                values = found
            self._read_values(values, line_number)

    def _read_values(self, values: list[float], line: int) -> None:
        columns = len(values)
        class_number = self._class_of(values[0], line)
        pose = self._layout.pose_columns
        if columns == pose:
            self._add_box(values, class_number, line)
            self._add_keypoints(values[_BOX:], class_number, line)
        elif columns == _BOX:
            if pose:
                self._bad(line, f"there are no keypoints behind the box, {pose} columns are needed: {DROPPED}")
            if self._layout.polygons:
                reason = f"{self._shown}, line {line}: two points are no polygon, and the others here are polygons: "
                self._packer.fault(
                    self._image,
                    "too-few-points",
                    f"{reason}a box must not stand among them. Give three points or more.",
                )
                return
            self._add_box(values, class_number, line)
        elif columns == _SCORED and not self._layout.polygons:
            self._bad(line, f"there are 6 columns in place of 5, the last perhaps a confidence: {DROPPED}")
            self._add_box(values[:_BOX], class_number, line, values[_BOX])
        elif pose or columns < 7 or columns % 2 == 0:
            self._bad_columns(columns, line)
        else:
            kind = ShapeKind.QUAD if columns == _QUAD and self._layout.quads else ShapeKind.POLYGON
            self._packer.add(self._image, kind, values[1:], class_number, ident=line)

    def _bad_columns(self, columns: int, line: int) -> None:
        if self._layout.polygons and columns in (1, 3):
            few = "one point is" if columns == 3 else "no points are"
            reason = f"{self._shown}, line {line}: {few} no polygon: {DROPPED} Give three points or more."
            self._packer.fault(self._image, "too-few-points", reason)
            return
        wanted = self._layout.pose_columns or _BOX
        more = "" if self._layout.pose_columns else " (a box), or 7, 9, 11 … (a polygon)"
        self._bad(line, f"there are {columns} columns in place of {wanted}{more}: {DROPPED}")

    def _add_box(self, values: Sequence[float], class_number: int, line: int, score: float = NAN) -> None:
        _, x, y, width, height = values[:_BOX]
        corners = (x - width / 2, y - height / 2, x + width / 2, y + height / 2)
        self._packer.add(self._image, ShapeKind.BOX, corners, class_number, score=score, ident=line)

    def _add_keypoints(self, values: Sequence[float], class_number: int, line: int) -> None:
        _, each = self._layout.keypoints
        points: list[float] = []
        for at in range(0, len(values), each):
            labelled = each < 3 or values[at + 2] > 0
            if labelled and not all(map(math.isfinite, values[at : at + 2])):
                reason = f"{self._shown}, line {line}: a keypoint is not a number: {DROPPED}"
                self._packer.fault(self._image, "not-a-number", reason)
            points += values[at : at + 2] if labelled else (NAN, NAN)
        flags = ShapeFlag.PART
        self._packer.add(self._image, ShapeKind.KEYPOINTS, points, class_number, flags=flags, ident=line)

    def _class_of(self, value: float, line: int) -> int:
        names = self._reading.classes
        if math.isfinite(value) and value >= 0 and value.is_integer() and value < 1 << 31:
            if not names.fixed:
                while len(names.names) <= value and value < 1 << 16:
                    names.names.append(str(len(names.names)))
                if value < 1 << 16:
                    return int(value)
            elif value < len(names.names):
                return int(value)
        where = f"{self._shown}, line {line}: class {value:g}"
        if not names.fixed or self._classes is None:
            what = "is no class: they are whole numbers from 0 on"
        else:
            source = self._reading.shown(self._classes.path)
            what = f"is none of the {len(names.names)} in {source}, which are 0 to {len(names.names) - 1}"
        self._packer.fault(self._image, "unknown-class", f"{where} {what}: {DROPPED}")
        return -1

    def _lenient(self, line: str, line_number: int) -> list[float] | None:
        """The numbers of a line that is not written as it should be; None: there are none to use."""
        decimal = [number(part.replace(",", ".")) for part in line.split()]
        if len(decimal) >= _BOX and _DECIMAL_COMMA.search(line) and None not in decimal:
            self._bad(line_number, f"numbers have a comma in the place of the decimal point: {DROPPED}")
            return [value for value in decimal if value is not None]
        parts = line.replace(",", " ").replace(";", " ").split()
        values = [number(part) for part in parts]
        if all(value is not None for value in values) and parts:
            separator = "commas" if "," in line else "semicolons"
            self._bad(line_number, f"{separator} separate the numbers, where spaces should: {DROPPED}")
            return [value for value in values if value is not None]
        names = self._reading.classes.names
        if parts[0] in names and len(parts) >= _BOX and all(value is not None for value in values[1:]):
            self._bad(line_number, f"the class is {quoted(parts[0])} in place of {names.index(parts[0])}: {DROPPED}")
            return [float(names.index(parts[0])), *(value for value in values[1:] if value is not None)]
        wrong = next((part for part, value in zip(parts, values, strict=True) if value is None), line)
        self._bad(line_number, f"{quoted(wrong)} is no number: {DROPPED}")
        return None

    def _bad(self, line: int, reason: str) -> None:
        where = f"{self._shown}, line {line}: " if line else f"{self._shown}: "
        self._packer.fault(self._image, "bad-line", where + reason + ("" if reason.endswith(".") else "."))
