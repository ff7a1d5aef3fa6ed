"""How far a sweep is, in a line of text: its strong and its dim part, and the colour of the strong one."""

from inspector import formatting as fmt
from inspector.session.records import Report, SweepProgress

Status = tuple[str, str, str]
MUST_WAIT = "The check of all files needs the cores now: sweep after it"


def idle_status(source: str, last: str) -> Status:
    """Before a start: what is open, and what came out last time; `last`: "" where there was none."""
    if not source:
        return "", "Open a folder first", ""
    return "", fmt.place(source) + (f" · last swept {last}" if last else ""), ""


def running_status(progress: SweepProgress) -> Status:
    """What it does, and how long it takes at most."""
    return progress.doing.capitalize(), f"at most {fmt.duration(progress.left_s)} left", ""


def final_status(report: Report, note: str) -> Status:
    """What it took; `note`: what became of an export or a click, or ""."""
    took = f"{fmt.plural(len(report.trials), 'setting')} in {fmt.duration(report.seconds)}"
    return "Complete" if report.complete else "Cancelled", " · ".join(part for part in (took, note) if part), ""
