"""Which files of each group of images that look alike are smaller than the largest one."""

from collections.abc import Collection

import numpy as np
import numpy.typing as npt

from inspector.scan.check_settings import DUPLICATE, NEAR_DUPLICATE
from inspector.scan.measure_table import MeasureTable
from inspector.scan.near_pairs import groups
from inspector.scan.results import ROW_NAMES, ScanResults


def all_but_the_largest(results: ScanResults, checks: Collection[str]) -> npt.NDArray[np.int64]:
    """Numbers of the files, ascending; the largest of a group has the most pixels, then bytes, then comes first.

    Args:
        checks: whose groups count, of `duplicate` and `near-duplicate`.
    """
    rows = [
        row
        for row in np.flatnonzero(np.isin(results.columns()[0], _numbers(checks))).tolist()
        if results.links(row)[1] is not None
    ]
    size = len(results.index)
    members = np.array([results.file(row) for row in rows], np.int64)
    firsts = np.array([results.links(row)[1] for row in rows], np.int64)
    group = groups(size, (firsts, members))
    alike = np.unique(np.concatenate([members, firsts]))
    measures = results.measures or MeasureTable(size)
    pixels = measures.side[alike]
    order = np.lexsort((alike, -measures.sizes[alike], -pixels, group[alike]))
    ordered = alike[order]
    is_largest = np.ones(len(ordered), np.bool_)
    is_largest[1:] = group[ordered][1:] != group[ordered][:-1]
    return np.sort(ordered[~is_largest])


def _numbers(checks: Collection[str]) -> list[int]:
    return [number for number, name in enumerate(ROW_NAMES) if name in checks and name in (DUPLICATE, NEAR_DUPLICATE)]
