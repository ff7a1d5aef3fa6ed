"""The run lengths of BMP (RLE8 and RLE4)."""

import numpy as np

from inspector.formats.image import Pixels
from inspector.formats.problems import ProblemKind

_END_OF_ROW, _END, _MOVE = 0, 1, 2
_PAIRS = [bytes((value >> 4, value & 15)) * 128 for value in range(256)]  # runs of RLE4 alternate between two colours

Fault = tuple[ProblemKind, str]


def unpack_runs(data: bytes, start: int, height: int, width: int, *, four_bits: bool) -> tuple[Pixels, Fault | None]:
    """(H, W) indices of the palette in the file's order of rows, and what is wrong.

    Only a move may leave pixels out, which are 0 then: rows that are shorter without one are damage.
    """
    out = bytearray(height * width)
    at, end, x, y = start, len(data), 0, 0
    fault: Fault | None = None
    while y < height:
        if at + 1 >= end:
            if (y, x) != (height - 1, width):  # the picture is complete, and only the mark of its end is missing
                reason = f"The file stops in row {y + 1:,} of {height:,}."
                fault = fault or (ProblemKind.TRUNCATED, reason)
            break
        count, value = data[at], data[at + 1]
        at += 2
        if count:
            run = _PAIRS[value][:count] if four_bits else bytes((value,)) * count
        elif value == _END_OF_ROW:
            if x < width:
                fault = fault or _wrong("are shorter than a row")
            x, y = 0, y + 1
            continue
        elif value == _END:
            if (y, x) != (height - 1, width):
                fault = fault or _wrong(f"end in row {y + 1:,} of {height:,}")
            break
        elif value == _MOVE:
            x, y, at = x + data[at] if at < end else x, y + data[at + 1] if at + 1 < end else y, at + 2
            if x > width or y >= height:
                fault = fault or _wrong("leave the picture")
                break
            continue
        else:  # that many pixels as they are
            size = (value + 1) // 2 if four_bits else value
            run = data[at : at + size]
            if four_bits:
                run = b"".join(map(_pair, run))[:value]
            at += size + (size & 1)
            if len(run) < value:
                fault = fault or (ProblemKind.TRUNCATED, f"The file stops in row {y + 1:,} of {height:,}.")
        if x + len(run) > width:
            fault = fault or _wrong("are longer than a row")
            run = run[: width - x]
        place = y * width + x
        out[place : place + len(run)] = run
        x += len(run)
    return np.frombuffer(out, np.uint8).reshape(height, width), fault


def _pair(value: int) -> bytes:
    return _PAIRS[value][:2]


def _wrong(what: str) -> Fault:
    return ProblemKind.DAMAGED, f"The file has wrong bytes inside: its runs of pixels {what}."
