"""`inspector tune`: a sweep in the terminal, and what came out of it."""

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.commands import values
from inspector.commands.command import add_json
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.source import SourceCommand, index_of_options
from inspector.errors import NoImagesError, SettingsError
from inspector.files import write_atomically
from inspector.redirect import prints_apart
from inspector.settings import MAX_WORKERS, SessionConfig

if TYPE_CHECKING:
    from inspector.sources.dataset import DatasetIndex
    from inspector.sources.opening import SampleIndex
    from inspector.tuner.report import Report
    from inspector.tuner.report_archive import ReportArchive
    from inspector.tuner.tuner import Tuner

_CANCELLED = 130


class TuneCommand(SourceCommand):
    """Prints what a sweep found. Exit status: 0, or 130 where Ctrl+C ended it with a partial result."""

    prog = "inspector tune"
    summary = "Measure which settings load fastest, and recommend one."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument(
            "--budget-seconds",
            type=values.positive,
            default=60.0,
            metavar="S",
            help="time limit; it ends sooner where the answer is clear (default %(default)g)",
        )
        parser.add_argument(
            "--engines", type=values.engines, default=(), metavar="E,...", help="to compare, such as processes,threads"
        )
        parser.add_argument(
            "--batch-sizes",
            type=values.counts,
            default=(),
            metavar="N,...",
            help="to compare; default: --batch-size only",
        )
        parser.add_argument(
            "--prefetches", type=values.counts, default=(), metavar="N,...", help="to compare; default: --prefetch only"
        )
        parser.add_argument(
            "--scaled", action="store_true", help="compare --decode exact with scaled; needs --image-size"
        )
        parser.add_argument(
            "--torch", action="store_true", help="measure PyTorch's DataLoader, too, where it is installed"
        )
        parser.add_argument(
            "--cold", action="store_true", help="drop the files from memory before they are read, where the system can"
        )
        parser.add_argument("--most-workers", type=values.count, default=MAX_WORKERS, metavar="N", help="try no more")
        parser.add_argument("--csv", metavar="FILE.csv", help="write the measurements to a file")
        add_json(parser)
        add_loader_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        settings = settings_of(options)
        if options.scaled and settings.image_size is None:
            raise SettingsError("--scaled needs --image-size: without it there is no smaller size to decode to")
        if options.csv is not None and not Path(options.csv).absolute().parent.is_dir():
            raise SettingsError(f"--csv {options.csv}: its folder does not exist; make it first")
        from inspector.sources.dataset import IterableIndex
        from inspector.sources.refusals import no_samples
        from inspector.terminal.sweep_report import in_text
        from inspector.tuner.report_archive import ReportArchive

        with prints_apart(options.json) as output:
            index = index_of_options(options, settings)
            if not len(index) and not isinstance(index, IterableIndex):
                raise NoImagesError(no_samples(index.source, index))
            archive = ReportArchive()
            earlier = archive.earlier(index.source)
            report = _sweep(make_tuner(index, settings, options, archive))
            if options.csv is not None:
                _write(options.csv, report.as_csv())
            print(report.as_json() if options.json else in_text(report, earlier), file=output)
        return 0 if report.complete else _CANCELLED


def make_tuner(
    index: "SampleIndex | DatasetIndex",
    settings: SessionConfig,
    options: argparse.Namespace,
    archive: "ReportArchive | None",
) -> "Tuner":
    """The sweep that `options` ask for."""
    from inspector.tuner.tuner import Tuner
    from inspector.tuner.variations import Variations

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
        step_ms=settings.step_ms,
        budget_s=options.budget_seconds,
        cold=options.cold,
        most_workers=options.most_workers,
        archive=archive,
    )


def _sweep(tuner: "Tuner") -> "Report":
    from inspector.terminal.sweep_progress import follow

    sys.stderr.flush()
    # A descriptor of its own: decoders are silenced on descriptor 2 meanwhile.
    with os.fdopen(os.dup(2), "w", encoding="utf-8", errors="backslashreplace") as terminal:
        try:
            tuner.start()
            follow(tuner, terminal)
        finally:
            tuner.close()
    if tuner.report is None:
        assert tuner.error is not None
        raise tuner.error
    return tuner.report


def _write(path: str, content: str) -> None:
    try:
        write_atomically(path, content)
    except OSError as error:
        raise SettingsError(f"--csv {path}: cannot be written: {error.strerror}") from error
