"""The section of labels in the report of a scan: classes, labels an image, sizes, aspects, places."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from inspector import formatting as fmt
from inspector.session.records import ASPECT_EDGES, PER_IMAGE_EDGES, SIZE_EDGES, LabelStatistics

MOST_CLASSES = 24
_ASPECTS = ("flatter", "1:8", "1:4", "1:2", "1:1.25", "1:1", "2:1", "4:1", "8:1")
assert len(_ASPECTS) == len(ASPECT_EDGES)


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
            _chart("Labels an image", _ranges(PER_IMAGE_EDGES), found.per_image.tolist()),
            _chart("Size, % of the picture's side", _from(SIZE_EDGES), found.sizes.tolist()),
            _chart("Width : height", _ASPECTS, found.aspects.tolist()),
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


def _ranges(edges: Sequence[int]) -> list[str]:
    """Of whole numbers: "2", "3 – 4", "129 and more"."""
    between = [f"{low}" if high - low == 1 else f"{low} – {high - 1}" for low, high in pairwise(edges)]
    return [*between, f"{edges[-1]} and more"]


def _from(edges: Sequence[float]) -> list[str]:
    return [f"{low:g} – {high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g} and more"]
