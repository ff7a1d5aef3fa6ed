"""The rows of skipped files: order, filters, marks, the selection, and very many of them."""

import random
from collections.abc import Iterator

import pytest
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.modeltest import ModelTester
from pytestqt.qtbot import QtBot

from inspector.formats.problems import Problem, ProblemKind
from inspector.session.protocol import Session
from inspector.ui.problems.model import BATCH, EPOCH, FILE, KIND, REASON, SIZE, Mark, ProblemsModel
from inspector.ui.problems.panel import ProblemsPanel
from inspector.ui.problems.table import ProblemsTable
from inspector.ui.theme import Theme

ASCENDING, DESCENDING = Qt.SortOrder.AscendingOrder, Qt.SortOrder.DescendingOrder


def problems(count: int, first: int = 0) -> list[Problem]:
    """Problems of all kinds with sizes and batches of their own; some of both not known."""
    kinds = list(ProblemKind)
    return [
        Problem(
            f"/data/{number * 7919 % 104_729:06}.jpg",
            kinds[number % len(kinds)],
            f"reason {number % 13}",
            index=number,
            epoch=number // 150,
            batch=None if number % 50 == 49 else number // 3,
            file_bytes=None if number % 40 == 39 else number * 31 % 1000,
        )
        for number in range(first, first + count)
    ]


@pytest.fixture
def theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp, "light")
    yield made
    made.deleteLater()


@pytest.fixture
def model(theme: Theme) -> ProblemsModel:
    made = ProblemsModel(theme)
    made.clear("/data")
    return made


def column(model: ProblemsModel, number: int) -> list[object]:
    return [model.index(row, number).data() for row in range(model.rowCount())]


def shown(model: ProblemsModel) -> list[Problem]:
    return [model.problem(row) for row in range(model.rowCount())]


def test_the_newest_comes_first(model: ProblemsModel) -> None:
    model.append(problems(30))
    model.append(problems(10, first=30))
    assert shown(model) == problems(40)[::-1]
    assert column(model, FILE)[0] == f"{39 * 7919 % 104_729:06}.jpg"


@pytest.mark.parametrize("number", [KIND, FILE, REASON, SIZE, EPOCH, BATCH])
@pytest.mark.parametrize("order", [ASCENDING, DESCENDING])
@pytest.mark.parametrize("portion", [1, 7, 200])
def test_rows_that_come_later_take_their_place_in_any_order(
    model: ProblemsModel, number: int, order: Qt.SortOrder, portion: int
) -> None:
    model.sort(number, order)
    for first in range(0, 400, portion):
        model.append(problems(min(portion, 400 - first), first))
    keys = {
        KIND: lambda problem: problem.kind.value,
        FILE: lambda problem: problem.path,
        REASON: lambda problem: problem.reason,
        SIZE: lambda problem: -1 if problem.file_bytes is None else problem.file_bytes,
        EPOCH: lambda problem: problem.epoch,
        BATCH: lambda problem: 1 << 62 if problem.batch is None else problem.batch,
    }
    wanted = sorted(problems(400), key=keys[number])
    assert shown(model) == (wanted if order == ASCENDING else wanted[::-1])


def test_it_keeps_to_the_rules_of_qt_models(model: ProblemsModel, qtmodeltester: ModelTester) -> None:
    qtmodeltester.check(model)  # type: ignore[no-untyped-call]
    model.append(problems(3))
    model.sort(SIZE, DESCENDING)
    model.append(problems(100, first=3))
    model.append(problems(2, first=103))
    model.set_filter("EMPTY")
    model.clear("")


def test_the_filter_looks_at_kind_file_and_reason_in_any_case(model: ProblemsModel) -> None:
    model.append(problems(200))
    model.set_filter("trunc")
    assert set(column(model, KIND)) == {"TRUNCATED"}
    model.append(problems(100, first=200))
    assert set(column(model, KIND)) == {"TRUNCATED"}
    assert shown(model) == [problem for problem in problems(300) if problem.kind is ProblemKind.TRUNCATED][::-1]
    model.set_filter("REASON 12")
    assert set(column(model, REASON)) == {"reason 12"}
    model.set_filter("no such thing")
    assert model.rowCount() == 0
    model.set_filter("")
    assert model.rowCount() == model.total == 300


def test_100_000_rows(qtbot: QtBot, theme: Theme, session: Session) -> None:
    panel = ProblemsPanel(theme, session)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.bar)
    panel.model.clear("/data")
    everything = problems(100_000)
    panel.model.append(everything[:99_990])
    panel.table.sortByColumn(SIZE, ASCENDING)
    for problem in everything[99_990:]:
        panel.model.append([problem])
    sizes = [-1 if problem.file_bytes is None else problem.file_bytes for problem in shown(panel.model)]
    assert sizes == sorted(sizes)
    assert len(sizes) == 100_000
    panel.bar.filter.setText("000123.jpg")
    assert [problem.path for problem in shown(panel.model)] == ["/data/000123.jpg"]
    panel.show()
    panel.bar.filter.clear()
    assert panel.table.model().rowCount() == 100_000


def test_another_folder_begins_with_an_empty_table(model: ProblemsModel) -> None:
    model.append(random.Random(0).sample(problems(50), 50))
    model.clear("/other")
    assert (model.rowCount(), model.total, model.folder) == (0, 0, "/other")


def test_one_kind_can_be_shown_and_each_is_counted(model: ProblemsModel) -> None:
    model.append(problems(240))
    assert model.kinds == dict.fromkeys(ProblemKind, 20)
    model.set_kind(ProblemKind.EMPTY)
    model.set_filter("reason 3")
    assert {(problem.kind, problem.reason) for problem in shown(model)} == {(ProblemKind.EMPTY, "reason 3")}
    model.append(problems(240, first=240))
    assert (
        shown(model)
        == [problem for problem in problems(480) if problem.kind is ProblemKind.EMPTY and problem.reason == "reason 3"][
            ::-1
        ]
    )
    model.set_filter("")
    model.set_kind(None)
    assert model.rowCount() == 480


@pytest.mark.parametrize("portion", [3, 150])
def test_the_selection_stays_with_its_files(qtbot: QtBot, model: ProblemsModel, portion: int) -> None:
    """Whoever moves the selected files aside must not move others, because rows have come or gone meanwhile."""
    table = ProblemsTable(model)
    qtbot.addWidget(table)
    model.append(problems(300))
    rows = (2, 3, 77, 250)
    flags = QItemSelectionModel.SelectionFlag
    for row in rows:
        table.selectionModel().select(model.index(row, 0), flags.Select | flags.Rows)
    wanted = {model.problem(row) for row in rows}
    assert set(table.selected()) == wanted
    for column in (FILE, SIZE, REASON):
        table.sortByColumn(column, ASCENDING)
        assert set(table.selected()) == wanted
        table.sortByColumn(column, DESCENDING)
        assert set(table.selected()) == wanted
        model.append(problems(portion, first=model.total))
        assert set(table.selected()) == wanted
    kept = {problem for problem in wanted if problem.kind is next(iter(wanted)).kind}
    model.set_kind(next(iter(kept)).kind)
    assert set(table.selected()) == kept
    model.set_kind(None)
    assert set(table.selected()) == kept


def test_a_mark_is_in_every_row_of_its_file_until_it_is_taken_away(model: ProblemsModel) -> None:
    model.append([*problems(2), *problems(1)])
    path = problems(1)[0].path
    model.mark([path], Mark.LOADS)
    assert [text for text in column(model, REASON) if str(text).startswith("now loads")] == ["now loads · reason 0"] * 2
    assert model.marked(Mark.LOADS) == [path]
    model.clear("/data")
    assert model.marked(Mark.LOADS) == [path]
    model.mark([path], None)
    assert model.marked(Mark.LOADS) == []
    model.mark([path], Mark.FAILS)
    model.clear("/other")
    assert model.marked(Mark.FAILS) == []


def test_that_a_file_moved_aside_is_missed_is_no_news(model: ProblemsModel) -> None:
    gone = [Problem(f"/data/{name}.jpg", ProblemKind.VANISHED, "gone") for name in ("moved", "lost")]
    model.mark(["/data/moved.jpg"], Mark.MOVED)
    model.append(gone)
    assert (shown(model), model.total, model.kinds.total()) == (gone[1:], 2, 1)
    model.set_filter("")
    assert shown(model) == gone[1:]
