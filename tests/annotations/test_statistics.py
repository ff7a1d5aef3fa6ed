"""The figures of all labels."""

import json
from pathlib import Path

import cv2
import numpy as np

from inspector.annotations.opening import open_annotations
from inspector.annotations.statistics import (
    GRID,
    PER_IMAGE_EDGES,
    LabelChart,
    images_in_part,
    images_with_class,
    images_without_labels,
    label_statistics,
)
from inspector.sources.opening import open_source
from tests.annotations.sets import HEIGHT, SETS, WIDTH


def test_figures_of_a_set(tmp_path: Path) -> None:
    for name in "abcd":
        cv2.imwrite(str(tmp_path / f"{name}.png"), np.zeros((100, 200, 3), np.uint8))
    boxes = [(1, 1, (0, 0, 20, 10)), (1, 2, (180, 90, 20, 10)), (2, 1, (90, 45, 20, 10))]
    coco = {
        "images": [
            {"id": n, "file_name": f"{name}.png", "width": 200, "height": 100} for n, name in enumerate("abc", 1)
        ],
        "annotations": [
            {"id": n, "image_id": image, "category_id": category, "bbox": box, "area": 200, "iscrowd": 0}
            for n, (image, category, box) in enumerate(boxes, 1)
        ],
        "categories": [{"id": 1, "name": "cat"}, {"id": 2, "name": "dog"}, {"id": 3, "name": "cow"}],
    }
    (tmp_path / "annotations.json").write_text(json.dumps(coco))
    found = open_annotations(open_source(str(tmp_path)), str(tmp_path / "annotations.json"))
    assert found is not None
    figures = label_statistics(found)
    assert (figures.images, figures.labelled, figures.empty, figures.unlabelled) == (4, 2, 1, 1)
    assert figures.shapes == 3
    assert dict(zip((*figures.class_names, "-"), figures.class_shapes.tolist(), strict=True)) == {
        "cat": 2, "dog": 1, "cow": 0, "-": 0
    }  # fmt: skip
    assert figures.class_images.tolist() == [2, 1, 0, 0]
    assert figures.per_image[:3].tolist() == [1, 1, 1]
    assert len(figures.per_image) == len(PER_IMAGE_EDGES)
    assert figures.places.sum() == 3
    assert figures.places[GRID // 2, GRID // 2] == 1
    assert figures.places[1, 1] == 1
    assert figures.sizes.sum() == figures.aspects.sum() == 3
    assert figures.unplaced == 0
    assert images_with_class(found, 0).tolist() == [0, 1]
    assert images_with_class(found, 2).tolist() == []
    assert images_without_labels(found).tolist() == [2, 3]


def test_the_images_of_each_part_of_a_chart_are_those_that_it_counts(tmp_path: Path) -> None:
    SETS["yolo"][0](tmp_path, {"no-annotation", "duplicate-shape"})
    found = open_annotations(open_source(str(tmp_path)))
    assert found is not None
    sizes = np.tile(np.array([[WIDTH, HEIGHT]], np.int32), (len(found), 1))
    figures = label_statistics(found, sizes)
    for chart in LabelChart:
        counts = getattr(figures, chart).ravel()
        for part, count in enumerate(counts.tolist()):
            images = images_in_part(found, sizes, chart, part)
            assert bool(len(images)) == bool(count)
            assert len(images) <= count
            if chart is LabelChart.PER_IMAGE:
                assert len(images) == count
    assert len(images_in_part(found, sizes, LabelChart.PER_IMAGE, 3)) == 1  # the one with a box twice
