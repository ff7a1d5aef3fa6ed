"""The items of an AVIF or HEIC file: which pictures it holds, of which kind and size, and where their data lie."""

import struct
from dataclasses import dataclass

from inspector.formats.isobmff import Box, boxes, find

_MOST_ITEMS = 10_000  # more is damage; a grid of tiles has some dozens
_MOST_EXTENTS = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One item.

    Attributes:
        kind: four letters: av01, hvc1, grid, Exif, ...
        properties: of it, as numbers from 1 on in `Items.properties`.
        extents: (first byte, end) of its data in the file.
        derived_from: the items that a grid is made of.
    """

    kind: bytes
    properties: tuple[int, ...]
    extents: tuple[tuple[int, int], ...]
    derived_from: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """All items by their number, the number of the primary one, and the boxes that describe them."""

    items: dict[int, Item]
    primary: int
    properties: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """Size as stored in pixels, the EXIF orientation that means the same as `irot` and `imir`, and the depth."""

    height: int = 0
    width: int = 0
    orientation: int = 1
    bits: int = 8


def read_items(data: bytes) -> Items | None:
    """The items of a file; None where it has none.

    Raises:
        struct.error, IndexError: their description is cut off or damaged.
    """
    meta = find(data, (b"meta",))
    if meta is None:
        return None
    start, end = meta[0] + 4, meta[1]
    primary = find(data, (b"pitm",), start, end)
    if primary is None:
        return None
    number = struct.unpack_from(">I" if data[primary[0]] else ">H", data, primary[0] + 4)[0]
    kinds = _kinds(data, find(data, (b"iinf",), start, end))
    extents = _extents(data, find(data, (b"iloc",), start, end), find(data, (b"idat",), start, end))
    container = find(data, (b"iprp", b"ipco"), start, end)
    properties = _associations(data, find(data, (b"iprp", b"ipma"), start, end))
    parts = _parts(data, find(data, (b"iref",), start, end))
    items = {
        item: Item(kind, properties.get(item, ()), extents.get(item, ()), parts.get(item, ()))
        for item, kind in kinds.items()
    }
    return Items(items, number, tuple(boxes(data, *container)) if container else ())


def picture(data: bytes, items: Items, number: int, *, cropped: bool = False) -> Picture:
    """One of the pictures, with size 0 where it is unknown; `cropped`: without what its property `clap` cuts off."""
    main = items.items.get(number)
    height = width = turns = 0
    bits = 8
    mirror: int | None = None
    for index in main.properties if main else ():
        if not 1 <= index <= len(items.properties):
            continue
        kind, content, _ = items.properties[index - 1]
        if kind == b"ispe":
            width, height = struct.unpack_from(">II", data, content + 4)
        elif kind == b"clap" and cropped and height and width:
            across, down = _clean_aperture(data, content)
            height, width = min(height, down), min(width, across)
        elif kind == b"pixi":
            bits = data[content + 5]
        elif kind == b"irot":
            turns = data[content] & 3
        elif kind == b"imir":
            mirror = data[content] & 1
    orientation = {None: (1, 8, 3, 6), 0: (4, 5, 2, 7), 1: (2, 7, 4, 5)}[mirror][turns]
    return Picture(height, width, orientation, bits)


def _clean_aperture(data: bytes, content: int) -> tuple[int, int]:
    """(width, height) in pixels."""
    width, across, height, down = struct.unpack_from(">4I", data, content)
    if not across or not down:
        raise IndexError("a fraction of nothing")
    return width // across, height // down


def _kinds(data: bytes, box: tuple[int, int] | None) -> dict[int, bytes]:
    if box is None:
        return {}
    start, end = box
    start += 4 + (4 if data[start] else 2)
    kinds = {}
    for _, (kind, content, _) in zip(range(_MOST_ITEMS), boxes(data, start, end), strict=False):
        if kind == b"infe":
            wide = data[content] == 3
            item = struct.unpack_from(">I" if wide else ">H", data, content + 4)[0]
            at = content + (10 if wide else 8)
            kinds[item] = data[at : at + 4]
    return kinds


def _extents(
    data: bytes, box: tuple[int, int] | None, idat: tuple[int, int] | None
) -> dict[int, tuple[tuple[int, int], ...]]:
    if box is None:
        return {}
    at, end = box
    version, sizes, more = data[at], data[at + 4], data[at + 5]
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more >> 4
    index_size = more & 15 if version in (1, 2) else 0
    at += 6

    def take(size: int) -> int:
        nonlocal at
        if at + size > end:
            raise IndexError("beyond the end of the box")
        at += size
        return int.from_bytes(data[at - size : at])

    found, left = {}, _MOST_EXTENTS
    for _ in range(min(take(4 if version == 2 else 2), _MOST_ITEMS)):
        item = take(4 if version == 2 else 2)
        method = take(2) & 15 if version in (1, 2) else 0
        take(2)
        base, extents = take(base_size), []
        origin = (idat[0] if idat else len(data)) if method == 1 else 0
        count = take(2)
        left -= count
        if left < 0:
            raise IndexError("too many extents")
        for _ in range(count):
            take(index_size)
            start = origin + base + take(offset_size)
            length = take(length_size)
            extents.append((start, start + length if length else len(data)))
        found[item] = tuple(extents)
    return found


def _associations(data: bytes, box: tuple[int, int] | None) -> dict[int, tuple[int, ...]]:
    """Indices, from 1, of the properties that `ipma` gives to each item."""
    if box is None:
        return {}
    at, end = box
    version, wide = data[at], data[at + 3] & 1
    (count,) = struct.unpack_from(">I", data, at + 4)
    at += 8
    found = {}
    for _ in range(min(count, _MOST_ITEMS)):
        if at >= end:
            break
        item = struct.unpack_from(">I" if version else ">H", data, at)[0]
        at += 4 if version else 2
        number, at = data[at], at + 1
        indices = struct.unpack_from(f">{number}H" if wide else f"{number}B", data, at)
        found[item] = tuple(index & (0x7FFF if wide else 0x7F) for index in indices)
        at += number * (2 if wide else 1)
    return found


def _parts(data: bytes, box: tuple[int, int] | None) -> dict[int, tuple[int, ...]]:
    """The items that each derived one is made of."""
    if box is None:
        return {}
    code, size = ("I", 4) if data[box[0]] else ("H", 2)
    found = {}
    for _, (kind, content, _) in zip(range(_MOST_ITEMS), boxes(data, box[0] + 4, box[1]), strict=False):
        if kind == b"dimg":
            item, count = struct.unpack_from(f">{code}H", data, content)
            found[item] = struct.unpack_from(f">{count}{code}", data, content + size + 2)
    return found
