"""What the report's drawings share: their frame, and round numbers along their axes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inspector.report.markup import text

WIDTH, HEIGHT = 460, 150  # in units of which a letter is about 10 high
LEFT, RIGHT, TOP, BOTTOM = 38, 10, 14, 20
_STEPS = (1, 2, 2.5, 5, 10)


@dataclass(frozen=True, slots=True)
class Axes:
    """Maps values to places in the drawing: x from `first` to `last`, y from 0 to `top`."""

    first: float
    last: float
    top: float

    def x(self, value: float) -> float:
        span = (self.last - self.first) or 1.0
        return LEFT + (value - self.first) / span * (WIDTH - LEFT - RIGHT)

    def y(self, value: float) -> float:
        return HEIGHT - BOTTOM - min(value / self.top, 1.0) * (HEIGHT - TOP - BOTTOM)

    def svg(self, title: str, body: str, x_ticks: Sequence[tuple[float, str]]) -> str:
        """The whole drawing. `title` is for those who cannot see it; the ticks are where and what."""
        lines = []
        for tick in ticks(self.top):
            y = self.y(tick)
            lines.append(f'<path class="grid" d="M{LEFT} {y:.1f}H{WIDTH - RIGHT}"/>')
            lines.append(f'<text x="{LEFT - 5}" y="{y + 3:.1f}" text-anchor="end">{tick:,g}</text>')
        for value, words in x_ticks:
            lines.append(f'<text x="{self.x(value):.1f}" y="{HEIGHT - 6}" text-anchor="middle">{text(words)}</text>')
        return f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{text(title)}">{"".join(lines)}{body}</svg>'


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
