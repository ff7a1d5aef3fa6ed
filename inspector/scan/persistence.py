"""A scan's results in a file: JSON for programs, CSV for tables; and a partial one read again, to resume it.

JSON: `{"files", "good", "outside", "seconds", "problems": [{"path", "kind", "reason", "bytes"}], "findings": [{"path",
"check", "reason"}]}`. A finding about two images has `"other"` and `"group"`, too. Where the scan was cancelled, there
are `"complete": false` and `"resume"`, and `files` are those checked till then. `"on"` is there where a cluster checked
the files: which one; and `"annotations"`, figures of these, where there are any: see `annotation_summary`.
"""

import base64
import json
import os
import re
from array import array
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import msgspec

from inspector.errors import SettingsError, SourceError
from inspector.files import read_regular, write_atomically
from inspector.formatting import readable
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.scan.annotation_checks import SizeTable
from inspector.scan.annotation_summary import annotation_record
from inspector.scan.check_settings import CHECKS, LIMITS, CheckSettings
from inspector.scan.checks import DIGEST_BYTES
from inspector.scan.digests import DigestTable
from inspector.scan.measure_table import MeasureTable
from inspector.scan.measures import MEASURE_BYTES
from inspector.scan.progress import ScanProgress, ScanState
from inspector.scan.results import ScanResults, ScanRow
from inspector.scan.runners.saved import SavedPartial, ahead_of, as_saved
from inspector.scan.scan import Scan, ScanSettings
from inspector.separated import csv_row
from inspector.sources.opening import SampleIndex, open_source

_MOST_BYTES = 1 << 31
_VERSION = 3  # of what is kept to resume; 2 had other measures and no sizes, 1 no version and two limits by name
_BREAK = re.compile(r"[\r\n]")
CSV_HEADINGS = ("path", "kind", "reason", "bytes", "other", "group")


def as_json(scan: Scan, *, resumable: bool = False) -> Iterator[str]:
    """The results so far, as one JSON object and a line's end; in pieces, as there may be millions of rows.

    Args:
        resumable: although the scan is complete, for what is made of its results.
    """
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
        | ({"other": row.other, "group": row.group} if row.group is not None else {})
        for row in _rows(results, progress.rows)
        if not row.is_problem
    )
    yield "]"
    if (annotations := annotation_record(scan)) is not None:
        yield f', "annotations": {json.dumps(annotations)}'
    if scan.settings.on:
        yield f', "on": {json.dumps(scan.settings.on)}'
    complete = progress.state is ScanState.COMPLETE
    if not complete:
        yield ', "complete": false'
    if results is not None and (resumable or not complete):
        yield f', "resume": {json.dumps(_to_resume(scan, results, progress))}'
    yield "}\n"


def as_csv(scan: Scan) -> Iterator[str]:
    """The rows under the headings path, kind (or the check's name), reason, bytes, other, group; in pieces."""
    yield csv_row(CSV_HEADINGS)
    for row in _rows(scan.results, scan.progress().rows):
        yield csv_row((row.path, row.name, row.reason, row.file_bytes, row.other, row.group))


def as_list(scan: Scan, leave_out: Collection[str] = (), unlisted: list[str] | None = None) -> Iterator[str]:
    """The good samples so far, a location or path a line: what to keep. It is a source again.

    Args:
        leave_out: see `ScanResults.kept`.
        unlisted: takes the locations that no list can have, as there is a line break in them.
    """
    results = scan.results
    if results is None:
        return
    for number in results.kept(leave_out).tolist():
        location = results.index.absolute(number)
        if not _BREAK.search(location):
            yield location + "\n"
        elif unlisted is not None:
            unlisted.append(location)


def _rows(results: ScanResults | None, count: int) -> Iterator[ScanRow]:
    """The first `count` rows: a scan that is resumed meanwhile adds others."""
    return map(results.row, range(count)) if results is not None else iter(())


def _listed(objects: Iterator[dict[str, Any]]) -> Iterator[str]:
    for number, each in enumerate(objects):
        yield (", " if number else "") + json.dumps(each)


def write(file: Path, pieces: Iterable[str | bytes]) -> None:
    """Replace `file` by the content as a whole, or not at all.

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
    measures, file_sizes = scan.measures.packed(progress.done) if scan.measures is not None else (None, None)
    problem_files, finding_files, finding_bytes = array("I"), array("I"), list[int | None]()
    others = list[int | None]()
    for number, row in enumerate(_rows(results, progress.rows)):
        if row.is_problem:
            problem_files.append(results.file(number))
        else:
            finding_files.append(results.file(number))
            finding_bytes.append(row.file_bytes)
            others.append(results.links(number)[0])
    return {
        "version": _VERSION,
        "source": scan.source if "://" in scan.source else os.path.abspath(scan.source),
        "of": len(results.index),
        "fingerprint": results.index.fingerprint(),
        "problem_files": problem_files.tolist(),
        "finding_files": finding_files.tolist(),
        "finding_bytes": finding_bytes,
        "finding_others": others,
        "checks": settings.checks.names,
        "limits": settings.checks.limits,
        "splits": settings.checks.splits,
        "scores": settings.checks.scores,
        "mirrored": settings.checks.mirrored,
        "extensions": settings.extensions,
        "follow_links": settings.follow_links,
        "image": settings.image,
        "label": settings.label,
        "annotations": settings.annotations,
        "digests": _as_text(scan.digests.packed(progress.done) if scan.digests is not None else None),
        "measures": _as_text(measures),
        "file_sizes": _as_text(file_sizes),
        "ahead": [as_saved(partial) for partial in scan.ahead.partials() if partial.first >= progress.done],
        "sizes": _as_text(
            scan.sizes.packed(progress.done) if scan.sizes is not None and scan.has_annotations else None
        ),
    }


def _as_text(packed: bytes | None) -> str | None:
    return base64.b64encode(packed).decode() if packed is not None else None


def read_partial(
    file: Path,
    source: str | None,
    num_workers: int,
    on: str = "",
    *,
    reads_in_flight: int = 16,
    read_cache_bytes: int = 0,
) -> Scan:
    """The scan that wrote `file` when it was cancelled; `start` resumes it. Looks for the files again.

    Args:
        source: where the files are now; None: where they were.
        num_workers, on, reads_in_flight, read_cache_bytes: see `ScanSettings`; they need not be as they were.

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
    if not 1 <= resume.version <= _VERSION:
        raise SettingsError(
            f"{readable(str(file))}: cannot resume from it: a newer inspector wrote it; update this one"
        )
    limits = resume.limits or {"min_side": resume.min_side, "max_aspect": resume.max_aspect}
    unknown = [name for name in limits if name not in LIMITS]
    if unknown:
        raise SettingsError(f"{not_ours}: there is no limit called {readable(unknown[0])}")
    try:
        whole = {name: int(value) if LIMITS[name].whole else value for name, value in limits.items()}
        flags = {"scores": resume.scores, "mirrored": resume.mirrored}
        checks = CheckSettings(tuple(resume.checks), splits=tuple(resume.splits), **flags, **whole)  # type: ignore[arg-type]
        settings = ScanSettings(
            checks,
            num_workers,
            tuple(resume.extensions),
            follow_links=resume.follow_links,
            image=resume.image,
            label=resume.label,
            reads_in_flight=reads_in_flight,
            read_cache_bytes=read_cache_bytes,
            on=on,
            annotations=resume.annotations,
        )
        scan = Scan(resume.source if source is None else source, settings)
        index = open_source(scan.source, settings.of_source())
        if (len(index), index.fingerprint()) != (resume.of, resume.fingerprint):
            when = f"than when {readable(str(file))} was written"
            raise SourceError(f"{readable(scan.source)} has other files now {when}: scan it again")
        _restore(scan, index, saved, resume)
    except (
        ValueError,
        OverflowError,
        KeyError,
        IndexError,
    ) as error:  # numbers of no file, names of no check, lists of other lengths
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
    group: _FileNumber | None = None


class _Resume(msgspec.Struct):
    source: str
    of: _Count
    fingerprint: int
    problem_files: list[_FileNumber]
    finding_files: list[_FileNumber]
    finding_bytes: list[_Count | None]
    checks: list[str]
    extensions: list[str]
    digests: str | None
    version: int = 1
    limits: dict[str, float] | None = None
    splits: list[str] = []
    scores: bool = False
    mirrored: bool = False
    min_side: _Count = 32
    max_aspect: float = 5.0
    finding_others: list[_FileNumber | None] | None = None
    measures: str | None = None
    file_sizes: str | None = None
    follow_links: bool = True
    image: str = ""
    label: str = ""
    ahead: list[SavedPartial] = []
    annotations: str = ""
    sizes: str | None = None


class _Saved(msgspec.Struct):
    files: _Count
    seconds: Annotated[float, msgspec.Meta(ge=0, lt=1e12)]
    problems: list[_Problem]
    findings: list[_Finding]
    complete: bool = True
    resume: _Resume | None = None


def _restore(scan: Scan, index: SampleIndex, saved: _Saved, resume: _Resume) -> None:
    if not len(saved.problems) <= saved.files <= len(index):
        raise ValueError("it has more files than there are")
    results = ScanResults(index)
    others = resume.finding_others
    found: list[tuple[int, str, str, int | None, int | None, int | None]] = [
        (file, problem.kind, problem.reason, problem.bytes, None, None)
        for file, problem in zip(resume.problem_files, saved.problems, strict=True)
    ]
    found += [
        (file, finding.check, finding.reason, size, other, finding.group)
        for file, size, other, finding in zip(
            resume.finding_files,
            resume.finding_bytes,
            others if others is not None else [None] * len(saved.findings),
            saved.findings,
            strict=True,
        )
        if not (finding.check in CHECKS and CHECKS[finding.check].of_set)  # they are found again at the end
    ]
    for file, name, reason, size, other, group in sorted(found, key=lambda row: row[0]):
        if any(number is not None and number >= len(index) for number in (other, group)):
            raise ValueError("it names a file that is not there")
        results.add(file, name, reason, size, other, group)
    results.done, results.good = saved.files, saved.files - len(saved.problems)
    digests = measures = None
    checks = scan.settings.checks
    if checks.need_digests:
        digests = DigestTable(len(index))
        digests.unpack(_unpacked(resume.digests, DIGEST_BYTES, saved, resume))
    if checks.need_measures:
        measures = MeasureTable(len(index))
        file_sizes = _unpacked(resume.file_sizes, 8, saved, resume) if resume.version >= 3 else None
        measures.unpack(_unpacked(resume.measures, MEASURE_BYTES, saved, resume), file_sizes)
    ahead = ahead_of(resume.ahead, saved.files, len(index))
    sizes = SizeTable(len(index))
    sizes.unpack(base64.b64decode(resume.sizes or "", validate=True))
    scan.restore(results, digests, measures, saved.seconds, ahead, sizes)


def _unpacked(text: str | None, width: int, saved: _Saved, resume: _Resume) -> bytes:
    """Some bytes for each file that was checked."""
    packed = base64.b64decode(text or "", validate=True)
    if resume.version == _VERSION and len(packed) != width * saved.files:
        raise ValueError("it is not of the files that were checked")
    return packed
