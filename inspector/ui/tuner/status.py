"""How far a sweep is, in a line of text."""

from inspector import formatting as fmt
from inspector.colours import Colours
from inspector.session.records import SweepState

Status = tuple[str, str, str]  # the strong part, the dim part, and the colour of the strong one


def sweep_status(state: SweepState, note: str, colours: Colours) -> Status | None:
    """Of a sweep that measures or has ended; None where there is none. `note`: what became of an export or a click."""
    if state.progress is not None:
        return state.progress.doing.capitalize(), f"at most {fmt.duration(state.progress.left_s)} left", ""
    if state.report is not None:
        took = f"{fmt.plural(len(state.report.trials), 'setting')} in {fmt.duration(state.report.seconds)}"
        dim = " · ".join(part for part in (took, note) if part)
        return "Complete" if state.report.complete else "Cancelled", dim, ""
    return ("The sweep failed", state.error, colours.bad) if state.error else None


def idle_status(source: str, *, problem: str, samples_known: bool, must_wait: bool, last: str) -> Status:
    """Before a start.

    Args:
        source: what is open, or "". problem: what cannot be tried, or "". last: what came out last time, or "".
    """
    if problem:
        return "", problem, ""
    if not samples_known:
        return "", "Looking for files" if source else "Open a folder first", ""
    if must_wait:
        return "", "The check of all files needs the cores now: sweep after it", ""
    return "", fmt.place(source) + (f" · last swept {last}" if last else ""), ""
