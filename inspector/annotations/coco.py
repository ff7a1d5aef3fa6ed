"""COCO: one JSON file with `images`, `annotations` and `categories`. https://cocodataset.org/#format-data

Each record is decoded by itself, so that a bad one loses no other, and is packed at once: the file is mapped, not read,
and no object is left of it.
"""

import codecs
import contextlib
import json
import mmap
import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
import numpy as np

from inspector.annotations.coco_shapes import CocoId, CocoShape, ShapeAdder
from inspector.annotations.reading import Reading, UnreadableError, quoted, repeated_key
from inspector.annotations.records import ShapeFlag

NAME = "COCO"
_MOST_BYTES = 1 << 32
_OF_IMAGES, _OF_SHAPES, _OF_FILE = (b'"file_name"',), (b'"bbox"', b'"image_id"'), (b'"images"', b'"annotations"')
_MOST_REPEATED_BYTES = 1 << 26
_NOT_A_NUMBER = re.compile(rb"(?<=[\[,:\s])(?:NaN|-?Infinity)(?=[\s,\]}])")
_NULL = msgspec.Raw(b"null")


class _Outline(msgspec.Struct):
    images: list[msgspec.Raw] | None = None
    annotations: list[msgspec.Raw] | None = None
    categories: list[msgspec.Raw] | None = None


class _CocoImage(msgspec.Struct):
    id: CocoId = None
    file_name: str = ""
    width: float | None = None
    height: float | None = None


class _CocoCategory(msgspec.Struct):
    id: CocoId = None
    name: str = ""
    keypoints: list[str] | None = None


_IMAGES, _SHAPES = msgspec.json.Decoder(_CocoImage), msgspec.json.Decoder(CocoShape)
_CATEGORIES = msgspec.json.Decoder(_CocoCategory)


def outline(path: str) -> _Outline | None:
    """The records of a file; None: it is other JSON.

    Raises:
        UnreadableError: where it cannot be read, or is no JSON.
    """
    try:
        with open(path, "rb") as file:
            size = os.fstat(file.fileno()).st_size
            if size > _MOST_BYTES:
                raise UnreadableError(f"is larger than {_MOST_BYTES >> 30} GiB; split it")
            if not size:
                raise UnreadableError("is empty")
            data: Any = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (OSError, ValueError) as error:
        raise UnreadableError(f"cannot be read: {getattr(error, 'strerror', None) or error}") from error
    if _utf_16(path):
        data = bytes(data).decode("utf-16", "replace").encode()
    elif data[:3] == b"\xef\xbb\xbf":
        data = memoryview(data)[3:]
    try:
        return msgspec.json.decode(data, type=_Outline)
    except msgspec.ValidationError:
        return None
    except (msgspec.DecodeError, RecursionError) as error:
        if isinstance(error, msgspec.DecodeError) and "truncated" not in str(error):
            with contextlib.suppress(msgspec.DecodeError, RecursionError):  # NaN is no JSON, and often written
                return msgspec.json.decode(_NOT_A_NUMBER.sub(b"null", bytes(data)), type=_Outline)
        why = "it is nested too deeply" if isinstance(error, RecursionError) else str(error).removeprefix("JSON is ")
        raise UnreadableError(f"is no whole JSON: {why}; write it again") from error


def first_image(found: _Outline, reading: Reading) -> int | None:
    """The first of its images that is in the index; None: none is."""
    images = (_record(raw, _IMAGES) for raw in found.images or ())
    numbers = (reading.names.find(image.file_name) for image in images if image is not None)
    return next((number for number in numbers if number is not None), None)


def read(path: str, found: _Outline, reading: Reading) -> None:
    """Pack what is in a file; `found`: what `outline` gave of it."""
    _CocoFile(path, reading).read(found)


class _CocoFile:
    def __init__(self, path: str, reading: Reading) -> None:
        self._path, self._reading, self._packer = path, reading, reading.packer
        self._shown = reading.shown(path)
        self._images: dict[Any, int | None] = {}  # None: listed, but no such file
        self._sizes: dict[Any, tuple[int, int]] = {}
        self._classes: dict[Any, tuple[int, int]] = {}  # its number, and how many keypoints it has
        self._base = ""
        self._adder = ShapeAdder(reading, self._shown, path)

    def read(self, found: _Outline) -> None:
        if encoding := _utf_16(self._path):
            self._bad(None, f"which is written in {encoding}: few readers expect that; save it as UTF-8")
        self._read_categories(found.categories or [])
        self._read_images(found.images or [])
        first = len(self._packer)
        for number, raw in enumerate(found.annotations or []):
            if number % 4096 == 0:
                self._reading.check()
            self._read_shape(raw, number)
        self._find_repeated_ids(first)
        self._find_repeated_keys(found)

    def _read_categories(self, records: Sequence[msgspec.Raw]) -> None:
        for number, raw in enumerate(records):
            category = _record(raw, _CATEGORIES)
            if category is None or category.id is None:
                self._bad(None, f"categories[{number}] is no category with an id and a name: mend it")
                continue
            key = category.id
            if key in self._classes:
                self._bad(None, f"category id {key} is given twice, the second time to {quoted(category.name)}")
                continue
            name = category.name or str(key)
            self._classes[key] = self._reading.classes.number(name), len(category.keypoints or ())

    def _read_images(self, records: Sequence[msgspec.Raw]) -> None:
        names, hint = self._reading.names, _split_of(self._path)
        missing: list[tuple[str, Any]] = []
        first_of: dict[int, Any] = {}
        for number, raw in enumerate(records):
            image = _record(raw, _IMAGES)
            if image is None or image.id is None or not image.file_name:
                what = "" if image is None or image.id is None else f" (id {image.id})"
                self._bad(None, f"images[{number}]{what} is no image with an id and a file_name: mend it")
                continue
            found = names.find(image.file_name, hint)
            if image.id in self._images:
                reason = f"image id {image.id} is given twice, the second time to {quoted(image.file_name)}"
                self._bad(found, f"{reason}: annotations cannot say which of them they mean")
                continue
            self._images[image.id] = found
            if found is None:
                missing.append((image.file_name, image.id))
                continue
            if not self._base:
                self._base = _base(names.member(found), image.file_name)
            if found in first_of:
                self._packer.fault(
                    found,
                    "image-listed-twice",
                    f"{self._shown} lists it twice, as images {first_of[found]} and {image.id}: it is trained on "
                    "twice, each time with a part of its annotations. Merge the two.",
                )
            first_of.setdefault(found, image.id)
            width, height = (_side(image.width), _side(image.height))
            self._packer.describe(found, width, height)
            if image.width is not None and image.height is not None and not width * height:
                reason = (
                    f"{self._shown}, image {image.id}: its size is given as {image.width:g} x {image.height:g} pixels."
                )
                self._packer.fault(found, "turned-size", f"{reason} Write its width and height.")
            self._sizes[image.id] = width, height
            self._reading.come_from(found, self._shown)
        for name, ident in missing:
            path = os.path.join(self._base or names.root, name)
            if not os.path.lexists(path):  # it may be another split's
                self._reading.missing(path, f"{self._shown} lists image {ident}, {quoted(name)}, which is not there.")

    def _read_shape(self, raw: msgspec.Raw, number: int) -> None:
        shape: CocoShape | None = _record(raw, _SHAPES)
        wrong = ""
        if shape is None:
            try:
                values = json.loads(bytes(raw))
            except (ValueError, RecursionError):
                values = None
            if not isinstance(values, dict):
                what = quoted(bytes(raw)[:99].decode(errors="replace"))
                self._bad(None, f"annotations[{number}] is no annotation but {what}")
                return
            shape, wrong = self._adder.usable(values)
            if shape is None:
                which = f"annotation {values['id']}" if isinstance(values.get("id"), int) else f"annotations[{number}]"
                self._bad(self._images.get(_id(values.get("image_id"))), f"{which}: {wrong}")
                return
        which = f"annotation {shape.id}" if shape.id is not None else f"annotations[{number}]"
        try:
            image = self._images[shape.image_id]
        except KeyError:
            image = self._image_of_other_type(shape, which)
        if wrong:
            self._bad(image, f"{which}: {wrong}")
        if image is None:
            if shape.image_id not in self._images:
                path = os.path.join(self._base or self._reading.names.root, str(shape.image_id))
                reason = f"{self._shown}, {which}: there is no image with the id {shape.image_id}."
                self._reading.missing(path, f"{reason} Add the image, or remove the annotation.")
            return
        class_number, keypoints = self._class_of(shape, image, which)
        self._adder.add(
            shape,
            image,
            class_number,
            which,
            ident=shape.id if isinstance(shape.id, int) else -1,
            keypoints=keypoints,
            size=self._sizes.get(shape.image_id, (0, 0)),
        )

    def _class_of(self, shape: CocoShape, image: int, which: str) -> tuple[int, int]:
        found = self._classes.get(shape.category_id)
        if found is not None:
            return found
        why = f"and the categories are {_some(self._classes)}" if self._classes else "and the file has no categories"
        what = "has no category_id" if shape.category_id is None else f"is of category {shape.category_id}"
        self._packer.fault(
            image, "unknown-class", f"{self._shown}, {which} {what}, {why}: correct it, or add the category."
        )
        return -1, 0

    def _image_of_other_type(self, shape: CocoShape, which: str) -> int | None:
        """The image whose id is the same number as text, or the other way round."""
        given = shape.image_id
        other: int | str | None = str(given) if isinstance(given, int | float) else None
        if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) < 19:
            other = int(given)
        found = self._images.get(other)
        if found is not None:
            what = f"{which}: image_id is {json.dumps(given)}, and the image's id {json.dumps(other)}"
            self._bad(found, f"{what}: readers do not find the one by the other. Write both as numbers")
            self._images[given] = found
        return found

    def _find_repeated_ids(self, first: int) -> None:
        ids, images, flags = self._packer.columns_from(first)
        main = (flags & ShapeFlag.PART == 0) & (ids >= 0)
        ids, images = ids[main], images[main]
        order = np.argsort(ids, kind="stable")
        ids, images = ids[order], images[order]
        for again in (np.flatnonzero(ids[1:] == ids[:-1]) + 1).tolist():
            reason = f"annotation id {ids[again]} is given twice: pycocotools keeps only the last. Number them again"
            self._bad(int(images[again]), reason)

    def _find_repeated_keys(self, found: _Outline) -> None:
        """Of two equal keys in an object, readers keep the last alone. There are more of them than objects then."""
        counts = Counter[bytes]()
        with contextlib.suppress(OSError), open(self._path, "rb") as file:
            while chunk := file.read(1 << 24):
                counts.update({key: chunk.count(key) for key in (*_OF_IMAGES, *_OF_SHAPES, *_OF_FILE)})
            if any(counts[key] > 1 for key in _OF_FILE) and file.tell() < _MOST_REPEATED_BYTES:
                file.seek(0)
                if (key := repeated_key(file.read())).encode() in (each.strip(b'"') for each in _OF_FILE):
                    self._bad(None, f"{quoted(key)} is given twice, and readers keep the last alone")
        for name, records, keys in (
            ("images", found.images or [], _OF_IMAGES),
            ("annotations", found.annotations or [], _OF_SHAPES),
        ):
            if not any(counts[key] > len(records) for key in keys):
                continue
            for number, raw in enumerate(records):
                if key := repeated_key(bytes(raw)):
                    record = _record(raw, _SHAPES)
                    ident = record and (record.image_id if name == "annotations" else record.id)
                    image = self._images.get(ident)
                    self._bad(image, f"{name}[{number}] has {quoted(key)} twice, and readers keep the last alone")

    def _bad(self, image: int | None, reason: str) -> None:
        self._adder.bad(image, reason)


def _utf_16(path: str) -> str:
    """UTF-16, if the file begins with its mark; else ""."""
    with contextlib.suppress(OSError), open(path, "rb") as file:
        return "UTF-16" if file.read(2) in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else ""
    return ""


def _record(raw: msgspec.Raw, decoder: Any) -> Any:
    """None: it is something else."""
    try:
        return decoder.decode(raw)
    except (msgspec.DecodeError, RecursionError):
        return None


def _split_of(path: str) -> str:
    """What the file's name says of the images: "train2017" of instances_train2017.json."""
    return os.path.splitext(os.path.basename(path))[0].rpartition("_")[2]


def _base(member: str, name: str) -> str:
    """The folder that names of images start from."""
    name = name.replace("\\", "/").removeprefix("./")
    return member.removesuffix(name) if member.endswith(name) else os.path.dirname(member)


def _id(value: object) -> object:
    return value if isinstance(value, int | str | float) else None


def _side(value: float | None) -> int:
    return int(value) if value is not None and 0 < value < 1 << 30 else 0


def _some(classes: dict[Any, Any]) -> str:
    ids = [*classes]
    return ", ".join(map(str, ids)) if len(ids) <= 5 else f"{ids[0]}, {ids[1]} … {ids[-1]}"
