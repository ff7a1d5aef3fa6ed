"""What comes back the next time, how it is put back to the usual, and how that is undone."""

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QLabel,
    QLineEdit,
    QPushButton,
    QSpinBox,
    QSplitter,
    QTabBar,
    QTableView,
    QTreeWidget,
    QTreeWidgetItem,
    QWidget,
)

from inspector.ui.shell.remembered_choices import RememberedChoices
from tests.ui.conftest import Open, Opened

CTRL, SHIFT, ALT = (
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.AltModifier,
)


def opened_on(open_window: Open, folder: Path, **settings: object) -> Opened:
    opened = open_window(folder, **{"batch_size": 8, "num_workers": 1, **settings})
    opened.wait_for_batch()
    return opened


def undo(opened: Opened) -> None:
    QTest.keyClick(opened.window, Qt.Key.Key_Z, CTRL)


def set_workers(opened: Opened, number: int) -> None:
    opened.find(QSpinBox, "workersSpin").setValue(number)
    assert workers(opened) == number


def workers(opened: Opened) -> int:
    return opened.window._changes.current()["num_workers"]  # type: ignore[return-value]


def widen_column(opened: Opened, column: int, by: int) -> int:
    """Drag the edge of a column of the skipped files; the width then."""
    header = opened.find(QTableView, "problemsTable").horizontalHeader()
    edge = QPoint(header.sectionViewportPosition(column) + header.sectionSize(column) - 1, header.height() // 2)
    bar = header.viewport()
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=edge)
    for step in range(1, 5):
        QTest.mouseMove(bar, edge + QPoint(by * step // 4, 0))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=edge + QPoint(by, 0))
    return header.sectionSize(column)


@pytest.mark.slow
def test_sizes_columns_and_the_page_come_back(open_window: Open, photos: Path) -> None:
    first = opened_on(open_window, photos)  # on a screen of 800x800
    first.window.resize(780, 640)
    width = widen_column(first, 1, 37)
    splitter = first.find(QSplitter, "rowsSplitter")
    splitter.setSizes([400, 300])
    sizes = splitter.sizes()
    first.find(QTabBar, "detailTabs").setCurrentIndex(3)
    first.window.close()
    second = opened_on(open_window, photos)
    assert (second.window.width(), second.window.height()) == (780, 640)
    assert second.find(QTabBar, "detailTabs").currentIndex() == 3
    assert second.find(QSplitter, "rowsSplitter").sizes() == pytest.approx(
        sizes, rel=0.1
    )  # a verdict of two lines takes some
    QTest.keyClick(second.window, Qt.Key.Key_1, CTRL)
    assert second.find(QTableView, "problemsTable").columnWidth(1) == width


def test_columns_that_nobody_touched_go_on_sharing_the_room(open_window: Open, photos: Path) -> None:
    opened_on(open_window, photos).window.close()
    second = opened_on(open_window, photos)
    table = second.find(QTableView, "problemsTable")
    second.window.resize(780, 640)
    before = table.columnWidth(1)
    second.window.resize(1300, 640)
    second.wait_until(lambda: table.columnWidth(1) > before)


def test_reset_brings_the_usual_back_and_can_be_undone(open_window: Open, photos: Path) -> None:
    opened = opened_on(open_window, photos)
    opened.window.resize(780, 640)
    set_workers(opened, 3)
    QTest.keyClick(opened.window, Qt.Key.Key_F6)
    QTest.keyClick(opened.window, Qt.Key.Key_F8, CTRL)
    splitter = opened.find(QSplitter, "rowsSplitter")
    splitter.setSizes([300, 400])
    sizes = splitter.sizes()
    QTest.keyClick(opened.window, Qt.Key.Key_R, CTRL | ALT)
    assert opened.find(QSpinBox, "workersSpin").isVisible()
    assert opened.theme.choice == "system"
    assert splitter.sizes() != sizes
    assert opened.window._changes.current() == opened.window._changes.initial()
    notice = opened.find(QWidget, "windowNotice")
    assert notice.isVisible()
    QTest.mouseClick(opened.find(QPushButton, "windowNoticeButton"), Qt.MouseButton.LeftButton)
    assert not opened.find(QSpinBox, "workersSpin").isVisible()
    assert opened.theme.choice == "dark"
    assert workers(opened) == 3
    opened.wait_until(lambda: splitter.sizes() == pytest.approx(sizes, rel=0.1))
    assert not notice.isVisible()


def test_the_last_change_of_a_setting_is_undone_by_a_key_also_from_the_box_itself(
    open_window: Open, photos: Path
) -> None:
    opened = opened_on(open_window, photos)
    spin = opened.find(QSpinBox, "workersSpin")
    spin.setFocus()
    QTest.keyClick(spin, Qt.Key.Key_Up)
    assert workers(opened) == 2
    QTest.keyClick(spin, Qt.Key.Key_Z, CTRL)
    assert workers(opened) == 1
    opened.wait_until(lambda: spin.value() == 1)
    QTest.keyClick(spin, Qt.Key.Key_Z, CTRL | SHIFT)
    assert workers(opened) == 2


def test_undo_while_a_number_is_typed_is_of_the_typing(open_window: Open, photos: Path) -> None:
    opened = opened_on(open_window, photos)
    set_workers(opened, 2)
    box = opened.find(QSpinBox, "batchSizeSpin")
    box.setFocus()
    QTest.keyClicks(box, "5")
    QTest.keyClick(box, Qt.Key.Key_Z, CTRL)
    assert workers(opened) == 2


@pytest.mark.slow
def test_opened_folders_are_in_the_menu_and_on_the_welcome_page(
    open_window: Open, photos: Path, sample: Path, tmp_path: Path
) -> None:
    gone = tmp_path / "gone"
    gone.mkdir()
    (gone / "red.png").write_bytes((sample / "chart" / "red.png").read_bytes())
    first = opened_on(open_window, gone)
    first.window.open_source(str(photos))
    first.wait_until(lambda: first.window._opening.recent.entries[0].path == str(photos))
    first.window.open_source(str(sample))  # can always be had, so it takes no place
    first.wait_until(lambda: "sample" in first.window.windowTitle() and first.session.snapshot().batches > 0)
    first.window.close()
    (gone / "red.png").unlink()
    gone.rmdir()

    second = open_window(batch_size=8, num_workers=1)
    second.wait_until(lambda: "missing" in second.find(QPushButton, "recentButton2").toolTip())
    assert not second.find(QPushButton, "recentButton2").isEnabled()
    assert not second.find(QPushButton, "recentButton3").isVisible()
    assert str(photos) in second.find(QPushButton, "recentButton1").toolTip()
    QTest.keyClick(second.window, Qt.Key.Key_1, ALT)
    second.wait_for_batch()
    assert photos.name in second.window.windowTitle()


def test_the_list_of_folders_is_cleared_and_that_is_undone(open_window: Open, photos: Path) -> None:
    opened = opened_on(open_window, photos)
    recent = opened.window._opening.recent
    before = recent.entries
    assert [entry.path for entry in before] == [str(photos)]
    QTest.keyClick(opened.window, Qt.Key.Key_Delete, CTRL | SHIFT)
    assert recent.entries == []
    undo(opened)
    assert recent.entries == before


def test_the_list_of_folders_keeps_the_last_ones_each_once(open_window: Open, tmp_path: Path) -> None:
    recent = open_window().window._opening.recent
    for number in [*range(12), 5]:
        recent.add(str(tmp_path / str(number)))
    names = [Path(entry.path).name for entry in recent.entries]
    assert names == ["5", "11", "10", "9", "8", "7", "6", "4", "3"]


@pytest.mark.slow
def test_the_welcome_page_has_commands_to_copy(open_window: Open) -> None:
    opened = open_window()
    opened.wait_until(opened.find(QLabel, "welcomeTitle").isVisible)
    QTest.mouseClick(opened.find(QPushButton, "welcomeCopyTrainingButton"), Qt.MouseButton.LeftButton)
    assert QGuiApplication.clipboard().text() == "inspector run train.py"


def test_the_welcome_page_offers_ways_to_begin(open_window: Open) -> None:
    opened = open_window(batch_size=8, num_workers=1)
    opened.wait_until(opened.find(QLabel, "welcomeTitle").isVisible)
    assert not opened.find(QPushButton, "recentButton1").isVisible()
    QTest.mouseClick(opened.find(QPushButton, "welcomeSampleButton"), Qt.MouseButton.LeftButton)
    opened.wait_for_batch()
    assert not opened.find(QLabel, "welcomeTitle").isVisible()


CHOICES = (("tunerBudgetSpin", 17), ("scanMinSideSpin", 99))


def choose(opened: Opened) -> None:
    for name, number in CHOICES:
        opened.find(QSpinBox, name).setValue(number)
    opened.find(QLineEdit, "tunerBatchSizesEdit").setText("8, 16")
    last_check(opened).setCheckState(0, Qt.CheckState.Unchecked)


def last_check(opened: Opened) -> QTreeWidgetItem:
    checks = opened.find(QTreeWidget, "scanSummary")
    item = checks.topLevelItem(checks.topLevelItemCount() - 1)
    assert item is not None
    return item


def are_chosen(opened: Opened) -> list[bool]:
    return [
        *(opened.find(QSpinBox, name).value() == number for name, number in CHOICES),
        opened.find(QLineEdit, "tunerBatchSizesEdit").text() == "8, 16",
        last_check(opened).checkState(0) == Qt.CheckState.Unchecked,
    ]


def test_what_a_sweep_and_a_check_are_to_do_comes_back_and_is_put_back(open_window: Open) -> None:
    first = open_window()
    choose(first)
    first.window.close()
    second = open_window()
    assert are_chosen(second) == [True] * 4
    second.trigger("resetAction")
    assert are_chosen(second) == [False] * 4
    second.trigger("undoAction")
    assert are_chosen(second) == [True] * 4


@pytest.mark.parametrize(
    "choices",
    [
        "[]", "{", '{"tunerBudgetSpin": "x", "scanMinSideSpin": true, "scanSummary": 3}', '{"other": 1}',
        '{"scanMaxAspectSpin": NaN, "tunerBatchSizesEdit": 7, "scanSummary": [[], {}]}',
    ],
)  # fmt: skip
def test_choices_that_make_no_sense_count_as_none(open_window: Open, remembered: str, choices: str) -> None:
    Path(remembered).write_text(f'{{"choices": {choices}}}')
    opened = open_window()
    assert RememberedChoices(opened.window).defaults == opened.window._state._choices.defaults


def test_numbers_out_of_range_come_back_as_the_nearest(open_window: Open, remembered: str) -> None:
    choices = '{"tunerBudgetSpin": 99999999999999999999, "scanMaxAspectSpin": -1e300}'
    Path(remembered).write_text(f'{{"choices": {choices}}}')
    opened = open_window()
    budget, aspect = opened.find(QSpinBox, "tunerBudgetSpin"), opened.find(QDoubleSpinBox, "scanMaxAspectSpin")
    assert (budget.value(), aspect.value()) == (budget.maximum(), aspect.minimum())
