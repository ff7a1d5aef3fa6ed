"""Skipped files handed to other programs."""

import csv
import json
import os
from pathlib import Path

import pytest

from inspector.formats.problems import Problem, ProblemKind
from inspector.report.problem_export import FORMATS, export_problems
from inspector.sources.file_index import FileIndex

PROBLEMS = [
    Problem("/data/a, b.jpg", ProblemKind.EMPTY, 'It is "empty": 0 bytes.', 3, 1, 7, 0),
    Problem(os.fsdecode(b"/data/caf\xe9.jpg"), ProblemKind.TRANSFORM_FAILED, "夜", 4, 1, None, 99, "line\nline"),
    Problem("/data/a, b.jpg", ProblemKind.VANISHED, "gone", 3, 2, 70, None),
]


def test_csv(tmp_path: Path) -> None:
    export_problems(PROBLEMS, str(tmp_path / "out.csv"))
    with open(tmp_path / "out.csv", encoding="utf-8", errors="surrogateescape", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["path"] for row in rows] == [problem.path for problem in PROBLEMS]
    assert rows[0] | {"detail": ""} == {
        "path": "/data/a, b.jpg", "kind": "EMPTY", "reason": 'It is "empty": 0 bytes.', "index": "3", "epoch": "1",
        "batch": "7", "file_bytes": "0", "detail": "",
    }  # fmt: skip
    assert (rows[1]["batch"], rows[1]["detail"]) == ("", "line\nline")


def test_json(tmp_path: Path) -> None:
    export_problems(PROBLEMS, str(tmp_path / "out.JSON"))
    assert [Problem(**row) for row in json.loads((tmp_path / "out.JSON").read_bytes())] == PROBLEMS


def test_a_list_of_paths_can_be_opened_again(tmp_path: Path) -> None:
    export_problems(PROBLEMS, str(tmp_path / "out.txt"))
    index = FileIndex.scan(str(tmp_path / "out.txt"))
    assert [index.path(number) for number in range(len(index))] == [problem.path for problem in PROBLEMS[:2]]


def test_another_format_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\.csv, \.json or \.txt"):
        export_problems(PROBLEMS, str(tmp_path / "out.xlsx"))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("extension", FORMATS)
def test_a_file_that_was_there_is_replaced(tmp_path: Path, extension: str) -> None:
    target = tmp_path / f"out.{extension}"
    target.write_text("old" * 10_000)
    export_problems([], str(target))
    assert "old" not in target.read_text()
    assert list(tmp_path.iterdir()) == [target]
