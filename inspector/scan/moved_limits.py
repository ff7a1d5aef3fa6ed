"""Other limits after a scan: rows are found again from what was measured, as a scan with these limits finds them."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from inspector.annotations.records import FAULT_NAMES
from inspector.errors import IndexingCancelled
from inspector.formats.problems import ProblemKind
from inspector.scan.check_settings import CHECKS, DUPLICATE, LIMITS, CheckSettings
from inspector.scan.checks import MEASURED
from inspector.scan.results import ROW_NAMES, ScanResults
from inspector.scan.scores import SCORES
from inspector.scan.set_finding import SetFinding
from inspector.scan.whole_set import WholeSet, set_findings

_ALSO = {"min_entropy": ("blurry",)}  # what shows nothing is not called blurry
_ASKED_EVERY = 1024  # rows


def with_limits(results: ScanResults, before: CheckSettings, whole: WholeSet, *, complete: bool) -> ScanResults:
    """The same results with the limits of `whole.settings` in place of those of `before`.

    Args:
        complete: all files are checked, and so the whole set was.

    Raises:
        IndexingCancelled: where `whole.cancelled` said so.
    """
    after = whole.settings
    moved = [name for name in LIMITS if getattr(before, name) != getattr(after, name)]
    names = {check for name in moved for check in (*LIMITS[name].checks, *_ALSO.get(name, ()))} & set(after.names)
    if not names:
        return results.take(np.arange(len(results)))
    found = results.take(_kept(results, names, whole))
    for each in _found(results, names, whole, complete=complete):
        if whole.cancelled() and len(found) % _ASKED_EVERY == 0:
            raise IndexingCancelled
        if isinstance(each.where, str):
            found.add_place(each.where, each.check, each.reason)
        else:
            size = int(whole.measures.sizes[each.where]) if whole.measures is not None else -1
            found.add(each.where, each.check, each.reason, None if size < 0 else size, each.other, each.group)
    return found.take(_order(found, len(results.index), after))


def _kept(results: ScanResults, names: set[str], whole: WholeSet) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """The rows of other checks; and those of files whose size an older version did not note."""
    numbers, files = results.columns()[0], results.files()
    again = np.isin(numbers, [number for number, name in enumerate(ROW_NAMES) if name in names])
    assert whole.measures is not None
    unknown = np.append(whole.measures.column("height") == 0, True)[np.minimum(files, len(whole.measures))]
    of_size = np.isin(numbers, [number for number, name in enumerate(ROW_NAMES) if name in ("small", "aspect")])
    return np.flatnonzero(~again | (of_size & unknown))


def _found(results: ScanResults, names: set[str], whole: WholeSet, *, complete: bool) -> Iterator[SetFinding]:
    measures = whole.measures
    assert measures is not None
    for name in names & MEASURED.keys():
        score = SCORES[name]
        beyond = score.found(score.of(measures)[: results.done], getattr(whole.settings, score.limit))
        for file in np.flatnonzero(beyond).tolist():
            if (reason := MEASURED[name](measures.of(file), whole.settings)) is not None:
                yield SetFinding(file, name, reason)
    of_set = tuple(name for name in CHECKS if name in names and CHECKS[name].of_set)
    if complete and of_set:
        yield from set_findings(replace(whole, settings=replace(whole.settings, names=of_set)))


def _order(results: ScanResults, files: int, settings: CheckSettings) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """As a scan adds them: file by file, in each check by check, then the whole set, then folders that are not read."""
    ranks = {str(kind): -1 for kind in ProblemKind} | {name: rank for rank, name in enumerate(settings.names)}
    ranks |= {DUPLICATE: len(CHECKS), **dict.fromkeys(FAULT_NAMES, len(CHECKS))}  # those of annotations stay in order
    rank = np.array([ranks.get(str(name), 0) for name in ROW_NAMES])[results.columns()[0]]
    of_set = np.array([name in CHECKS and CHECKS[name].of_set for name in ROW_NAMES])[results.columns()[0]]
    where = results.files()
    unreadable = (where >= files) & (rank < 0)
    stage = np.where(unreadable, 2, np.where(of_set, 1, 0))
    within = np.where(stage == 0, where, 0)
    return np.lexsort((rank, within, stage))
