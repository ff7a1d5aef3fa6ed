"""Throughput and queue depth over the last minute, with a mark where a setting changed."""

import math
from collections.abc import Sequence

from inspector import formatting as fmt
from inspector.monitor.records import Series, SettingChange
from inspector.report.axes import BOTTOM, HEIGHT, TOP, Axes, round_top
from inspector.report.markup import paragraph, text

_LEAST_SPAN_S = 10.0


def plots(series: Series) -> str:
    """Both side by side, and what the marks mean; "" before there is anything to draw."""
    if len(series.time_s) < 2:
        return ""
    last = float(series.time_s[-1])
    first = min(float(series.time_s[0]), last - _LEAST_SPAN_S)
    changes = [change for change in series.changes if first <= change.time_s <= last]
    time_s = series.time_s.tolist()
    throughput, depth = series.batches_per_s.tolist(), series.queue_depth.tolist()
    prefetch = series.prefetch_batches.tolist()
    drawn = (
        ("Throughput", "batches/s", (("line", throughput),)),
        ("Queue depth", "batches waiting; dashed: prefetch", (("ceiling", prefetch), ("line", depth))),
    )
    figures = []
    for title, unit, lines in drawn:
        highest = max((value for _, values in lines for value in values if math.isfinite(value)), default=0.0)
        axes = Axes(first, last, round_top(1.05 * highest))
        body = _marks(axes, changes) + "".join(_line(axes, time_s, values, name) for name, values in lines)
        svg = axes.svg(f"{title} over time", body, _time_ticks(first, last))
        figures.append(f"<figure><figcaption>{text(title)} <span>{text(unit)}</span></figcaption>{svg}</figure>")
    told = " · ".join(
        f"{number}: {change.text}, {fmt.duration(last - change.time_s)} ago" for number, change in enumerate(changes, 1)
    )
    return f'<div class="plots">{"".join(figures)}</div>{paragraph(f"Changed: {told}" if told else "", "dim")}'


def _line(axes: Axes, time_s: Sequence[float], values: Sequence[float], name: str) -> str:
    """A path with a gap where a value is not known."""
    path = []
    pen_down = False
    for time, value in zip(time_s, values, strict=True):
        if known := math.isfinite(value):
            path.append(f"{'L' if pen_down else 'M'}{axes.x(time):.1f} {axes.y(value):.1f}")
        pen_down = known
    return f'<path class="{name}" d="{"".join(path)}"/>'


def _marks(axes: Axes, changes: Sequence[SettingChange]) -> str:
    """Dotted lines with their numbers."""
    return "".join(
        f'<path class="mark" d="M{axes.x(change.time_s):.1f} {TOP}V{HEIGHT - BOTTOM}"/>'
        f'<text class="number" x="{axes.x(change.time_s):.1f}" y="{TOP - 4}" text-anchor="middle">{number}</text>'
        for number, change in enumerate(changes, 1)
    )


def _time_ticks(first: float, last: float) -> list[tuple[float, str]]:
    span = last - first
    step = next((step for step in (2, 5, 10, 20, 60, 120, 300, 600) if span / step <= 6), 1800)
    return [(last - back, f"-{back} s" if back else "now") for back in range(0, int(span) + 1, step)]
