"""The tiles of the batch: badges, keys, exchanged colours, and what keeping damaged files changes."""

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLabel, QLineEdit, QListView, QSpinBox

from inspector.formats.problems import Problem
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import RunState, Thumbnail
from inspector.ui.batch.badge import badge_of
from inspector.ui.batch.model import PROOF_ROLE, TILE_ROLE
from inspector.ui.viewer.window import ViewerWindow
from inspector.ui.widgets import LiveText
from tests.ui.conftest import Open, Opened


def tiles_of(opened: Opened) -> list[Thumbnail | Problem]:
    model = opened.find(QListView, "batchView").model()
    return [model.index(row, 0).data(TILE_ROLE) for row in range(model.rowCount())]


def proofs_of(opened: Opened) -> list[Proof | None]:
    """Of the images; what was skipped has none."""
    model = opened.find(QListView, "batchView").model()
    rows = [model.index(row, 0) for row in range(model.rowCount())]
    return [row.data(PROOF_ROLE) for row in rows if isinstance(row.data(TILE_ROLE), Thumbnail)]


def shown_thumbnails(opened: Opened) -> list[Thumbnail]:
    return [tile for tile in tiles_of(opened) if isinstance(tile, Thumbnail)]


def pause_and_prove(opened: Opened) -> None:
    opened.wait_for_batch()
    opened.session.pause()
    opened.wait_for_state(RunState.PAUSED)
    opened.wait_until(lambda: bool(proofs_of(opened)) and None not in proofs_of(opened))


def test_each_tile_has_a_badge_and_the_batch_a_sentence(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=12, num_workers=1)
    pause_and_prove(opened)
    tiles = opened.find(QListView, "batchView")
    for row in range(12):
        index = tiles.model().index(row, 0)
        badge = badge_of(index.data(TILE_ROLE), index.data(PROOF_ROLE), grey=False)
        assert badge is not None
        assert (badge.text, badge.sign) == ("RGB", "tick")
        assert "colours, RGB: A second decoder gives the same" in index.data(Qt.ItemDataRole.ToolTipRole)
    sentence = opened.find(LiveText, "proofLabel")
    assert sentence.text() == "All 12 coloured images are RGB: proved with a second decoder"


@pytest.mark.slow
def test_the_fault_can_be_switched_on_and_is_found(open_window: Open, photos: Path, tmp_path: Path) -> None:
    for file in sorted(photos.iterdir())[:6]:
        shutil.copy(file, tmp_path)
    opened = open_window(tmp_path, batch_size=6, num_workers=1, shuffle=False, image_size=(60, 80))
    pause_and_prove(opened)
    first = shown_thumbnails(opened)[0]
    opened.find(QCheckBox, "deliverBgrCheck").click()
    opened.wait_until(lambda: opened.session.snapshot().deliver_bgr)
    opened.session.run()
    opened.wait_until(lambda: any(proof and proof.verdict is ColourMatch.SWAPPED for proof in proofs_of(opened)))
    pause_and_prove(opened)
    again = shown_thumbnails(opened)[0]
    assert (again.pixels == first.pixels[..., ::-1]).all()
    badge = badge_of(again, proofs_of(opened)[0], grey=False)
    assert badge is not None
    assert (badge.text, badge.sign, badge.frame) == ("BGR", "swap", True)
    opened.wait_until(lambda: opened.find(LiveText, "proofLabel").text().startswith("All 6 coloured images are BGR"))


def test_a_held_key_and_a_box_exchange_red_and_blue_on_the_screen_only(open_window: Open, tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "red.png"), np.full((50, 50, 3), (0, 0, 255), np.uint8))
    opened = open_window(tmp_path, batch_size=1, num_workers=0)
    pause_and_prove(opened)
    tiles = opened.find(QListView, "batchView")
    middle = tiles.visualRect(tiles.model().index(0, 0)).center()

    def colour() -> str:
        return tiles.viewport().grab().toImage().pixelColor(middle).name()

    assert colour() == "#ff0000"
    tiles.setFocus()
    QTest.keyPress(tiles, Qt.Key.Key_X)
    assert colour() == "#0000ff"
    QTest.keyRelease(tiles, Qt.Key.Key_X)
    assert colour() == "#ff0000"
    opened.find(QCheckBox, "swapCheck").click()
    assert colour() == "#0000ff"
    assert proofs_of(opened)[0] is not None
    assert [proof.verdict for proof in proofs_of(opened) if proof] == [
        ColourMatch.RGB
    ]  # what is delivered is as it was
    spin = opened.find(QSpinBox, "workersSpin")
    line = spin.findChild(QLineEdit)
    assert line is not None
    QTest.keyPress(line, Qt.Key.Key_X)
    QTest.keyRelease(line, Qt.Key.Key_X)
    assert colour() == "#0000ff"


def test_space_is_the_tiles_while_one_is_chosen_and_the_windows_else(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=6, num_workers=1)
    opened.wait_for_batch()
    tiles = opened.find(QListView, "batchView")
    viewer = opened.find(ViewerWindow, "viewerWindow")
    tiles.setFocus()
    QTest.keyClick(tiles, Qt.Key.Key_Space)
    opened.wait_for_state(RunState.PAUSED)
    assert not viewer.isVisible()
    first = tiles.visualRect(tiles.model().index(0, 0)).center()
    QTest.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=first)
    QTest.keyClick(tiles, Qt.Key.Key_Right)
    assert tiles.currentIndex().row() == 1
    QTest.keyClick(tiles, Qt.Key.Key_Space)
    opened.wait_until(viewer.isVisible)
    assert opened.session.snapshot().state is RunState.PAUSED
    assert "image 2 of 6" in viewer.windowTitle()
    opened.trigger("closeImageAction")
    assert not viewer.isVisible()
    QTest.keyClick(tiles, Qt.Key.Key_Escape)
    assert not tiles.currentIndex().isValid()
    QTest.keyClick(tiles, Qt.Key.Key_Space)
    opened.wait_for_state(RunState.RUNNING)
    QTest.mouseClick(tiles.viewport(), Qt.MouseButton.LeftButton, pos=first)
    QTest.keyClick(tiles, Qt.Key.Key_F5)
    opened.wait_for_state(RunState.PAUSED)


@pytest.mark.slow
def test_damaged_files_are_tiles_of_their_own_or_marked_images(open_window: Open, sample: Path) -> None:
    opened = open_window(sample / "photo", batch_size=64, shuffle=False, num_workers=1)
    pause_and_prove(opened)
    name = "bad-damaged-flipped-bytes.jpg"
    [skipped] = [tile for tile in opened.shown().skipped if tile.path.endswith(name)]
    assert skipped.kind == "DAMAGED"
    assert not [tile for tile in opened.shown().thumbnails if tile.path.endswith(name)]
    combo = opened.find(QComboBox, "damagedCombo")
    combo.setCurrentText("keep")
    opened.wait_until(lambda: opened.session.snapshot().settings["on_damaged"] == "keep")
    opened.session.run()
    opened.wait_until(lambda: any(tile.path.endswith(name) for tile in shown_thumbnails(opened)))
    [kept] = [tile for tile in opened.shown().thumbnails if tile.path.endswith(name)]
    badge = badge_of(kept, None, grey=False)
    assert badge is not None
    assert (badge.text, badge.sign, badge.frame) == ("DAMAGED", "warn", True)
    assert not [tile for tile in opened.shown().skipped if tile.path.endswith(name)]


def test_a_proof_is_remembered_when_one_looks_back(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=5, num_workers=1)
    pause_and_prove(opened)
    serial = opened.session.snapshot().batch_serial
    opened.trigger("nextBatchAction")
    opened.wait_until(lambda: opened.session.snapshot().batch_serial > serial)
    pause_and_prove(opened)
    number = opened.shown().number
    opened.trigger("previousBatchAction")
    opened.wait_until(lambda: opened.shown().number == number - 1)
    opened.wait_until(lambda: len(tiles_of(opened)) > 0 and None not in proofs_of(opened))


@pytest.mark.slow
def test_another_batch_size_while_paused_is_announced_until_the_next_batch(open_window: Open, photos: Path) -> None:
    opened = open_window(photos, batch_size=8, num_workers=1, drop_last=True)  # no short batch at an epoch's end
    opened.wait_for_batch()
    opened.wait_until(lambda: opened.session.snapshot().batches > 3)
    opened.trigger("runAction")
    opened.wait_for_state(RunState.PAUSED)
    opened.wait_until(lambda: opened.shown().number == opened.session.snapshot().batches - 1)
    heading = opened.find(LiveText, "batchHeading")
    opened.wait_until(lambda: heading.text().startswith(f"BATCH {opened.shown().number} 8 images ·"))
    opened.find(QSpinBox, "batchSizeSpin").setValue(12)
    opened.wait_until(lambda: "8 images, 12 from the next batch on ·" in heading.text())
    opened.trigger("previousBatchAction")
    opened.wait_until(lambda: opened.find(QLabel, "batchesBackLabel").text() == "1 batch back")
    assert "8 images, 12 from the next batch on ·" in heading.text()
    opened.trigger("nextBatchAction")
    opened.trigger("nextBatchAction")
    opened.wait_until(lambda: " 12 images ·" in heading.text())
