"""The window can be used without a mouse, read out, enlarged, and made small."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QFont, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QListView, QTabBar, QWidget

from inspector.colours import DARK, LIGHT
from inspector.quarantine import plan
from inspector.ui.batch.model import TILE_ROLE
from inspector.ui.faults.banner import FaultBanner
from inspector.ui.faults.faults import Fault, Faults
from inspector.ui.faults.log_collector import LogCollector
from inspector.ui.measurements.figures import Figure
from inspector.ui.problems.move_dialog import MoveDialog
from inspector.ui.shell.quit_confirmation import SCAN, SWEEP, QuitConfirmation
from inspector.ui.viewer.window import ViewerWindow
from tests.ui.access import clipped, nameless_twins, unexplained, widgets_to_use
from tests.ui.conftest import Open, Opened

SIZES = ((1440, 900), (1024, 640))
MOST_STOPS = 200
RING_PIXELS = 12  # of a focus ring, at least


@pytest.fixture(params=[1.0, 2.0], ids=["usual", "double"])
def font_scale(qapp: QApplication, request: pytest.FixtureRequest) -> Iterator[float]:
    """The system's font, or one twice as large."""
    usual = qapp.font()
    larger = QFont(usual)
    larger.setPointSizeF(usual.pointSizeF() * request.param)
    qapp.setFont(larger)
    yield request.param
    qapp.setFont(usual)


def pages(opened: Opened) -> Iterator[str]:
    """Each tab of the lower part in turn, open."""
    tabs = opened.find(QTabBar, "detailTabs")
    for number in range(tabs.count()):
        tabs.setCurrentIndex(number)
        QTest.qWait(1)
        yield tabs.tabText(number)


def viewer(opened: Opened) -> ViewerWindow:
    """The viewer, open on the first image."""
    opened.trigger("openImageAction")
    found = opened.find(ViewerWindow, "viewerWindow")
    opened.wait_until(found.isVisible)
    QTest.qWait(1)  # for the layout
    return found


def test_all_that_can_be_used_has_names_and_says_what_it_does(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    viewer(opened)
    dialog = MoveDialog(
        plan([str(next(photos.iterdir()))], str(photos.parent / "aside"), root=str(photos)), opened.window
    )
    for window in (opened.window, dialog):
        assert len(list(widgets_to_use(window))) >= 3
        assert unexplained(window) == []
        assert nameless_twins(window) == []
    dialog.deleteLater()


def dialogs(opened: Opened) -> Iterator[QDialog]:
    """The sheet of shortcuts, the About box and the question before leaving, each open in turn."""
    leaving = QuitConfirmation(opened.window, {SWEEP: lambda: True, SCAN: lambda: True})
    shown: tuple[tuple[Callable[[], None], str], ...] = (
        (partial(opened.trigger, "shortcutsAction"), "shortcutSheet"),
        (partial(opened.trigger, "aboutAction"), "aboutBox"),
        (leaving.quit, "quitBox"),
    )
    for show, name in shown:
        show()
        dialog = opened.find(QDialog, name)
        opened.wait_until(dialog.isVisible)
        QTest.qWait(1)  # for the layout
        yield dialog
        dialog.reject()


@pytest.mark.parametrize("size", SIZES)
def test_dialogs_welcome_page_and_banner_have_names_and_room(
    open_window: Open, size: tuple[int, int], font_scale: float
) -> None:
    faults = Faults(LogCollector())
    opened = open_window(faults=faults)
    opened.window.resize(*size)
    QTest.qWait(1)
    assert clipped(opened.window) == []  # the welcome page
    faults.show(Fault("The export failed: no room is left on the disk.", "Choose another folder or name."))
    banner = opened.find(FaultBanner, "faultBanner")
    opened.wait_until(banner.isVisible)
    QTest.qWait(1)
    assert clipped(opened.window) == []
    assert unexplained(opened.window) == []
    for dialog in dialogs(opened):
        assert unexplained(dialog) == []
        assert nameless_twins(dialog) == []
        assert clipped(dialog) == []
        assert dialog.height() <= opened.window.height() or dialog.height() <= dialog.minimumSizeHint().height()


@pytest.mark.parametrize("size", SIZES)
def test_no_words_are_clipped(open_window: Open, photos: Path, size: tuple[int, int], font_scale: float) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.window.resize(*size)
    opened.wait_for_batch()
    assert {page: found for page in pages(opened) if (found := clipped(opened.window))} == {}
    image = viewer(opened)
    opened.wait_until(lambda: clipped(image) == [])  # its words come later, and the layout after them
    assert opened.window.width() == size[0]


@pytest.mark.parametrize("size", SIZES)
def test_the_figures_are_whole(open_window: Open, photos: Path, size: tuple[int, int], font_scale: float) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.window.resize(*size)
    opened.wait_for_batch()
    for figure in opened.window.findChildren(Figure):
        assert figure.width() >= figure.minimumSizeHint().width()
        assert opened.window.rect().right() >= figure.mapTo(opened.window, figure.rect().bottomRight()).x()


def test_tab_reaches_everything_once_and_is_trapped_nowhere(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.window.activateWindow()
    opened.wait_until(opened.window.isActiveWindow)
    for page in pages(opened):
        opened.find(QListView, "batchView").setFocus(Qt.FocusReason.TabFocusReason)
        start = QApplication.focusWidget()
        reached = [start]
        for _ in range(MOST_STOPS):
            focus = QApplication.focusWidget()
            assert focus is not None
            QTest.keyClick(focus, Qt.Key.Key_Tab)
            if QApplication.focusWidget() is start:
                break
            reached.append(QApplication.focusWidget())
        else:
            pytest.fail(f"{page}: Tab does not come round: {_names(reached[-6:])}")
        assert len(set(reached)) == len(reached), page
        wanted = {
            widget
            for widget in widgets_to_use(opened.window)
            if widget.isVisibleTo(opened.window)
            and widget.window() is opened.window
            and widget.isEnabled()
            and widget.focusPolicy() & Qt.FocusPolicy.TabFocus
            and widget.focusProxy() is None
        }
        assert _names(wanted - set(reached)) == [], page
        regions = ("settings", "batch", "details")
        order = [region for region in (_region(opened, widget) for widget in reached) if region in regions]
        changes = [region for before, region in zip([order[-1], *order], order, strict=False) if region != before]
        assert len(changes) <= len(regions), (page, changes)  # one part of the window after the other


def _region(opened: Opened, widget: QWidget | None) -> str:
    panels = opened.window._panels
    parts = (("settings", panels.settings), ("batch", panels.batch), ("details", opened.window._details))
    for name, part in parts:
        if widget is not None and part.isAncestorOf(widget):
            return name
    return ""


def _names(widgets: object) -> list[str]:
    return sorted(widget.objectName() for widget in widgets)  # type: ignore[attr-defined]


@pytest.mark.slow
@pytest.mark.parametrize("appearance", ["dark", "light"])
def test_what_has_the_focus_looks_different(open_window: Open, photos: Path, appearance: str) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    opened.theme.choose(appearance)
    opened.session.pause()
    opened.window.activateWindow()
    opened.wait_until(opened.window.isActiveWindow)
    faint = {}
    for page in pages(opened):
        for widget in widgets_to_use(opened.window):
            if not (widget.isVisible() and widget.isEnabled() and widget.focusPolicy() & Qt.FocusPolicy.TabFocus):
                continue
            if widget.window() is not opened.window or widget.focusProxy() is not None:
                continue
            widget.clearFocus()
            before = widget.grab().toImage()
            widget.setFocus(Qt.FocusReason.TabFocusReason)
            changed = _differing(before, widget.grab().toImage())
            if changed < RING_PIXELS:
                faint[f"{page}: {widget.objectName()}"] = changed
    assert faint == {}


def _differing(one: QImage, other: QImage) -> int:
    """Pixels whose colour is clearly another."""
    pixels = []
    for image in (one, other):
        rgb = image.convertToFormat(QImage.Format.Format_RGB32)
        pixels.append(np.array(rgb.constBits(), int).reshape(rgb.height(), rgb.width(), 4))  # a copy: `rgb` goes
    return int((np.abs(pixels[0] - pixels[1])[..., :3].max(axis=2) > 40).sum())


@pytest.mark.slow
def test_another_theme_reaches_plots_viewer_and_open_dialogs(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    look = viewer(opened)
    dialog = MoveDialog(
        plan([str(next(photos.iterdir()))], str(photos.parent / "aside"), root=str(photos)), opened.window
    )
    dialog.open()
    try:
        for name, colours in (("dark", DARK), ("light", LIGHT), ("dark", DARK)):
            opened.theme.choose(name)
            plot = opened.find(QWidget, "throughputPlot")
            assert plot.backgroundBrush().color() == QColor(colours.card)  # type: ignore[attr-defined]
            assert _at(plot, 3, 3) == colours.card
            assert _at(look, 2, 2) == _at(dialog, 2, 2) == _at(opened.window, 1, 60) == colours.window
            canvas = opened.find(QWidget, "deliveredCanvas")
            assert _at(canvas, 3, 3) in (colours.field, colours.accent)
    finally:
        dialog.close()
        dialog.deleteLater()


def _at(widget: QWidget, x: int, y: int) -> str:
    return QColor(widget.grab().toImage().pixel(QPoint(x, y))).name()


def test_names_that_hardly_fit(open_window: Open, photos: Path, tmp_path: Path) -> None:
    photo = cv2.imread(str(next(photos.iterdir())))
    assert photo is not None
    data = cv2.imencode(".jpg", photo)[1].tobytes()
    folder = tmp_path / ("long" * 50)
    names = (
        "\u0e01" * 83 + ".jpg",  # 253 bytes
        "\u05e9\u05dc\u05d5\u05dd\u202e-abc.jpg",  # right to left
        "e\u0301\u0302\u0303" * 20 + ".jpg",
        "two\nlines.jpg",
        "<b>bold</b>.jpg",
    )
    for name in names:
        file = folder / ("class" * 40) / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder / ("class" * 40) / ("\u4e2d" * 80 + ".png")).write_bytes(b"no image")
    opened = open_window(folder, batch_size=8, num_workers=1)
    opened.wait_for_batch()
    for size in ((760, 520), (3840, 2160)):
        opened.window.resize(*size)
        assert {page: found for page in pages(opened) if (found := clipped(opened.window))} == {}
        assert (opened.window.width(), opened.window.height()) == size
    for label in opened.window.findChildren(QLabel):
        assert "\n" not in label.text() or "two" not in label.text()
    tiles = opened.find(QListView, "batchView").model()
    assert {type(tiles.index(row, 0).data(TILE_ROLE)).__name__ for row in range(tiles.rowCount())} >= {"Thumbnail"}
    window = viewer(opened)
    opened.wait_until(lambda: clipped(window) == [])  # a proof may just have changed a label
