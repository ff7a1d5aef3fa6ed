"""What is exported is read again: COCO to YOLO to VOC to COCO, and every corner is within a pixel of where it was."""

import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.annotations.checks import ImageSizes
from inspector.annotations.export import Export, write_coco, write_voc, write_yolo
from inspector.annotations.index import AnnotationIndex
from inspector.annotations.opening import open_annotations
from inspector.annotations.records import ShapeFlag
from inspector.sources.opening import open_source
from tests.annotations.sets import HEIGHT, IMAGES, SETS, WIDTH, name


def opened(root: Path, choice: Path | None = None) -> AnnotationIndex:
    found = open_annotations(open_source(str(root)), str(choice or ""))
    assert found is not None
    assert found.faults == ()
    return found


def sizes(index: AnnotationIndex) -> ImageSizes:
    return ImageSizes(np.tile(np.array([[WIDTH, HEIGHT]], np.int32), (len(index), 1)), np.zeros(len(index), np.bool_))


def boxes(index: AnnotationIndex) -> dict[str, list[tuple[str, list[float]]]]:
    """Of each image: classes and corners around each shape, in pixels."""
    found = {}
    for image in range(len(index)):
        shapes = index.of(image)
        assert shapes is not None
        points = shapes.in_pixels(WIDTH, HEIGHT)
        parts = [points[shapes.offsets[i] : shapes.offsets[i + 1]] for i in range(len(shapes))]
        found[Path(index.names.path(image)).stem] = [
            (index.class_names[shapes.classes[i]], [*part.min(axis=0).tolist(), *part.max(axis=0).tolist()])
            for i, part in enumerate(parts)
            if not shapes.flags[i] & ShapeFlag.PART
        ]
    return found


def test_a_round_trip_is_exact_within_a_pixel(tmp_path: Path) -> None:
    root = tmp_path / "set"
    SETS["coco"][0](root, set())
    first = opened(root)
    everything = range(len(first))
    write_yolo(Export(first, sizes(first), everything), str(tmp_path / "yolo"))
    second = opened(root, tmp_path / "yolo/labels")
    assert second.format_name == "YOLO"
    write_voc(Export(second, sizes(second), everything), str(tmp_path / "voc"))
    third = opened(root, tmp_path / "voc/Annotations")
    assert third.format_name == "VOC"
    written = write_coco(Export(third, sizes(third), everything), str(tmp_path / "again.json"))
    assert (written.images, written.shapes, written.left_out) == (IMAGES, 2 * IMAGES, 0)
    last = opened(root, tmp_path / "again.json")
    before, after = boxes(first), boxes(last)
    assert before.keys() == after.keys()
    for image, shapes in before.items():
        assert [label for label, _ in shapes] == [label for label, _ in after[image]]
        for (_, corners), (_, again) in zip(shapes, after[image], strict=True):
            assert np.abs(np.subtract(corners, again)).max() < 0.1


def test_images_of_unknown_size_are_left_out_and_nothing_is_overwritten(tmp_path: Path) -> None:
    root = tmp_path / "set"
    SETS["yolo"][0](root, set())
    index = opened(root)
    export = Export(index, ImageSizes.unknown(len(index)), range(len(index)))
    assert write_coco(export, str(tmp_path / "out.json")).left_out == IMAGES
    with pytest.raises(FileExistsError):
        write_yolo(export, str(root))


def test_the_command_writes_what_is_sound(tmp_path: Path) -> None:
    root = tmp_path / "set"
    SETS["voc"][0](root, {"box-outside", "box-empty"})
    (root / "JPEGImages" / f"{name(20)}.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "inspector",
            "scan",
            str(root),
            "--workers",
            "0",
            "--export-coco",
            str(tmp_path / "out.json"),
        ],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 1, done.stderr
    assert "Annotations: VOC: Annotations, 2 classes" in done.stdout
    shapes = 2 * (IMAGES - 1) - 2
    assert (
        f"Annotations without a fault: {shapes} shapes of {IMAGES - 1} images in {tmp_path / 'out.json'}."
        in done.stderr
    )
    assert cv2.imread(str(root / "JPEGImages" / f"{name(1)}.png")) is not None


def test_an_export_without_annotations_is_an_error(tmp_path: Path) -> None:
    assert cv2.imwrite(str(tmp_path / "a.png"), np.zeros((40, 40, 3), np.uint8))
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "inspector",
            "scan",
            str(tmp_path),
            "--workers",
            "0",
            "--export-yolo",
            str(tmp_path / "new"),
        ],
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 2
    assert "there are no annotations to export" in done.stderr
    assert not (tmp_path / "new").exists()
