"""What a data set gives beside its images, in the conventions of torchvision, Albumentations and others."""

from typing import Any

import numpy as np
import pytest

from inspector.annotations.fields import FieldLabels, guess_box_format
from inspector.annotations.picture_labels import PictureLabels
from inspector.annotations.records import ShapeFlag, ShapeKind

SIZE = (100, 200)  # height and width
CORNERS = np.array([[20, 10, 120, 60], [150, 50, 190, 95], [0, 0, 200, 100]], np.float32)
SIDES = CORNERS[:, 2:] - CORNERS[:, :2]
MIDDLES = (CORNERS[:, 2:] + CORNERS[:, :2]) / 2
SHARE = np.array([200, 100, 200, 100], np.float32)
XYWH = np.concatenate([CORNERS[:, :2], SIDES], axis=1)
CXCYWH = np.concatenate([MIDDLES, SIDES], axis=1)


def one(sample: dict[str, Any], size: tuple[int, int] = SIZE) -> PictureLabels:
    [found] = FieldLabels().of_samples([sample], [size])
    assert found is not None
    return found


def corners(labels: PictureLabels) -> "np.ndarray[Any, Any]":
    return labels.shapes.points.reshape(-1, 4) * SHARE


@pytest.mark.parametrize(
    ("boxes", "said"),
    [
        (CORNERS, "boxes taken as xyxy, in pixels"),
        (XYWH, "boxes taken as xywh, in pixels"),
        (CXCYWH, "boxes taken as cxcywh, in pixels"),
        (CORNERS / SHARE, "boxes taken as xyxy, as shares of the sides"),
        (CXCYWH / SHARE, "boxes taken as cxcywh, as shares of the sides"),
    ],
)
def test_the_format_of_boxes_is_guessed_and_named(boxes: "np.ndarray[Any, Any]", said: str) -> None:
    labels = one({"target": {"boxes": boxes, "labels": np.array([1, 2, 1])}})
    assert labels.note == said
    assert corners(labels) == pytest.approx(CORNERS, abs=0.01)


def test_what_would_fit_too_is_said() -> None:
    labels = one({"boxes": np.array([[10, 10, 60, 60]])})
    assert labels.note == "boxes taken as xyxy, in pixels (they fit xywh and cxcywh, too)".replace(" and cxcywh", "")


def test_the_guess_is_one_for_the_whole_batch() -> None:
    single = np.array([[10.0, 10.0, 60.0, 60.0]])
    found = FieldLabels().of_samples([{"boxes": XYWH}, {"boxes": single}], [SIZE, SIZE])
    assert [labels.note for labels in found if labels] == ["boxes taken as xywh, in pixels"] * 2


def test_a_target_of_torchvision() -> None:
    masks = np.zeros((2, *SIZE), np.uint8)
    masks[0, :10, :10] = 1
    masks[1, 50:, 100:] = 1
    target = {
        "boxes": CORNERS[:2],
        "labels": np.array([7, 3]),
        "masks": masks,
        "iscrowd": np.array([0, 1]),
        "keypoints": np.array([[[20, 10, 2], [30, 20, 0]], [[150, 50, 1], [160, 60, 1]]], np.float32),
        "image_id": 5,
        "area": np.array([1.0, 2.0]),
    }
    reader = FieldLabels()
    [labels] = reader.of_samples([{"label": target}], [SIZE])
    assert labels is not None
    shapes = labels.shapes
    assert shapes.kinds.tolist() == [ShapeKind.BOX] * 2 + [ShapeKind.KEYPOINTS] * 2
    assert [reader.class_names[number] for number in shapes.classes] == ["7", "3", "7", "3"]
    assert bool(shapes.flags[1] & ShapeFlag.CROWD)
    assert np.isnan(shapes.shape(2)[1]).all()  # not labelled
    assert labels.mask is not None
    assert labels.mask[0, 0] == shapes.classes[0]
    assert labels.mask[-1, -1] == shapes.classes[1]
    assert labels.mask[0, -1] == -1


def test_bboxes_of_albumentations_with_their_classes_behind() -> None:
    reader = FieldLabels()
    [labels] = reader.of_samples([{"bboxes": [(20, 10, 120, 60, "cat"), (150, 50, 190, 95, "dog")]}], [SIZE])
    assert labels is not None
    assert corners(labels) == pytest.approx(CORNERS[:2], abs=0.01)
    [labels] = reader.of_samples([{"bboxes": [[20, 10, 120, 60]], "class_labels": ["dog"]}], [SIZE])
    assert labels is not None
    assert reader.class_names[labels.shapes.classes[0]] == "dog"


def test_objects_as_of_coco() -> None:
    objects = [{"bbox": row.tolist(), "category_id": number} for number, row in enumerate(XYWH)]
    labels = one({"annotations": objects})
    assert corners(labels) == pytest.approx(CORNERS, abs=0.01)
    assert len(set(labels.shapes.classes.tolist())) == 3


def test_a_mask_of_classes() -> None:
    mask = np.zeros(SIZE, np.int64)
    mask[40:60, 80:] = 2
    reader = FieldLabels()
    [labels] = reader.of_samples([{"1": mask}], [SIZE])
    assert labels is not None
    assert labels.mask is not None
    assert set(np.unique(labels.mask)) == {-1, 2}
    assert labels.note == "mask values taken as classes, 0 as background"
    assert reader.class_names[2] == "2"
    [small] = reader.of_samples([{"mask": mask}], [SIZE], mask_px=50)
    assert small is not None
    assert small.mask is not None
    assert small.mask.shape == (25, 50)


def test_a_mask_of_another_size_is_said() -> None:
    labels = one({"mask": np.zeros((7, 9), np.uint8)})
    assert labels.mask is None
    assert labels.note == "a mask of 7 x 9 is not drawn: the picture is 100 x 200"


def test_text_polygons() -> None:
    quads = np.array([[[10, 10], [60, 12], [60, 30], [10, 28]]], np.float32)
    labels = one({"polygons": quads})
    assert labels.shapes.kinds.tolist() == [ShapeKind.QUAD]
    assert labels.shapes.points * (200, 100) == pytest.approx(quads[0])


@pytest.mark.parametrize(
    "sample",
    [
        {},
        {"caption": "boxes", "label": 3},
        {"boxes": None},
        {"boxes": "none"},
        {"boxes": [[1, 2]]},
        {"boxes": object()},
        {"boxes": np.array(["a", "b"])},
        {"embedding": np.zeros(512)},
        {"keypoints": 5, "masks": "x", "polygons": 7},
        {"target": {"boxes": {"x": 1}}},
    ],
)
def test_what_is_none_is_none(sample: dict[str, Any]) -> None:
    [found] = FieldLabels().of_samples([sample], [SIZE])
    assert not found


@pytest.mark.parametrize("boxes", [np.empty((0, 4)), np.full((2, 4), np.nan), np.array([[np.inf, 0, 1, 1]])])
def test_boxes_that_are_none_or_no_numbers_are_no_error(boxes: "np.ndarray[Any, Any]") -> None:
    labels = one({"boxes": boxes, "labels": np.zeros(len(boxes), np.int64)})
    assert len(labels.shapes) == len(boxes)


def test_a_single_sample_among_others_has_none() -> None:
    found = FieldLabels().of_samples([{"boxes": CORNERS}, {"caption": "none"}], [SIZE, SIZE])
    assert [labels is None for labels in found] == [False, True]


def test_the_guess_of_boxes_alone() -> None:
    assert guess_box_format([(CORNERS, SIZE)]).name == "xyxy"
    assert guess_box_format([(XYWH, SIZE), (XYWH, SIZE)]).name == "xywh"
