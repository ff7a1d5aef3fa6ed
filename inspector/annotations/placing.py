"""Where shapes lie on the picture that training gets: whatever the file's orientation, and whatever size it is given.

Placed shapes are shares of the picture's width and height, from 0 to 1: a resize of the whole image, as the loader's,
changes nothing of them, and a view multiplies them by the size that it draws the picture in.
"""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from inspector.annotations.records import ImageAnnotations, ShapeKind
from inspector.formatting import TIMES

AS_STORED = "annotated as stored"
_CIRCLE_POINTS = 48
TURNED_FROM = 5  # orientations from which on width and height are exchanged
_ORIENTATIONS = range(1, 9)

Points = npt.NDArray[np.float32]

# Each turns shares of the stored image's width and height into shares of the upright one's.
_UPRIGHT: dict[int, Callable[[Points, Points], tuple[Points, Points]]] = {
    1: lambda x, y: (x, y),
    2: lambda x, y: (1 - x, y),
    3: lambda x, y: (1 - x, 1 - y),
    4: lambda x, y: (x, 1 - y),
    5: lambda x, y: (y, x),
    6: lambda x, y: (1 - y, x),
    7: lambda x, y: (1 - y, 1 - x),
    8: lambda x, y: (y, 1 - x),
}


def upright(shares: Points, orientation: int) -> Points:
    """(n, 2) shares of the stored image, as shares of the upright one. `orientation`: EXIF's, 1 to 8."""
    return np.stack(_UPRIGHT[orientation](shares[:, 0], shares[:, 1]), axis=1)


def stored(shares: Points, orientation: int) -> Points:
    """(n, 2) shares of the upright image, as shares of the stored one."""
    back = {6: 8, 8: 6}.get(orientation, orientation)  # all others undo themselves
    return upright(shares, back)


def says_stored(recorded: tuple[int, int], size: tuple[int, int]) -> bool:
    """Whether a recorded (width, height) is that of an image of upright `size` before it is turned."""
    return recorded[0] != recorded[1] and recorded == size[::-1]


def place(
    annotations: ImageAnnotations, width: int, height: int, orientation: int = 1, *, all_stored: bool = False
) -> ImageAnnotations:
    """The same as shares of the upright image of `width` and `height` pixels, with a note where that says something.

    Args:
        orientation: that the file has, 1 to 8; anything else counts as 1.
        all_stored: the other annotations of the set are as stored; it decides where the size cannot, for orientations
            2 to 4.
    """
    if orientation not in _ORIENTATIONS:
        orientation = 1
    annotations = _round(annotations)
    recorded = (annotations.width, annotations.height)
    note = annotations.note
    frame = width, height
    turns = orientation >= TURNED_FROM and says_stored(recorded, (width, height))
    if annotations.normalized:
        frame = 1, 1
    elif turns or (all_stored and 1 < orientation < TURNED_FROM):
        frame = (height, width) if turns else frame
        turns, note = True, AS_STORED
    elif all(recorded) and max(abs(recorded[0] - width), abs(recorded[1] - height)) > 1:
        note = (
            f"annotated for {recorded[0]:,} {TIMES} {recorded[1]:,} pixels, and the image has {width:,} {TIMES} "
            f"{height:,}"
        )
    shares: Points = np.divide(annotations.points, np.array([max(side, 1) for side in frame], np.float32))
    if turns:
        shares = upright(shares, orientation)
    return replace(annotations, width=1, height=1, points=shares, note=note)


def _round(annotations: ImageAnnotations) -> ImageAnnotations:
    """The same with polygons in place of circles: a circle does not stay one when an image is resized."""
    circles = np.flatnonzero(annotations.kinds == ShapeKind.CIRCLE)
    if not len(circles):
        return annotations
    angles = np.linspace(0, 2 * np.pi, _CIRCLE_POINTS, endpoint=False)
    unit = np.stack([np.cos(angles), np.sin(angles)], axis=1)
    parts = [annotations.shape(i) for i in range(len(annotations))]
    for i in circles:
        if len(parts[i]) == 2:
            centre, edge = parts[i]
            parts[i] = (centre + np.hypot(*(edge - centre)) * unit).astype(np.float32)
    offsets = np.zeros(len(parts) + 1, np.int64)
    np.cumsum([len(part) for part in parts], out=offsets[1:])
    kinds = annotations.kinds.copy()
    kinds[circles] = ShapeKind.POLYGON
    return replace(annotations, points=np.concatenate(parts), offsets=offsets, kinds=kinds)
