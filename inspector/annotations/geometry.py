"""Figures of many shapes at once: extents, areas, crossings. Points are (points, 2), end to end, as in `Shapes`."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.annotations.records import ShapeKind

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

_MOST_CROSSING_POINTS = 4096  # of a polygon that is looked at for crossings
_MOST_PAIRS = 1 << 21  # of edges at a time


@dataclass(frozen=True, slots=True)
class ShapeMeasures:
    """Of each shape.

    Attributes:
        low, high: (shapes, 2) the least and the greatest coordinates; NaN where a needed number is none.
        extent: (shapes, 2) width and height; of a box with its corners the wrong way round, negative.
        area: of a polygon, positive where it goes clockwise as seen on the screen; 0 for what is none.
    """

    low: Floats
    high: Floats
    extent: Floats
    area: Floats


def figures(points: Floats, offsets: Numbers, kinds: npt.NDArray[np.uint8]) -> ShapeMeasures:
    """Each shape must have a point. Keypoints that are (NaN, NaN) are left out."""
    firsts, lasts = offsets[:-1], offsets[1:] - 1
    with np.errstate(invalid="ignore", over="ignore"):
        low, high = np.minimum.reduceat(points, firsts), np.maximum.reduceat(points, firsts)
        some = kinds == ShapeKind.KEYPOINTS
        if some.any():
            low[some] = np.fmin.reduceat(points, firsts)[some]
            high[some] = np.fmax.reduceat(points, firsts)[some]
        round_ones = (kinds == ShapeKind.CIRCLE) & (lasts > firsts)
        if round_ones.any():
            centre, edge = points[firsts[round_ones]], points[lasts[round_ones]]
            radius = np.hypot(*(edge - centre).T)[:, None]
            low[round_ones], high[round_ones] = centre - radius, centre + radius
        extent = high - low
        boxes = kinds == ShapeKind.BOX
        extent[boxes] = points[lasts[boxes]] - points[firsts[boxes]]
        following = np.arange(1, len(points) + 1)
        following[lasts] = firsts
        origin = np.repeat(low, np.diff(offsets), axis=0)
        x, y = (points - origin).T
        area = np.add.reduceat(x * y[following] - x[following] * y, firsts) / 2
    area[~np.isin(kinds, (ShapeKind.POLYGON, ShapeKind.QUAD))] = 0
    return ShapeMeasures(low, high, extent, area)


def crossing(points: Floats, offsets: Numbers, shapes: Numbers) -> Bools:
    """(shapes,) whether an edge of the closed polygon crosses another; touching is no crossing.

    Args:
        shapes: numbers of those to look at.
    """
    found = np.zeros(len(shapes), np.bool_)
    counts = np.diff(offsets)[shapes]
    for count in np.unique(counts).tolist():
        if not 4 <= count <= _MOST_CROSSING_POINTS:
            continue
        of_count = np.flatnonzero(counts == count)
        first, second = np.triu_indices(count, 2)
        apart = (first != 0) | (second != count - 1)  # the last edge ends where the first begins
        first, second = first[apart], second[apart]
        step = max(1, _MOST_PAIRS // len(first))
        for start in range(0, len(of_count), step):
            some = of_count[start : start + step]
            corners = points[offsets[shapes[some]][:, None] + np.arange(count)]
            found[some] = _crosses(corners, first, second)
    return found


def _crosses(corners: Floats, first: Numbers, second: Numbers) -> Bools:
    """(n, points, 2) -> (n,) whether a pair of these edges crosses."""
    ends = np.roll(corners, -1, axis=1)
    a, b, c, d = corners[:, first], ends[:, first], corners[:, second], ends[:, second]
    with np.errstate(invalid="ignore", over="ignore"):
        apart = _side(a, b, c) * _side(a, b, d) < 0
        crossed = apart & (_side(c, d, a) * _side(c, d, b) < 0)
    found: Bools = np.logical_or.reduce(crossed, axis=1)
    return found


def _side(a: Floats, b: Floats, c: Floats) -> Floats:
    """On which side of the line from a to b is c: a sign, and 0 where it is as good as on it."""
    edge, other = b - a, c - a
    cross: Floats = edge[..., 0] * other[..., 1] - edge[..., 1] * other[..., 0]
    cross[np.abs(cross) < 1e-6 * (np.abs(edge).sum(axis=-1) + 1)] = 0
    return np.sign(cross)


def repeated(points: Floats, offsets: Numbers, owners: Numbers, keys: Numbers) -> tuple[Numbers, Numbers]:
    """The groups of shapes that another group equals, and for each of them the first such group.

    Args:
        owners: (shapes,) the group of each shape, from 0 on, ascending: one with its parts is a group.
        keys: (groups, n) what must be equal, too: image, class, kind.
    """
    firsts = offsets[:-1]
    rounded = np.round(np.nan_to_num(points, nan=-1e6, posinf=1e7, neginf=-1e7) * 4).astype(np.int64).view(np.uint64)
    place = (np.arange(len(points)) - np.repeat(firsts, np.diff(offsets))).astype(np.uint64)
    with np.errstate(over="ignore"):
        mixed = (rounded[:, 0] * np.uint64(0x9E3779B97F4A7C15)) ^ (rounded[:, 1] * np.uint64(0xC2B2AE3D27D4EB4F))
        mixed = (mixed ^ (mixed >> np.uint64(29))) * (place * np.uint64(2) + np.uint64(0x165667B19E3779F9))
        of_shape = np.add.reduceat(mixed, firsts) + np.diff(offsets).astype(np.uint64)
        of_group = np.zeros(len(keys), np.uint64)
        np.add.at(of_group, owners, of_shape)
    columns = (*keys.T[::-1], of_group)
    order = np.lexsort(columns)
    same = np.ones(max(len(order) - 1, 0), np.bool_)
    for column in columns:
        same &= column[order][1:] == column[order][:-1]
    begins = np.flatnonzero(np.append(True, ~same))
    first_of = np.minimum.reduceat(order, begins)[np.cumsum(np.append(True, ~same)) - 1] if len(order) else order
    again = first_of != order
    return order[again], first_of[again]
