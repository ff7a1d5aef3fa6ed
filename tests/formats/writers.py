"""Writers of image files with odd contents, which other programs write rarely or never."""

import io
import struct
import zlib
from typing import Any

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image


def tiff(array: NDArray[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, array, metadata=None, **options)
    return file.getvalue()


def pillow(image: Image.Image | NDArray[np.uint8], format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(file, format, **options)
    return file.getvalue()


def as_pillow_has_it(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(image.convert("RGB"))


def with_tag(data: bytes, tag: int, kind: int, value: int) -> bytes:
    """A little-endian TIFF with another value, of another type, in one of its tags. 1: BYTE, 3: SHORT, 4: LONG."""
    changed = bytearray(data)
    (start,) = struct.unpack_from("<I", data, 4)
    (count,) = struct.unpack_from("<H", data, start)
    layout = {1: "<HHIBxxx", 3: "<HHIHxx", 4: "<HHII"}[kind]
    for at in range(start + 2, start + 2 + 12 * count, 12):
        if struct.unpack_from("<H", data, at)[0] == tag:
            struct.pack_into(layout, changed, at, tag, kind, 1, value)
    return bytes(changed)


def strip(data: bytes) -> tuple[int, int]:
    """(start, end) of the largest strip or tile of a TIFF."""
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages[0].aspage()
        start, size = max(zip(page.dataoffsets, page.databytecounts, strict=True), key=lambda each: each[1])
        return start, start + size


def with_hole(data: bytes, share: float = 0.5, length: int = 256) -> bytes:
    """Zeros over a part of the largest strip, as a lost disk block leaves them."""
    first, last = strip(data)
    start = first + int((last - first) * share)
    end = min(start + length, last)
    return data[:start] + bytes(end - start) + data[end:]


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def bmp(header_size: int, bits: int, masks: tuple[int, int, int], array: NDArray[np.uint8]) -> bytes:
    """A BMP with bit masks: behind the header of 40 bytes, inside a longer one."""
    words = np.zeros(array.shape[:2], np.uint32)
    for channel, mask in enumerate(masks):
        shift, depth = (mask & -mask).bit_length() - 1, mask.bit_count()
        words |= (array[..., channel].astype(np.uint32) >> (8 - depth)) << shift
    body = words[::-1].astype("<u4" if bits == 32 else "<u2").tobytes()
    height, width = array.shape[:2]
    header = struct.pack("<IiiHHIIiiII", header_size, width, height, 1, bits, 3, len(body), 2835, 2835, 0, 0)
    header = (header + struct.pack("<III", *masks)).ljust(header_size, b"\0")
    return b"BM" + struct.pack("<IHHI", 14 + len(header) + len(body), 0, 0, 14 + len(header)) + header + body


def bmp_runs(indices: NDArray[np.uint8], palette: NDArray[np.uint8], bits: int, *, end: bytes = b"\0\1") -> bytes:
    """A BMP with run lengths, of 8 or 4 bits a pixel; runs of one value, and stretches as they are."""
    parts = []
    for row in indices[::-1]:
        at = 0
        while at < len(row):
            run = 1
            while run < 255 and at + run < len(row) and row[at + run] == row[at]:
                run += 1
            if run > 2 or len(row) - at < 3:
                parts.append(bytes((run, row[at] if bits == 8 else row[at] * 17)))
            else:
                run = min(len(row) - at, 251)
                some = row[at : at + run]
                packed = some if bits == 8 else np.append(some, [0] * (run % 2)).reshape(-1, 2) @ (16, 1)
                parts.append(bytes((0, run)) + packed.astype(np.uint8).tobytes() + bytes(len(packed) % 2))
            at += run
        parts.append(b"\0\0")
    body = b"".join(parts)[:-2] + end
    colours = np.hstack([palette[:, ::-1], np.zeros((len(palette), 1), np.uint8)]).tobytes()
    height, width = indices.shape
    compression = 1 if bits == 8 else 2
    header = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, compression, len(body), 1, 1, len(palette), 0)
    start = 14 + len(header) + len(colours)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + header + colours + body


def gif(
    canvas: tuple[int, int],
    frame: tuple[int, int],
    at: tuple[int, int] = (0, 0),
    *,
    indices: bytes = b"",
    transparent: int | None = None,
) -> bytes:
    """Two colours, blue (0, the background) and white (1). Sizes and places are (width, height)."""
    indices = indices or bytes([1]) * (frame[0] * frame[1])
    codes = [code for index in indices for code in (4, index)] + [5]  # a clear code before each keeps them at 3 bits
    packed = sum(code << 3 * n for n, code in enumerate(codes)).to_bytes(-(-3 * len(codes) // 8), "little")
    blocks = b"".join(bytes([len(packed[i : i + 255])]) + packed[i : i + 255] for i in range(0, len(packed), 255))
    control = b"!\xf9\x04" + bytes([transparent is not None, 0, 0, transparent or 0, 0])
    return (
        b"GIF89a" + struct.pack("<HH", *canvas) + b"\x80\0\0" + b"\0\0\xff\xff\xff\xff" + control
        + b"," + struct.pack("<HHHH", *at, *frame) + b"\0\2" + blocks + b"\0;"
    )  # fmt: skip


def jpeg_segment(marker: int, content: bytes) -> bytes:
    return bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content


def lossless_jpeg(array: NDArray[np.uint8]) -> bytes:
    """A lossless JPEG (SOF3, predictor 1) of RGB; medical and camera software writes such files."""
    height, width = array.shape[:2]
    lengths = [0, 1, 5, 1, 1, 1, 1, 1, 1] + [0] * 7  # the common table: 12 categories
    codes, code = [], 0
    for size, count in enumerate(lengths, 1):
        codes += [format(code + n, f"0{size}b") for n in range(count)]
        code = (code + count) << 1
    values = array.astype(int)
    predicted = np.empty_like(values)
    predicted[:, 1:] = values[:, :-1]
    predicted[1:, 0] = values[:-1, 0]
    predicted[0, 0] = 128
    bits = []
    for difference in (values - predicted).ravel().tolist():
        size = abs(difference).bit_length()
        bits.append(codes[size])
        if size:
            bits.append(format(difference if difference > 0 else difference + (1 << size) - 1, f"0{size}b"))
    text = "".join(bits)
    text += "1" * (-len(text) % 8)
    coded = int(text, 2).to_bytes(len(text) // 8, "big").replace(b"\xff", b"\xff\0")
    parts = b"".join(bytes([n, 0x11, 0]) for n in b"RGB")
    return (
        b"\xff\xd8" + jpeg_segment(0xEE, b"Adobe\0\x64\0\0\0\0\0")
        + jpeg_segment(0xC3, struct.pack(">BHHB", 8, height, width, 3) + parts)
        + jpeg_segment(0xC4, b"\0" + bytes(lengths) + bytes(range(12)))
        + jpeg_segment(0xDA, b"\3" + b"".join(bytes([n, 0]) for n in b"RGB") + b"\1\0\0") + coded + b"\xff\xd9"
    )  # fmt: skip


def avif_with_late_exif(data: bytes) -> bytes:
    """Pillow's AVIF with the Exif block behind the picture instead of before it, as libheif writes it."""
    places = data.index(b"iloc") + 12  # number, method and count of each item (6 bytes), then its offset and length
    picture, exif = places + 6, places + 20
    assert data[places - 8 : places + 2] == b"\0\0\0\0\x44\0\0\2\0\1", "version 0, two items, the picture first"
    start = data.index(b"mdat") + 4
    (picture_at, picture_size), (exif_at, exif_size) = (struct.unpack_from(">II", data, at) for at in (picture, exif))
    body = data[picture_at : picture_at + picture_size] + data[exif_at : exif_at + exif_size]
    changed = bytearray(data[:start] + body)
    struct.pack_into(">I", changed, picture, start)
    struct.pack_into(">I", changed, exif, start + picture_size)
    return bytes(changed)


def avif_with_meta_to_the_end(data: bytes) -> bytes:
    """Pillow's AVIF with the boxes that describe it at the end, in a box whose length 0 says so."""
    parts, at = {}, 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        parts[kind] = data[at : at + size]
        at += size
    meta = bytearray(parts[b"meta"])
    place = meta.index(b"iloc") + 4 + 6
    (count,) = struct.unpack_from(">H", meta, place)
    place += 2
    for _ in range(count):
        (offset,) = struct.unpack_from(">I", meta, place + 6)
        struct.pack_into(">I", meta, place + 6, offset - len(meta))
        place += 14
    meta[:4] = bytes(4)
    return parts[b"ftyp"] + parts[b"mdat"] + bytes(meta)
