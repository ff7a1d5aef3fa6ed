"""What a sweep found, as text for people."""

from collections.abc import Sequence

from rich.console import Console

from inspector import formatting as fmt
from inspector.terminal.sweep_curve import curve
from inspector.tuner.report import Report, comparison
from inspector.tuner.setting_names import short_name


def in_text(report: Report, earlier: Sequence[Report]) -> str:
    """The curve, the recommendation and its reason, and how it differs from the last of `earlier` (newest first)."""
    width = min(120, Console().width)
    lines = curve(report.trials, report.recommended, width)
    if report.recommended is not None:
        setting = report.recommended
        extra = f", batch size {setting.batch_size}, prefetch {setting.prefetch_batches}, decode {setting.decode}"
        lines += ["", f"Use {short_name(setting)}{extra}."]
    lines.append(report.reason)
    if report.data_wait is not None:
        how = "measured" if report.checked else "expected"
        lines.append(f"Training waits {fmt.percent(report.data_wait)} of the time ({how}).")
    if report.memory_bytes is not None:
        lines.append(f"It takes {fmt.byte_size(report.memory_bytes)} of memory in all.")
    lines += [f"Note: {caution}" for caution in (*report.cautions, *report.notes)]
    if not report.complete:
        lines.append("Note: it was ended before its time, so this is a partial result.")
    same = [each for each in earlier if each.recommended is not None]
    if same and (difference := comparison(report, same[0])):
        lines.append(difference)
    if report.recommended is not None:
        lines += ["", *(f"{code}\n" for code in report.code())]
    return "\n".join(lines).rstrip()
