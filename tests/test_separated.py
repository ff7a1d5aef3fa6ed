"""What is exported comes back by the standard reader, whatever is in it."""

import ast
import csv
import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats.problems import Problem, ProblemKind
from inspector.report.problem_export import export_problems
from inspector.separated import csv_row, csv_table, path_list
from inspector.sources.file_index import FileIndex
from tests.conftest import ROOT

hard = st.sampled_from(
    ["\n", "\r", "\r\n", ",", ";", '"', "'", "=", "+", "-", "@", "\t", "\0", "\udcff", "夜", "#", " "]
)
texts = st.lists(hard | st.text(max_size=3)).map("".join)
names = texts.filter(lambda name: name not in ("", ".", "..") and "\0" not in name and "/" not in name)


def original_cell(cell: str) -> str:
    """What was written into a cell that was read again."""
    return cell[1:] if cell[:1] == "'" else cell


@given(st.lists(st.lists(texts, min_size=2, max_size=4), min_size=1))
def test_csv_comes_back(rows: list[list[str]]) -> None:
    rows = [[cell.replace("\0", "") for cell in row] for row in rows]  # which the reader does not take
    table = csv_table(rows[0], rows[1:])
    found = list(csv.reader(io.StringIO(table, newline="")))
    assert [[original_cell(cell) for cell in row] for row in found] == rows
    assert not any(cell.startswith(("=", "@", "\t", "\r")) for row in found for cell in row)


@given(st.from_regex(r"[=+@\-\t\r]\D.*", fullmatch=True))
def test_no_cell_is_a_formula(cell: str) -> None:
    ((found,),) = csv.reader(io.StringIO(csv_row([cell.replace("\0", "")]), newline=""))
    assert found[0] == "'"


@pytest.mark.parametrize("number", ["-0.500", "+3", "12", "-7"])
def test_numbers_stay_numbers(number: str) -> None:
    assert csv_row([number]) == f"{number}\n"


@given(st.lists(names, unique=True, max_size=5))
def test_a_list_of_paths_names_these_files_and_no_others(
    tmp_path_factory: pytest.TempPathFactory, names: list[str]
) -> None:
    paths = []
    for name in names:
        try:
            os.fsencode(name)
        except UnicodeEncodeError:
            continue
        paths.append(f"/data/{name}.jpg")
    file = tmp_path_factory.mktemp("list") / "list.txt"
    problems = [Problem(path, ProblemKind.EMPTY, "It is empty.") for path in paths]
    try:
        export_problems(problems, str(file))
    except ValueError as error:
        assert "line break" in str(error)  # noqa: PT017  most names can be written
        assert any("\n" in path for path in paths)
        assert not file.exists()
        return
    index = FileIndex.scan(str(file))
    assert [index.path(number) for number in range(len(index))] == paths


@given(texts)
def test_json_comes_back(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    file = tmp_path_factory.mktemp("json") / "out.json"
    problem = Problem(text, ProblemKind.EMPTY, text)
    export_problems([problem], str(file))
    assert [Problem(**row) for row in json.loads(file.read_bytes())] == [problem]


@pytest.mark.parametrize("path", ["a\nb", "\n", "a\r"])
def test_what_has_no_line_of_its_own_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match="a name with a line break cannot stand in a list"):
        path_list([path])


@pytest.mark.slow
def test_one_writer_for_csv_and_one_for_copied_paths() -> None:
    """`csv` writes in one module; what goes to the clipboard is text of the code or made readable."""
    users = set()
    for file in (ROOT / "inspector").rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Import) and any(each.name == "csv" for each in node.names):
                users.add(Path(file).name)
    assert users == {"listed.py", "separated.py"}  # the first reads only
