"""A scan's results in a file: JSON for programs, CSV for tables; and a partial one read again, to resume it.

JSON: `{"files", "good", "outside", "seconds", "problems": [{"path", "kind", "reason", "bytes"}], "findings": [{"path",
"check", "reason"}]}`, with `"complete": false` and `"resume"` where the scan was cancelled: `files` are those checked
till then.
"""

import base64
import json
import os
from array import array
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from inspector.errors import SettingsError, SourceError
from inspector.files import read_regular, write_atomically
from inspector.formatting import readable
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.scan.check_settings import CheckSettings
from inspector.scan.digests import DigestTable
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ScanResults, ScanRow
from inspector.scan.scan import Scan, ScanSettings
from inspector.separated import csv_row
from inspector.sources.file_index import FileIndex

_MOST_BYTES = 1 << 31
CSV_HEADINGS = ("path", "kind", "reason", "bytes")


def as_json(scan: Scan) -> Iterator[str]:
    """The results so far, as one JSON object and a line's end; in pieces, as there may be millions of rows."""
    progress, results = scan.progress(), scan.results
    yield f'{{"files": {progress.done}, "good": {progress.good}, "outside": {progress.outside}, '
    yield f'"seconds": {round(progress.seconds, 3)}, "problems": ['
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
    yield csv_row(CSV_HEADINGS)
    for row in _rows(scan.results, scan.progress().rows):
        yield csv_row((row.path, row.name, row.reason, row.file_bytes))


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
        "follow_links": settings.follow_links,
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
        found = parsed(read_regular(file, _MOST_BYTES))
    except (OSError, OutsideJsonError) as error:
        why = str(error.strerror) if isinstance(error, OSError) else "it is not JSON"
        raise SettingsError(f"{readable(str(file))}: cannot resume from it: {why}") from error
    not_ours = f"{readable(str(file))}: cannot resume from it: it is not what inspector scan writes"
    if not isinstance(found, dict) or "problems" not in found:
        raise SettingsError(not_ours)
    try:
        saved = checked(found, _Saved)
    except OutsideJsonError as error:
        raise SettingsError(f"{not_ours}: {error}") from error
    resume = saved.resume
    if resume is None:
        why = "that scan is complete" if saved.complete else "it had found no files yet"
        raise SettingsError(f"{readable(str(file))}: there is nothing to resume: {why}; scan the folder again")
    try:
        checks = CheckSettings(tuple(resume.checks), resume.min_side, resume.max_aspect)
        settings = ScanSettings(checks, num_workers, tuple(resume.extensions), follow_links=resume.follow_links)
        scan = Scan(resume.source if source is None else source, settings)
        index = FileIndex.scan(scan.source, extensions=settings.extensions, follow_links=settings.follow_links)
        if (len(index), index.fingerprint()) != (resume.of, resume.fingerprint):
            when = f"than when {readable(str(file))} was written"
            raise SourceError(f"{readable(scan.source)} has other files now {when}: scan it again")
        _restore(scan, index, saved, resume)
    except (ValueError, KeyError, IndexError) as error:  # numbers of no file, names of no check, lists of other lengths
        raise SettingsError(not_ours) from error
    return scan


_Count = Annotated[int, msgspec.Meta(ge=0, lt=1 << 62)]
_FileNumber = Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]


class _Problem(msgspec.Struct):
    kind: str
    reason: str
    bytes: _Count | None


class _Finding(msgspec.Struct):
    check: str
    reason: str


class _Resume(msgspec.Struct):
    source: str
    of: _Count
    fingerprint: int
    problem_files: list[_FileNumber]
    finding_files: list[_FileNumber]
    finding_bytes: list[_Count | None]
    checks: list[str]
    min_side: _Count
    max_aspect: float
    extensions: list[str]
    digests: str | None
    follow_links: bool = True


class _Saved(msgspec.Struct):
    files: _Count
    seconds: Annotated[float, msgspec.Meta(ge=0, lt=1e12)]
    problems: list[_Problem]
    findings: list[_Finding]
    complete: bool = True
    resume: _Resume | None = None


def _restore(scan: Scan, index: FileIndex, saved: _Saved, resume: _Resume) -> None:
    if not len(saved.problems) <= saved.files <= len(index):
        raise ValueError("it has more files than there are")
    results = ScanResults(index)
    found = [
        (file, problem.kind, problem.reason, problem.bytes)
        for file, problem in zip(resume.problem_files, saved.problems, strict=True)
    ] + [
        (file, finding.check, finding.reason, size)
        for file, size, finding in zip(resume.finding_files, resume.finding_bytes, saved.findings, strict=True)
    ]
    for file, name, reason, size in sorted(found, key=lambda row: row[0]):
        results.add(file, name, reason, size)
    results.done, results.good = saved.files, saved.files - len(saved.problems)
    digests = None
    if resume.digests is not None:
        digests = DigestTable(len(index))
        digests.unpack(base64.b64decode(resume.digests, validate=True))
    scan.restore(index, results, digests, saved.seconds)
