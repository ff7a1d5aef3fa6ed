"""The section of labels in the report of a scan: classes, labels an image, sizes, aspects, places."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from inspector import formatting as fmt
from inspector.session.records import ASPECT_EDGES, PER_IMAGE_EDGES, SIZE_EDGES, LabelStatistics

MOST_CLASSES = 24
PER_IMAGE_RANGES = (
    *(f"{low}" if high - low == 1 else f"{low} to {high - 1}" for low, high in pairwise(PER_IMAGE_EDGES)),
    f"{PER_IMAGE_EDGES[-1]} or more",
)
SIZE_RANGES = (*(f"{low:g} to {high:g} %" for low, high in pairwise(SIZE_EDGES)), f"{SIZE_EDGES[-1]:g} % or more")
_ASPECTS = ("below 1:8", "1:8 to 1:4", "1:4 to 1:2", "1:2 to 1:1.25", "about 1:1", "1.25:1 to 2:1", "2:1 to 4:1")
ASPECT_RANGES = (*_ASPECTS, "4:1 to 8:1", "8:1 or more")
assert len(ASPECT_RANGES) == len(ASPECT_EDGES)


@dataclass(frozen=True, slots=True)
class _Bar:
    """`percent`: of the longest of its chart."""

    name: str
    count: str
    percent: float


@dataclass(frozen=True, slots=True)
class _Chart:
    title: str
    bars: list[_Bar]
    left_out: str = ""


@dataclass(frozen=True, slots=True)
class LabelFigures:
    """What the template shows. `cells`: x, y, opacity of each part of a picture where labels have their middle."""

    headline: str
    charts: list[_Chart]
    grid: int
    cells: list[tuple[int, int, str]]


def label_figures(found: LabelStatistics) -> LabelFigures:
    """Figures as texts and shares."""
    names = [fmt.readable(name) or "–" for name in found.class_names] + ["no class"]
    counts = found.class_shapes.tolist()
    order = sorted((number for number in range(len(counts)) if counts[number]), key=lambda number: -counts[number])
    shown = order[:MOST_CLASSES]
    rest = len(order) - len(shown)
    parts = [
        f"{fmt.plural(found.shapes, 'label')} on {found.labelled:,} of {fmt.plural(found.images, 'image')}",
        f"{found.ignored:,} ignored" if found.ignored else "",
        f"{found.empty + found.unlabelled:,} without labels" if found.empty + found.unlabelled else "",
    ]
    most = max(1, int(found.places.max(initial=0)))
    rows, columns = found.places.nonzero()
    return LabelFigures(
        " · ".join(part for part in parts if part),
        [
            _chart(
                "Classes", [names[number] for number in shown], [counts[number] for number in shown],
                f"And {fmt.plural(rest, 'class', 'classes')} more." if rest else "",
            ),
            _chart("Labels an image", PER_IMAGE_RANGES, found.per_image.tolist()),
            _chart("Size, of the picture's side", SIZE_RANGES, found.sizes.tolist()),
            _chart("Width : height", ASPECT_RANGES, found.aspects.tolist()),
        ],
        len(found.places),
        [
            (column, row, f"{0.15 + 0.85 * (int(found.places[row, column]) / most) ** 0.5:.2f}")
            for row, column in zip(rows.tolist(), columns.tolist(), strict=True)
        ],
    )  # fmt: skip


def _chart(title: str, names: Sequence[str], counts: Sequence[int], left_out: str = "") -> _Chart:
    most = max([1, *counts])
    bars = [_Bar(name, f"{count:,}", 100 * count / most) for name, count in zip(names, counts, strict=True)]
    return _Chart(title, bars, left_out)
