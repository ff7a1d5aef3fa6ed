"""Formats that are named and not decoded."""

import struct
from collections.abc import Callable

from inspector.formats import isobmff
from inspector.formats.image import Header


def _without_support(name: str, note: str = "") -> Callable[[bytes], Header | None]:
    return lambda data: Header(name, 0, 0, 1, False, note)


def _psd(data: bytes) -> Header:
    height, width = struct.unpack_from(">II", data, 14)
    return Header("PSD", height, width, 1, False)


def _ico(data: bytes) -> Header | None:
    count, width, height = struct.unpack_from("<HBB", data, 4)
    plausible = 0 < count < 100 and len(data) > 22 and data[9] == 0
    return Header("ICO", height or 256, width or 256, 1, False) if plausible else None


def _sun(data: bytes) -> Header:
    width, height = struct.unpack_from(">II", data, 4)
    return Header("Sun raster", height, width, 1, False)


def _raw(data: bytes) -> Header | None:
    if data[4:8] == b"ftyp" and b"crx " not in isobmff.brands(data):
        return None
    return Header("camera raw", 0, 0, 1, False)


HEADERS: dict[str, Callable[[bytes], Header | None]] = {
    **{name: _without_support(name) for name in ("JPEG XL", "PAM", "QOI", "DDS", "XCF", "DjVu", "FITS", "DICOM")},
    **{name: _without_support(name, "floating point") for name in ("EXR", "HDR", "PFM")},
    "PSD": _psd,
    "ICO": _ico,
    "Sun raster": _sun,
    "camera raw": _raw,
}


def svg(data: bytes) -> Header | None:
    """SVG, which has no signature in a fixed place; None for everything else."""
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n")
    if start.startswith(b"<svg") or (start.startswith((b"<?xml", b"<!DOCTYPE svg")) and b"<svg" in start):
        return Header("SVG", 0, 0, 1, False, "drawn with lines, not pixels")
    return None
