"""A scan's results in a file: JSON for programs, CSV for tables; and a partial one read again, to resume it.

JSON: `{"files", "good", "seconds", "problems": [{"path", "kind", "reason", "bytes"}], "findings": [{"path", "check",
"reason"}]}`, with `"complete": false` and `"resume"` where the scan was cancelled: `files` are those checked till then.
"""

import base64
import csv
import json
import os
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from inspector.errors import SettingsError, SourceError
from inspector.files import write_atomically
from inspector.scan.check_settings import CheckSettings
from inspector.scan.digests import DigestTable
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ScanResults, ScanRow
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.file_index import FileIndex

CSV_HEADINGS = ("path", "kind", "reason", "bytes")


def as_json(scan: Scan) -> Iterator[str]:
    """The results so far, as one JSON object and a line's end; in pieces, as there may be millions of rows."""
    progress, results = scan.progress(), scan.results
    yield f'{{"files": {progress.done}, "good": {progress.good}, "seconds": {round(progress.seconds, 3)}, "problems": ['
    yield from _listed(
        {"path": row.path, "kind": row.name, "reason": row.reason, "bytes": row.file_bytes}
        for row in _rows(results, progress.rows)
        if row.is_problem
    )
    yield '], "findings": ['
    yield from _listed(
        {"path": row.path, "check": row.name, "reason": row.reason}
        for row in _rows(results, progress.rows)
        if not row.is_problem
    )
    yield "]"
    if progress.state is not ScanState.COMPLETE:
        yield ', "complete": false'
        if results is not None:
            yield f', "resume": {json.dumps(_to_resume(scan, results, progress))}'
    yield "}\n"


def as_csv(scan: Scan) -> Iterator[str]:
    """The rows under the headings path, kind (or the check's name), reason, bytes; in pieces."""
    table = csv.writer(_Echo(), lineterminator="\n")
    yield table.writerow(CSV_HEADINGS)
    for row in _rows(scan.results, scan.progress().rows):
        yield table.writerow((row.path, row.name, row.reason, row.file_bytes))


class _Echo:
    """A file for `csv.writer`, which returns what `write` returns."""

    def write(self, text: str) -> str:
        return text


def _rows(results: ScanResults | None, count: int) -> Iterator[ScanRow]:
    """The first `count` rows: a scan that is resumed meanwhile adds others."""
    return map(results.row, range(count)) if results is not None else iter(())


def _listed(objects: Iterator[dict[str, Any]]) -> Iterator[str]:
    for number, each in enumerate(objects):
        yield (", " if number else "") + json.dumps(each)


def write(file: Path, pieces: Iterable[str]) -> None:
    """Replace `file` by the text as a whole, or not at all.

    Raises:
        SettingsError: where it cannot be written.
    """
    try:
        write_atomically(file, pieces)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}; choose another place") from error


# --- resuming


def _to_resume(scan: Scan, results: ScanResults, progress: ScanProgress) -> dict[str, Any]:
    settings = scan.settings
    problem_files, finding_files, finding_bytes = array("I"), array("I"), list[int | None]()
    for number, row in enumerate(_rows(results, progress.rows)):
        if row.is_problem:
            problem_files.append(results.file(number))
        else:
            finding_files.append(results.file(number))
            finding_bytes.append(row.file_bytes)
    return {
        "source": os.path.abspath(scan.source),
        "of": len(results.index),
        "fingerprint": results.index.fingerprint(),
        "problem_files": problem_files.tolist(),
        "finding_files": finding_files.tolist(),
        "finding_bytes": finding_bytes,
        "checks": settings.checks.names,
        "min_side": settings.checks.min_side,
        "max_aspect": settings.checks.max_aspect,
        "extensions": settings.extensions,
        "digests": base64.b64encode(scan.digests.packed(progress.done)).decode() if scan.digests is not None else None,
    }


def read_partial(file: Path, source: str | None, num_workers: int) -> Scan:
    """The scan that wrote `file` when it was cancelled; `start` resumes it. Looks for the files again.

    Args:
        source: where the files are now; None: where they were.

    Raises:
        SettingsError: where `file` is no partial result.
        SourceError: where the data set is not there, or has other files now.
    """
    try:
        saved = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not JSON"
        raise SettingsError(f"{file}: cannot resume from it: {why}") from error
    if not isinstance(saved, dict) or "problems" not in saved:
        raise SettingsError(f"{file}: cannot resume from it: it is not what inspector scan writes")
    resume = saved.get("resume")
    if resume is None:
        why = "it had found no files yet" if saved.get("complete") is False else "that scan is complete"
        raise SettingsError(f"{file}: there is nothing to resume: {why}; scan the folder again")
    try:
        checks = CheckSettings(tuple(resume["checks"]), resume["min_side"], resume["max_aspect"])
        settings = ScanSettings(checks, num_workers, tuple(resume["extensions"]))
        scan = Scan(resume["source"] if source is None else source, settings)
        index = FileIndex.scan(scan.source, extensions=settings.extensions)
        if (len(index), index.fingerprint()) != (resume["of"], resume["fingerprint"]):
            raise SourceError(f"{scan.source} has other files now than when {file} was written: scan it again")
        _restore(scan, index, saved)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SettingsError(f"{file}: cannot resume from it: it is not what inspector scan writes") from error
    return scan


def _restore(scan: Scan, index: FileIndex, saved: dict[str, Any]) -> None:
    resume = saved["resume"]
    results = ScanResults(index)
    found = [
        (file, problem["kind"], problem["reason"], problem["bytes"])
        for file, problem in zip(resume["problem_files"], saved["problems"], strict=True)
    ] + [
        (file, finding["check"], finding["reason"], size)
        for file, size, finding in zip(resume["finding_files"], resume["finding_bytes"], saved["findings"], strict=True)
    ]
    for file, name, reason, size in sorted(found, key=lambda row: row[0]):
        results.add(file, name, reason, size)
    bad = len(saved["problems"])
    results.done, results.good = saved["files"], saved["files"] - bad
    digests = None
    if resume["digests"] is not None:
        digests = DigestTable(len(index))
        digests.unpack(base64.b64decode(resume["digests"]))
    scan.restore(index, results, digests, saved["seconds"])
