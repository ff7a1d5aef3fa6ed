"""What several decoders share: OpenCV's decoder, the orientation, and the way from other depths to 8 bits."""

import os
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from inspector.formats.decoder_log import first_fault
from inspector.formats.image import Decoded, Pixels, Request
from inspector.formats.problems import BadFile, ProblemKind

# Without someone who reads them, OpenCV's log lines about broken files would only clutter the terminal.
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

# glibc keeps freed memory for blocks up to the size of the largest one that was freed. Without this one, decoders'
# buffers would go back to the system with each file, and be fetched again page by page.
_freed_once = np.empty(1 << 24, np.uint8)
del _freed_once

_AS_STORED = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION


def by_opencv(data: bytes, flags: int = _AS_STORED) -> NDArray[Any] | None:
    """What OpenCV makes of an image file, as RGB and not turned; None where it refuses it.

    Raises:
        MemoryError: there is not enough memory.
    """
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error as error:  # its text is about OpenCV's source; the caller finds out what is wrong with the file
        if error.code == cv2.Error.StsNoMem:
            raise MemoryError from None
        return None
    return image


def decoded_by_opencv(request: Request, data: bytes | None = None) -> Decoded:
    """Decode the file, or `data` in its place, with OpenCV, and hear what its decoders say.

    Raises:
        BadFile: UNDECODABLE.
    """
    if request.log is not None:
        request.log.take()  # what somebody else left there
    stored = by_opencv(request.data if data is None else data)
    said = first_fault(request.log.take()) if request.log is not None else ""
    format = request.header.format
    if stored is None:
        raise gave_up(format, said)
    rgb = turned(stored, request.header.orientation, request.out)
    if said:
        reason = f"The file has wrong bytes inside; the {format} decoder says: {said}."
        return Decoded(rgb, reason, ProblemKind.DAMAGED)
    return Decoded(rgb)


def gave_up(format: str, said: str = "") -> BadFile:
    """The fault of a file of which nothing usable comes out."""
    because = f": {said}" if said else "; bytes inside the file are wrong, or it uses a rare variant of the format"
    return BadFile(ProblemKind.UNDECODABLE, f"The {format} decoder gave up{because}.")


def turned(stored: Pixels, orientation: int, out: Pixels | None) -> Pixels:
    """The stored image turned as the EXIF orientation asks, in `out` where that has the shape."""
    if orientation == 1:
        if out is None or out.shape != stored.shape:
            return np.ascontiguousarray(stored)
        if out is not stored:
            np.copyto(out, stored)
        return out
    height, width = stored.shape[:2]
    shape = (width, height, 3) if orientation >= 5 else (height, width, 3)
    result = out if out is not None and out.shape == shape else np.empty(shape, np.uint8)
    if orientation in (2, 3, 4):
        cv2.flip(stored, {2: 1, 3: -1, 4: 0}[orientation], dst=result)
    elif orientation in (6, 8):
        code = cv2.ROTATE_90_CLOCKWISE if orientation == 6 else cv2.ROTATE_90_COUNTERCLOCKWISE
        cv2.rotate(stored, code, dst=result)
    else:
        cv2.transpose(stored, dst=result)
        if orientation == 7:
            cv2.flip(result, -1, dst=result)
    return result


def canvas(request: Request) -> Pixels:
    """(H, W, 3) uint8 of the size as stored to decode into: `out` itself where the image is not turned."""
    height, width = request.header.height, request.header.width
    if request.header.orientation >= 5:
        height, width = width, height
    out = request.out
    if out is not None and request.header.orientation == 1 and out.shape == (height, width, 3):
        return out
    return np.empty((height, width, 3), np.uint8)


@lru_cache(8)
def eight_bits(largest: int) -> Pixels:
    """Table from the values 0 to `largest` to 0 to 255, rounded; larger values stay at 255."""
    size = 256 if largest < 256 else 65536
    values = np.minimum(np.arange(size), largest) * 255 / largest
    return np.floor(values + 0.5).astype(np.uint8)
