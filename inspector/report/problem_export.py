"""Problems as a file for other programs: CSV, JSON, or just the paths, a line each."""

import json
import os
from collections.abc import Sequence
from dataclasses import asdict, astuple, fields

from inspector.files import write_atomically
from inspector.separated import csv_table, path_list
from inspector.session.records import Problem

FORMATS = {"csv": "CSV table", "json": "JSON", "txt": "List of paths"}


def export_problems(problems: Sequence[Problem], target: str) -> None:
    """Write all of them to `target`, in the format of its extension; an existing file is replaced.

    CSV and JSON have the fields of `Problem`. A list of paths can be opened by inspector again. Bytes of a name that
    are no UTF-8 stay what they are, but in JSON they are escapes, as "\\udcff".

    Raises:
        ValueError: for an extension that is not one of `FORMATS`, and for a name that a list of paths cannot hold.
        OSError: where it cannot be written; a file that was there is unchanged then.
    """
    kind = os.path.splitext(target)[1].lower().removeprefix(".")
    if kind not in FORMATS:
        raise ValueError(f"{target}: end the name with .csv, .json or .txt")
    write_atomically(target, {"csv": _csv, "json": _json, "txt": _paths}[kind](problems))


def _csv(problems: Sequence[Problem]) -> str:
    return csv_table([field.name for field in fields(Problem)], (astuple(problem) for problem in problems))


def _json(problems: Sequence[Problem]) -> str:
    return json.dumps(list(map(asdict, problems)), indent=1) + "\n"


def _paths(problems: Sequence[Problem]) -> str:
    return path_list(os.path.abspath(path) for path in dict.fromkeys(problem.path for problem in problems))
