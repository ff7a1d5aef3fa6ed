"""What is said of a fault of a shape: where it is, what the format's usual reader does with it, and what to do."""

from collections.abc import Sequence

from inspector.annotations.index import AnnotationIndex
from inspector.annotations.records import ShapeKind

ORDERED = "ICDAR"  # the format whose corners have to go clockwise
_NOUNS = {"COCO": ("annotation", "annotations"), "VOC": ("object", "objects"), "LabelMe": ("shape", "shapes")}
_NOUNS |= dict.fromkeys(("WebDataset", "Parquet"), ("object", "objects"))
_LINES = ("line", "lines")

# By check and format: what readers do. "" is for all other formats.
_EFFECTS = {
    ("box-outside", "YOLO"): "Ultralytics drops the whole image where the centre is outside, else the box is empty",
    ("box-outside", "ICDAR"): "EAST clips it to nothing, and drops it",
    ("box-outside", ""): "nothing can be learned from it",
    ("box-partly-outside", "YOLO"): (
        "Ultralytics clips a box, and drops the whole image where a polygon's corner or a centre is outside"
    ),
    ("box-partly-outside", "ICDAR"): "EAST clips it to the image",
    ("box-partly-outside", ""): "some readers clip it, others train on it or stop",
    ("box-empty", "YOLO"): (
        "Ultralytics drops the whole image where a size is negative, and trains on a box without area else"
    ),
    ("box-empty", "ICDAR"): "EAST drops it",
    ("box-empty", "COCO"): "torchvision's detectors stop at it",
    ("box-empty", ""): "detectors stop at it, or their loss becomes NaN",
    ("duplicate-shape", "YOLO"): "Ultralytics removes one of them",
    ("duplicate-shape", ""): "it counts twice",
    ("self-crossing", "ICDAR"): "EAST computes a wrong area, and shrinks it to a wrong shape",
    ("self-crossing", ""): "what is inside is ambiguous",
    ("too-few-points", "COCO"): "pycocotools stops at it",
    ("too-few-points", ""): "it has no inside",
    (
        "wrong-direction",
        "ICDAR",
    ): "EAST says “poly in wrong direction” and reverses it, so that the text begins elsewhere",
    ("not-a-number", "YOLO"): "Ultralytics trains on it, and the loss becomes NaN",
    ("not-a-number", ""): "readers stop at it, or the loss becomes NaN",
    ("wrong-units", "YOLO"): "Ultralytics drops the whole image",
    ("wrong-units", ""): "it is less than a pixel",
}
_FIXES = {
    "box-outside": "Correct it, or remove it.",
    "box-partly-outside": "Clip it to the image.",
    "box-empty": "Correct its size, or remove it.",
    "duplicate-shape": "Remove it.",
    "self-crossing": "Put its corners in order.",
    "too-few-points": "Give three or more, or remove it.",
    "wrong-direction": "Write its corners clockwise, from the first of the text on.",
    "not-a-number": "Correct it, or remove it.",
}


def reason(annotations: AnnotationIndex, image: int, check: str, shape: int, other: int, size: tuple[int, int]) -> str:
    """Sentences about a shape.

    Args:
        shape: its number among all.
        other: that of the shape that it repeats; -1: none.
        size: width and height that its coordinates refer to.
    """
    name = annotations.format_name
    where = f"{annotations.source_of(image)}, {listing(name, [int(annotations.shapes.ids[shape])])}"
    what = _what(annotations, check, shape, other, size)
    effect = _EFFECTS.get((check, name)) or _EFFECTS[check, ""]
    fix = _FIXES.get(check) or (
        "Divide by the image's width and height." if annotations.normalized else "Multiply by its width and height."
    )
    return f"{where}: {what}: {effect}. {fix}"


def listing(format_name: str, ids: Sequence[int]) -> str:
    """How the shapes are found: "line 3", "annotations 3, 4, 5 and 7 others"."""
    noun, nouns = _NOUNS.get(format_name, _LINES)
    if len(ids) == 1:
        return f"{noun} {ids[0]}" if ids[0] >= 0 else f"an {noun} without a number"
    shown = ", ".join(map(str, ids[:3]))
    return f"{nouns} {shown} and {len(ids) - 3:,} others" if len(ids) > 3 else f"{nouns} {shown}"


def without(annotations: AnnotationIndex, image: int) -> str:
    """Sentences about an image without an annotation."""
    if annotations.described[image]:
        where = f"{annotations.source_of(image)} has no shape for it"
    else:
        where = f"{annotations.format_name} has nothing for it in {annotations.source}"
    return f"{where}: it is trained on as background, where nothing is to be found. Annotate it, if there is something."


def _what(annotations: AnnotationIndex, check: str, shape: int, other: int, size: tuple[int, int]) -> str:
    shapes = annotations.shapes
    points = shapes.points[shapes.offsets[shape] : shapes.offsets[shape + 1]]
    kind = ShapeKind(int(shapes.kinds[shape]))
    noun = {ShapeKind.QUAD: "quad", ShapeKind.KEYPOINTS: "set of keypoints"}.get(kind, kind.name.lower())
    if annotations.normalized and size[0] and check not in ("wrong-units", "not-a-number"):
        points = points * size
    if kind is ShapeKind.BOX:
        x0, y0, x1, y1 = points.ravel().tolist()
        noun = f"box from {x0:.6g}, {y0:.6g} to {x1:.6g}, {y1:.6g}"
    of_image = f"the image of {size[0]:,} x {size[1]:,} pixels"
    match check:
        case "box-outside":
            return f"the {noun} lies outside {of_image}"
        case "box-partly-outside":
            return f"the {noun} reaches beyond {of_image}"
        case "box-empty" if kind is ShapeKind.BOX and (x1 < x0 or y1 < y0):
            return f"the {noun} has a negative size"
        case "box-empty":
            return f"the {noun} has no area"
        case "duplicate-shape":
            again = listing(annotations.format_name, [int(shapes.ids[other])])
            return f"the {noun} is the same as {again}, with the same class"
        case "self-crossing":
            return f"an edge of the {noun} of {len(points):,} corners crosses another"
        case "too-few-points":
            return f"the {noun} has only {len(points):,} point{'' if len(points) == 1 else 's'}"
        case "wrong-direction":
            return f"the corners of the {noun} go counter-clockwise"
        case "not-a-number":
            return f"a coordinate of the {noun} is not a number, or infinite"
    if annotations.normalized:
        return f"the coordinates of the {noun} are pixels, where shares from 0 to 1 should be"
    return f"the coordinates of the {noun} are shares from 0 to 1, where pixels should be"
