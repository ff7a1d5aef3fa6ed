"""BMP, decoded here: it is a header, masks or a palette, and rows of bytes."""

import struct
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from inspector.formats.bmp_runs import Fault, unpack_runs
from inspector.formats.image import Decoded, FileFault, Header, Pixels, Request, make_header
from inspector.formats.pixels import canvas, eight_bits
from inspector.formats.truncation import stops_early

_HEADER_SIZES = (12, 16, 40, 52, 56, 64, 108, 124)
_PLAIN, _RLE8, _RLE4, _MASKED, _MASKED_WITH_ALPHA = 0, 1, 2, 3, 6
_DEPTHS = {
    _PLAIN: (1, 2, 4, 8, 16, 24, 32), _RLE8: (8,), _RLE4: (4,), _MASKED: (16, 32), _MASKED_WITH_ALPHA: (16, 32),
}  # fmt: skip
_LACKING = {4: "JPEG inside", 5: "PNG inside"}
_MOST_COLOURS = 1 << 16  # some files have more than they need
_PIXELS_AT_ONCE = 1 << 18
_MASKS = {16: (0x7C00, 0x3E0, 0x1F), 32: (0xFF0000, 0xFF00, 0xFF)}  # where the file has none
_BYTE_MASKS = {
    (0xFF0000, 0xFF00, 0xFF): cv2.COLOR_BGRA2RGB,
    (0xFF, 0xFF00, 0xFF0000): cv2.COLOR_RGBA2RGB,
}


class _Bmp(NamedTuple):
    """The header. `height` is negative where the first row is the top one; `start`: of the pixels, in bytes."""

    header_size: int
    start: int
    width: int
    height: int
    bits: int
    compression: int
    masks: tuple[int, int, int] | None
    alpha: bool
    colours: int

    @property
    def row_bytes(self) -> int:
        return (self.width * self.bits + 31) // 32 * 4


def _read(data: bytes) -> _Bmp:
    """Raises struct.error where the header is not complete."""
    start, size = struct.unpack_from("<II", data, 10)
    compression, colours = 0, 0
    if size == 12:
        width, height, _, bits = struct.unpack_from("<HHHH", data, 18)
    else:
        width, height, _, bits = struct.unpack_from("<iiHH", data, 18)
        if size > 16:
            compression = struct.unpack_from("<I", data, 30)[0]
            colours = struct.unpack_from("<I", data, 46)[0]
    masks, alpha = _MASKS.get(bits), False
    if compression in (_MASKED, _MASKED_WITH_ALPHA) and bits in (16, 32):
        red, green, blue = struct.unpack_from("<III", data, 54)  # inside a longer header, behind one of 40 bytes
        masks = (red, green, blue)
        alpha = (size >= 56 or compression == _MASKED_WITH_ALPHA) and struct.unpack_from("<I", data, 66) != (0,)
    if bits <= 8 and colours > _MOST_COLOURS:
        raise ValueError("an impossible number of colours")
    return _Bmp(size, start, abs(width), height, bits, compression, masks, alpha, colours)


def header(data: bytes) -> Header | None:
    if struct.unpack_from("<I", data, 14)[0] not in _HEADER_SIZES:
        return None  # text that happens to begin with "BM"
    bmp = _read(data)
    lacking = _LACKING.get(bmp.compression, "")
    if not lacking and bmp.bits not in _DEPTHS.get(bmp.compression, ()):
        lacking = "a rare kind of pixels"
    elif bmp.masks and not all(map(_contiguous, bmp.masks)):
        lacking = "unusual bit masks"
    notes = (
        lacking != "" and lacking,
        bmp.bits <= 8 and "palette",
        bmp.compression in (_RLE8, _RLE4) and "run lengths",
        bmp.bits > 8 and bmp.bits != 24 and f"{bmp.bits} bits a pixel",
        bmp.alpha and "alpha",
    )
    return make_header("BMP", abs(bmp.height), bmp.width, supported=not lacking, notes=notes)


def _contiguous(mask: int) -> bool:
    low = mask & -mask
    return mask.bit_count() <= 16 and (mask + low) & mask == 0


def working_bytes(data: bytes, header: Header) -> int:
    return header.height * header.width * (12 if "bits a pixel" in header.note else 5)


def faults(data: bytes, header: Header) -> FileFault | None:
    return stops_early(data, header, _needed)


def _needed(data: bytes) -> int:
    bmp = _read(data)
    if bmp.compression in (_RLE8, _RLE4):
        return bmp.start + 2  # how far the runs go is found out when they are unpacked
    return bmp.start + bmp.row_bytes * abs(bmp.height)


def decode(request: Request) -> Decoded:
    bmp, target = _read(request.data), canvas(request)
    height = abs(bmp.height)
    fault: Fault | None = None
    if bmp.compression in (_RLE8, _RLE4):
        indices, fault = unpack_runs(request.data, bmp.start, height, bmp.width, four_bits=bmp.compression == _RLE4)
        _look_up(indices, 8, _palette(request.data, bmp), target)
    else:
        _stored(request.data, bmp, target)
    if bmp.height > 0:
        cv2.flip(target, 0, dst=target)
    return Decoded(target, fault[1], fault[0]) if fault is not None else Decoded(target)


def _stored(data: bytes, bmp: _Bmp, target: Pixels) -> None:
    height = len(target)
    rows = np.frombuffer(data, np.uint8, bmp.row_bytes * height, bmp.start).reshape(height, bmp.row_bytes)
    if bmp.bits == 24:
        cv2.cvtColor(rows[:, : 3 * bmp.width].reshape(height, bmp.width, 3), cv2.COLOR_BGR2RGB, dst=target)
    elif bmp.bits in (16, 32):
        _by_masks(rows, bmp, target)
    else:
        _look_up(rows, bmp.bits, _palette(data, bmp), target)


def _look_up(rows: Pixels, bits: int, palette: Pixels, target: Pixels) -> None:
    """Colours of packed indices, some rows at a time, because they are spread over three channels first."""
    width = target.shape[1]
    step = max(1, _PIXELS_AT_ONCE // width)
    for top in range(0, len(rows), step):
        indices = _indices(rows[top : top + step], bits, width)
        cv2.LUT(cv2.merge((indices, indices, indices)), palette[None], dst=target[top : top + step])


def _by_masks(rows: Pixels, bmp: _Bmp, target: Pixels) -> None:
    assert bmp.masks is not None
    if bmp.bits == 32 and (code := _BYTE_MASKS.get(bmp.masks)) is not None:
        cv2.cvtColor(rows.reshape(len(rows), bmp.width, 4), code, dst=target)
        return
    words: NDArray[np.unsignedinteger] = rows.view("<u4" if bmp.bits == 32 else "<u2")[:, : bmp.width]
    for channel, mask in enumerate(bmp.masks):
        if not mask:
            target[..., channel] = 0
            continue
        shift, depth = (mask & -mask).bit_length() - 1, mask.bit_count()
        target[..., channel] = eight_bits((1 << depth) - 1)[(words & mask) >> shift]


def _indices(rows: Pixels, bits: int, width: int) -> Pixels:
    if bits == 8:
        return rows[:, :width]
    parts = [rows >> (8 - bits * (number + 1)) & (1 << bits) - 1 for number in range(8 // bits)]
    indices: Pixels = np.stack(parts, 2).reshape(len(rows), -1)[:, :width]
    return indices


def _palette(data: bytes, bmp: _Bmp) -> Pixels:
    """(256, 3) RGB, black where the file has no colour."""
    entry = 3 if bmp.header_size == 12 else 4
    start = 14 + bmp.header_size
    count = min(bmp.colours or 1 << bmp.bits, 256, max(0, bmp.start - start) // entry)
    there = np.frombuffer(data, np.uint8, count * entry, start).reshape(count, entry)
    palette = np.zeros((256, 3), np.uint8)
    palette[:count] = there[:, 2::-1]
    return palette
