"""A scan's results in a file: JSON for programs, CSV for tables; and a partial one read again, to go on from there.

JSON: `{"files", "good", "seconds", "problems": [{"path", "kind", "reason", "bytes"}], "findings": [{"path", "check",
"reason"}]}`, with `"complete": false` and `"resume"` where the scan was cancelled: `files` are those checked till then.
"""

import base64
import csv
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspector.dataset.checks import CheckSettings
from inspector.dataset.index import FileIndex
from inspector.errors import SettingsError, SourceError
from inspector.scan.digests import Digests
from inspector.scan.results import Results, Row
from inspector.scan.scan import Scan, ScanSettings, ScanState

CSV_HEADINGS = ("path", "kind", "reason", "bytes")


def as_json(scan: Scan) -> str:
    """The results so far, as one JSON object and a line's end."""
    progress, results = scan.progress(), scan.results
    rows = list(_rows(results)) if results is not None else []
    found: dict[str, Any] = {
        "files": progress.done,
        "good": progress.good,
        "seconds": round(progress.seconds, 3),
        "problems": [
            {"path": row.path, "kind": row.name, "reason": row.reason, "bytes": row.file_bytes}
            for row in rows
            if row.is_problem
        ],
        "findings": [{"path": row.path, "check": row.name, "reason": row.reason} for row in rows if not row.is_problem],
    }
    if progress.state is not ScanState.COMPLETE:
        found["complete"] = False
        if results is not None:
            found["resume"] = _to_resume(scan, results)
    return json.dumps(found) + "\n"


def as_csv(results: Results) -> str:
    """The rows under the headings path, kind (or the check's name), reason, bytes."""
    text = io.StringIO(newline="")
    table = csv.writer(text, lineterminator="\n")
    table.writerow(CSV_HEADINGS)
    table.writerows((row.path, row.name, row.reason, row.file_bytes) for row in _rows(results))
    return text.getvalue()


def _rows(results: Results) -> Iterator[Row]:
    return map(results.row, range(len(results)))


def write(file: Path, text: str) -> None:
    """Replace `file` by `text` as a whole, or not at all; names that are no text keep their bytes.

    Raises:
        SettingsError: where it cannot be written.
    """
    unfinished = file.with_name(f".{file.name}-{os.getpid()}")
    try:
        unfinished.write_bytes(text.encode("utf-8", "surrogateescape"))
        unfinished.replace(file)
    except OSError as error:
        raise SettingsError(f"{file}: cannot be written: {error.strerror}; choose another place") from error


# --- going on later


def _to_resume(scan: Scan, results: Results) -> dict[str, Any]:
    settings, rows = scan.settings, list(_rows(results))
    files = list(map(results.file, range(len(results))))
    return {
        "source": os.path.abspath(scan.source),
        "of": len(results.index),
        "fingerprint": results.index.fingerprint(),
        "problem_files": [file for file, row in zip(files, rows, strict=True) if row.is_problem],
        "finding_files": [file for file, row in zip(files, rows, strict=True) if not row.is_problem],
        "finding_bytes": [row.file_bytes for row in rows if not row.is_problem],
        "checks": settings.checks.names,
        "min_side": settings.checks.min_side,
        "max_aspect": settings.checks.max_aspect,
        "extensions": settings.extensions,
        "digests": base64.b64encode(scan.digests.packed(results.done)).decode() if scan.digests is not None else None,
    }


def read_partial(file: Path, source: str | None, num_workers: int) -> Scan:
    """The scan that wrote `file` when it was cancelled; `start` goes on with it. Looks for the files again.

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
        raise SettingsError(f"{file}: cannot go on from it: {why}") from error
    if not isinstance(saved, dict) or "problems" not in saved:
        raise SettingsError(f"{file}: cannot go on from it: it is not what inspector scan writes")
    resume = saved.get("resume")
    if resume is None:
        why = "it had found no files yet" if saved.get("complete") is False else "that scan is complete"
        raise SettingsError(f"{file}: there is nothing to go on with: {why}; scan the folder anew")
    try:
        checks = CheckSettings(tuple(resume["checks"]), resume["min_side"], resume["max_aspect"])
        settings = ScanSettings(checks, num_workers, tuple(resume["extensions"]))
        scan = Scan(resume["source"] if source is None else source, settings)
        index = FileIndex.scan(scan.source, extensions=settings.extensions)
        if (len(index), index.fingerprint()) != (resume["of"], resume["fingerprint"]):
            raise SourceError(f"{scan.source} has other files now than when {file} was written: scan it anew")
        _restore(scan, index, saved)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise SettingsError(f"{file}: cannot go on from it: it is not what inspector scan writes") from error
    return scan


def _restore(scan: Scan, index: FileIndex, saved: dict[str, Any]) -> None:
    resume = saved["resume"]
    results = Results(index)
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
        digests = Digests(len(index))
        digests.unpack(base64.b64decode(resume["digests"]))
    scan.restore(index, results, digests, saved["seconds"])
