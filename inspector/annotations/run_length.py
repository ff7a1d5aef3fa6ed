"""Run lengths as COCO writes masks: whether they fit the image. No mask is made."""

from typing import Any

_MOST_RUNS = 1 << 24


def fault_of_runs(mask: dict[str, Any], size: tuple[int, int]) -> tuple[str, str]:
    """The check that finds something in {"size": [height, width], "counts": ...}, and what; "", "" where it is sound.

    Args:
        size: width and height of the image; 0: unknown.
    """
    own, counts = mask.get("size"), mask.get("counts")
    if not (isinstance(own, list) and len(own) == 2 and all(isinstance(side, int) and side >= 0 for side in own)):
        return "bad-line", "its mask has no size of two numbers, height and width"
    height, width = own
    if size != (0, 0) and (width, height) != size:
        turned = ": height comes first" if (height, width) == size else ""
        return "mask-size", f"its mask is of {width} x {height} pixels, the image of {size[0]} x {size[1]}{turned}"
    try:
        total = sum(_runs(counts))
    except (TypeError, ValueError):
        return "bad-line", "the counts of its mask are no run lengths"
    if total != height * width:
        return "mask-size", f"the runs of its mask have {total:,} pixels, its size has {height * width:,}"
    return "", ""


def _runs(counts: object) -> list[int]:
    """
    Raises:
        ValueError, TypeError: where they are none.
    """
    if isinstance(counts, str):
        return _decompressed(counts)
    if not isinstance(counts, list) or not all(type(each) is int and each >= 0 for each in counts):
        raise TypeError
    return counts


def _decompressed(text: str) -> list[int]:
    """Numbers of 5 bits a character, the third and later ones as differences to the one two before."""
    if len(text) > _MOST_RUNS:
        raise ValueError
    runs: list[int] = []
    value = shift = 0
    for char in text.encode("ascii"):
        bits = char - 48
        if not 0 <= bits < 64:
            raise ValueError
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            if shift > 60:
                raise ValueError
            continue
        if bits & 16:
            value -= 1 << shift
        runs.append(value + (runs[-2] if len(runs) > 2 else 0))
        value = shift = 0
    if shift or any(run < 0 for run in runs):
        raise ValueError
    return runs
