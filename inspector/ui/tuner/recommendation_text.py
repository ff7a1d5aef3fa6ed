"""The recommendation of a sweep as text: with its reason, its cost and its cautions."""

from collections.abc import Mapping
from html import escape

from inspector import formatting as fmt
from inspector.colours import Colours
from inspector.session.records import Recommendation, Report, TrialSetting
from inspector.settings import SettingValue
from inspector.tuner.report import comparison
from inspector.tuner.setting_names import VARIED_FIELDS, full_name, short_name


def changes(setting: TrialSetting, now: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
    """What `setting` changes of the settings that are in use; {} where it is in use already."""
    wanted = {name: getattr(setting, name) for name in ("num_workers", *VARIED_FIELDS)}
    return {name: value for name, value in wanted.items() if now.get(name) != value}


def sweep_title(report: Report) -> str:
    """When it was, and what came out: "2031-05-17 14:02: 2 workers, 812 images/s"."""
    assert report.recommended is not None
    when = report.measured_at[:16].replace("T", " ")
    return f"{when}: {short_name(report.recommended)}, {fmt.rate(report.images_per_s)} images/s"


def interim_html(found: Recommendation | None, colours: Colours) -> str:
    """While it runs, as HTML."""
    if found is None:
        return _paragraph("No recommendation yet: the first measurements are being made.", colours.dim)
    return "".join(
        [
            _paragraph(f"So far: {short_name(found.setting)}", colours.text, strong=True),
            _paragraph(found.reason, colours.text),
            *(_paragraph(f"⚠ {caution}", colours.warn) for caution in found.cautions),
        ]
    )


def final_html(report: Report, earlier: Report | None, now: Mapping[str, SettingValue], colours: Colours) -> str:
    """At the end, as HTML: what to use, why, what it costs, what makes it less sure, and how it was before."""
    parts = []
    if report.recommended is not None:
        in_use = "" if changes(report.recommended, now) else " (as set now)"
        parts.append(_paragraph(f"Use {full_name(report.recommended)}{in_use}.", colours.text, strong=True))
    parts.append(_paragraph(report.reason, colours.text))
    cost = []
    if report.data_wait is not None:
        how = "measured" if report.checked else "expected"
        cost.append(f"Training waits {fmt.percent(report.data_wait)} of the time ({how}).")
    if report.memory_bytes is not None:
        cost.append(f"It takes {fmt.byte_size(report.memory_bytes)} of memory in all.")
    if cost:
        parts.append(_paragraph(" ".join(cost), colours.text))
    if earlier is not None and (sentence := comparison(report, earlier)):
        parts.append(_paragraph(sentence, colours.text))
    if not report.complete:
        parts.append(_paragraph("⚠ It was cancelled, so this is a partial result.", colours.warn))
    parts += [_paragraph(f"⚠ {caution}", colours.warn) for caution in report.cautions]
    parts += [_paragraph(note, colours.dim) for note in report.notes]
    return "".join(parts)


def _paragraph(text: str, colour: str, *, strong: bool = False) -> str:
    html = escape(fmt.readable(text))
    if strong:
        html = f"<b>{html}</b>"
    return f'<p style="color:{colour}; margin:0 0 4px 0;">{html}</p>'
