"""The page of skipped files as a user works with it: filter, details, load again, move aside, undo, export."""

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox, QPlainTextEdit, QPushButton, QTextEdit
from pytestqt.qtbot import QtBot

from inspector.formats.decode import BadFile, decode, read_file
from inspector.formats.problems import Problem, ProblemKind
from inspector.quarantine import restore
from inspector.session.protocol import Session
from inspector.ui.problems.model import FILE, REASON, SIZE, Mark
from inspector.ui.problems.move_dialog import MoveDialog
from inspector.ui.problems.panel import ProblemsPanel
from inspector.ui.theme import Theme
from inspector.ui.widgets import LiveText


@dataclass(frozen=True, slots=True)
class Page:
    """A shown panel on a folder of its own."""

    qtbot: QtBot
    panel: ProblemsPanel
    folder: Path

    def select(self, *names: str) -> None:
        table, model = self.panel.table, self.panel.model
        table.clearSelection()
        table.setSelectionMode(table.SelectionMode.MultiSelection)
        for row in range(model.rowCount()):
            if Path(model.problem(row).path).name in names:
                table.selectRow(row)
        table.setSelectionMode(table.SelectionMode.ExtendedSelection)
        assert len(table.selected()) == len(names)
        QApplication.processEvents()

    def trigger(self, name: str) -> None:
        action = self.panel.findChild(QAction, name)
        assert action is not None, name
        self.qtbot.waitUntil(action.isEnabled, timeout=60_000)
        action.trigger()

    def notice(self) -> str:
        found = self.panel.findChild(LiveText, "problemsNoticeText")
        assert found is not None
        return found.text() if found.isVisible() else ""

    def wait_for_notice(self, text: str) -> None:
        self.qtbot.waitUntil(lambda: text in self.notice(), timeout=60_000)

    def details(self) -> str:
        found = self.panel.findChild(QTextEdit, "problemText")
        assert found is not None
        return found.toPlainText() if found.isVisible() else ""

    def proposed(self, names: list[str], destination: Path) -> MoveDialog:
        """The dialog that asks before these files are moved."""
        self.panel.mover.propose([str(self.folder / name) for name in names], str(destination))
        found: list[MoveDialog] = []

        def shown() -> bool:
            found[:] = [dialog for dialog in self.panel.findChildren(MoveDialog) if dialog.isVisible()]
            return bool(found)

        self.qtbot.waitUntil(shown, timeout=60_000)
        return found[0]


@pytest.fixture
def page(qtbot: QtBot, qapp: QApplication, session: Session, sample: Path, tmp_path: Path) -> Iterator[Page]:
    folder = tmp_path / "data"
    shutil.copytree(sample, folder)
    session.pause()
    session.open(str(folder))
    theme = Theme(qapp, "light")
    panel = ProblemsPanel(theme, session)
    qtbot.addWidget(panel)
    qtbot.addWidget(panel.bar)
    panel.resize(1300, 300)
    panel.model.clear(str(folder))
    problems = []
    for number, file in enumerate(sorted(folder.rglob("bad-*"))):
        with pytest.raises(BadFile) as bad:
            decode(read_file(str(file)))
        size = file.stat().st_size
        problems.append(Problem(str(file), bad.value.kind, bad.value.reason, number, batch=number, file_bytes=size))
    panel.model.append(problems)
    panel.show()
    yield Page(qtbot, panel, folder)
    panel.stop()
    theme.deleteLater()


def test_the_kinds_are_counted_and_one_can_be_chosen(page: Page) -> None:
    kinds = page.panel.bar.kinds
    assert [kinds.itemText(row) for row in range(3)] == ["All kinds  14", "TRUNCATED  5", "DAMAGED  2"]
    kinds.setCurrentIndex(1)
    assert page.panel.model.rowCount() == 5
    page.panel.bar.filter.setText("PROGRESSIVE")
    assert page.panel.model.rowCount() == 1
    page.panel.model.clear("/another")
    page.panel.model.append([Problem("/another/a.jpg", ProblemKind.EMPTY, "progressive")])
    assert (kinds.currentText(), page.panel.model.rowCount()) == ("All kinds  1", 1)


def test_the_details_show_bytes_and_what_other_decoders_make_of_them(page: Page) -> None:
    assert page.details() == ""
    page.select("bad-truncated-half.jpg")
    page.qtbot.waitUntil(lambda: "Other decoders" in page.details(), timeout=60_000)
    for part in ("TRUNCATED", "✗ ends with FF D9 (end of image): found A1 E0", "ff d8 ff e0", "premature end"):
        assert part in page.details()
    page.trigger("copyDetailsAction")
    copied = QGuiApplication.clipboard().text()
    assert copied.startswith(f"{page.folder}/photo/bad-truncated-half.jpg\n")
    assert "0000  ff d8 ff e0 00 10 4a 46 49 46" in copied
    page.select("bad-empty.jpg", "bad-float.tif")
    assert page.details().startswith("2 rows selected, 8 KB")


def test_a_traceback_comes_first(page: Page) -> None:
    path = str(page.folder / "photo/rocket.jpg")
    trace = 'Traceback:\n  File "mine.py"\nValueError: <no> & such'
    page.panel.model.append([Problem(path, ProblemKind.TRANSFORM_FAILED, "ValueError", detail=trace)])
    page.select("rocket.jpg")
    page.qtbot.waitUntil(lambda: "the transform, which is not run here" in page.details(), timeout=60_000)
    assert page.details().index("ValueError: <no> & such") < page.details().index("The file now")


def test_a_repaired_file_is_marked_once_it_loads(page: Page) -> None:
    shutil.copy(page.folder / "photo/rocket.jpg", page.folder / "photo/bad-empty.jpg")
    page.select("bad-empty.jpg", "bad-float.tif", "bad-truncated.gif")
    page.trigger("loadAgainAction")
    page.wait_for_notice("1 of 3 files load now.")
    assert page.panel.model.marked(Mark.LOADS) == [str(page.folder / "photo/bad-empty.jpg")]
    page.select("bad-truncated.gif")
    page.trigger("loadAgainAction")
    page.wait_for_notice("bad-truncated.gif still fails: TRUNCATED")


def test_nothing_moves_without_the_users_consent(page: Page, tmp_path: Path) -> None:
    dialog = page.proposed(["photo/bad-empty.jpg"], tmp_path / "aside")
    for key in (Qt.Key.Key_Return, Qt.Key.Key_Escape):
        QTest.keyClick(dialog, key)
    page.qtbot.waitUntil(lambda: not dialog.isVisible(), timeout=60_000)
    assert (page.folder / "photo/bad-empty.jpg").exists()
    assert not (tmp_path / "aside").exists()


def test_moved_aside_and_undone(page: Page, tmp_path: Path) -> None:
    names = ["photo/bad-empty.jpg", "chart/bad-float.tif", "photo/gone.jpg"]
    dialog = page.proposed(names, tmp_path / "aside")
    assert dialog.move_button.text() == "Move 2 files"
    listing = dialog.findChild(QPlainTextEdit, "moveList")
    assert listing is not None
    assert "photo/gone.jpg: The file is not there any more." in listing.toPlainText()
    dialog.move_button.click()
    page.wait_for_notice("2 files moved aside")
    assert not (page.folder / names[0]).exists()
    assert (tmp_path / "aside" / names[0]).exists()
    moved = [row for row in range(14) if "moved aside · " in str(page.panel.model.index(row, REASON).data())]
    assert len(moved) == 2
    page.trigger("undoMoveAction")
    page.wait_for_notice("2 files put back")
    assert (page.folder / names[0]).exists()
    assert page.panel.model.marked(Mark.MOVED) == []
    assert not page.panel.mover.can_undo


def test_closed_in_the_middle_of_a_move_no_file_is_lost(page: Page, tmp_path: Path) -> None:
    names = [f"photo/copy-{number:03}.jpg" for number in range(600)]
    for name in names:
        (page.folder / name).write_bytes(name.encode())
    aside = tmp_path / "aside"
    page.proposed(names, aside).move_button.click()
    page.qtbot.waitUntil(lambda: (aside / "photo").exists(), timeout=60_000)
    page.panel.stop()
    places = {name: [root for root in (page.folder, aside) if (root / name).exists()] for name in names}
    assert all(len(found) == 1 and (found[0] / name).read_bytes() == name.encode() for name, found in places.items())
    (manifest,) = aside.glob("moved-aside-*.jsonl")
    restore(str(manifest))
    assert all((page.folder / name).exists() for name in names)


def test_a_destination_in_the_data_set_is_refused_with_a_reason(page: Page) -> None:
    page.panel.mover.propose([str(page.folder / "photo/bad-empty.jpg")], str(page.folder / "photo"))
    page.wait_for_notice("inside the data set")
    box = page.panel.findChild(QMessageBox, "moveFailedBox")
    assert box is not None
    assert "choose one outside of it" in box.informativeText()
    box.close()


def test_what_could_not_be_put_back_is_listed(page: Page, tmp_path: Path) -> None:
    page.proposed(["photo/bad-empty.jpg", "chart/bad-float.tif"], tmp_path / "aside").move_button.click()
    page.wait_for_notice("2 files moved aside")
    (page.folder / "photo/bad-empty.jpg").write_bytes(b"a new one")
    page.trigger("undoMoveAction")
    page.wait_for_notice("1 file put back 1 file not put back")
    box = page.panel.findChild(QMessageBox, "moveFailedBox")
    assert box is not None
    assert str(page.folder / "photo/bad-empty.jpg") in box.detailedText()
    assert page.panel.mover.can_undo
    box.close()


def test_export_takes_the_selection_or_else_all_that_is_shown(page: Page, tmp_path: Path) -> None:
    page.panel.bar.filter.setText("truncated")
    page.panel.actions_.export_to(str(tmp_path / "all.json"))
    page.wait_for_notice("5 rows exported")
    assert len(json.loads((tmp_path / "all.json").read_bytes())) == 5
    page.select("bad-truncated.gif", "bad-truncated.png")
    page.panel.actions_.export_to(str(tmp_path / "some.txt"))
    page.wait_for_notice("2 rows exported")
    assert len((tmp_path / "some.txt").read_text().splitlines()) == 2
    page.panel.actions_.export_to(str(tmp_path / "no-such-folder/some.csv"))
    page.wait_for_notice("Nothing was exported.")


def test_paths_are_copied_a_line_each(page: Page) -> None:
    page.select("bad-empty.jpg", "bad-float.tif")
    page.panel.table.setFocus()
    QTest.keyClick(page.panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    copied = QGuiApplication.clipboard().text().splitlines()
    assert sorted(map(os.path.basename, copied)) == ["bad-empty.jpg", "bad-float.tif"]


def test_columns_make_room_for_each_other(page: Page) -> None:
    table = page.panel.table
    for width in (1300, 1000, 560):
        page.panel.resize(width, 300)
        QApplication.processEvents()
        assert table.horizontalHeader().length() <= table.viewport().width(), width
        assert min(table.columnWidth(FILE), table.columnWidth(REASON)) > 80, width
    assert table.isColumnHidden(SIZE)


def test_a_manifest_of_somebody_else_is_shown_and_asked_about(page: Page, tmp_path: Path) -> None:
    (tmp_path / "pack").mkdir()
    (tmp_path / "pack/a.jpg").write_bytes(b"bad")
    root = page.folder / "<img src=nowhere>"
    root.mkdir()
    head = {"kind": "files moved aside by inspector", "version": 1, "root": str(root), "folders": [], "files": 1}
    lines = [head, {"path": "back.jpg", "aside": "a.jpg", "bytes": 3}]
    manifest = tmp_path / "pack/moved-aside-1.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for button, is_back in (("restoreCancelButton", False), ("restoreButton", True)):
        page.panel.mover.restore(str(manifest))
        page.qtbot.waitUntil(lambda: page.panel.findChild(QMessageBox, "restoreBox") is not None, timeout=60_000)
        box = page.panel.findChild(QMessageBox, "restoreBox")
        assert box is not None
        assert str(root) in box.informativeText().replace("\u2060", "")
        assert "back.jpg" in box.detailedText()
        chosen = box.findChild(QPushButton, button)
        assert chosen is not None
        chosen.click()
        if is_back:
            page.wait_for_notice("1 file put back")
        assert (root / "back.jpg").exists() == is_back
        page.qtbot.waitUntil(lambda: page.panel.findChild(QMessageBox, "restoreBox") is None, timeout=60_000)
