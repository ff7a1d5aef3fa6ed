"""How figures and names are written in a terminal. What is not known is a dash, never 0."""

import math
import os
from collections.abc import Iterable

UNKNOWN = "\N{EN DASH}"
BLOCKS = " ▁▂▃▄▅▆▇█"


def figure(value: float | None, unit: str = "") -> str:
    """At least two significant digits: 0.482 -> "0.48", 51.31 -> "51.3", 1642.4 -> "1,642"; with its unit."""
    if value is None or not math.isfinite(value):
        return UNKNOWN
    digits = 0 if value >= 99.95 else 1 if value >= 9.995 or value == 0 else 2
    return f"{value:,.{digits}f}{unit}"


def percent(share: float | None) -> str:
    """0.384 -> "38 %"."""
    return UNKNOWN if share is None or not math.isfinite(share) else f"{share * 100:.0f} %"


def megabytes(count: int | None) -> str:
    """61_234_567 -> "61 MB", 2_310_000_000 -> "2.3 GB"."""
    if count is None:
        return UNKNOWN
    return f"{count / 1e9:.1f} GB" if count >= 999.5e6 else f"{count / 1e6:.0f} MB"


def count(number: int, noun: str, many: str = "") -> str:
    """1 -> "1 file", 1200 -> "1,200 files"."""
    return f"{number:,} {noun if number == 1 else many or noun + 's'}"


def readable(name: str) -> str:
    """`name` without anything that a terminal would act on or cannot show: such characters become escapes."""
    if name.isprintable():
        return name
    return "".join(char if char.isprintable() else _escape(char) for char in name)


def _escape(char: str) -> str:
    if "\udc80" <= char <= "\udcff":  # a byte that os.fsdecode could not decode
        return f"\\x{ord(char) - 0xDC00:02x}"
    return char.encode("unicode_escape", "surrogatepass").decode("ascii")


def inside(path: str, folder: str) -> str:
    """`path` from `folder` on where it lies there, readable."""
    base = folder.rstrip(os.sep) + os.sep
    return readable(path.removeprefix(base) if folder else path)


def shortened(name: str, width: int) -> str:
    """The end of a long name, which tells more than its beginning, in at most `width` characters."""
    return name if len(name) <= width else "…" + name[len(name) - max(0, width - 1) :]


def sparkline(values: Iterable[float], width: int, ceiling: float = 0.0) -> str:
    """`width` block characters, each the mean of its share of `values`; blank where none is known.

    Args:
        values: oldest first; NaN where not known.
        ceiling: the value of a full block; the largest value is used where that is higher.
    """
    items = list(values)
    means: list[float | None] = []
    for cell in range(width):
        share = items[
            cell * len(items) // width : max((cell + 1) * len(items) // width, cell * len(items) // width + 1)
        ]
        known = [value for value in share if math.isfinite(value)]
        means.append(sum(known) / len(known) if known else None)
    top = max([ceiling, *(mean for mean in means if mean is not None)])
    return "".join(" " if mean is None else _block(mean, top) for mean in means)


def _block(value: float, top: float) -> str:
    """At least the lowest block, so that a known 0 differs from what is not known."""
    return BLOCKS[1] if top <= 0 else BLOCKS[max(1, round(value / top * (len(BLOCKS) - 1)))]
