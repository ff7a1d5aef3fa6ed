"""What `inspector scan` leaves behind: files, and a summary."""

import os
import sys
import tempfile
import time
from collections.abc import Callable, Collection, Iterator
from itertools import combinations
from pathlib import Path

import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.files import is_special, write_atomically
from inspector.scan import persistence, score_export
from inspector.scan.check_settings import CHECKS
from inspector.scan.progress import ScanState
from inspector.scan.scan import Scan

STDOUT = "-"
_FIRST_KEPT_S, _LAST_KEPT_S = 2.0, 60.0  # between one writing and the next
_COST = 30  # and so many times what it took


def check_writable(
    to_json: str | None,
    to_csv: str | None,
    to_list: str | None = None,
    report: str | None = None,
    to_scores: str | None = None,
    to_coco: str | None = None,
    to_folders: Collection[str | None] = (),
) -> None:
    """Before the scan, which may take hours.

    Raises:
        SettingsError: where one of the files cannot be written.
    """
    if to_scores is not None:
        score_export.check_format(to_scores)
    for folder in filter(None, to_folders):
        if os.path.lexists(folder) and not (os.path.isdir(folder) and not os.listdir(folder)):
            raise SettingsError(f"{folder}: the folder is not empty; give a new one")
    options = {"--json": to_json, "--csv": to_csv, "--keep": to_list, "--report": report, "--scores": to_scores}
    options["--export-coco"] = to_coco
    asked = [(option, file) for option, file in options.items() if file]
    for (option, file), (other, its) in combinations(asked, 2):
        if file == its or os.path.realpath(file) == os.path.realpath(its):
            where = "standard output" if file == STDOUT else file
            raise SettingsError(f"{option} and {other} cannot both write to {where}; give one of them another file")
    for _, file in asked:
        if file != STDOUT:
            place = Path(file) if is_special(file) and not Path(file).is_dir() else Path(file).absolute().parent
            if Path(file).is_dir():
                raise SettingsError(f"{file}: cannot be written; it is a folder, so give the name of a file in it")
            if not place.exists() or not os.access(place, os.W_OK):
                raise SettingsError(f"{file}: cannot be written; its folder must exist and be writable")


def write(
    scan: Scan,
    to_json: str | None,
    to_csv: str | None,
    to_list: str | None = None,
    leave_out: Collection[str] = (),
    to_scores: str | None = None,
) -> tuple[Path | None, SettingsError | None]:
    """Write what was asked for, and a partial result in any case.

    Returns:
        The JSON file, where there is one; and what could not be written, where it is in that file for that reason.
    """
    failure: SettingsError | None = None
    unlisted: list[str] = []
    progress = scan.progress()
    nothing = progress.checked == 0 and progress.state is not ScanState.COMPLETE
    outputs: tuple[tuple[str | None, Callable[[], Iterator[str | bytes]]], ...] = (
        (to_csv, lambda: persistence.as_csv(scan)),
        (to_list, lambda: persistence.as_list(scan, leave_out, unlisted)),
        (to_scores, lambda: score_export.scores(scan, to_scores or "")),
        (to_json, lambda: persistence.as_json(scan)),
    )
    for file, pieces in outputs:
        try:
            if file == STDOUT:
                sys.stdout.writelines(str(piece) for piece in pieces())
                sys.stdout.flush()
            elif file is not None and nothing and Path(file).exists():
                print(f"{fmt.readable(file)} is left as it was, since no file was checked", file=sys.stderr)
            elif file is not None:
                persistence.write(Path(file), pieces())
        except BrokenPipeError:  # whoever reads it wants no more
            raise
        except (SettingsError, OSError) as error:
            failure = SettingsError(f"standard output: {error.strerror}" if isinstance(error, OSError) else str(error))
    if unlisted:
        what = fmt.plural(len(unlisted), "good sample")
        text = f"{to_list}: {what} left out, since no list can have a name with a line break: {unlisted[0]}"
        print(fmt.readable(text), file=sys.stderr)
    if failure is None and to_json is not None and not nothing:
        return None if to_json == STDOUT else Path(to_json), None
    if progress.checked == 0 or (failure is None and progress.state is ScanState.COMPLETE):
        return None, failure
    try:
        kept = keep(scan)
    except OSError as error:
        return None, failure or SettingsError(f"the results could not be saved: {error.strerror}; use --json FILE")
    return kept, SettingsError(f"{failure}; what was found is in {kept}") if failure is not None else None


class KeptMeanwhile:
    """What was found so far, in a file: of use where this process is killed. Written now and then; seldom if long.

    Args:
        file: that the results will be in at the end; None or "-": a temporary file.
    """

    def __init__(self, scan: Scan, file: str | None) -> None:
        self._scan = scan
        self._file = Path(file) if file not in (None, STDOUT) and not is_special(str(file)) else None
        self._is_temporary = self._file is None
        self._wait_s, self._next_s = _FIRST_KEPT_S, time.monotonic() + _FIRST_KEPT_S
        self._failed = False

    def keep(self) -> str:
        """Write it, where it is time; the first time, a sentence on where it is; else ""."""
        began_s = time.monotonic()
        if self._failed or began_s < self._next_s or not self._scan.progress().checked:
            return ""
        words = ""
        try:
            if self._file is None:
                self._file = keep(self._scan)
            else:
                persistence.write(self._file, persistence.as_json(self._scan))
            if self._wait_s == _FIRST_KEPT_S:
                words = f"what is found is kept in {self._file}; after a crash: inspector scan --resume {self._file}"
        except (OSError, SettingsError) as error:
            self._failed = True
            words = f"the results cannot be saved for now: {error}"
        self._wait_s = min(2 * self._wait_s, _LAST_KEPT_S)
        now = time.monotonic()
        self._next_s = now + max(self._wait_s, _COST * (now - began_s))
        return words

    def remove(self) -> None:
        """The scan is over, and what it found is written by somebody else."""
        if self._is_temporary and self._file is not None:
            self._file.unlink(missing_ok=True)


def write_report(scan: Scan, file: str) -> None:
    """The page of the scan; its pictures are made in a process of their own.

    Raises:
        SettingsError: where it cannot be written.
    """
    from contextlib import closing

    from inspector.report.scan_page import scan_page
    from inspector.scan.annotation_summary import statistics_of
    from inspector.session.examiner.examiner import Examiner
    from inspector.sources.containers.index import ContainerIndex

    if scan.results is None:
        return
    index = scan.results.index

    def content_of(location: str) -> bytes | None:
        return index.content(location) if isinstance(index, ContainerIndex) else None

    with closing(Examiner(content_of=content_of)) as examiner:

        def picture(path: str) -> npt.NDArray[np.uint8] | None:
            found = examiner.examine(path).result()
            preview = found.lenient or found.second
            return preview.rgb if preview is not None else None

        persistence.write(
            Path(file),
            scan_page(scan.source, scan.progress(), scan.results, picture, lambda: statistics_of(scan)),
        )


def export_annotations(scan: Scan, to_coco: str | None, to_yolo: str | None, to_voc: str | None) -> list[str]:
    """Write the annotations of the samples that are good, those of a shape without a fault; a line about each.

    Raises:
        SettingsError: where there are none, or they cannot be written.
    """
    from inspector.annotations.export import Export, write_coco, write_voc, write_yolo

    asked = [
        (place, write) for place, write in ((to_coco, write_coco), (to_yolo, write_yolo), (to_voc, write_voc)) if place
    ]
    if not asked or scan.results is None or scan.sizes is None:
        return []
    found = scan.annotations.found if scan.annotations is not None else None
    if found is None:
        raise SettingsError("there are no annotations to export: name them with --annotations PATH")
    export = Export(found, scan.sizes.sizes(), scan.results.kept(()).tolist(), sound_only=True)
    lines = []
    for place, write in asked:
        try:
            done = write(export, place)
        except OSError as error:
            raise SettingsError(f"{place}: cannot be written: {error.strerror}; choose another place") from error
        left_out = f"; {fmt.plural(done.left_out, 'image')} of unknown size left out" if done.left_out else ""
        images, shapes = fmt.plural(done.images, "image"), fmt.plural(done.shapes, "shape")
        lines.append(f"Annotations without a fault: {shapes} of {images} in {fmt.readable(place)}{left_out}.")
    return lines


def keep(scan: Scan) -> Path:
    """Keep what was found in a file of its own, to resume from.

    Raises:
        OSError: where there is no room.
    """
    descriptor, name = tempfile.mkstemp(prefix="inspector-scan-", suffix=".json")
    os.close(descriptor)
    try:
        write_atomically(name, persistence.as_json(scan, resumable=True))
    except BaseException:
        os.unlink(name)
        raise
    return Path(name)


def summary(scan: Scan, kept: Path | None) -> str:
    """How many files are good, and what was found. `kept`: the file with a partial result."""
    progress, results = scan.progress(), scan.results
    if results is None:
        return "Cancelled while files were being found; nothing was checked."
    rate = fmt.rate(progress.checked / progress.seconds) if progress.seconds > 0 else fmt.UNKNOWN
    took = f"in {fmt.duration(progress.seconds)}, {fmt.with_unit(rate, 'files/s')}"
    whole = progress.state is ScanState.COMPLETE
    checked = fmt.plural(progress.files, "file") + " checked"
    if not whole:
        begin = "Incomplete" if progress.message else "Cancelled"
        ahead = f", and {progress.ahead:,} beyond the first gap" if progress.ahead else ""
        checked = f"{begin}: {progress.done:,} of {checked}{ahead}"
    lines = [f"{checked} {took}: {progress.good:,} good."]
    if progress.outside:
        lines.append(f"{fmt.outside(progress.outside, progress.files)}; --no-links leaves them out.")
    if progress.left_out:
        lines.append(f"{fmt.readable(progress.left_out)}.")
    if progress.throttled:
        lines.append(
            f"The store throttles: {fmt.plural(progress.throttled, 'request')} had to be made again. A lower "
            "--reads-in-flight may be faster."
        )
    if scan.annotations is not None and scan.annotations.found is not None:
        lines.append(f"Annotations: {scan.annotations.found.summary}.")
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
        lines.append(f"Resume with: inspector scan --resume {fmt.readable(str(kept))}")
    return "\n".join(lines)
