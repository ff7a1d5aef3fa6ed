"""A scan while it runs: what is found, as it is found, and the progress: a bar in a terminal, lines elsewhere."""

import sys
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from inspector import formatting as fmt
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ScanResults, ScanRow

LINE_INTERVAL_S = 2.0


class ScanView(Protocol):
    """What is shown while files are checked."""

    def show_row(self, row: ScanRow, results: ScanResults) -> None: ...
    def say(self, message: str) -> None: ...
    def show_progress(self, progress: ScanProgress) -> None: ...
    def close(self) -> None: ...


def _place(row: ScanRow, results: ScanResults) -> str:
    return fmt.relative(row.path, results.index.root)


def _in_words(progress: ScanProgress) -> str:
    if progress.state is ScanState.FINDING:
        return f"finding files: {progress.files:,}"
    parts = [f"{progress.checked:,} of {fmt.plural(progress.files, 'file')}"]
    if progress.files_per_s is not None:
        parts.append(f"{fmt.rate(progress.files_per_s)} files/s")
        parts.append(f"{fmt.duration(progress.left_s)} left")
    if progress.workers:
        hosts = len({worker.host for worker in progress.workers})
        parts.append(f"{fmt.plural(len(progress.workers), 'worker')} on {fmt.plural(hosts, 'host')}")
    if progress.throttled:
        parts.append(f"the store throttles: {fmt.plural(progress.throttled, 'retry', 'retries')}")
    return " · ".join(parts)


class LineView:
    """Plain lines on standard error, about the progress one now and then."""

    def __init__(self) -> None:
        self._printed_s = 0.0

    def show_row(self, row: ScanRow, results: ScanResults) -> None:
        self.say(f"{row.name}  {_place(row, results)}  {fmt.readable(row.reason)}")

    def say(self, message: str) -> None:
        print(fmt.readable(message), file=sys.stderr, flush=True)

    def show_progress(self, progress: ScanProgress) -> None:
        if progress.runs and progress.seconds - self._printed_s >= LINE_INTERVAL_S:
            self._printed_s = progress.seconds
            self.say(_in_words(progress))

    def close(self) -> None: ...


class BarView:
    """A bar at the bottom of the terminal that standard error is, and what is found above it."""

    def __init__(self) -> None:
        console = Console(stderr=True, highlight=False)
        self._bar = Bar(
            BarColumn(bar_width=30), TextColumn("{task.description}", markup=False), console=console, transient=True
        )
        self._task = self._bar.add_task("finding files", total=None)
        self._bar.start()

    def show_row(self, row: ScanRow, results: ScanResults) -> None:
        style = "red" if row.is_problem else "cyan"
        place, reason = _place(row, results), fmt.readable(row.reason)
        self._bar.print(Text.assemble((row.name, style), "  ", (place, "bold"), "  ", reason))

    def say(self, message: str) -> None:
        self._bar.print(Text(fmt.readable(message), style="dim"))

    def show_progress(self, progress: ScanProgress) -> None:
        total = None if progress.state is ScanState.FINDING else progress.files
        self._bar.update(self._task, completed=progress.checked, total=total, description=_in_words(progress))

    def close(self) -> None:
        self._bar.stop()
