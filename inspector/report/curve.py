"""What the tuner measured: a curve for each combination, intervals, a ring around what it recommends, and its words."""

from html import escape

from inspector import formatting as fmt
from inspector.report.axes import BOTTOM, HEIGHT, TOP, Axes, round_top
from inspector.report.markup import paragraph, text
from inspector.tuner.report import Report
from inspector.tuner.scaling_curves import axis_position, scaling_curves
from inspector.tuner.setting_names import curve_name, full_name, varied_fields
from inspector.tuner.trials import Trial, TrialSetting

_MOST_ROOM = 1.6  # times the fastest: a first, wide interval must not flatten the curve
_SIGNS = "●■▲◆▼✚"
_INKS = 4  # curves that have a colour of their own; more are told apart by their signs


def sweep(report: Report) -> str:
    """The drawing beside the recommendation."""
    words = [f"<p><b>Use {text(full_name(report.recommended))}</b></p>"] if report.recommended else []
    words.append(paragraph(report.reason))
    words += [paragraph(f"▲ {caution}") for caution in report.cautions]
    words += [paragraph(note, "dim") for note in report.notes]
    how = [f"{fmt.plural(len(report.trials), 'setting')} measured in {fmt.duration(report.seconds)}"]
    how.append(f"on {report.measured_at[:16].replace('T', ' ')}")
    how.append(f"{report.usable_cores:g} cores, {fmt.image_size_in_words(report.image_size)}")
    how.append(f"step {fmt.milliseconds(report.step_ms)} ms" if report.step_ms else "no training step")
    how += [] if report.complete else ["cancelled before its end"]
    words.append(paragraph(f"{'; '.join(how)}.", "dim"))
    return f'<div class="plots"><figure>{_drawing(report)}</figure><div>{"".join(words)}</div></div>'


def _drawing(report: Report) -> str:
    if not report.trials:
        return ""
    counts = sorted({trial.setting.num_workers for trial in report.trials})
    fastest = max(trial.images_per_s for trial in report.trials)
    highest = max(trial.high for trial in report.trials)
    axes = Axes(
        axis_position(counts[0]) - 0.2, axis_position(counts[-1]) + 0.2, round_top(min(highest, _MOST_ROOM * fastest))
    )
    names = varied_fields(report.trials)
    drawn, legend = [], []
    for number, curve in enumerate(scaling_curves(report.trials)):
        sign, ink = _SIGNS[number % len(_SIGNS)], f"ink{number % _INKS}"
        drawn.append(f'<g class="{ink}">{_curve(axes, curve, sign)}</g>')
        legend.append(f'<span class="{ink}">{sign}</span> {text(curve_name(curve[-1].setting, names))}')
    drawn.append(_mark(axes, report.trials, report.recommended))
    ticks = [(axis_position(count), str(count)) for count in _with_room(axes, counts)]
    title = "Images per second by number of workers"
    unit = "by workers; bars: 95 % intervals" + ("; ring: recommended" if report.recommended else "")
    head = f"<figcaption>Images/s <span>{unit}</span></figcaption>"
    key = f'<figcaption class="key">{" &nbsp; ".join(legend)}</figcaption>' if len(legend) > 1 else ""
    return head + axes.svg(title, "".join(drawn), ticks) + key


def _curve(axes: Axes, curve: list[Trial], sign: str) -> str:
    places = [(axes.x(axis_position(trial.setting.num_workers)), axes.y(trial.images_per_s)) for trial in curve]
    line = "L".join(f"{x:.1f} {y:.1f}" for x, y in places)
    bars = "".join(
        f"M{x:.1f} {axes.y(trial.low):.1f}V{axes.y(trial.high):.1f}"
        f"M{x - 3:.1f} {axes.y(trial.low):.1f}h6M{x - 3:.1f} {axes.y(trial.high):.1f}h6"
        for (x, _), trial in zip(places, curve, strict=True)
    )
    signs = "".join(f'<text x="{x:.1f}" y="{y + 3:.1f}" text-anchor="middle">{escape(sign)}</text>' for x, y in places)
    return f'<path d="M{line}"/><path d="{bars}"/>{signs}'


def _mark(axes: Axes, trials: tuple[Trial, ...], chosen: TrialSetting | None) -> str:
    trial = next((trial for trial in trials if trial.setting == chosen), None)
    if trial is None:
        return ""
    x, y = axes.x(axis_position(trial.setting.num_workers)), axes.y(trial.images_per_s)
    return f'<path class="mark" d="M{x:.1f} {TOP}V{HEIGHT - BOTTOM}"/><circle cx="{x:.1f}" cy="{y:.1f}" r="7"/>'


def _with_room(axes: Axes, counts: list[int]) -> list[int]:
    """Those whose numbers do not run into one another."""
    told: list[int] = []
    for count in counts:
        if not told or axes.x(axis_position(count)) - axes.x(axis_position(told[-1])) >= 18:
            told.append(count)
    return told
