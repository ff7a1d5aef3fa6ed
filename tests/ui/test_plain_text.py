"""Text from outside never becomes HTML, wherever the window shows it."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QAction, Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QApplication,
    QLabel,
    QListView,
    QMessageBox,
    QPlainTextEdit,
    QTableView,
    QTextEdit,
    QWidget,
)
from pytestqt.qtbot import QtBot

import inspector.ui
from inspector.ui.plain_text import message_box, plain_text
from tests.ui.conftest import Open

TAG = "<img src=nowhere>"
UI = Path(inspector.ui.__file__).parent
tags = st.sampled_from(
    ["<img src=a>", "<b>", "<a href='x'>", "&lt;", "&amp;", "<?xml?>", "<!-- -->", "<br/>", "<qt>", "\n"]
)


@given(st.lists(tags | st.text(max_size=6)).map("".join))
def test_no_text_is_taken_for_html(text: str) -> None:
    shown = plain_text(text)
    assert not Qt.mightBeRichText(shown)
    assert shown.replace("\u2060", "") == text.replace("\u2060", "")


@given(st.lists(tags | st.text(max_size=6)).map("".join))
def test_a_message_box_shows_plain_text(qapp: QApplication, text: str) -> None:
    parent = QWidget()
    box = message_box(QMessageBox.Icon.Warning, "Title", text, text, parent)
    texts = [label for label in box.findChildren(QLabel) if label.text()]
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in texts)
    box.setParent(None)
    box.deleteLater()
    parent.deleteLater()


def test_all_tool_tips_and_boxes_go_through_the_door() -> None:
    """A tip is either written in the code, or goes through `plain_text`; only `message_box` makes boxes."""
    others = []
    for file in UI.rglob("*.py"):
        if file.name == "plain_text.py":
            continue
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            place = f"{file.relative_to(UI)}:{getattr(node, 'lineno', '')}"
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("QMessageBox", "QToolTip.showText"):
                others.append(place)
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setToolTip":
                others += [] if _is_safe(node.args[-1]) else [place]
            if (isinstance(node, ast.match_case) and "ToolTipRole" in ast.unparse(node.pattern)) or (
                isinstance(node, ast.If) and "ToolTipRole" in ast.unparse(node.test)
            ):
                returned = [each for part in node.body for each in ast.walk(part) if isinstance(each, ast.Return)]
                others += [place for each in returned if each.value is not None and not _is_safe(each.value)]
    assert others == []


def _is_safe(text: ast.expr) -> bool:
    if isinstance(text, ast.Call):
        return ast.unparse(text.func) == "plain_text"
    return isinstance(text, ast.Constant) or (isinstance(text, ast.Name) and text.id.isupper())


@pytest.fixture
def hostile(tmp_path: Path, sample: Path) -> Path:
    folder = tmp_path / f"data {TAG}"
    photo = next(iter(sorted(sample.rglob("*.jpg")))).read_bytes()
    for n in range(3):
        (folder / f"class {n} {TAG}").mkdir(parents=True)
        for m in range(4):
            (folder / f"class {n} {TAG}" / f"{TAG}{m}.jpg").write_bytes(photo)
        (folder / f"class {n} {TAG}" / "innocent.jpg").write_text(TAG)
    (folder / f"{TAG}.jpg").write_bytes(b"")
    return folder


def test_nothing_in_the_window_is_html_from_a_data_set(hostile: Path, open_window: Open, qtbot: QtBot) -> None:
    opened = open_window(hostile, num_workers=1, batch_size=4, image_size=(16, 16))
    window = opened.window
    qtbot.waitUntil(lambda: opened.session.snapshot().problems > 3, timeout=30_000)
    qtbot.waitUntil(lambda: any(TAG in text.replace("\u2060", "") for text in _tips(window)), timeout=30_000)
    assert [text for text in _tips(window) if Qt.mightBeRichText(text)] == []
    for label in window.findChildren(QLabel):
        guessed = label.textFormat() == Qt.TextFormat.AutoText and Qt.mightBeRichText(label.text())
        assert not guessed, label.text()
        assert label.textFormat() != Qt.TextFormat.RichText or "<img" not in label.text(), label.text()


def test_what_is_written_about_a_bad_file_is_no_html(hostile: Path, open_window: Open, qtbot: QtBot) -> None:
    opened = open_window(hostile, num_workers=1, batch_size=4, image_size=(16, 16))
    table = opened.find(QTableView, "problemsTable")
    qtbot.waitUntil(lambda: table.model().rowCount() > 3, timeout=30_000)
    documents = opened.window.findChildren(QTextEdit) + opened.window.findChildren(QPlainTextEdit)
    seen = set()
    for row in range(table.model().rowCount()):
        table.selectRow(row)
        qtbot.waitUntil(lambda: any(TAG in edit.toPlainText() for edit in documents), timeout=30_000)
        for edit in documents:
            seen.add(edit.toPlainText())
            cursor = edit.document().find("\ufffc")  # stands for a picture
            assert cursor.isNull(), edit.toPlainText()
    assert any(TAG in text for text in seen)


def _tips(window: QWidget) -> Iterator[str]:
    for widget in [window, *window.findChildren(QWidget)]:
        yield widget.toolTip()
    for action in window.findChildren(QAction):
        yield action.toolTip()
    for view in window.findChildren(QAbstractItemView):
        model = view.model()
        if not isinstance(view, QListView | QTableView) or model is None:
            continue
        for column in range(model.columnCount() if isinstance(view, QTableView) else 1):
            yield str(model.headerData(column, Qt.Orientation.Horizontal, Qt.ItemDataRole.ToolTipRole))
            for row in range(model.rowCount()):
                yield str(model.index(row, column).data(Qt.ItemDataRole.ToolTipRole))
