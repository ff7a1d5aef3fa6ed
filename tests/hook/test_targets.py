"""Boxes, keypoints and masks beside the images of a batch are copied with them, and read as they are meant."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from inspector.session.watched_pictures import prepare
from inspector.watched.child import hooked_environment
from inspector.watched.reader import RunReader
from inspector.watched.records import PictureSet, PictureTargets
from tests.hook.conftest import SCRIPTS

CORNERS = [[6.0, 4.0, 30.0, 20.0], [10.0, 10.0, 50.0, 36.0]]


@pytest.fixture
def pictures(torch_python: str, tmp_path: Path) -> "Seen":
    return Seen(torch_python, tmp_path)


class Seen:
    """Runs the script with batches of one kind."""

    def __init__(self, python: str, folder: Path) -> None:
        self._python, self._folder = python, folder

    def of(self, kind: str, workers: int = 0) -> PictureSet:
        environment = {**hooked_environment(self._folder), "INSPECTOR_HOOK_RAISES": "1"}
        command = [self._python, str(SCRIPTS / "targets.py"), kind, str(workers)]
        subprocess.run(command, env={**os.environ, **environment}, check=True, timeout=250)
        reader = RunReader(self._folder)
        [loader] = reader.read().loaders
        found = reader.pictures(loader.key)
        assert found is not None
        assert len(found.pictures) == 4
        return found

    def first(self, kind: str) -> PictureTargets:
        found = self.of(kind).pictures[0].targets
        assert found is not None
        return found


@pytest.mark.parametrize(
    ("kind", "how"),
    [
        ("torchvision", "xyxy, by the key “boxes”"),
        ("coco", "xywh, by the key “bbox”"),
        ("detr", "cxcywh, shares of the image, by the key “boxes”"),
        ("ultralytics", "cxcywh, shares of the image, by the key “bboxes”"),
        ("yolo", "cxcywh, shares of the image, by their columns"),
        ("typed", "cxcywh, as their type says"),
        ("albumentations", "xyxy, by the key “bboxes”"),
    ],
)
def test_boxes_are_corners_in_pixels_whatever_they_were(kind: str, how: str, pictures: Seen) -> None:
    found = pictures.first(kind)
    assert found.boxes == pytest.approx(np.array(CORNERS), abs=0.01)
    assert found.boxes_in_all == 2
    assert found.how == how
    assert found.labels.tolist() == ([-1, -1] if kind == "albumentations" else [3, 1])


@pytest.mark.parametrize("kind", ["semantic", "segformer", "albumentations"])
def test_masks_are_classes_with_what_is_ignored(kind: str, pictures: Seen) -> None:
    found = pictures.first(kind)
    assert found.mask is not None
    assert not found.instances
    assert found.mask.shape == (40, 60)
    assert (found.mask[0, 0], found.mask[10, 10], found.mask[30, 50]) == (255, 3, 0)


def test_a_mask_of_zeros_and_ones_is_one(pictures: Seen) -> None:
    found = pictures.first("binary")
    assert found.mask is not None
    assert set(np.unique(found.mask)) == {0, 1}


def test_masks_of_objects_have_their_numbers_and_keypoints_their_places(pictures: Seen) -> None:
    found = pictures.first("torchvision")
    assert found.mask is not None
    assert found.instances
    assert (found.mask[5, 8], found.mask[30, 40], found.mask[0, 0]) == (1, 2, 0)
    assert found.keypoints.shape == (2, 2, 3)
    assert found.keypoints[0, 0].tolist() == [12.0, 8.0, 1.0]
    assert found.keypoints[0, 1, 2] == 0


def test_a_bounded_part_is_copied_and_the_number_of_all_is_said(pictures: Seen) -> None:
    found = pictures.of("many")
    targets = found.pictures[0].targets
    assert targets is not None
    assert (len(targets.boxes), targets.boxes_in_all) == (100, 5000)
    assert "Targets: 20,000 boxes (xyxy" in prepare(found).note


def test_each_image_has_its_own(pictures: Seen) -> None:
    counts = [0 if each.targets is None else len(each.targets.boxes) for each in pictures.of("ragged").pictures]
    assert counts == [0, 2, 0, 2]


@pytest.mark.parametrize("kind", ["nothing", "hostile"])
def test_what_is_no_target_is_not_taken_for_one(kind: str, pictures: Seen) -> None:
    found = pictures.of(kind)
    assert [each.targets for each in found.pictures] == [None] * 4
    assert "Targets" not in prepare(found).note


def test_workers_send_them_too_and_files_are_known(pictures: Seen) -> None:
    found = pictures.of("ultralytics", workers=2)
    assert found.pictures[1].path == "/data/1.jpg"
    assert found.pictures[1].targets is not None
