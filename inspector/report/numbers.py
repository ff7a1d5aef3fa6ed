"""A session's numbers as text for other programs: the plots' data as CSV, and all figures as JSON."""

import json
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from inspector.formats.problems import Problem
from inspector.monitor.records import Series, Snapshot
from inspector.separated import csv_table

VERSION = 1
_HEADER = (
    "time (s before the last)",
    "batches per second (1/s)",
    "queue depth (batches)",
    "prefetch (batches)",
    "settings changed",
)


def series_csv(series: Series) -> str:
    """A row for each moment, oldest first; a change of a setting stands in the first row after it. Empty: not known."""
    rows = []
    columns = (series.time_s, series.batches_per_s, series.queue_depth, series.prefetch_batches)
    changes = list(series.changes)
    for time_s, *figures in zip(*(column.tolist() for column in columns), strict=True):
        marks = []
        while changes and changes[0].time_s <= time_s:
            marks.append(changes.pop(0).text)
        numbers = ["" if math.isnan(figure) else f"{figure:.6g}" for figure in figures]
        rows.append([f"{time_s - series.time_s[-1]:.3f}", *numbers, "; ".join(marks)])
    return csv_table(_HEADER, rows)


def session_json(snapshot: Snapshot, problems: Sequence[Problem], *, program: str) -> str:
    """Settings, machine, rates, totals, workers, and how many files have which problem; null: not known.

    Args:
        program: name and version of what measured this.
    """
    record = {
        "version": VERSION,
        "program": program,
        "exported_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        **asdict(snapshot),
        "step_ms": snapshot.step_ms,
        "reads": snapshot.reads._asdict() if snapshot.reads is not None else None,
        "changes": [{"time_s": change.time_s, "text": change.text} for change in snapshot.changes],
        "problems_by_kind": dict(Counter(problem.kind.value for problem in problems).most_common()),
    }
    return json.dumps(_plain(record), indent=1, allow_nan=False) + "\n"


def _plain(value: Any) -> Any:
    """Fit for JSON: a number that it has no word for is null."""
    if isinstance(value, Mapping):
        return {key: _plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    return value
