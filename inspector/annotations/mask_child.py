"""A process that decodes masks, which may be hostile: paths come in, numbers go out, and it may die of one.

    {"path": ..., "px": ...}\\n  ->  {"height": ..., "width": ..., "values": [...], "colours": ...}\\n + int16 numbers

    {"path": ..., "values": ...}\n  ->  {"height": 0, "width": 0, "of": [width, height], "found": [...], "fault": ...}\n

The numbers are positions in `values`; height 0: it cannot be read.
"""

import json
import sys
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from inspector.annotations.masks import colour_numbers, mask_pixels
from inspector.annotations.picture_labels import thinned

MOST_VALUES = 4096
_NOTHING = {"height": 0, "width": 0, "values": [], "colours": False}


def main() -> None:
    """Until the other end closes."""
    serve(sys.stdin.buffer, sys.stdout.buffer)


def serve(requests: BinaryIO, answers: BinaryIO) -> None:
    """Answer each line."""
    for line in requests:
        request = json.loads(line)
        head, numbers = (
            (_content(request["path"], int(request["values"])), b"")
            if "values" in request
            else _look(request["path"], int(request["px"]))
        )
        answers.write(json.dumps(head).encode() + b"\n" + numbers)
        answers.flush()


def _look(path: str, longest_px: int) -> tuple[dict[str, Any], bytes]:
    try:
        pixels = mask_pixels(path)
    except OSError:
        pixels = None
    if pixels is None or pixels.size == 0 or pixels.dtype.kind not in "bui":
        return _NOTHING, b""
    colours = pixels.ndim == 3
    small: npt.NDArray[np.int64] = _codes(pixels, longest_px)
    values, numbers = np.unique(small, return_inverse=True)
    if len(values) > MOST_VALUES:
        return _NOTHING, b""
    height, width = small.shape
    head = {"height": height, "width": width, "values": values.tolist(), "colours": colours}
    return head, numbers.astype("<i2").tobytes()


def _content(path: str, most: int) -> dict[str, Any]:
    answer = {"height": 0, "width": 0, "of": [0, 0], "found": [], "fault": ""}
    try:
        pixels = mask_pixels(path)
    except OSError as error:
        return {**answer, "fault": f"cannot be read: {error.strerror}."}
    if pixels is None or pixels.dtype.kind not in "bui":
        return {**answer, "fault": "is no whole image: make the mask again."}
    found = np.unique(pixels if pixels.ndim == 2 else colour_numbers(pixels))
    return {**answer, "of": [pixels.shape[1], pixels.shape[0]], "found": found[:most].tolist()}


def _codes(pixels: npt.NDArray[Any], longest_px: int) -> npt.NDArray[np.int64]:
    """(h, w) a number for each value or colour, 0xRRGGBB, of a mask made small."""
    if pixels.ndim == 2:
        return thinned(pixels, longest_px).astype(np.int64)
    blue, green, red = (thinned(pixels[..., channel], longest_px).astype(np.int64) for channel in range(3))
    return red << 16 | green << 8 | blue


if __name__ == "__main__":
    main()
