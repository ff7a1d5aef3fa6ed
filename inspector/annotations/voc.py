"""Pascal VOC: an XML file for each image, in `Annotations/` beside `JPEGImages/`.

Corners are counted from 1 and belong to the box; they are kept as they stand. A file with a DOCTYPE is refused: an
entity of it could grow without end, or name another file.
"""

import math
import os
import re
from collections.abc import Iterator, Sequence
from xml.etree import ElementTree

from inspector.annotations.class_lists import take_class_list
from inspector.annotations.reading import NAN, Reading, UnreadableError, number, quoted, read_text
from inspector.annotations.records import ShapeFlag, ShapeKind
from inspector.annotations.side_files import (
    Convention,
    SideFolder,
    label_files,
    shown_folders,
    side_folders,
)

NAME = "VOC"
_CONVENTION = Convention(("Annotations", "annotations", "xmls", "labels", "xml", "Annotation", "label"), (".xml",))
_MOST_BYTES = 1 << 24
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_TURNED = ("cx", "cy", "w", "h", "angle")


def read(reading: Reading, choice: str = "") -> tuple[str, str] | None:
    """See `text_labels.read`."""
    folders = side_folders(reading, _CONVENTION, choice)
    if not folders:
        return None
    take_class_list(reading.classes, _places(folders, reading))
    for path, image in label_files(folders, reading):
        _XmlFile(path, image, reading).read()
    for folder in folders:
        for path, place in folder.alone():
            reason = f"{reading.shown(path)} has no image: it is never read. Add the image, or remove the file."
            reading.missing(place + _extension_in(path), reason)
    return NAME, shown_folders((each.folder for each in folders), reading)


def _places(folders: Sequence[SideFolder], reading: Reading) -> Iterator[str]:
    yield reading.names.root
    for each in folders:
        yield from (each.folder, os.path.dirname(each.folder), each.images_folder, os.path.dirname(each.images_folder))


def _extension_in(path: str) -> str:
    """That of the image that a file is of, as it says."""
    try:
        text, _ = read_text(path, _MOST_BYTES)
    except UnreadableError:
        return ".jpg"
    found = re.search(r"<filename>[^<]*(\.\w{2,5})\s*</filename>", text)
    return found[1] if found else ".jpg"


class _XmlFile:
    def __init__(self, path: str, image: int, reading: Reading) -> None:
        self._path, self._image, self._reading, self._packer = path, image, reading, reading.packer
        self._shown = reading.shown(path)

    def read(self) -> None:
        self._reading.come_from(self._image, self._shown)
        self._packer.describe(self._image)
        try:
            root = _parsed(self._path)
        except UnreadableError as error:
            self._bad(f"it {error}")
            return
        self._read_size(root.find("size"))
        self._check_name((root.findtext("filename") or "").strip())
        for place, item in enumerate(root.iter("object"), start=1):
            self._read_object(item, place)

    def _read_size(self, size: ElementTree.Element | None) -> None:
        if size is None:
            return
        width, height = (number(size.findtext(side) or "") for side in ("width", "height"))
        if width is None or height is None or not math.isfinite(width + height):
            self._bad("its size is no width and height")
        elif width < 1 or height < 1:
            reason = f"{self._shown} gives the size as {width:g} x {height:g} pixels. Write its width and height."
            self._packer.fault(self._image, "turned-size", reason)
        else:
            self._packer.describe(self._image, int(width), int(height))

    def _check_name(self, name: str) -> None:
        """The image is the one with the file's own name, as for most readers; some go by `filename`."""
        names = self._reading.names
        own = names.member(self._image)
        base = os.path.basename(name.replace("\\", "/"))
        if not base or base in (os.path.basename(own), os.path.splitext(os.path.basename(own))[0]):
            return
        if names.find(base) is None:
            path = os.path.join(os.path.dirname(own), base)
            reason = f"{self._shown} is of {quoted(base)}, which is not there; by its own name it is of "
            self._reading.missing(path, f"{reason}{os.path.basename(own)}. Correct its filename.")

    def _read_object(self, item: ElementTree.Element, place: int) -> None:
        class_number = self._class_of((item.findtext("name") or ""), place)
        flags = ShapeFlag.IGNORE if (item.findtext("difficult") or "").strip() == "1" else 0
        box, turned = item.find("bndbox"), item.find("robndbox")
        kind, values = ShapeKind.BOX, list[float]()
        if box is not None:
            values = self._numbers(box, _CORNERS, place)
        elif turned is not None and (found := self._numbers(turned, _TURNED, place)):
            kind, values = ShapeKind.QUAD, _quad(*found)
        elif turned is None:
            self._bad(f"object {place} has no bndbox: readers stop at it. Remove it, or write its corners")
        if values:
            self._packer.add(self._image, kind, values, class_number, flags=flags, ident=place)

    def _numbers(self, box: ElementTree.Element, names: Sequence[str], place: int) -> list[float]:
        texts = [box.findtext(name) for name in names]
        values = [number(text.strip()) if text is not None else None for text in texts]
        wrong = [name for name, value in zip(names, values, strict=True) if value is None]
        if wrong:
            text = texts[names.index(wrong[0])]
            what = f"is {quoted(text)}, which is no number" if text else "is missing"
            self._bad(f"object {place}: {wrong[0]} {what}: readers stop at it")
            return []
        return [NAN if value is None else value for value in values]

    def _class_of(self, given: str, place: int) -> int:
        name, classes = given.strip(), self._reading.classes
        where = f"{self._shown}, object {place}"
        if name and (not classes.fixed or name in classes.names):
            return classes.number(name)
        what = f"the class {quoted(name)} is none of the {len(classes.names):,} listed" if name else "it has no class"
        self._packer.fault(self._image, "unknown-class", f"{where}: {what}: readers stop at it. Correct its name.")
        return -1

    def _bad(self, reason: str) -> None:
        self._packer.fault(self._image, "bad-line", f"{self._shown}: {reason}.")


def _parsed(path: str) -> ElementTree.Element:
    """
    Raises:
        UnreadableError: where it is no XML, or has a DOCTYPE.
    """
    text, _ = read_text(path, _MOST_BYTES)
    if re.search(r"<!\s*(DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise UnreadableError("has a DOCTYPE, which no annotation needs, and which is not read")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)  # its encoding is known by now
    try:
        return ElementTree.fromstring(text)
    except (ElementTree.ParseError, ValueError, RecursionError) as error:
        raise UnreadableError(f"is no whole XML: {error}") from error


def _quad(x: float, y: float, width: float, height: float, angle: float) -> list[float]:
    cosine, sine = (math.cos(angle), math.sin(angle)) if math.isfinite(angle) else (NAN, NAN)
    corners = ((-width, -height), (width, -height), (width, height), (-width, height))
    turned = ((dx * cosine - dy * sine, dx * sine + dy * cosine) for dx, dy in corners)
    return [value for dx, dy in turned for value in (x + dx / 2, y + dy / 2)]
