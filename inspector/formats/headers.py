"""What a file's first bytes say about it: format, size, orientation, and whether it can be decoded here."""

import struct
from collections.abc import Callable

from inspector.file_types import FILE_TYPES
from inspector.formats import bmp, gif, heif, jp2, jpeg, other, png, pnm, tiff, webp
from inspector.formats.image import Header, ImageFormat, unknown_size

__all__ = ["MODULES", "Header", "peek"]

# Every format that is decoded, and the module that does it.
MODULES: dict[str, ImageFormat] = {
    "JPEG": jpeg, "PNG": png, "WebP": webp, "GIF": gif, "BMP": bmp, "TIFF": tiff,
    "AVIF": heif, "HEIC": heif, "JPEG 2000": jp2, "PNM": pnm,
}  # fmt: skip
_HEADERS: dict[str, Callable[[bytes], Header | None]] = {
    **other.HEADERS, **{name: module.header for name, module in MODULES.items()}
}  # fmt: skip


def peek(data: bytes) -> Header | None:
    """The header of an image file; None where `data` is no known image format. Never raises.

    Args:
        data: the whole file, or as much of it as there is.
    """
    for file_type in FILE_TYPES:
        for offset, signature in file_type.signatures:
            if data.startswith(signature, offset):
                try:
                    header = _HEADERS[file_type.name](data)
                except (struct.error, IndexError, ValueError, OverflowError):  # it is cut off or damaged
                    return unknown_size(file_type.name)
                if header is not None:
                    return header
    return other.svg(data)
