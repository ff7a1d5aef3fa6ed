"""What a scan says of all annotations: a line for a person, and an object for the JSON."""

from typing import Any

from inspector.annotations.statistics import (
    ASPECT_EDGES,
    PER_IMAGE_EDGES,
    SIZE_EDGES,
    LabelStatistics,
    label_statistics,
)
from inspector.scan.scan import Scan


def statistics_of(scan: Scan) -> LabelStatistics | None:
    """Figures of the annotations; None: there are none, or they are not read yet."""
    found = scan.annotations.found if scan.annotations is not None else None
    if found is None or scan.sizes is None:
        return None
    return label_statistics(found, scan.sizes.sizes().upright)


def annotation_record(scan: Scan) -> dict[str, Any] | None:
    """For the JSON: `{"format", "source", "images", "labelled", "empty", "unlabelled", "shapes", "ignored", "classes":
    [{"name", "shapes", "images"}], "per_image", "sizes", "aspects": {"from": lower edges, "counts"}, "places"}`.
    """
    figures = statistics_of(scan)
    if figures is None or scan.annotations is None or scan.annotations.found is None:
        return None
    found = scan.annotations.found
    names = (*figures.class_names, "")
    of_class = zip(names, figures.class_shapes.tolist(), figures.class_images.tolist(), strict=True)
    return {
        "format": found.format_name,
        "source": found.source,
        "images": figures.images,
        "labelled": figures.labelled,
        "empty": figures.empty,
        "unlabelled": figures.unlabelled,
        "shapes": figures.shapes,
        "ignored": figures.ignored,
        "classes": [
            {"name": name, "shapes": shapes, "images": images} for name, shapes, images in of_class if name or shapes
        ],
        "per_image": _histogram(PER_IMAGE_EDGES, figures.per_image.tolist()),
        "sizes": _histogram(SIZE_EDGES, figures.sizes.tolist()),
        "aspects": _histogram(ASPECT_EDGES, figures.aspects.tolist()),
        "places": figures.places.tolist(),
    }


def _histogram(edges: tuple[float, ...], counts: list[int]) -> dict[str, list[float]]:
    return {"from": [*edges], "counts": [*counts]}
