"""Throughput and queue depth over the last minute, with a mark where a setting changed."""

import math
from collections.abc import Sequence

from inspector import formatting as fmt
from inspector.report.axes import Axes, Drawing, Label, px, round_top
from inspector.session.records import Series, SettingChange

_LEAST_SPAN_S = 10.0


def plots(series: Series) -> list[Drawing]:
    """Both; none before there is anything to draw."""
    if len(series.time_s) < 2:
        return []
    first, last = _span_s(series)
    time_s = series.time_s.tolist()
    throughput, depth = series.batches_per_s.tolist(), series.queue_depth.tolist()
    drawings = []
    for heading, unit, lines in (
        ("Throughput", "batches/s", (("line", throughput),)),
        (
            "Queue depth",
            "batches waiting; dashed: prefetch",
            (("ceiling", series.prefetch_batches.tolist()), ("line", depth)),
        ),
    ):
        highest = max((value for _, values in lines for value in values if math.isfinite(value)), default=0.0)
        axes = Axes(first, last, round_top(1.05 * highest))
        drawings.append(
            Drawing(
                heading=heading,
                unit=unit,
                label=f"{heading} over time",
                x_ticks=axes.x_labels(_time_ticks(first, last)),
                y_ticks=axes.y_labels(),
                marks=[(axes.x(change.time_s), str(number)) for number, change in enumerate(_changes(series), 1)],
                lines=[(name, _path(axes, time_s, values)) for name, values in lines],
            )
        )
    return drawings


def changes_as_text(series: Series) -> str:
    """What the numbers of the marks mean; "" where there are none."""
    parts = (
        f"{number}: {change.text}, {fmt.duration(float(series.time_s[-1]) - change.time_s)} ago"
        for number, change in enumerate(_changes(series), 1)
    )
    changes = " · ".join(parts)
    return f"Changed: {changes}" if changes else ""


def _span_s(series: Series) -> tuple[float, float]:
    last = float(series.time_s[-1])
    return min(float(series.time_s[0]), last - _LEAST_SPAN_S), last


def _changes(series: Series) -> list[SettingChange]:
    if len(series.time_s) < 2:
        return []
    first, last = _span_s(series)
    return [change for change in series.changes if first <= change.time_s <= last]


def _path(axes: Axes, time_s: Sequence[float], values: Sequence[float]) -> str:
    """A line with a gap where a value is not known."""
    path = []
    pen_down = False
    for time, value in zip(time_s, values, strict=True):
        if known := math.isfinite(value):
            path.append(f"{'L' if pen_down else 'M'}{px(axes.x(time))} {px(axes.y(value))}")
        pen_down = known
    return "".join(path)


def _time_ticks(first: float, last: float) -> list[Label]:
    span = last - first
    step = next((step for step in (2, 5, 10, 20, 60, 120, 300, 600) if span / step <= 6), 1800)
    return [(last - back, f"-{back} s" if back else "now") for back in range(0, int(span) + 1, step)]
