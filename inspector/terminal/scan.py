"""`inspector scan`: every file once, what is found as it comes, and a summary.

What is found and how far it is go to standard error, the summary (or the JSON) to standard output. On a terminal a bar
shows the progress; elsewhere there is a plain line now and then.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Collection
from pathlib import Path
from typing import Protocol

from rich.console import Console
from rich.progress import BarColumn, TextColumn
from rich.progress import Progress as Bar
from rich.text import Text

from inspector import formatting as fmt
from inspector.errors import InspectorError, SettingsError, SourceError
from inspector.files import is_special
from inspector.scan import persistence as saved
from inspector.scan.check_settings import CHECKS, CheckSettings
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ScanResults, ScanRow
from inspector.scan.scan import Scan, ScanSettings

POLL_S = 0.1
LINE_INTERVAL_S = 2.0
MOST_SHOWN = 20  # findings of one check; the others are only counted
STDOUT = "-"


def add_options(parser: argparse.ArgumentParser) -> None:
    """The options of `inspector scan`, beside PATH, --workers and --extensions."""
    checks = "\n".join(f"  {name:<11} {check.description}" for name, check in CHECKS.items())
    parser.epilog = f"checks (what they find is no error):\n{checks}\n\n" + (
        "Exit status: 0 all files are good; 1 some have problems; 2 bad arguments; 130 cancelled by Ctrl+C."
    )
    parser.add_argument("--json", metavar="FILE", help="write the results as JSON; -: to standard output")
    parser.add_argument("--csv", metavar="FILE", help="write the results as a table; -: to standard output")
    parser.add_argument(
        "--without", type=_names, action="extend", default=[], metavar="CHECK,...", help="turn checks off; all: each"
    )
    parser.add_argument(
        "--only", type=_names, action="extend", default=[], metavar="CHECK,...", help="turn all other checks off"
    )
    parser.add_argument(
        "--min-side", type=int, metavar="PIXELS", help="an image with a shorter side is small (default 32)"
    )
    parser.add_argument(
        "--max-aspect", type=float, metavar="RATIO", help="of the longer side to the shorter one (default 5)"
    )
    parser.add_argument(
        "--resume", type=Path, metavar="FILE", help="go on with the cancelled scan whose JSON is in FILE"
    )


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def run_scan(options: argparse.Namespace, check_source: Callable[[str | None], str]) -> int:
    """Scan as the options say; the exit status: 0, or 1 where a file has a problem.

    Raises:
        SettingsError, SourceError: for options that cannot work; nothing was scanned then. Also where what was found
            cannot be written after all; it is in another file then, which is told.
        InspectorError: where the scan fails.
        KeyboardInterrupt: after Ctrl+C, once what was found is told and kept.
    """
    _check_writable(options.json, options.csv)
    scan = _make(options, check_source)
    view = _BarView(scan) if sys.stderr.isatty() else _LineView(scan)
    interrupted: BaseException | None = None
    try:
        _follow(scan, view)
    except (KeyboardInterrupt, SystemExit) as interruption:
        _end_uninterrupted()
        interrupted = interruption
    finally:
        scan.close()
        with contextlib.suppress(OSError):  # the terminal itself was closed; what was found is kept all the same
            view.close()
    progress = scan.progress()
    if progress.state is ScanState.FAILED:
        raise (SourceError if scan.results is None else InspectorError)(progress.message)
    kept, failure = _write(scan, options.json, options.csv)
    summary = _summary(scan, kept)
    print(summary, file=sys.stderr if STDOUT in (options.json, options.csv) else sys.stdout, flush=True)
    if failure is not None:
        raise failure
    if interrupted is not None and progress.state is not ScanState.COMPLETE:
        raise interrupted
    return 0 if progress.good == progress.files and not (scan.results and scan.results.index.unreadable) else 1


def _check_writable(to_json: str | None, to_csv: str | None) -> None:
    if (
        to_json is not None
        and to_csv is not None
        and (to_json == to_csv or os.path.realpath(to_json) == os.path.realpath(to_csv))
    ):
        where = "standard output" if to_json == STDOUT else to_json
        raise SettingsError(f"--json and --csv cannot both write to {where}; give one of them another file")
    for file in (to_json, to_csv):
        if file not in (None, STDOUT):
            place = Path(file) if is_special(file) and not Path(file).is_dir() else Path(file).absolute().parent
            if Path(file).is_dir() or not place.exists() or not os.access(place, os.W_OK):
                raise SettingsError(f"{file}: cannot be written; its folder must exist and be writable")


def _end_uninterrupted() -> None:
    """Once is enough: what was found would be lost if another Ctrl+C came while it is written."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


def _make(options: argparse.Namespace, check_source: Callable[[str | None], str]) -> Scan:
    chooses = options.only or options.without or options.min_side is not None or options.max_aspect is not None
    if options.resume is not None:
        if chooses:
            raise SettingsError("--resume goes on with the checks it began with; leave out the options for checks")
        source = None if options.path is None else check_source(options.path)
        return saved.read_partial(options.resume, source, options.num_workers)
    limits = {name: value for name in ("min_side", "max_aspect") if (value := getattr(options, name)) is not None}
    for name in {*options.only, *options.without} - {*CHECKS, "all"}:
        raise SettingsError(f"there is no check called {name}; there are {', '.join(CHECKS)}")
    wanted: Collection[str] = CHECKS if not options.only or "all" in options.only else options.only
    turned_off = [name for name in CHECKS if name not in wanted or {name, "all"} & set(options.without)]
    try:
        checks = CheckSettings.without(turned_off, **limits)
    except SettingsError as error:
        raise SettingsError(f"--{str(error).replace('_', '-', 1)}") from error
    return Scan(check_source(options.path), ScanSettings(checks, options.num_workers, options.extensions))


def _follow(scan: Scan, view: "_View") -> None:
    scan.start()
    told = 0
    shown: Counter[str] = Counter()
    over = False
    while not over:
        over = scan.wait(POLL_S)
        results = scan.results
        while results is not None and told < len(results):
            row = results.row(told)
            told += 1
            shown[row.name] += 1
            if row.is_problem or shown[row.name] <= MOST_SHOWN:
                view.show_row(row, results)
            elif shown[row.name] == MOST_SHOWN + 1:
                view.say(f"{row.name}: more than {MOST_SHOWN}; further ones are only counted here")
        view.show_progress(scan.progress())


# --- what is seen meanwhile


class _View(Protocol):
    def show_row(self, row: ScanRow, results: ScanResults) -> None: ...
    def say(self, words: str) -> None: ...
    def show_progress(self, progress: ScanProgress) -> None: ...
    def close(self) -> None: ...


def _place(row: ScanRow, results: ScanResults) -> str:
    return fmt.relative(row.path, results.index.root)


def _in_words(progress: ScanProgress) -> str:
    if progress.state is ScanState.FINDING:
        return f"finding files: {progress.files:,}"
    words = [f"{progress.done:,} of {fmt.plural(progress.files, 'file')}"]
    if progress.files_per_s is not None:
        words.append(f"{fmt.rate(progress.files_per_s)} files/s")
        words.append(f"{fmt.duration(progress.left_s)} left")
    return " · ".join(words)


class _LineView:
    """Plain lines."""

    def __init__(self, scan: Scan) -> None:
        self._told_s = 0.0

    def show_row(self, row: ScanRow, results: ScanResults) -> None:
        self.say(f"{row.name}  {_place(row, results)}  {fmt.readable(row.reason)}")

    def say(self, words: str) -> None:
        print(words, file=sys.stderr, flush=True)

    def show_progress(self, progress: ScanProgress) -> None:
        if progress.runs and progress.seconds - self._told_s >= LINE_INTERVAL_S:
            self._told_s = progress.seconds
            self.say(_in_words(progress))

    def close(self) -> None: ...


class _BarView:
    """A bar at the bottom of the terminal, and what is found above it."""

    def __init__(self, scan: Scan) -> None:
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

    def say(self, words: str) -> None:
        self._bar.print(Text(words, style="dim"))

    def show_progress(self, progress: ScanProgress) -> None:
        total = None if progress.state is ScanState.FINDING else progress.files
        self._bar.update(self._task, completed=progress.done, total=total, description=_in_words(progress))

    def close(self) -> None:
        self._bar.stop()


# --- at the end


def _write(scan: Scan, to_json: str | None, to_csv: str | None) -> tuple[Path | None, SettingsError | None]:
    """Write what was asked for, and a partial result in any case.

    Returns:
        The JSON file, where there is one; and what could not be written, where it is in that file for that reason.
    """
    failure: SettingsError | None = None
    for file, pieces in ((to_csv, saved.as_csv), (to_json, saved.as_json)):
        try:
            if file == STDOUT:
                sys.stdout.writelines(pieces(scan))
                sys.stdout.flush()
            elif file is not None:
                saved.write(Path(file), pieces(scan))
        except BrokenPipeError:  # whoever reads it wants no more
            raise
        except (SettingsError, OSError) as error:
            failure = SettingsError(f"standard output: {error.strerror}" if isinstance(error, OSError) else str(error))
    if failure is None and to_json is not None:
        return None if to_json == STDOUT else Path(to_json), None
    progress = scan.progress()
    if progress.done == 0 or (failure is None and progress.state is ScanState.COMPLETE):
        return None, failure
    try:
        kept = _keep(scan)
    except OSError as error:
        return None, failure or SettingsError(f"what was found could not be kept: {error.strerror}; use --json FILE")
    return kept, SettingsError(f"{failure}; what was found is in {kept}") if failure is not None else None


def _keep(scan: Scan) -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="inspector-scan-", suffix=".json", delete=False, encoding="utf-8", errors="surrogateescape"
    ) as file:
        file.writelines(saved.as_json(scan))
    return Path(file.name)


def _summary(scan: Scan, kept: Path | None) -> str:
    progress, results = scan.progress(), scan.results
    if results is None:
        return "Cancelled while files were being found; nothing was checked."
    rate = fmt.rate(progress.done / progress.seconds) if progress.seconds > 0 else fmt.UNKNOWN
    took = f"in {fmt.duration(progress.seconds)}, {fmt.with_unit(rate, 'files/s')}"
    whole = progress.state is ScanState.COMPLETE
    checked = fmt.plural(progress.files, "file") + " checked"
    if not whole:
        checked = f"Cancelled: {progress.done:,} of {checked}"
    lines = [f"{checked} {took}: {progress.good:,} good."]
    counts = results.counts()
    for title, names in (
        ("Problems", [name for name in counts if name not in CHECKS]),
        ("Findings, which are no errors", [name for name in counts if name in CHECKS]),
    ):
        if names:
            lines.append(f"{title}:")
            lines += [
                f"  {name:<18}{counts[name]:>9,}  {CHECKS[name].description if name in CHECKS else ''}".rstrip()
                for name in names
            ]
    if not whole and kept is not None:
        lines.append(f"Go on with: inspector scan --resume {fmt.readable(str(kept))}")
    return "\n".join(lines)
