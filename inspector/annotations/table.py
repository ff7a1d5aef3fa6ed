"""A CSV with a line for each box: the name of its image, corners or a corner and the size, and a class.

Known headings: `filename,width,height,class,xmin,ymin,xmax,ymax` (TensorFlow), `path,x1,y1,x2,y2,class` without a
heading (RetinaNet), `image_id,x,y,w,h`, `ImageID,XMin,XMax,YMin,YMax,LabelName` in shares (Open Images), and the like.
Each line is read by itself, so that a quote that is not closed swallows no other.
"""

import os
import re
from collections.abc import Sequence
from typing import NamedTuple

from inspector.annotations.class_lists import take_class_list
from inspector.annotations.icdar import is_open
from inspector.annotations.reading import NAN, Reading, UnreadableError, number, quoted, read_text
from inspector.annotations.records import ShapeFlag, ShapeKind
from inspector.errors import SettingsError

NAME = "CSV"
_MOST_BYTES = 1 << 31
_FOLDERS = ("", "annotations", "Annotations", "labels")
_SAMPLE = 200  # lines
_HEADINGS = {
    "image": (
        *("filename", "file_name", "image", "image_path", "imagepath", "path", "file", "image_id", "imageid", "img"),
        *("image_name", "img_path", "filepath", "file_path", "frame", "name", "id"),
    ),
    "x0": ("xmin", "x1", "x_min", "left", "xtl", "bbox_x1", "x0"),
    "y0": ("ymin", "y1", "y_min", "top", "ytl", "bbox_y1", "y0"),
    "x1": ("xmax", "x2", "x_max", "right", "xbr", "bbox_x2"),
    "y1": ("ymax", "y2", "y_max", "bottom", "ybr", "bbox_y2"),
    "x": ("x", "bbox_x", "x_left", "bx"),
    "y": ("y", "bbox_y", "y_top", "by"),
    "cx": ("x_center", "xcenter", "cx", "center_x", "xc"),
    "cy": ("y_center", "ycenter", "cy", "center_y", "yc"),
    "w": ("w", "bbox_w", "box_width", "bbox_width", "width_box", "bw"),
    "h": ("h", "bbox_h", "box_height", "bbox_height", "height_box", "bh"),
    "width": ("width", "image_width", "img_width", "img_w", "image_w"),
    "height": ("height", "image_height", "img_height", "img_h", "image_h"),
    "box": ("bbox", "box", "bounding_box"),
    "class": ("class", "label", "labelname", "class_name", "category", "class_id", "label_name", "name", "object"),
    "score": ("score", "confidence"),
    "ignored": ("ignore", "difficult", "isgroupof"),
}


class _Columns(NamedTuple):
    """Which columns have what. `numbers`: of the box, as `form` says: corners, size or centre; -1: there is none."""

    image: int
    form: str
    numbers: tuple[int, ...]
    label: int
    size: tuple[int, int]
    ignored: int
    width: int
    heading: bool


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """See `coco_files.read`."""
    for path in _candidates(reading, choice):
        reading.check()
        try:
            text, complaint = read_text(path, _MOST_BYTES)
        except UnreadableError as error:
            if path == choice:
                raise SettingsError(f"annotations: {path} {error}") from error
            continue
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        separator = _separator(lines[0])
        columns = _columns(lines, separator, reading)
        if columns is None:
            continue
        if complaint:
            reading.packer.fault(None, "bad-line", f"{reading.shown(path)}: {complaint}.", path)
        _BoxTable(path, separator, columns, reading).read(lines)
        return NAME, reading.shown(path)
    return None


def _candidates(reading: Reading, choice: str) -> Sequence[str]:
    if choice and not os.path.isdir(choice):
        return [choice] if choice.lower().endswith((".csv", ".tsv", ".txt")) else []
    root = reading.names.root or os.curdir
    folders = [choice] if choice else [os.path.join(root, name) for name in _FOLDERS]
    if not choice:
        folders += [os.path.join(os.path.dirname(os.path.abspath(root)), name) for name in _FOLDERS]
        folders += sorted({os.path.dirname(reading.names.path(i)) for i in range(min(len(reading.names), 1000))})
    found = []
    for folder in dict.fromkeys(folders):
        try:
            found += [os.path.join(folder, name) for name in sorted(os.listdir(folder)) if _is_table(name)]
        except OSError:
            continue
    return sorted(found, key=lambda path: "class" in os.path.basename(path).lower())


def _is_table(name: str) -> bool:
    return name.lower().endswith((".csv", ".tsv")) and not name.startswith(".")


def _separator(line: str) -> str:
    return max(",;\t", key=line.count)


def cells(line: str, separator: str = ",") -> list[str]:
    """The cells of one line; a quote that is not closed is part of its cell."""
    found: list[str] = []
    part, inside, begun = "", False, True
    place = 0
    whole = is_open(line) if separator == "," else False
    while place < len(line):
        char = line[place]
        if inside and char == '"':
            if line[place + 1 : place + 2] == '"':
                part += '"'
                place += 1
            else:
                inside = False
        elif char == '"' and begun and not whole:
            inside = True
        elif char == separator and not inside:
            found.append(part)
            part = ""
            begun = True
            place += 1
            continue
        else:
            part += char
        begun = False
        place += 1
    found.append(part)
    return [cell.strip() for cell in found]


def _columns(lines: Sequence[str], separator: str, reading: Reading) -> _Columns | None:
    """None: it is no such table."""
    first = cells(lines[0].removeprefix("\ufeff"), separator)
    sample = [cells(line, separator) for line in lines[1 : _SAMPLE + 1] if line.strip()]
    place = {re.sub(r"[\s.-]+", "_", name.strip().lower()): number for number, name in reversed([*enumerate(first)])}

    def find(what: str, *taken: int) -> int:
        return next((place[name] for name in _HEADINGS[what] if name in place and place[name] not in taken), -1)

    image = find("image")
    if image < 0:
        return _without_heading([first, *sample], reading)
    forms = {
        "corners": ("x0", "y0", "x1", "y1"),
        "centre": ("cx", "cy", "w", "h"),
        "size": ("x", "y", "w", "h"),
        "minimum": ("x0", "y0", "w", "h"),
        "wide": ("x", "y", "width", "height"),
        "least": ("x0", "y0", "width", "height"),
        "middle": ("cx", "cy", "width", "height"),
    }
    found_forms = ((form, tuple(find(name) for name in names)) for form, names in forms.items())
    form, numbers = next((each for each in found_forms if min(each[1]) >= 0), ("list", (find("box"),)))
    if numbers[0] < 0:
        return None
    reading.normalized = "imageid" in place and "labelname" in place  # Open Images
    sizes = (find("width"), find("height"))
    if sizes[0] in numbers or min(sizes) < 0:
        sizes = (-1, -1)
    found = _Columns(image, form, numbers, find("class", image), sizes, find("ignored"), len(first), True)
    return found if any(_image_of(row, image, reading) is not None for row in sample) else None


def _without_heading(rows: Sequence[Sequence[str]], reading: Reading) -> _Columns | None:
    """RetinaNet's: path,x1,y1,x2,y2,class."""
    good = [row for row in rows if len(row) >= 5 and all(number(cell) is not None for cell in row[1:5])]
    if len(good) * 2 <= len(rows) or not any(_image_of(row, 0, reading) is not None for row in good):
        return None
    count = max({len(row) for row in good}, key=[len(row) for row in good].count)
    return _Columns(0, "corners", (1, 2, 3, 4), 5 if count > 5 else -1, (-1, -1), -1, count, False)


def _image_of(row: Sequence[str], column: int, reading: Reading) -> int | None:
    if column >= len(row) or not row[column]:
        return None
    names = reading.names
    found = names.find(row[column])
    return names.find_stem(row[column]) if found is None and not os.path.splitext(row[column])[1] else found


class _BoxTable:
    def __init__(self, path: str, separator: str, columns: _Columns, reading: Reading) -> None:
        self._path, self._separator, self._columns, self._reading = path, separator, columns, reading
        self._packer, self._shown = reading.packer, reading.shown(path)
        self._missing: set[str] = set()
        self._sized: dict[int, tuple[int, int]] = {}

    def read(self, lines: Sequence[str]) -> None:
        """Pack all lines."""
        reading = self._reading
        take_class_list(reading.classes, iter((os.path.dirname(self._path), reading.names.root)))
        for line_number, line in enumerate(lines, start=1):
            if line_number % 4096 == 0:
                reading.check()
            if line.strip() and not (line_number == 1 and self._columns.heading):
                self._read_line(line, line_number)

    def _read_line(self, line: str, line_number: int) -> None:
        columns = self._columns
        row = cells(line, self._separator)
        image = _image_of(row, columns.image, self._reading)
        if is_open(line):
            reason = (
                "a quote is never closed: a reader of CSV swallows the lines behind it. Remove it, or write it twice"
            )
            self._bad(image, line_number, reason)
            row = [cell.strip('"') for cell in row]
            image = _image_of(row, columns.image, self._reading)
        if len(row) != columns.width:
            self._bad(image, line_number, f"there are {len(row)} columns in place of {columns.width}")
            if len(row) <= max(*columns.numbers, columns.image):
                return
        if image is None:
            self._report_missing(row[columns.image], line_number)
            return
        self._reading.come_from(image, self._shown)
        self._read_size(row, image, line_number)
        self._packer.describe(image, *self._sized.get(image, (0, 0)))
        texts = [row[column] if column < len(row) else "" for column in columns.numbers]
        if columns.form == "list":
            texts = re.split(r"[\s,;]+", texts[0].strip("[]() "))
        if not any(texts) and len(texts) in (1, 4):
            return  # RetinaNet writes an image without a box so
        values = [self._number(text) for text in texts]
        if len(values) != 4 or None in values:
            wrong = next((text for text, value in zip(texts, values, strict=True) if value is None), "")
            what = (
                f"{quoted(wrong)} is no number" if None in values else f"there are {len(values)} numbers in place of 4"
            )
            self._bad(image, line_number, what)
            return
        a, b, c, d = (NAN if value is None else value for value in values)
        if columns.form in ("centre", "middle"):
            a, b = a - c / 2, b - d / 2
        if columns.form != "corners":
            c, d = a + c, b + d
        ignored = columns.ignored >= 0 and columns.ignored < len(row) and row[columns.ignored] in ("1", "True", "true")
        flags = ShapeFlag.IGNORE if ignored else 0
        class_number = self._class_of(row, image, line_number)
        self._packer.add(image, ShapeKind.BOX, (a, b, c, d), class_number, flags=flags, ident=line_number)

    def _number(self, text: str) -> float | None:
        """With a decimal comma, too, where that does not separate columns."""
        found = number(text)
        return number(text.replace(",", ".", 1)) if found is None and self._separator != "," else found

    def _read_size(self, row: Sequence[str], image: int, line_number: int) -> None:
        if self._columns.size[0] < 0 or max(self._columns.size) >= len(row):
            return
        width, height = (number(row[column]) for column in self._columns.size)
        if width is None or height is None or not (1 <= width < 1 << 30 and 1 <= height < 1 << 30):
            if image not in self._sized:
                reason = f"{self._shown}, line {line_number} gives the size as {row[self._columns.size[0]]} x "
                reason += f"{row[self._columns.size[1]]} pixels. Write the image's width and height."
                self._packer.fault(image, "turned-size", reason)
            return
        self._sized.setdefault(image, (int(width), int(height)))

    def _class_of(self, row: Sequence[str], image: int, line_number: int) -> int:
        column, classes = self._columns.label, self._reading.classes
        if column < 0:
            return -1
        name = row[column] if column < len(row) else ""
        if name and (not classes.fixed or name in classes.names):
            return classes.number(name)
        what = f"the class {quoted(name)} is none of the {len(classes.names):,} listed" if name else "there is no class"
        self._packer.fault(image, "unknown-class", f"{self._shown}, line {line_number}: {what}. Correct it.")
        return -1

    def _report_missing(self, name: str, line_number: int) -> None:
        if name in self._missing:
            return
        if not name:
            self._bad(None, line_number, "there is no name of an image")
            return
        self._missing.add(name)
        path = os.path.join(self._reading.names.root, name)
        if not os.path.lexists(path):
            reason = (
                f"{self._shown}, line {line_number} is about {quoted(name)}, which is not there. Add the image, or "
            )
            self._reading.missing(path, f"{reason}remove the line.")

    def _bad(self, image: int | None, line_number: int, reason: str) -> None:
        where = f"{self._shown}, line {line_number}"
        self._packer.fault(image, "bad-line", f"{where}: {reason}.", self._path)
