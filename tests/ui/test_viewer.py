"""Looking at one image: what it opens with, how one moves in it, and that what it says is so."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QObject, QPoint, QPointF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QListView, QToolButton

from inspector.monitor.records import RunState
from inspector.ui.viewer.canvas import Canvas
from inspector.ui.viewer.fields import FieldsPanel
from inspector.ui.viewer.probe import Probe
from inspector.ui.viewer.properties import PropertiesPanel
from inspector.ui.viewer.viewpoint import LARGEST_SCALE, Viewpoint
from inspector.ui.viewer.window import ViewerWindow
from inspector.ui.widgets import LiveText
from tests.sources.containers.tars import write_tar
from tests.ui.conftest import Found, Open, Opened


@pytest.fixture
def quadrants(tmp_path: Path) -> Path:
    """Three images in this order: of 40x30 pixels in four colours, then one of another size, then one pixel."""
    folder = tmp_path / "quadrants"
    folder.mkdir()
    image = np.zeros((30, 40, 3), np.uint8)
    image[:15, :20] = 200, 30, 10
    image[:15, 20:] = 20, 220, 40
    image[15:, :20] = 15, 25, 230
    image[15:, 20:] = 250, 240, 5
    for name, pixels in (("a.png", image), ("b.png", cv2.resize(image, (90, 20))), ("c.png", image[:1, :1])):
        assert cv2.imwrite(str(folder / name), pixels[..., ::-1])
    return folder


def pause_at_first(opened: Opened) -> None:
    opened.wait_for_batch()
    opened.trigger("runAction")
    opened.wait_for_state(RunState.PAUSED)
    # The newest batch is the one that stays.
    opened.wait_until(lambda: opened.shown().number == opened.session.snapshot().batches - 1)
    opened.wait_until(
        lambda: opened.find(LiveText, "batchHeading").text().startswith(f"BATCH {opened.shown().number} ")
    )


def open_first(opened: Opened) -> ViewerWindow:
    pause_at_first(opened)
    tiles = opened.find(QListView, "batchView")
    middle = tiles.visualRect(tiles.model().index(0, 0)).center()
    QTest.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseDClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    viewer = opened.find(ViewerWindow, "viewerWindow")
    viewer.resize(1180, 780)  # more than the screen has that there is without a screen
    wait_until_examined(opened, viewer)
    return viewer


def wait_until_examined(opened: Opened, viewer: ViewerWindow) -> None:
    """Until what is known of the image belongs to the one in the title."""
    facts = viewer.findChild(PropertiesPanel, "viewerFacts")
    assert facts is not None
    opened.wait_until(lambda: viewer.isVisible() and viewer.windowTitle().startswith(f"{facts.value('File')} "))


def child(viewer: ViewerWindow, kind: type[Found], name: str) -> Found:
    found = viewer.findChild(kind, name)
    assert found is not None, name
    return found


def pixel_position(canvas: Canvas, x: int, y: int) -> QPoint:
    """Where the middle of an image's pixel is on the canvas, in logical pixels."""
    view = canvas.window().findChild(Viewpoint)
    assert view is not None
    ratio = canvas.devicePixelRatioF()
    middle = QPointF(canvas.width(), canvas.height()) / 2
    return (middle + (QPointF(x + 0.5, y + 0.5) - view.centre) * view.scale / ratio).toPoint()


def seen(canvas: Canvas, x: int, y: int) -> tuple[int, int, int]:
    """The colour on the screen at an image's pixel."""
    position = pixel_position(canvas, x, y)
    image: QImage = canvas.grab().toImage()
    ratio = canvas.devicePixelRatioF()
    colour: QColor = image.pixelColor(round(position.x() * ratio), round(position.y() * ratio))
    return colour.red(), colour.green(), colour.blue()


def test_it_shows_the_delivered_pixels_and_what_is_known_of_the_image(open_window: Open, quadrants: Path) -> None:
    opened = open_window(quadrants, batch_size=3, shuffle=False, num_workers=0)
    viewer = open_first(opened)
    canvas = child(viewer, Canvas, "deliveredCanvas")
    assert seen(canvas, 5, 5) == (200, 30, 10)
    assert seen(canvas, 35, 25) == (250, 240, 5)
    facts = child(viewer, PropertiesPanel, "viewerFacts")
    assert facts.value("Delivered") == "30 × 40 × 3, uint8"
    assert facts.value("Range") == "5 to 250"
    assert facts.value("Image") == "40 × 30 pixels"
    assert facts.value("Format") == "PNG"
    assert facts.value("EXIF") == "1: as stored"
    assert facts.value("On disk") == f"{(quadrants / 'a.png').stat().st_size:,} bytes"
    assert facts.value("In the batch").startswith("1 of 3, batch")
    assert facts.value("In the index") == "file 0"
    label = child(viewer, QLabel, "viewerProofLabel")
    assert label.text().startswith("RGB. A second decoder gives the same colours")


def test_the_probe_reads_the_pixel_below_the_mouse(open_window: Open, quadrants: Path) -> None:
    opened = open_window(quadrants, batch_size=3, shuffle=False, num_workers=0, dtype="float32")
    viewer = open_first(opened)
    canvas, probe = child(viewer, Canvas, "deliveredCanvas"), child(viewer, Probe, "pixelProbe")
    QTest.mouseMove(canvas, pixel_position(canvas, 35, 3))
    opened.wait_until(lambda: "x 35 " in probe.text())
    assert probe.text().split() == ["x", "35", "y", "3", "R", "20", "G", "220", "B", "40", "#14dc28"]
    child(viewer, QCheckBox, "compareCheck").click()
    QTest.mouseMove(canvas, pixel_position(canvas, 3, 20))
    opened.wait_until(lambda: "x 3 " in probe.text())
    assert probe.text().endswith("difference 0")
    QTest.mouseMove(canvas, QPoint(2, canvas.height() - 2))
    opened.wait_until(lambda: "Point at a pixel" in probe.text())


def test_channels_and_swap_show_the_same_array_otherwise(open_window: Open, quadrants: Path) -> None:
    opened = open_window(quadrants, batch_size=3, shuffle=False, num_workers=0)
    viewer = open_first(opened)
    canvas = child(viewer, Canvas, "deliveredCanvas")
    for key, grey in ((Qt.Key.Key_R, 200), (Qt.Key.Key_G, 30), (Qt.Key.Key_B, 10)):
        QTest.keyClick(viewer, key)
        assert seen(canvas, 5, 5) == (grey, grey, grey)
    QTest.keyClick(viewer, Qt.Key.Key_C)
    assert seen(canvas, 5, 5) == (200, 30, 10)
    QTest.keyPress(viewer, Qt.Key.Key_X)
    assert seen(canvas, 5, 5) == (10, 30, 200)
    QTest.keyRelease(viewer, Qt.Key.Key_X)
    assert seen(canvas, 5, 5) == (200, 30, 10)
    opened.find(QCheckBox, "swapCheck").click()
    box = child(viewer, QCheckBox, "viewerSwapCheck")
    assert box.isChecked()
    assert seen(canvas, 5, 5) == (10, 30, 200)


def test_the_arrows_go_to_the_neighbours_and_space_closes(open_window: Open, quadrants: Path) -> None:
    opened = open_window(quadrants, batch_size=3, shuffle=False, num_workers=0)
    viewer = open_first(opened)
    tiles = opened.find(QListView, "batchView")
    for key, name, row in (
        (Qt.Key.Key_Right, "b.png", 1), (Qt.Key.Key_Right, "c.png", 2), (Qt.Key.Key_Right, "c.png", 2),
        (Qt.Key.Key_Left, "b.png", 1), (Qt.Key.Key_Home, "a.png", 0), (Qt.Key.Key_End, "c.png", 2),
    ):  # fmt: skip
        QTest.keyClick(viewer, key)
        assert viewer.windowTitle().startswith(name)
        assert tiles.currentIndex().row() == row
    wait_until_examined(opened, viewer)
    canvas = child(viewer, Canvas, "deliveredCanvas")
    assert seen(canvas, 0, 0) == (200, 30, 10)  # a single pixel, large
    button = child(viewer, QToolButton, "nextImageButton")
    assert not button.isEnabled()
    QTest.keyClick(viewer, Qt.Key.Key_Space)
    assert not viewer.isVisible()


def test_wrong_colours_are_shown_beside_the_right_ones(open_window: Open, quadrants: Path) -> None:
    opened = open_window(quadrants, batch_size=3, shuffle=False, num_workers=0, deliver_bgr=True)
    viewer = open_first(opened)
    label = child(viewer, QLabel, "viewerProofLabel")
    assert label.text().startswith("BGR: swapped.")
    QTest.keyClick(viewer, Qt.Key.Key_D)
    delivered, reference, apart = (
        child(viewer, Canvas, name) for name in ("deliveredCanvas", "referenceCanvas", "differenceCanvas")
    )
    opened.wait_until(lambda: delivered.size() == reference.size() == apart.size())
    assert seen(delivered, 5, 25) == (230, 25, 15)
    assert seen(reference, 5, 25) == (15, 25, 230)
    assert seen(apart, 5, 25) == (215, 0, 215)


@pytest.mark.slow
def test_it_keeps_its_batch_while_others_stream_by(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1, step_ms=1.0)
    viewer = open_first(opened)
    title = viewer.windowTitle()
    opened.trigger("runAction")
    before = opened.session.snapshot().batches
    opened.wait_until(lambda: opened.session.snapshot().batches > before + 50)
    assert viewer.windowTitle() == title
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    wait_until_examined(opened, viewer)
    label = child(viewer, QLabel, "viewerProofLabel")
    assert label.text().startswith("RGB.")


@pytest.mark.slow
def test_it_outlives_the_folder_that_it_came_from(open_window: Open, photos: Path, quadrants: Path) -> None:
    opened = open_window(quadrants, batch_size=3, shuffle=False, num_workers=1, image_size=(30, 40))
    pause_at_first(opened)
    opened.trigger("openImageAction")  # none is chosen: the first
    viewer = opened.find(ViewerWindow, "viewerWindow")
    wait_until_examined(opened, viewer)
    opened.window.open_source(str(photos))
    opened.wait_until(lambda: opened.session.snapshot().files == 120)
    opened.wait_for_batch()
    canvas = child(viewer, Canvas, "deliveredCanvas")
    assert seen(canvas, 5, 5) == (200, 30, 10)
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    wait_until_examined(opened, viewer)
    assert child(viewer, QLabel, "viewerProofLabel").text().startswith("RGB.")
    assert child(viewer, PropertiesPanel, "viewerFacts").value("Delivered") == "30 × 40 × 3, uint8"


def test_the_window_may_be_closed_while_an_image_is_examined(open_window: Open, tmp_path: Path) -> None:
    large = np.random.default_rng(0).integers(0, 255, (1500, 2000, 3), np.uint8)
    assert cv2.imwrite(str(tmp_path / "large.png"), large)
    opened = open_window(tmp_path, batch_size=1, num_workers=0)
    pause_at_first(opened)
    tiles = opened.find(QListView, "batchView")
    tiles.setFocus()
    tiles.setCurrentIndex(tiles.model().index(0, 0))
    QTest.keyClick(tiles, Qt.Key.Key_Return)
    assert opened.find(ViewerWindow, "viewerWindow").isVisible()
    opened.window.close()


def test_zoom_keeps_what_is_under_the_cursor(qapp: object) -> None:
    owner = QObject()
    view = Viewpoint(owner)
    view.set_room(QSizeF(800, 600))
    view.show_image(4000, 3000)
    assert view.scale == pytest.approx(0.2)
    around = QPointF(130, -70)  # from the middle of the canvas

    def under_cursor() -> QPointF:
        return view.centre + around / view.scale

    before = under_cursor()
    for factor in (1.25, 4, 3, 0.5):
        view.zoom(factor, around)
        assert under_cursor().x() == pytest.approx(before.x(), abs=1e-6)
        assert under_cursor().y() == pytest.approx(before.y(), abs=1e-6)
    view.one_to_one(around)
    assert view.scale == 1
    view.zoom(1e9)
    assert view.scale == LARGEST_SCALE
    view.pan(QPointF(1e9, 1e9))  # no further than its corner
    assert view.centre.x() == pytest.approx(400 / LARGEST_SCALE)
    view.show_image(4000, 3000)
    assert view.scale == LARGEST_SCALE  # the same place in the neighbour
    view.show_image(10, 3000)
    assert view.fits
    view.show_image(1, 1)
    assert view.scale == LARGEST_SCALE


def test_the_fields_of_a_sample_in_a_tar_are_plain_text(open_window: Open, quadrants: Path, tmp_path: Path) -> None:
    images = [file.read_bytes() for file in sorted(quadrants.iterdir())]
    members = [
        member
        for number, image in enumerate(images)
        for member in (
            (f"{number}.png", image),
            (f"{number}.json", b'{"caption": "<img src=/tmp/x> %d", "boxes": [[1, 2, 3, 4]]}' % number),
            (f"{number}.large.txt", b"x" * 1_000_000),
        )
    ]
    tar = write_tar(tmp_path / "quadrants.tar", members)
    opened = open_window(tar, batch_size=3, num_workers=1, shuffle=False, epochs=1)
    opened.wait_for_state(RunState.FINISHED)
    opened.wait_for_batch()
    tiles = opened.find(QListView, "batchView")
    middle = tiles.visualRect(tiles.model().index(0, 0)).center()
    QTest.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    QTest.mouseDClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    viewer = opened.find(ViewerWindow, "viewerWindow")
    wait_until_examined(opened, viewer)
    fields = child(viewer, FieldsPanel, "viewerFields")
    opened.wait_until(lambda: "json" in fields.texts())
    assert fields.texts() == {
        "json": "{caption: <img src=/tmp/x> 0, boxes: [[1, 2, 3, 4]]}",
        "large.txt": "1,000,000 bytes",
    }
    assert all(label.textFormat() == Qt.TextFormat.PlainText for label in fields.findChildren(QLabel))
    QTest.keyClick(viewer, Qt.Key.Key_Right)
    opened.wait_until(lambda: "/tmp/x> 1" in fields.texts().get("json", ""))
    viewer.close()
