"""How far a scan is, in a line of text."""

from inspector import formatting as fmt
from inspector.colours import Colours
from inspector.session.records import ScanProgress, ScanState, workers_in_words


def status(
    progress: ScanProgress, source: str, note: str, colours: Colours, noun: str = "file"
) -> tuple[str, str, str]:
    """The strong and the dim part of the line, and the colour of the strong one.

    Args:
        source: what is open; "" for nothing. note: what became of an export; "" for nothing. noun: of what is checked.
    """
    match progress.state:
        case ScanState.READY:
            return note, fmt.place(source) if source else "Open a folder first", ""
        case ScanState.FAILED:
            return "The check failed", progress.message, colours.bad
        case ScanState.FINDING:
            return "Finding files", fmt.plural(progress.files, noun), ""
    parts = []
    if progress.state is ScanState.CHECKING and progress.files_per_s is not None:
        rate = fmt.with_unit(fmt.rate(progress.files_per_s), f"{noun}s/s")
        parts += [rate, f"{fmt.duration(progress.left_s)} left"]
    if progress.state is ScanState.CHECKING and progress.on:
        if not progress.workers:
            return f"Connecting to {progress.on}", progress.note, ""
        parts.append(workers_in_words(progress.workers))
    bad = progress.done - progress.good
    parts.append(fmt.plural(bad, "problem") if bad else "no problem so far")
    if progress.state is ScanState.COMPLETE:
        whole = f"{fmt.plural(progress.files, noun)} checked"
        findings = progress.rows - bad
        parts = [f"in {fmt.duration(progress.seconds)}", *([parts[-1]] if bad else [])]
        if findings > 0:
            parts.append(fmt.plural(findings, "finding"))
        if progress.outside:
            parts.append(fmt.outside(progress.outside, progress.files))
        if progress.left_out:
            parts.append(progress.left_out)
        strong = whole if bad else f"{whole}, all {'good' if findings <= 0 else 'can be loaded'}"
    else:
        stopped = "Stopped at " if progress.message else "Cancelled at "
        strong = f"{progress.checked:,} of {fmt.plural(progress.files, noun)}"
        if progress.state is ScanState.CANCELLED:
            strong = stopped + strong
            if progress.message:
                return strong, " · ".join([progress.message, note] if note else [progress.message]), colours.bad
    if progress.throttled:
        parts.append(f"the store throttles: {fmt.plural(progress.throttled, 'retry', 'retries')}")
    return strong, " · ".join([*parts, note] if note else parts), ""


def why_empty(progress: ScanProgress) -> str:
    """Why the table shows no row."""
    if progress.rows:
        return "No result matches the selection and the filter"
    if progress.state is ScanState.COMPLETE:
        return "Nothing to report: every file is good, and no check found anything"
    return "Nothing found so far"
