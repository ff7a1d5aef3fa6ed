"""Labels in the window: over tiles and in the viewer, never in what was delivered; shown, hidden, chosen."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, QRectF, Qt
from PySide6.QtGui import QAction, QImage, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QListView, QTableView, QWidget
from pytestqt.qtbot import QtBot

from inspector.annotations.picture_labels import no_shapes
from inspector.colours import LABEL_FAULTY
from inspector.session.records import WITHOUT_LABELS, BatchKey, BatchLabels, PictureLabels, ShapeFlag, ShapeKind
from inspector.ui.labels.colours import class_colour
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.labels.outlines import Outlines
from inspector.ui.labels.panel import LabelsPanel
from inspector.ui.labels.side import LabelsPart
from inspector.ui.panels import LABELS
from inspector.ui.viewer.canvas import Canvas
from inspector.ui.viewer.window import ViewerWindow
from tests.ui.conftest import Open, Opened

NAMES = ("<b>cat</b>", "a dog with a name that is longer than all the room there is in a legend", "cow")
BOXES = {
    "a": [(0, 20, 10, 60, 40), (1, 120, 50, 60, 40)],
    "b": [(0, 150, 20, 100, 30)],
    "c": [(2, 0, 0, 50, 50)],
    "d": [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Four grey images of 200 x 100 pixels; a box of b is partly outside, d has none."""
    made = tmp_path / "set"
    (made / "annotations").mkdir(parents=True)
    images, annotations = [], []
    for number, (name, boxes) in enumerate(BOXES.items()):
        cv2.imwrite(str(made / f"{name}.png"), np.full((100, 200, 3), 90, np.uint8))
        images.append({"id": number, "file_name": f"{name}.png", "width": 200, "height": 100})
        annotations += [
            {"id": 10 * number + at, "image_id": number, "category_id": category, "bbox": box, "area": 1, "iscrowd": 0}
            for at, (category, *box) in enumerate(boxes)
        ]
    categories = [{"id": number, "name": name} for number, name in enumerate(NAMES)]
    content = {"images": images, "annotations": annotations, "categories": categories}
    (made / "annotations" / "instances.json").write_text(json.dumps(content))
    return made


@pytest.fixture
def opened(open_window: Open, folder: Path) -> Opened:
    """A window that shows them, paused."""
    made = open_window(folder, num_workers=0, batch_size=4, shuffle=False)
    made.wait_for_batch()
    made.trigger("runAction")
    made.wait_until(lambda: any(layer(made).batch.pictures))
    return made


def layer(opened: Opened) -> LabelLayer:
    return opened.window.findChildren(LabelLayer)[0]


def has_colour(widget: QWidget, name: str) -> bool:
    """Whether something on it has about this colour: lines are smoothed."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    pixels = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine() // 4, 4)
    wanted = np.array([int(name[at : at + 2], 16) for at in (5, 3, 1)])
    return bool((np.abs(pixels[..., :3].astype(int) - wanted).max(axis=2) <= 40).any())


def test_only_labels_have_a_batch_painted_again(qapp: QApplication) -> None:
    changes: list[int] = []
    made = LabelLayer(qapp)
    made.labels_changed.connect(lambda: changes.append(len(made.batch.pictures)))
    some = BatchLabels((PictureLabels(no_shapes()), None), ("cat",))
    for batch in (BatchLabels(), BatchLabels(), some, BatchLabels(), BatchLabels(), BatchLabels(note="None.")):
        made.take(BatchKey(1, 0), batch, (7, 8))
    assert changes == [2, 0, 0]
    made.choose(WITHOUT_LABELS)
    made.take(BatchKey(1, 1), BatchLabels(), (9, 10))
    made.take(BatchKey(1, 2), BatchLabels(), (11, 12))
    assert changes == [2, 0, 0, 0, 0]
    made.deleteLater()


def test_labels_are_on_the_tiles_and_not_in_the_arrays(opened: Opened) -> None:
    tiles = opened.find(QListView, "batchView")
    opened.wait_until(lambda: has_colour(tiles.viewport(), class_colour(0).name()))
    opened.wait_until(lambda: has_colour(tiles.viewport(), LABEL_FAULTY))
    assert all((each.pixels == 90).all() for each in opened.shown().thumbnails)
    opened.trigger("labelsAction")
    opened.wait_until(lambda: not has_colour(tiles.viewport(), class_colour(0).name()))
    assert not opened.find(QCheckBox, "labelsCheck").isChecked()
    opened.qtbot.keyClick(opened.window, Qt.Key.Key_L)  # type: ignore[no-untyped-call]
    opened.wait_until(lambda: has_colour(tiles.viewport(), class_colour(0).name()))


def test_a_class_is_hidden_and_chosen(opened: Opened) -> None:
    tiles, labels = opened.find(QListView, "batchView"), layer(opened)
    labels.toggle_class(0)
    opened.wait_until(lambda: not has_colour(tiles.viewport(), class_colour(0).name()))
    labels.toggle_class(0)
    labels.choose(0)
    opened.wait_until(lambda: tiles.model().rowCount() == 2)
    labels.choose(WITHOUT_LABELS)
    opened.wait_until(lambda: tiles.model().rowCount() == 1)
    assert tiles.model().index(0, 0).data() == "d.png"
    labels.choose(None)
    opened.wait_until(lambda: tiles.model().rowCount() == 4)


def test_faulty_labels_are_counted_in_the_line_above(opened: Opened) -> None:
    note = opened.find(QWidget, "labelsNote")
    opened.wait_until(lambda: "1 label of this batch may be wrong" in note.text())  # type: ignore[attr-defined]


def test_the_page_counts_and_a_click_lists_the_samples(opened: Opened) -> None:
    opened.window._show_page_named(LABELS)
    table = opened.find(QTableView, "labelClassesTable")
    opened.wait_until(lambda: table.model().rowCount() == 4)
    rows = [[table.model().index(row, column).data() for column in range(3)] for row in range(4)]
    assert rows == [
        [NAMES[0], "2", "2"], [NAMES[1], "1", "1"], [NAMES[2], "1", "1"], ["no labels", "", "1"]
    ]  # fmt: skip
    table.clicked.emit(table.model().index(0, 0))
    samples = opened.find(QListView, "labelSamplesList")
    opened.wait_until(lambda: samples.model().rowCount() == 2)
    assert [samples.model().index(row, 0).data() for row in range(2)] == ["a.png", "b.png"]
    tiles = opened.find(QListView, "batchView")
    opened.wait_until(lambda: tiles.model().rowCount() == 2)
    opened.find(QWidget, "labelsShowAllButton").click()  # type: ignore[attr-defined]
    opened.wait_until(lambda: tiles.model().rowCount() == 4)
    assert opened.window.findChildren(LabelsPanel)


def test_a_click_on_a_bar_filters_the_batch_and_lists_the_samples(opened: Opened) -> None:
    opened.window._show_page_named(LABELS)
    opened.wait_until(lambda: opened.find(QTableView, "labelClassesTable").model().rowCount() == 4)
    samples, tiles = opened.find(QListView, "labelSamplesList"), opened.find(QListView, "batchView")
    show_all = opened.find(QWidget, "labelsShowAllButton")

    def click(name: str, x: float, y: float) -> None:
        chart = opened.find(QWidget, name)
        place = QPointF(x * chart.width(), y * chart.height())
        button, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
        event = QMouseEvent(QEvent.Type.MouseButtonPress, place, chart.mapToGlobal(place), button, button, none)
        QApplication.sendEvent(chart, event)

    def listed() -> list[str]:
        return [samples.model().index(row, 0).data() for row in range(samples.model().rowCount())]

    click("labelsPerImage", 0.05, 0.9)  # the bar of images without a label
    opened.wait_until(lambda: listed() == ["d.png"] and tiles.model().rowCount() == 1)
    note = opened.find(QWidget, "labelsNote")
    assert "Only 1 image of the batch with 0 labels" in note.text()  # type: ignore[attr-defined]
    click("labelsPerImage", 0.15, 0.9)
    opened.wait_until(lambda: listed() == ["b.png", "c.png"] and tiles.model().rowCount() == 2)
    click("labelsPerImage", 0.15, 0.9)  # again: all are shown
    opened.wait_until(lambda: not listed() and tiles.model().rowCount() == 4)
    click("labelAspects", 4.5 / 9, 0.9)
    opened.wait_until(lambda: listed() == ["c.png"] and tiles.model().rowCount() == 1)
    show_all.click()  # type: ignore[attr-defined]
    opened.wait_until(lambda: not listed() and tiles.model().rowCount() == 4)


def test_the_viewer_has_them_and_says_what_is_below_the_mouse(opened: Opened) -> None:
    opened.find(QAction, "openImageAction").trigger()
    viewer = opened.find(ViewerWindow, "viewerWindow")
    canvas = viewer.findChild(Canvas, "deliveredCanvas")
    assert canvas is not None
    opened.wait_until(lambda: has_colour(canvas, class_colour(0).name()))
    counted = viewer.findChild(QLabel, "viewerLabelsCount")
    assert counted is not None
    opened.wait_until(lambda: counted.text() == "2 labels")
    picture = canvas._picture
    assert picture is not None
    place: QRectF = canvas._picture_rect(picture)
    ratio = canvas.devicePixelRatioF()
    at = QPointF(place.x() + 0.2 * place.width(), place.y() + 0.3 * place.height()) / ratio
    move = QMouseEvent(
        QEvent.Type.MouseMove, at, canvas.mapToGlobal(at), Qt.MouseButton.NoButton, Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
    )  # fmt: skip
    QApplication.sendEvent(canvas, move)
    assert canvas.labels.said == f"{NAMES[0]}\nbox"
    opened.qtbot.keyClick(viewer, Qt.Key.Key_L)  # type: ignore[no-untyped-call]
    assert not layer(opened).shown
    assert not has_colour(canvas, class_colour(0).name())


@pytest.mark.slow
def test_dashes_signs_points_and_masks_are_painted(qtbot: QtBot, opened: Opened) -> None:
    """Whatever a picture's labels are, painting them raises nothing, at any size."""
    from dataclasses import replace

    from inspector.annotations.picture_labels import PictureLabels, no_shapes
    from inspector.session.records import ShapeFlag, ShapeKind

    kinds = [*ShapeKind, ShapeKind.POLYGON, ShapeKind.BOX]
    random = np.random.default_rng(0)
    counts = [2, 5, 4, 6, 3, 1, 48, 0, 1]
    points = random.random((sum(counts), 2), np.float32) * 2 - 0.5
    points[::7] = np.nan
    points[5] = 1e30
    labels = PictureLabels(
        replace(
            no_shapes(),
            points=points,
            offsets=np.concatenate([[0], np.cumsum(counts)]),
            kinds=np.array(kinds, np.uint8),
            classes=np.array([-1, 0, 1, 500, 29_999, 3, 4, 5, 6], np.int32),
            scores=np.full(9, np.nan, np.float32),
            flags=np.array([0, ShapeFlag.IGNORE, ShapeFlag.FAULTY, 0, 0, 0, 9, 17, 0], np.uint8),
            ids=np.arange(9),
        ),
        random.integers(-1, 3, (20, 30)).astype(np.int16),
        ((2, "wrong"), (-1, "all of it")),
    )
    outlines = Outlines(labels)
    for side in (1, 16, 136, 1000):
        image = QImage(side, side, QImage.Format.Format_RGB32)
        painter = QPainter(image)
        for chosen in range(-1, 9):
            outlines.paint(painter, QRectF(0, 0, side, side), frozenset({1}), chosen=chosen)
        painter.end()
        assert 0 < outlines.line_width(QRectF(0, 0, side, side), 1.4) <= 1.4
    for x, y in random.random((50, 2)).tolist():
        shape = outlines.at(x, y, frozenset())
        if shape >= 0:
            assert layer(opened).description(labels, shape)
        assert -1 <= outlines.class_at(x, y, frozenset()) < 3


def test_a_polygon_beside_its_box_is_no_second_label(qtbot: QtBot) -> None:
    shapes = replace(
        no_shapes(),
        points=np.zeros((5, 2), np.float32),
        offsets=np.array([0, 2, 5]),
        kinds=np.array([ShapeKind.BOX, ShapeKind.POLYGON], np.uint8),
        classes=np.zeros(2, np.int32),
        scores=np.full(2, np.nan, np.float32),
        flags=np.array([0, ShapeFlag.PART], np.uint8),
        ids=np.array([7, 7]),
    )
    labels = PictureLabels(shapes)
    part = LabelsPart()
    qtbot.addWidget(part)
    part.show_labels(labels, BatchLabels((labels,), ("cat",)))
    texts = [part.findChild(QLabel, f"viewerLabels{name}") for name in ("Count", "Classes")]
    assert [text and text.text() for text in texts] == ["1 label", "cat 1"]
