"""AVIF and HEIC: pictures of a video codec in boxes.

AVIF goes through OpenCV's libavif, which is given a file of nothing but the primary picture: OpenCV refuses a file
whose Exif data lie behind the picture, and mixes up colours where there is alpha. HEIC needs libheif, which the extra
`heic` brings. Both say how to turn a picture in the properties `irot` (quarter turns against the clock) and `imir` (a
mirror, applied after it), not in EXIF.
"""

import struct
from collections.abc import Iterator
from functools import cache
from importlib.util import find_spec
from typing import Any

import numpy as np

from inspector.extras import install_command
from inspector.formats.av1 import frame_size
from inspector.formats.heif_items import Item, Items, Picture, picture, read_items
from inspector.formats.image import Decoded, FileFault, Header, Request, make_header, unknown_size
from inspector.formats.isobmff import boxes, brands, find
from inspector.formats.pixels import decoded_by_opencv, gave_up
from inspector.formats.problems import ProblemKind
from inspector.formats.truncation import cut_off, size, stops_early

_AVIF_BRANDS = {b"avif", b"avis"}
_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
_HEIC_KINDS = (b"hvc1", b"hev1", b"grid", b"iovl", b"iden")
_KEPT_PROPERTIES = (b"ispe", b"pixi", b"av1C", b"colr", b"pasp")
_HEIC_ADVICE = f"install its decoder: {install_command('heic')}"
_HEIF_PACKAGE = "pillow_heif"


def header(data: bytes) -> Header | None:
    known = brands(data)
    if not known & (_AVIF_BRANDS | _HEIC_BRANDS):
        return None
    try:
        items = read_items(data)
    except (struct.error, IndexError):
        return unknown_size("AVIF" if known & _AVIF_BRANDS else "HEIC")
    main = items.items.get(items.primary) if items else None
    av1 = bool(known & _AVIF_BRANDS) or _is_av1(items)
    try:
        found = picture(data, items, items.primary, cropped=not av1) if items else Picture()  # libavif does not crop
    except (struct.error, IndexError):
        return unknown_size("AVIF" if av1 else "HEIC")
    if not av1:
        return _heic_header(found, main)
    if main is None and (track := _first_of_track(data)) is not None:
        found = Picture(track.height, track.width)
    alpha = data.find(b"auxiliary:alpha", 0, 4096) >= 0
    notes = (alpha and "alpha", found.bits != 8 and f"{found.bits}-bit", b"avis" in known and "animated")
    return make_header("AVIF", found.height, found.width, found.orientation, notes=notes)


def _is_av1(items: Items | None) -> bool:
    main = items.items.get(items.primary) if items else None
    if items is None or main is None:
        return False
    parts = (items.items.get(part) for part in main.derived_from)
    return main.kind == b"av01" or any(part is not None and part.kind == b"av01" for part in parts)


def _heic_header(found: Picture, main: Item | None) -> Header:
    if main is None or main.kind not in _HEIC_KINDS:
        note = "" if main is None else f"coded as {main.kind.decode('latin-1')}"
        return make_header("HEIC", found.height, found.width, found.orientation, False, (note,))
    supported = _reads_heic()
    return make_header("HEIC", found.height, found.width, found.orientation, supported, advice=_HEIC_ADVICE)


@cache
def _reads_heic() -> bool:
    return find_spec(_HEIF_PACKAGE) is not None


def working_bytes(data: bytes, header: Header) -> int:
    a_pixel = 14 if header.format == "HEIC" else 28 if "-bit" in header.note else 20
    return header.height * header.width * a_pixel


# --- faults


def faults(data: bytes, header: Header) -> FileFault | None:
    if cut := stops_early(data, header, _needed):
        return cut
    try:
        items = read_items(data)
    except (struct.error, IndexError):
        return FileFault(ProblemKind.UNDECODABLE, "The file has wrong bytes inside: its list of pictures is damaged.")
    total = 0
    for item in _wanted(items).values() if items else ():
        end = max((end for _, end in item.extents), default=0)
        if end > len(data):
            return cut_off(f"The file stops after {size(len(data))} of {size(end, at_least=True)}.")
        total += sum(end - start for start, end in item.extents)
    if total > 2 * len(data):
        return FileFault(ProblemKind.UNDECODABLE, "The file has wrong bytes inside: its pictures claim the same bytes.")
    return _lie(data, items) if header.format == "AVIF" else None


def _lie(data: bytes, items: Items | None) -> FileFault | None:
    """A size that is not that of the coded picture, which libavif would scale."""
    for coded, height, width in _coded(data, items):
        found = frame_size(coded)
        if found is None:
            return FileFault(ProblemKind.UNDECODABLE, "The file has wrong bytes inside: its picture is no AV1.")
        if found != (height, width):
            size = f"{width:,} x {height:,} pixels, and the picture has {found[1]:,} x {found[0]:,}"
            return FileFault(ProblemKind.UNDECODABLE, f"The file has wrong bytes inside: its header claims {size}.")
    return None


def _coded(data: bytes, items: Items | None) -> Iterator[tuple[bytes | memoryview, int, int]]:
    """The pictures that are decoded: AV1, and the (height, width) that the file gives them."""
    wanted = _wanted(items) if items else {}
    for number, item in wanted.items():
        if item.kind == b"av01" and item.extents and items:
            claimed = picture(data, items, number)
            yield _content(data, item), claimed.height, claimed.width
    if not wanted and (track := _first_of_track(data)) is not None and track.sample:
        yield track.sample, track.height, track.width


def _content(data: bytes, item: Item) -> bytes | memoryview:
    parts = [memoryview(data)[start:end] for start, end in item.extents]
    return parts[0] if len(parts) == 1 else b"".join(parts)


def _needed(data: bytes) -> int:
    found = list(boxes(data))
    end = found[-1][2] if found else 0
    kinds = [kind for kind, _, _ in found]
    if 0 <= len(data) - end < 8 and (end < len(data) or not {b"mdat", b"meta"} & set(kinds)):
        raise IndexError("cut off between two boxes, or inside the head of one")
    if b"mdat" not in kinds and find(data, (b"meta", b"idat")) is None:
        raise IndexError("the picture's data are missing")
    return end


# --- decoding


def decode(request: Request) -> Decoded:
    if request.header.format == "HEIC":
        return _by_libheif(request)
    return decoded_by_opencv(request, _alone(request.data))


def _by_libheif(request: Request) -> Decoded:
    import io

    import pillow_heif

    try:
        image: Any = pillow_heif.open_heif(io.BytesIO(request.data), convert_hdr_to_8bit=True)
        pixels = np.asarray(image)
    except (ValueError, RuntimeError, OSError, EOFError, SyntaxError, IndexError) as error:
        raise gave_up("HEIC", str(error).strip(" .")) from None
    if pixels.ndim == 2:
        pixels = np.repeat(pixels[..., None], 3, 2)
    rgb = np.ascontiguousarray(pixels[..., :3])  # it is turned already
    if request.out is not None and request.out.shape == rgb.shape:
        np.copyto(request.out, rgb)
        rgb = request.out
    return Decoded(rgb)


def _wanted(items: Items) -> dict[int, Item]:
    """The primary picture and what it is made of."""
    main = items.items.get(items.primary)
    if main is None:
        return {}
    parts = {number: items.items[number] for number in main.derived_from if number in items.items}
    return {items.primary: main, **parts}


def _alone(data: bytes) -> bytes:
    """An AVIF file with nothing but the primary picture, or the first of the track where there is none."""
    items = read_items(data)
    wanted = _wanted(items) if items else {}
    if not wanted or items is None:
        track = _first_of_track(data)
        return _written([(1, b"av01", track.properties, track.sample, ())]) if track is not None else data
    pictures = []
    for number, item in wanted.items():
        kept = []
        for index in item.properties:
            if 1 <= index <= len(items.properties):
                kind, content, end = items.properties[index - 1]
                if kind in _KEPT_PROPERTIES:
                    kept.append(_box(kind, data[content:end]))
        coded = bytes(_content(data, item))
        pictures.append((number, item.kind, kept, coded, item.derived_from))
    return _written(pictures)


class _Track:
    """The first picture of a sequence: the boxes that describe it, and its data."""

    def __init__(self, height: int, width: int, properties: list[bytes], sample: bytes) -> None:
        self.height, self.width, self.properties, self.sample = height, width, properties, sample


def _first_of_track(data: bytes) -> _Track | None:
    table = (b"moov", b"trak", b"mdia", b"minf", b"stbl")
    entries = find(data, (*table, b"stsd"))
    sizes, chunks = find(data, (*table, b"stsz")), find(data, (*table, b"stco"))
    wide = chunks is None
    chunks = chunks or find(data, (*table, b"co64"))
    if entries is None or sizes is None or chunks is None:
        return None
    entry = find(data, (b"av01",), entries[0] + 8, entries[1])
    if entry is None:
        return None
    width, height = struct.unpack_from(">HH", data, entry[0] + 24)
    described = boxes(data, entry[0] + 78, entry[1])
    properties = [_box(kind, data[start:end]) for kind, start, end in described if kind in _KEPT_PROPERTIES]
    properties.append(_box(b"ispe", bytes(4) + struct.pack(">II", width, height)))
    common, count = struct.unpack_from(">II", data, sizes[0] + 4)
    length = common or (struct.unpack_from(">I", data, sizes[0] + 12)[0] if count else 0)
    start = struct.unpack_from(">Q" if wide else ">I", data, chunks[0] + 8)[0]
    return _Track(height, width, properties, data[start : start + length])


def _box(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", 8 + len(content)) + kind + content


def _full_box(kind: bytes, content: bytes, version: int = 0) -> bytes:
    return _box(kind, struct.pack(">I", version << 24) + content)


def _written(pictures: list[tuple[int, bytes, list[bytes], bytes, tuple[int, ...]]]) -> bytes:
    """An AVIF file of these items, the first being the primary one: (number, kind, properties, data, derived from)."""
    properties: list[bytes] = []
    associations = infos = references = b""
    for number, kind, described, _, parts in pictures:
        indices = []
        for each in described:
            if each not in properties:
                properties.append(each)
            index = properties.index(each) + 1
            essential = each[4:8] == b"av1C"
            indices.append(index | essential << 15)
        associations += struct.pack(f">IB{len(indices)}H", number, len(indices), *indices)
        infos += _full_box(b"infe", struct.pack(">IH", number, 0) + kind + b"\0", 3)
        if parts:
            references += _box(b"dimg", struct.pack(f">IH{len(parts)}I", number, len(parts), *parts))
    associated = struct.pack(">II", 1 << 24 | 1, len(pictures)) + associations
    start = 0
    for _ in range(2):  # first to learn how long it is
        places = b""
        at = start
        for number, _, _, content, _ in pictures:
            places += struct.pack(">IHHHII", number, 0, 0, 1, at, len(content))
            at += len(content)
        meta = _full_box(
            b"meta",
            _full_box(b"hdlr", bytes(4) + b"pict" + bytes(13))
            + _full_box(b"pitm", struct.pack(">I", pictures[0][0]), 1)
            + _full_box(b"iloc", struct.pack(">HI", 0x4400, len(pictures)) + places, 2)
            + _full_box(b"iinf", struct.pack(">I", len(pictures)) + infos, 1)
            + (_full_box(b"iref", references, 1) if references else b"")
            + _box(b"iprp", _box(b"ipco", b"".join(properties)) + _box(b"ipma", associated)),
        )
        head = _box(b"ftyp", b"avif" + bytes(4) + b"avifmif1miaf") + meta
        start = len(head) + 8
    return head + _box(b"mdat", b"".join(content for _, _, _, content, _ in pictures))
