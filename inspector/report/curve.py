"""What the tuner measured: a curve for each combination, intervals, a ring around the recommended one, the reasons."""

from collections.abc import Sequence
from dataclasses import dataclass

from inspector import formatting as fmt
from inspector.report.axes import Axes, Drawing, DrawnCurve, px, round_top
from inspector.tuner.report import Report
from inspector.tuner.scaling_curves import axis_position, scaling_curves
from inspector.tuner.setting_names import curve_name, full_name, varied_fields
from inspector.tuner.trials import Trial

_MOST_ROOM = 1.6  # times the fastest: a first, wide interval must not flatten the curve
_SIGNS = "●■▲◆▼✚"
_INKS = 4  # curves that have a colour of their own; more are told apart by their signs


@dataclass(frozen=True, slots=True)
class SweepSection:
    """The drawing beside the recommendation; None, and "": there is none."""

    drawing: Drawing | None
    recommended: str
    reason: str
    cautions: Sequence[str]
    notes: Sequence[str]
    how: str


def sweep(report: Report) -> SweepSection:
    """What the page shows of a sweep."""
    how = [f"{fmt.plural(len(report.trials), 'setting')} measured in {fmt.duration(report.seconds)}"]
    how.append(f"on {report.measured_at[:16].replace('T', ' ')}")
    how.append(f"{report.usable_cores:g} cores, {fmt.image_size_in_words(report.image_size)}")
    how.append(f"step {fmt.milliseconds(report.step_ms)} ms" if report.step_ms else "no training step")
    how += [] if report.complete else ["cancelled before its end"]
    return SweepSection(
        drawing=_drawing(report) if report.trials else None,
        recommended=full_name(report.recommended) if report.recommended else "",
        reason=report.reason,
        cautions=report.cautions,
        notes=report.notes,
        how=f"{'; '.join(how)}.",
    )


def _drawing(report: Report) -> Drawing:
    counts = sorted({trial.setting.num_workers for trial in report.trials})
    fastest = max(trial.images_per_s for trial in report.trials)
    highest = max(trial.high for trial in report.trials)
    axes = Axes(
        axis_position(counts[0]) - 0.2, axis_position(counts[-1]) + 0.2, round_top(min(highest, _MOST_ROOM * fastest))
    )
    names = varied_fields(report.trials)
    chosen = next((trial for trial in report.trials if trial.setting == report.recommended), None)
    ring = None if chosen is None else _point(axes, chosen)
    return Drawing(
        heading="Images/s",
        unit="by workers; bars: 95 % intervals" + ("; ring: recommended" if report.recommended else ""),
        label="Images per second by number of workers",
        x_ticks=axes.x_labels([(axis_position(count), str(count)) for count in _with_room(axes, counts)]),
        y_ticks=axes.y_labels(),
        marks=[] if ring is None else [(ring[0], "")],
        curves=[
            _curve(axes, curve, curve_name(curve[-1].setting, names), number)
            for number, curve in enumerate(scaling_curves(report.trials))
        ],
        ring=ring,
    )


def _curve(axes: Axes, curve: Sequence[Trial], name: str, number: int) -> DrawnCurve:
    points = [_point(axes, trial) for trial in curve]
    bars = (
        f"M{px(x)} {px(axes.y(trial.low))}V{px(axes.y(trial.high))}"
        f"M{px(x - 3)} {px(axes.y(trial.low))}h6M{px(x - 3)} {px(axes.y(trial.high))}h6"
        for (x, _), trial in zip(points, curve, strict=True)
    )
    line = "M" + "L".join(f"{px(x)} {px(y)}" for x, y in points)
    return DrawnCurve(name, _SIGNS[number % len(_SIGNS)], f"ink{number % _INKS}", line, "".join(bars), points)


def _point(axes: Axes, trial: Trial) -> tuple[float, float]:
    return axes.x(axis_position(trial.setting.num_workers)), axes.y(trial.images_per_s)


def _with_room(axes: Axes, counts: list[int]) -> list[int]:
    """Those whose numbers do not run into one another."""
    shown: list[int] = []
    for count in counts:
        if not shown or axes.x(axis_position(count)) - axes.x(axis_position(shown[-1])) >= 18:
            shown.append(count)
    return shown
