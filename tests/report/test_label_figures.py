"""The labels in the report of a scan."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from inspector.annotations.opening import open_annotations
from inspector.annotations.statistics import label_statistics
from inspector.report.label_figures import MOST_CLASSES, label_figures
from inspector.report.page import environment
from inspector.sources.opening import open_source
from tests.annotations.sets import IMAGES, SETS


def test_the_figures_are_those_of_the_annotations(tmp_path: Path) -> None:
    SETS["coco"][0](tmp_path, {"no-annotation"})
    found = open_annotations(open_source(str(tmp_path)))
    assert found is not None
    shown = label_figures(label_statistics(found))
    assert shown.headline == f"{2 * IMAGES - 2} labels on {IMAGES - 1} of {IMAGES} images · 1 without labels"
    classes, per_image, sizes, aspects = shown.charts
    assert [(bar.name, bar.count, bar.percent) for bar in classes.bars] == [("cat", "23", 100), ("dog", "23", 100)]
    assert [(bar.name, bar.count) for bar in per_image.bars if bar.percent] == [("0", "1"), ("2", "23")]
    for chart in (sizes, aspects):
        assert sum(int(bar.count) for bar in chart.bars) == 2 * IMAGES - 2
    assert len(shown.cells) == 2


def test_many_classes_are_cut_and_their_names_are_no_markup(tmp_path: Path) -> None:
    SETS["coco"][0](tmp_path, set())
    found = open_annotations(open_source(str(tmp_path)))
    assert found is not None
    names = tuple(f"<b>{number}</b>" for number in range(100))
    counts = np.arange(101)
    figures = label_figures(replace(label_statistics(found), class_names=names, class_shapes=counts))
    classes = figures.charts[0]
    assert len(classes.bars) == MOST_CLASSES
    assert classes.bars[0].name == "no class"
    assert classes.left_out == f"And {100 - MOST_CLASSES} classes more."
    page = environment().from_string("{{ name }}").render(name=classes.bars[1].name)
    assert "<b>" not in page
