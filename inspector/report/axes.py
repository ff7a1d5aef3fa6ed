"""What the report's drawings share: their frame, round numbers along their axes, and what can be drawn in it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 460, 150  # in units of which a letter is about 10 high
LEFT, RIGHT, TOP, BOTTOM = 38, 450, 14, 130
_STEPS = (1, 2, 2.5, 5, 10)

Point = tuple[float, float]
Label = tuple[float, str]  # where along an axis, and what


@dataclass(frozen=True, slots=True)
class Axes:
    """Maps values to places in the drawing: x from `first` to `last`, y from 0 to `top`."""

    first: float
    last: float
    top: float

    def x(self, value: float) -> float:
        return LEFT + (value - self.first) / ((self.last - self.first) or 1.0) * (RIGHT - LEFT)

    def y(self, value: float) -> float:
        return BOTTOM - min(value / self.top, 1.0) * (BOTTOM - TOP)

    def x_labels(self, labels: Sequence[Label]) -> list[Label]:
        """Values with their labels -> places with these."""
        return [(self.x(value), text) for value, text in labels]

    def y_labels(self) -> list[Label]:
        """Round numbers from 0 to `top`, which is one."""
        return [(self.y(tick), f"{tick:,g}") for tick in ticks(self.top)]


@dataclass(frozen=True, slots=True)
class DrawnCurve:
    """A line through points with a sign on each, and bars for their intervals. `ink`: the class of its colour."""

    name: str
    sign: str
    ink: str
    line: str
    intervals: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawing:
    """What the template draws; places are in the drawing's units, paths in SVG's language.

    Attributes:
        label: for those who cannot see it.
        lines: class and path. marks: dotted lines from top to bottom, with a number or "".
        ring: around what is recommended.
    """

    heading: str
    unit: str
    label: str
    x_ticks: Sequence[Label]
    y_ticks: Sequence[Label]
    marks: Sequence[Label] = ()
    lines: Sequence[tuple[str, str]] = ()
    curves: Sequence[DrawnCurve] = ()
    ring: Point | None = None
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = RIGHT
    top: int = TOP
    bottom: int = BOTTOM


def px(value: float) -> str:
    """A length in SVG."""
    return f"{value:.1f}"


def round_top(value: float) -> float:
    """The first round number that is not below `value`; 1 where that is none."""
    if not math.isfinite(value) or value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in _STEPS if step * power >= value), 10 * power)


def ticks(top: float) -> list[float]:
    """Round numbers from 0 to `top`, which is one."""
    lead = top / 10.0 ** math.floor(math.log10(top))
    parts = 4 if round(lead, 6) == 2 else 5
    return [top * part / parts for part in range(parts + 1)]
