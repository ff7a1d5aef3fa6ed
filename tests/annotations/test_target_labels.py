"""Targets of a watched batch over its pictures."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest

from inspector.annotations.records import ShapeFlag, ShapeKind
from inspector.annotations.target_labels import labels_of_targets


@dataclass(frozen=True)
class Given:
    boxes: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    keypoints: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8] | None = None
    instances: bool = False
    how: str = "xyxy, as their type says"


BOXES = np.array([[10, 20, 30, 40], [0, 0, 100, 50]], np.float32)
NO_POINTS = np.zeros((0, 0, 3), np.float32)


def test_boxes_and_keypoints() -> None:
    points = np.array([[[10, 20, 1], [30, 40, 0]], [[50, 25, 1], [60, 30, 1]]], np.float32)
    labels = labels_of_targets(Given(BOXES, np.array([3, -1], np.int32), points), 50, 100)
    shapes = labels.shapes
    assert shapes.kinds.tolist() == [ShapeKind.BOX] * 2 + [ShapeKind.KEYPOINTS] * 2
    assert shapes.classes.tolist() == [3, -1, 3, -1]
    assert shapes.shape(0).ravel() == pytest.approx([0.1, 0.4, 0.3, 0.8])
    assert np.isnan(shapes.shape(2)[1]).all()
    assert shapes.flags.tolist() == [0, 0, ShapeFlag.PART, ShapeFlag.PART]
    assert labels.note == "boxes read as xyxy, as their type says"


def test_a_mask_of_objects_has_their_classes() -> None:
    mask = np.zeros((50, 100), np.uint8)
    mask[:10], mask[10:20], mask[20:30] = 1, 2, 255
    labels = labels_of_targets(Given(BOXES, np.array([7, -1], np.int32), NO_POINTS, mask, instances=True), 50, 100)
    assert labels.mask is not None
    assert [int(labels.mask[row, 0]) for row in (0, 10, 20, 40)] == [7, 1, -1, -1]


def test_a_mask_of_classes_and_no_boxes() -> None:
    mask = np.zeros((50, 100), np.uint8)
    mask[:10], mask[20:30] = 4, 255
    none = Given(np.zeros((0, 4), np.float32), np.zeros(0, np.int32), NO_POINTS, mask)
    labels = labels_of_targets(none, 50, 100, mask_px=50)
    assert len(labels.shapes) == 0
    assert labels
    assert labels.mask is not None
    assert labels.mask.shape == (25, 50)
    assert set(np.unique(labels.mask)) == {4, -1}
    assert labels.note == ""
