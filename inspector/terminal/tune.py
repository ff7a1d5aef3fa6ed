"""`inspector tune`: a sweep in the terminal, with a progress bar and the curve drawn in text as it grows."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from inspector import formatting as fmt
from inspector.config import LoaderConfig
from inspector.errors import NoImagesError, SettingsError
from inspector.sources.file_index import FileIndex
from inspector.tuner.report import Report, comparison
from inspector.tuner.report_archive import ReportArchive
from inspector.tuner.setting_names import short_name
from inspector.tuner.sweep_state import SweepProgress
from inspector.tuner.trials import Trial, TrialSetting
from inspector.tuner.tuner import Tuner
from inspector.tuner.variations import Variations

_REDRAW_S = 0.25
_CANCELLED = 130
_BAR = 30


def run_tune(source: str, settings: LoaderConfig, options: argparse.Namespace) -> int:
    """Sweep `source` and print what came out; the exit status 0, or 130 where Ctrl+C ended it with a partial result.

    Args:
        options: what `cli` parsed: budget_seconds, step_ms, engines, batch_sizes, prefetches, scaled, torch, cold,
            most_workers, csv, json.

    Raises:
        InspectorError: where the data set cannot be loaded, or nothing can be measured.
    """
    if options.scaled and settings.image_size is None:
        raise SettingsError("--scaled needs --image-size: without it there is no smaller size to decode to")
    if options.csv is not None and not Path(options.csv).absolute().parent.is_dir():
        raise SettingsError(f"--csv {options.csv}: its folder does not exist; make it first")
    index = FileIndex.scan(source, extensions=settings.extensions)
    if not len(index):
        raise NoImagesError(f"there are no image files in {index.source}: choose another folder")
    archive = ReportArchive()
    earlier = archive.earlier(index.source)
    tuner = make_tuner(index, settings, options, archive)
    sys.stderr.flush()
    # A descriptor of its own: decoders are silenced on the usual one meanwhile.
    with os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace") as terminal:
        try:
            tuner.start()
            _follow(tuner, terminal)
        finally:
            tuner.close()
    report = tuner.report
    if report is None:
        assert tuner.error is not None
        raise tuner.error
    if options.csv is not None:
        _write(options.csv, report.as_csv())
    if options.json:
        print(report.as_json())
    else:
        print(_shown(report, earlier))
    return 0 if report.complete else _CANCELLED


def make_tuner(
    index: FileIndex, settings: LoaderConfig, options: argparse.Namespace, archive: ReportArchive | None
) -> Tuner:
    """The sweep that `options` ask for."""
    return Tuner(
        index,
        settings,
        variations=Variations(
            engines=options.engines,
            batch_sizes=options.batch_sizes,
            prefetches=options.prefetches,
            decodes=("exact", "scaled") if options.scaled else (),
            torch=options.torch,
        ),
        step_ms=options.step_ms,
        budget_s=options.budget_seconds,
        cold=options.cold,
        most_workers=options.most_workers,
        archive=archive,
    )


def _follow(tuner: Tuner, terminal: TextIO) -> None:
    """Show how far it is on `terminal`, if it is one; Ctrl+C cancels it."""
    console = Console(file=terminal)
    try:
        if terminal.isatty() and not console.is_dumb_terminal:
            with Live(console=console, auto_refresh=False, transient=True) as live:
                while not tuner.join(_REDRAW_S):
                    live.update(_drawn(tuner.progress, console.width), refresh=True)
        else:
            while not tuner.join(_REDRAW_S):
                pass
    except KeyboardInterrupt:
        tuner.cancel()
        tuner.join()


def _drawn(progress: SweepProgress, width: int) -> Group:
    done = round(_BAR * progress.share_done)
    left = f"at most {progress.left_s:.0f} s left"
    bar = Text.assemble(("━" * done, "green"), ("┄" * (_BAR - done), "dim"), f"  {left}  ", (progress.doing, "dim"))
    bar.truncate(width, overflow="ellipsis")
    chosen = progress.recommendation.setting if progress.recommendation else None
    rows = [Text(row, no_wrap=True, overflow="ellipsis") for row in curve(progress.trials, chosen, width)]
    return Group(bar, *rows, Text("Ctrl+C ends it with what is known by then", style="dim"))


def curve(trials: Sequence[Trial], chosen: TrialSetting | None, width: int) -> list[str]:
    """A row for each trial: a bar up to its rate, with its interval at the end, and the figures; `chosen` is marked."""
    if not trials:
        return []
    names = _names([trial.setting for trial in trials])
    figures = _in_columns([_figures(trial) for trial in trials])
    label, tail = max(map(len, names)), len(figures[0])
    room = max(8, width - label - tail - 6)
    top = max(trial.high for trial in trials)
    rows = []
    for trial, name, figure in zip(trials, names, figures, strict=True):
        mark = "▶" if trial.setting == chosen else " "
        rows.append(f"{mark} {name:<{label}}  {_bar(trial, top, room)}  {figure}")
    return rows


def _bar(trial: Trial, top: float, room: int) -> str:
    low, middle, high = (round(room * value / top) for value in (trial.low, trial.images_per_s, trial.high))
    cells = ["█"] * middle + [" "] * (room - middle)
    for cell in range(low, high):
        cells[cell] = "▓" if cell < middle else "░"
    return "".join(cells)


def _figures(trial: Trial) -> list[str]:
    """The rate, its interval, CPU, memory, and how long training waits."""
    cpu = None if trial.cpu_percent is None else f"{trial.cpu_percent:.0f} %"
    figures = [fmt.rate(trial.images_per_s), f"({fmt.rate(trial.low)}–{fmt.rate(trial.high)}) images/s"]
    figures += [f"CPU {cpu or fmt.UNKNOWN}", fmt.byte_size(trial.memory_bytes)]
    return figures if trial.data_wait is None else [*figures, f"waits {fmt.percent(trial.data_wait)}"]


def _in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Each row's cells in one string, right-aligned under one another."""
    columns = max(map(len, rows))
    filled = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = [max(len(row[column]) for row in filled) for column in range(columns)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in filled]


def _names(settings: Sequence[TrialSetting]) -> list[str]:
    """The number of workers, and what else differs among them."""
    differing = [
        name
        for name in ("engine", "batch_size", "prefetch_batches", "decode")
        if len({getattr(each, name) for each in settings if each.num_workers or name != "engine"}) > 1
    ]
    words = {"batch_size": "batch ", "prefetch_batches": "prefetch "}
    names = []
    for each in settings:
        count = "no workers" if each.num_workers == 0 else fmt.plural(each.num_workers, "worker")
        told = [name for name in differing if name != "engine" or each.engine != "serial"]
        rest = [f"{words.get(name, '')}{getattr(each, name)}" for name in told]
        names.append(" ".join([count, *rest]))
    return names


def _shown(report: Report, earlier: Sequence[Report]) -> str:
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
    if same and (told := comparison(report, same[0])):
        lines.append(told)
    if report.recommended is not None:
        lines += ["", *(f"{code}\n" for code in report.code())]
    return "\n".join(lines).rstrip()


def _write(path: str, content: str) -> None:
    try:
        Path(path).write_text(content, "utf-8")
    except OSError as error:
        raise SettingsError(f"--csv {path}: cannot be written: {error.strerror}") from error
