"""`inspector scan`: every file once, what is found as it comes, and a summary.

What is found, and the progress, go to standard error; the summary (or the JSON) goes to standard output.
"""

import argparse
import contextlib
import sys
from collections import Counter
from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.commands.loading import add_source_options, settings_of
from inspector.commands.parser import say
from inspector.commands.source import SourceCommand, source_of, source_of_options
from inspector.errors import InspectorError, SettingsError, SourceError
from inspector.named_code import NamedCode
from inspector.settings import LoaderConfig, settings_table
from inspector.system_signals import ENDING, ignore

if TYPE_CHECKING:
    from inspector.commands.scan_output import KeptMeanwhile
    from inspector.scan.scan import Scan
    from inspector.terminal.scan_progress import ScanView

POLL_S = 0.1
LOST = 3  # exit status
MOST_SHOWN = 20  # findings of one check; the others are only counted


class ScanCommand(SourceCommand):
    """Exit status: 0, or 1 where a file has a problem, or 3 where a cluster was lost.

    After Ctrl+C, and where a cluster was lost, what was found is shown and kept.
    """

    prog = "inspector scan"
    summary = "Check every file once: what cannot be loaded, and what spoils training."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        from inspector.scan.check_settings import CHECKS, LIMITS

        checks = "\n".join(f"  {name:<18} {check.description}" for name, check in CHECKS.items())
        parser.epilog = f"checks (what they find is no error):\n{checks}\n\n" + (
            "Exit status: 0 all files are good; 1 some have problems; 2 bad arguments; 3 the cluster was lost before\n"
            "the end, and the scan can be resumed; 130 cancelled by Ctrl+C."
        )
        parser.add_argument("--json", metavar="FILE", help="write the results as JSON; -: to standard output")
        parser.add_argument("--csv", metavar="FILE", help="write the results as a table; -: to standard output")
        parser.add_argument("--report", metavar="FILE.html", help="write a page with a contact sheet of each finding")
        parser.add_argument(
            "--scores",
            metavar="FILE.csv",
            help="write a row for each sample: class, split, size, and what each check measured; or FILE.parquet",
        )
        parser.add_argument(
            "--keep", metavar="FILE.txt", help="write a list of what to keep: the good samples, which is a PATH again"
        )
        parser.add_argument("--export-coco", metavar="FILE", help="write the annotations without a fault as COCO JSON")
        parser.add_argument("--export-yolo", metavar="FOLDER", help="write them as YOLO, into a new folder")
        parser.add_argument("--export-voc", metavar="FOLDER", help="write them as Pascal VOC, into a new folder")
        parser.add_argument(
            "--clean-shards",
            metavar="FOLDER",
            help="write the good samples of tars or Parquet files to new ones of the same names in FOLDER",
        )
        parser.add_argument(
            "--leave-out",
            type=_names,
            action="extend",
            default=[],
            metavar="CHECK,...",
            help="with --keep and --clean-shards, leave out what these checks found, too",
        )
        parser.add_argument(
            "--without",
            type=_names,
            action="extend",
            default=[],
            metavar="CHECK,...",
            help="turn checks off; all: each",
        )
        parser.add_argument(
            "--only", type=_names, action="extend", default=[], metavar="CHECK,...", help="turn all other checks off"
        )
        for name, limit in LIMITS.items():
            parser.add_argument(
                f"--{name.replace('_', '-')}",
                type=int if limit.whole else float,
                metavar=limit.metavar,
                help=f"{limit.help.replace('%', '%%')} (default {limit.default:g})",
            )
        parser.add_argument(
            "--splits",
            type=_names,
            default=[],
            metavar="NAME,...",
            help="folders that are splits, by name or path, training first (default: those called train, val, test and "
            "the like)",
        )
        parser.add_argument(
            "--mirrored",
            action="store_true",
            default=None,
            help="near duplicates, leaks and conflicts may be mirror images, too",
        )
        parser.add_argument(
            "--resume", type=Path, metavar="FILE", help="resume the cancelled scan whose JSON is in FILE"
        )
        parser.add_argument(
            "--on",
            default=None,
            metavar="CLUSTER",
            help="check on dask or ray, a cluster that is started here; or on one at tcp://HOST:8786 or ray://HOST:10001",
        )
        add_source_options(parser)

    def run(self, options: argparse.Namespace) -> int:
        settings = settings_of(options)
        if options.dataset is not None and isinstance(code := source_of_options(options, ()), NamedCode):
            from inspector.commands.scan_dataset import scan_dataset

            return scan_dataset(code, options, settings)
        from inspector.commands.scan_output import (
            STDOUT,
            KeptMeanwhile,
            check_writable,
            export_annotations,
            keep,
            summary,
            write,
            write_report,
        )
        from inspector.scan.progress import ScanState
        from inspector.terminal.scan_progress import BarView, LineView

        files = options.json, options.csv, options.keep, options.report, options.scores, options.export_coco
        check_writable(*files, (options.export_yolo, options.export_voc))
        if options.on is not None:
            from inspector.scan.runners.cluster_names import check_cluster

            try:
                check_cluster(options.on)
            except SettingsError as error:
                raise SettingsError(f"--on {error}") from error
        scan = _make(options, settings)
        _check_left_out(options, scan)
        kept_meanwhile = KeptMeanwhile(scan, options.json) if options.on is not None else None
        view = BarView() if sys.stderr.isatty() else LineView()
        interrupted: BaseException | None = None
        try:
            _follow(scan, view, kept_meanwhile, options.clean_shards)
        except (KeyboardInterrupt, SystemExit) as interruption:
            _end_uninterrupted()
            interrupted = interruption
        finally:
            scan.close()
            with contextlib.suppress(OSError):  # the terminal itself was closed; what was found is kept all the same
                view.close()
        progress = scan.progress()
        if kept_meanwhile is not None:
            kept_meanwhile.remove()
        if isinstance(scan.failure, SettingsError):
            raise scan.failure
        if progress.state is ScanState.FAILED:
            raise (SourceError if scan.results is None else InspectorError)(progress.message)
        try:
            kept, failure = write(scan, options.json, options.csv, options.keep, options.leave_out, options.scores)
        except (KeyboardInterrupt, SystemExit):
            _end_uninterrupted()
            with contextlib.suppress(OSError):
                say(f"what was found is in {keep(scan)}")
            raise
        to_stdout = STDOUT in (options.json, options.csv, options.keep, options.scores)
        output = sys.stderr if to_stdout else sys.stdout
        print(summary(scan, kept), file=output, flush=True)
        if options.report is not None:
            write_report(scan, options.report)
        for line in export_annotations(scan, options.export_coco, options.export_yolo, options.export_voc):
            print(line, file=sys.stderr)
        if failure is not None:
            raise failure
        if interrupted is not None and progress.state is not ScanState.COMPLETE:
            raise interrupted
        if progress.state is ScanState.CANCELLED:
            say(progress.message)
            return LOST
        if options.clean_shards is not None:
            from inspector.commands.clean_shards import write_clean_shards

            write_clean_shards(scan, options.clean_shards, options.leave_out, output)
        return 0 if progress.good == progress.files and not (scan.results and scan.results.index.unreadable) else 1


def _names(text: str) -> list[str]:
    return [name for name in text.split(",") if name]


def _end_uninterrupted() -> None:
    """Once is enough: what was found would be lost if another Ctrl+C came while it is written."""
    ignore(*ENDING)


def _make(options: argparse.Namespace, settings: LoaderConfig) -> "Scan":
    from inspector.scan import persistence
    from inspector.scan.check_settings import CHECKS, LIMITS, CheckSettings
    from inspector.scan.scan import Scan, ScanSettings

    limits = {name: value for name in LIMITS if (value := getattr(options, name)) is not None}
    if options.resume is not None:
        if options.only or options.without or options.splits or options.mirrored or limits:
            raise SettingsError("--resume keeps the checks that the scan began with; leave out the options for checks")
        _check_as_begun(settings)
        source = None if options.path is None else source_of(options.path, settings.extensions)
        scan = persistence.read_partial(
            options.resume,
            source,
            settings.num_workers,
            options.on or "",
            reads_in_flight=settings.reads_in_flight,
            read_cache_bytes=settings.read_cache_bytes,
        )
        if options.scores is not None and not scan.settings.checks.need_measures:
            raise SettingsError(
                "--scores needs what this scan did not measure from the beginning: scan the folder again"
            )
        return scan
    for name in {*options.only, *options.without} - {*CHECKS, "all"}:
        raise SettingsError(f"there is no check called {name}; there are {', '.join(CHECKS)}")
    wanted: Collection[str] = CHECKS if not options.only or "all" in options.only else options.only
    turned_off = [name for name in CHECKS if name not in wanted or {name, "all"} & set(options.without)]
    try:
        checks = CheckSettings.without(
            turned_off,
            splits=tuple(options.splits),
            scores=options.scores is not None,
            mirrored=bool(options.mirrored),
            **limits,
        )
    except SettingsError as error:
        name, *rest = str(error).split(" ", 1)
        raise SettingsError(" ".join([f"--{name.replace('_', '-')}", *rest])) from error
    return Scan(
        source_of(options.path, settings.extensions),
        ScanSettings(
            checks,
            settings.num_workers,
            settings.extensions,
            follow_links=settings.follow_links,
            image=settings.image,
            label=settings.label,
            reads_in_flight=settings.reads_in_flight,
            read_cache_bytes=settings.read_cache_bytes,
            on=options.on or "",
            annotations=settings.annotations,
        ),
    )


def _check_as_begun(settings: LoaderConfig) -> None:
    for name in ("extensions", "follow_links", "image", "label", "annotations"):
        option = settings_table()[name].option
        if option is not None and getattr(settings, name) != getattr(LoaderConfig(), name):
            raise SettingsError(f"--resume keeps the samples that the scan began with; leave out {option.flag}")


def _check_left_out(options: argparse.Namespace, scan: "Scan") -> None:
    if not options.leave_out:
        return
    if options.keep is None and options.clean_shards is None:
        raise SettingsError("--leave-out is for --keep and --clean-shards: give one of them")
    for name in options.leave_out:
        if name not in scan.settings.checks.names:
            raise SettingsError(f"--leave-out {name}: this scan has no such check; it has {_listed(scan)}")


def _listed(scan: "Scan") -> str:
    return ", ".join(scan.settings.checks.names) or "none"


def _follow(scan: "Scan", view: "ScanView", kept: "KeptMeanwhile | None", clean_shards: str | None) -> None:
    scan.start()
    unchecked = clean_shards
    read = noted = 0
    shown: Counter[str] = Counter()
    over = False
    while not over:
        over = scan.wait(POLL_S)
        while noted < len(scan.notes):
            view.say(scan.notes[noted])
            noted += 1
        results = scan.results
        if unchecked is not None and results is not None:  # before hours of work
            from inspector.quarantine.shards import check_target

            check_target(results.index, unchecked)
            unchecked = None
        while results is not None and read < len(results):
            row = results.row(read)
            read += 1
            shown[row.name] += 1
            if row.is_problem or shown[row.name] <= MOST_SHOWN:
                view.show_row(row, results)
            elif shown[row.name] == MOST_SHOWN + 1:
                view.say(f"{row.name}: more than {MOST_SHOWN}; further ones are only counted here")
        view.show_progress(scan.progress())
        if kept is not None and not over and (words := kept.keep()):
            view.say(words)
