"""What only a terminal needs: lines and names cut to a number of characters, and curves of block characters."""

import math
from collections.abc import Iterable

from rich.text import Text

BLOCKS = " ▁▂▃▄▅▆▇█"


def one_line(*pieces: str | tuple[str, str]) -> Text:
    """Pieces, alone or with a style, in a line that is cut where there is no room."""
    return Text.assemble(*pieces, no_wrap=True, overflow="ellipsis")


def shortened(name: str, width: int) -> str:
    """The end of a long name, which says more than its beginning, in at most `width` characters."""
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
