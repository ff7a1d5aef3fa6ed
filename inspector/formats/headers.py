"""What a file's first bytes say about it: format, size, orientation, and whether it can be decoded here."""

import struct
from collections.abc import Callable
from dataclasses import dataclass

from inspector.formats import isobmff as boxes
from inspector.formats import tiff_tags
from inspector.formats.pnm import looks_like_pnm, pnm_fields


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of an image without decoding it.

    Attributes:
        format: name of the file format, such as "JPEG".
        height: in pixels, as delivered (turned by `orientation`); 0 where it is not cheaply known.
        width: likewise.
        orientation: EXIF orientation, 1 to 8; 1: as stored.
        supported: there is a decoder for it here.
        note: what is special, separated by commas: "progressive", "CMYK", "16-bit", ... For a format without
            support, what it lacks.
    """

    format: str
    height: int
    width: int
    orientation: int
    supported: bool
    note: str = ""


def peek(data: bytes) -> Header | None:
    """The header of an image file; None where `data` is no known image format. Never raises.

    Args:
        data: the whole file, or as much of it as there is.
    """
    for signature, name, parse in _SIGNATURES:
        if data.startswith(signature):
            try:
                return parse(data)
            except (struct.error, IndexError, ValueError, OverflowError):  # the header itself is cut off or damaged
                return Header(name, 0, 0, 1, True)
    return _unusual(data)


def _header(
    name: str, height: int, width: int, orientation: int = 1, supported: bool = True, notes: tuple[str | bool, ...] = ()
) -> Header:
    if orientation >= 5:
        height, width = width, height
    return Header(
        name, height, width, orientation, supported, ", ".join(note for note in notes if isinstance(note, str))
    )


_JPEG_PROCESS = struct.Struct(">BHHB")


def _jpeg(data: bytes) -> Header | None:
    position, orientation, has_exif, adobe = 2, 1, False, False
    end = len(data) - 1
    while position < end:
        if data[position] != 0xFF:
            position = data.index(b"\xff", position)  # libjpeg, too, skips to the next marker
        marker = data[position + 1]
        if marker == 0xFF:
            position += 1
        elif marker == 0 or 0xD0 <= marker <= 0xD8 or marker == 1:  # without a length
            position += 2
        elif 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            return _jpeg_frame(data, position, marker, orientation, adobe)
        elif marker == 0xF7:
            _, height, width, _ = _JPEG_PROCESS.unpack_from(data, position + 4)
            return _header("JPEG-LS", height, width, supported=False)
        elif marker in (0xD9, 0xDA):
            break
        else:
            if marker == 0xE1 and not has_exif and data.startswith(b"Exif\0\0", position + 4):
                has_exif = True
                orientation = tiff_tags.exif_orientation(data, position + 10)
            elif marker == 0xEE:
                adobe = data.startswith(b"Adobe", position + 4)
            position += 2 + (data[position + 2] << 8 | data[position + 3])
    return Header("JPEG", 0, 0, 1, True)


def _jpeg_frame(data: bytes, position: int, marker: int, orientation: int, adobe: bool) -> Header:
    precision, height, width, channels = _JPEG_PROCESS.unpack_from(data, position + 4)
    if not 2 <= precision <= 16:
        raise ValueError("damaged frame header")
    plain = precision == 8 and marker in (0xC0, 0xC1) and channels == 3
    if plain:
        return _header("JPEG", height, width, orientation)
    process = {0xC2: "progressive", 0xC3: "lossless", 0xC9: "arithmetic", 0xCA: "progressive, arithmetic"}.get(marker)
    known = marker in (0xC0, 0xC1) or process is not None
    notes = (
        known and process is not None and process,
        not known and "hierarchical or arithmetic lossless coding",
        precision != 8 and f"{precision}-bit",
        channels == 1 and "grey",
        channels == 4 and ("CMYK, Adobe" if adobe else "CMYK"),
    )
    return _header("JPEG", height, width, orientation, precision == 8 and known, notes)


def _png(data: bytes) -> Header:
    width, height, depth, colour = struct.unpack_from(">IIBB", data, 16)
    orientation, animated, transparent = 1, False, False
    position = 8
    while position + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, position)
        if kind == b"eXIf":
            orientation = tiff_tags.exif_orientation(data[position + 8 : position + 8 + size])
        animated = animated or kind == b"acTL"
        transparent = transparent or kind == b"tRNS"
        position += 12 + size
    notes = (
        colour in (0, 4) and "grey",
        colour == 3 and "palette",
        (colour in (4, 6) or transparent) and "alpha",
        depth not in (8,) and f"{depth}-bit",
        data[28] == 1 and "interlaced",
        animated and "animated",
    )
    return _header("PNG", height, width, orientation, notes=notes)


_USUAL_BMP_MASKS = (0xFF0000, 0xFF00, 0xFF)


def _bmp(data: bytes) -> Header | None:
    (size,) = struct.unpack_from("<I", data, 14)
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
        compression = 0
    elif size in (16, 40, 52, 56, 64, 108, 124):
        width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
        compression = struct.unpack_from("<I", data, 30)[0] if size > 16 else 0
    else:
        return None  # text that happens to begin with "BM"
    # OpenCV gives wrong pixels for run lengths and, after the old header, for masks other than the usual ones.
    lacking = {1: "RLE", 2: "RLE", 4: "JPEG inside", 5: "PNG inside"}.get(compression, "")
    if compression == 3 and bits == 32 and size == 40 and struct.unpack_from("<III", data, 54) != _USUAL_BMP_MASKS:
        lacking = "unusual bit masks"
    if compression == 3 and bits == 16 and size > 40:
        lacking = "16-bit masks in a new header"
    alpha = size >= 56 and compression == 3 and struct.unpack_from("<I", data, 66) != (0,)
    notes = (
        lacking != "" and lacking,
        bits <= 8 and "palette",
        bits > 8 and bits != 24 and f"{bits} bits a pixel",
        alpha and "alpha",
    )
    return _header("BMP", abs(height), abs(width), supported=not lacking, notes=notes)


def _riff(data: bytes) -> Header | None:
    if data[8:12] != b"WEBP":
        return None
    kind = data[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack_from("<HH", data, 26)
        return _header("WebP", height & 0x3FFF, width & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack_from("<I", data, 21)
        return _header(
            "WebP", (bits >> 14 & 0x3FFF) + 1, (bits & 0x3FFF) + 1, notes=("lossless", bool(bits >> 28 & 1) and "alpha")
        )
    if kind != b"VP8X":
        return Header("WebP", 0, 0, 1, True)
    flags = data[20]
    width, height = (int.from_bytes(data[at : at + 3], "little") + 1 for at in (24, 27))
    if len(data) < 30:
        return Header("WebP", 0, 0, 1, True)
    orientation, position = 1, 12
    while flags & 8 and position + 8 <= len(data):
        kind, size = struct.unpack_from("<4sI", data, position)
        if kind == b"EXIF":
            orientation = tiff_tags.exif_orientation(data[position + 8 : position + 8 + size])
        position += 8 + size + (size & 1)
    return _header(
        "WebP", height, width, orientation, notes=(bool(flags & 16) and "alpha", bool(flags & 2) and "animated")
    )


def _gif(data: bytes) -> Header:
    width, height = struct.unpack_from("<HH", data, 6)
    return _header("GIF", height, width, notes=("palette", _gif_transparent(data) and "alpha"))


def _gif_transparent(data: bytes) -> bool:
    """Whether the first picture has a transparent colour, as far as the file goes."""
    position = 13 + (3 << (data[10] & 7) + 1 if data[10] & 0x80 else 0)
    while data[position : position + 1] == b"!":  # an extension, in blocks that tell their lengths
        if data[position + 1 : position + 3] == b"\xf9\x04":
            return bool(data[position + 3] & 1)
        position += 2
        while position < len(data) and data[position]:
            position += 1 + data[position]
        position += 1
    return False


_TIFF_COMPRESSIONS = {
    **{2: "CCITT", 3: "fax", 4: "fax", 5: "LZW", 6: "old JPEG", 7: "JPEG", 8: "deflate", 32773: "PackBits"},
    **{32946: "deflate", 34712: "JPEG 2000", 34887: "LERC", 34925: "LZMA", 50000: "Zstandard", 50001: "WebP"},
}
_TIFF_UNSUPPORTED = (34712, 34887, 34925, 50000, 50001)  # libtiff, as OpenCV's wheels have it, cannot read these

_TIFF_WANTED = frozenset(
    (
        *(tiff_tags.WIDTH, tiff_tags.HEIGHT, tiff_tags.BITS, tiff_tags.COMPRESSION, tiff_tags.PHOTOMETRIC),
        *(tiff_tags.ORIENTATION, tiff_tags.SUBFILE_TYPE, tiff_tags.EXTRA_SAMPLES),
        tiff_tags.SAMPLE_FORMAT,
    )
)


def _tiff(data: bytes) -> Header:
    order = tiff_tags.byte_order(data)
    values: dict[int, int] = {}
    tags: set[int] = set()
    for entry in tiff_tags.entries(data):
        tags.add(entry.tag)
        if entry.tag in _TIFF_WANTED and (found := tiff_tags.integers(data, entry, order)):
            values[entry.tag] = found[0]
    preview = {tiff_tags.MAKE, tiff_tags.SUB_IFDS} <= tags and values.get(tiff_tags.SUBFILE_TYPE, 0) & 1
    if tiff_tags.DNG_VERSION in tags or data[8:10] == b"CR" or preview:
        return Header("camera raw", 0, 0, 1, False)
    bits, sample_format = values.get(tiff_tags.BITS, 1), values.get(tiff_tags.SAMPLE_FORMAT, 1)
    photometric, compression = values.get(tiff_tags.PHOTOMETRIC, 1), values.get(tiff_tags.COMPRESSION, 1)
    orientation = values.get(tiff_tags.ORIENTATION, 1)
    if not 1 <= bits <= 64:
        raise ValueError("damaged tag")
    depths = (1, 4, 8, 16) if photometric == 3 else (1, 8, 16)
    numbers = {2: "signed integers", 3: "floating point", 5: "complex numbers", 6: "complex numbers"}.get(sample_format)
    notes = (
        numbers is not None and numbers,
        bits != 8 and f"{bits}-bit",
        photometric in (0, 1) and "grey",
        photometric == 3 and "palette",
        photometric == 5 and "CMYK",
        photometric == 8 and "CIE Lab",
        values.get(tiff_tags.EXTRA_SAMPLES) in (1, 2) and "alpha",
        _TIFF_COMPRESSIONS.get(compression, False),
    )
    return _header(
        "TIFF",
        values.get(tiff_tags.HEIGHT, 0),
        values.get(tiff_tags.WIDTH, 0),
        orientation if 1 <= orientation <= 8 else 1,
        numbers is None and bits in depths and compression not in _TIFF_UNSUPPORTED,
        notes,
    )


def _jpeg_2000(data: bytes) -> Header:
    if data.startswith(b"\xff\x4f"):
        return _codestream(data, 0)
    colour = boxes.find(data, (b"jp2h", b"colr"))
    cmyk = colour is not None and data[colour[0]] == 1 and data[colour[0] + 3 : colour[0] + 7] == b"\0\0\0\x0c"
    stream = boxes.find(data, (b"jp2c",))
    return _codestream(data, stream[0], cmyk) if stream else Header("JPEG 2000", 0, 0, 1, True)


def _codestream(data: bytes, start: int, cmyk: bool = False) -> Header:
    right, bottom, left, top = struct.unpack_from(">IIII", data, start + 8)
    channels, depth = struct.unpack_from(">HB", data, start + 40)
    if right <= left or bottom <= top:
        raise ValueError("damaged size")
    depth = (depth & 0x7F) + 1
    notes = (
        cmyk and "CMYK",
        channels <= 2 and "grey",
        (channels == 2 or (channels == 4 and not cmyk)) and "alpha",
        depth != 8 and f"{depth}-bit",
    )
    return _header("JPEG 2000", bottom - top, right - left, supported=not cmyk, notes=notes)


_HEIC_BRANDS = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}


def _iso_media(data: bytes) -> Header | None:
    brands = boxes.brands(data)
    if brands & {b"avif", b"avis"}:
        picture = boxes.main_picture(data)
        alpha = data.find(b"auxiliary:alpha", 0, 4096) >= 0
        notes = (alpha and "alpha", picture.bits != 8 and f"{picture.bits}-bit", b"avis" in brands and "animated")
        return _header("AVIF", picture.height, picture.width, picture.orientation, notes=notes)
    if brands & _HEIC_BRANDS:
        return Header("HEIC", 0, 0, 1, False)
    return Header("camera raw", 0, 0, 1, False) if b"crx " in brands else None


def _pnm(data: bytes) -> Header | None:
    if data[1:2] in (b"F", b"f") and data[2:3].isspace():
        return Header("PFM", 0, 0, 1, False, "floating point")
    if not looks_like_pnm(data):
        return None
    pnm = pnm_fields(data)
    # OpenCV takes 8 or 16 full bits for granted, but for text.
    scaled = pnm.largest in (255, 65535) or pnm.variant in (1, 4) or (pnm.variant in (2, 3) and pnm.largest < 255)
    notes = (
        not scaled and f"largest value {pnm.largest}",
        pnm.variant not in (1, 4) and pnm.channels < 3 and "grey",
        pnm.variant in (1, 4) and "1-bit",
        pnm.largest > 255 and "16-bit",
    )
    return _header("PNM", pnm.height, pnm.width, supported=scaled, notes=notes)


def _without_support(name: str, note: str = "") -> Callable[[bytes], Header]:
    return lambda data: Header(name, 0, 0, 1, False, note)


def _psd(data: bytes) -> Header:
    height, width = struct.unpack_from(">II", data, 14)
    return Header("PSD", height, width, 1, False)


def _ico(data: bytes) -> Header | None:
    count, width, height = struct.unpack_from("<HBB", data, 4)
    plausible = 0 < count < 100 and len(data) > 22 and data[9] == 0
    return Header("ICO", height or 256, width or 256, 1, False) if plausible else None


_SIGNATURES: tuple[tuple[bytes, str, Callable[[bytes], Header | None]], ...] = (
    (b"\xff\xd8\xff", "JPEG", _jpeg),
    (b"\x89PNG\r\n\x1a\n", "PNG", _png),
    (b"RIFF", "WebP", _riff),
    (b"BM", "BMP", _bmp),
    (b"GIF87a", "GIF", _gif),
    (b"GIF89a", "GIF", _gif),
    *((magic, "TIFF", _tiff) for magic in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")),
    (b"\0\0\0\x0cjP  \r\n\x87\n", "JPEG 2000", _jpeg_2000),
    (b"\xff\x4f\xff\x51", "JPEG 2000", _jpeg_2000),
    (b"P7\n", "PAM", _without_support("PAM")),
    (b"P", "PNM", _pnm),
    (b"\x59\xa6\x6a\x95", "Sun raster", _without_support("Sun raster")),
    (b"\0\0\0\x0cJXL \r\n\x87\n", "JPEG XL", _without_support("JPEG XL")),
    (b"\xff\x0a", "JPEG XL", _without_support("JPEG XL")),
    (b"8BPS", "PSD", _psd),
    (b"\0\0\1\0", "ICO", _ico),
    (b"\x76\x2f\x31\x01", "EXR", _without_support("EXR", "floating point")),
    (b"#?RADIANCE", "HDR", _without_support("HDR", "floating point")),
    (b"#?RGBE", "HDR", _without_support("HDR", "floating point")),
    (b"FUJIFILMCCD-RAW", "camera raw", _without_support("camera raw")),
    (b"IIRO", "camera raw", _without_support("camera raw")),
    (b"IIRS", "camera raw", _without_support("camera raw")),
    (b"IIU\0", "camera raw", _without_support("camera raw")),
    (b"qoif", "QOI", _without_support("QOI")),
    (b"DDS ", "DDS", _without_support("DDS")),
    (b"gimp xcf", "XCF", _without_support("XCF")),
    (b"AT&TFORM", "DjVu", _without_support("DjVu")),
    (b"SIMPLE  =", "FITS", _without_support("FITS")),
)


def _unusual(data: bytes) -> Header | None:
    """The formats whose signature does not stand at the very beginning."""
    if data[4:8] == b"ftyp":
        try:
            return _iso_media(data)
        except (struct.error, IndexError):
            return Header("AVIF", 0, 0, 1, True)
    if data[128:132] == b"DICM":
        return Header("DICOM", 0, 0, 1, False)
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<svg") or (start.startswith((b"<?xml", b"<!DOCTYPE svg")) and b"<svg" in start):
        return Header("SVG", 0, 0, 1, False, "drawn with lines, not pixels")
    return None
