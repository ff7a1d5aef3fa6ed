"""The labels of one picture as Qt paints them: lines a class, a mask, and which shape is below a point."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from inspector.colours import LABEL_CASING, LABEL_FAULTY
from inspector.session.records import PictureLabels, ShapeFlag, ShapeKind
from inspector.ui.labels.colours import class_colour

MASK_OPACITY = 0.45
_FILL_OPACITY = 0.16
_DASHES = [4.0, 3.0]
_CLOSED = (ShapeKind.POLYGON, ShapeKind.QUAD, ShapeKind.CIRCLE)
_NARROWEST = 7.0  # units that a shape should have for each of its line
_MOST_EFFORT = 8_000  # corners; of more, lines are thin
_FEW_POINTS = 16
_REACH = 0.02  # of the picture: so near to a line or a point counts as on it


@dataclass(frozen=True, slots=True)
class _LineStyle:
    """How a line is drawn."""

    class_number: int
    dashed: bool
    faulty: bool


@dataclass(slots=True)
class _Drawn:
    """What has the same style, in units of a painter, from the picture's corner on."""

    boxes: list[QRectF] = field(default_factory=list)
    lines: list[tuple[QPolygonF, bool]] = field(default_factory=list)  # and whether it is closed
    points: list[QPointF] = field(default_factory=list)
    corners: list[QPointF] = field(default_factory=list)  # the first of each shape

    @property
    def effort(self) -> int:
        """About as many corners as there are to be drawn."""
        return 4 * len(self.boxes) + sum(line.size() for line, _ in self.lines)


class Outlines:
    """Made once for the labels of a picture; paints them at any size."""

    def __init__(self, labels: PictureLabels) -> None:
        self.labels = labels
        shapes = labels.shapes
        styles: dict[_LineStyle, list[int]] = {}
        for i in range(len(shapes)):
            style = _LineStyle(int(shapes.classes[i]), self.is_dashed(i), self.is_faulty(i))
            styles.setdefault(style, []).append(i)
        self._styles = sorted(styles.items(), key=lambda item: item[0].faulty)  # what is wrong lies above the rest
        self._drawn: tuple[QSizeF, list[tuple[_LineStyle, _Drawn]]] | None = None
        self._mask: tuple[frozenset[int], QImage] | None = None
        self._bounds = _bounds(labels)
        finite = np.append(0, np.cumsum(np.isfinite(shapes.points).all(axis=1)))
        whole = finite[shapes.offsets[1:]] - finite[shapes.offsets[:-1]] == 2
        self._whole_boxes = (shapes.kinds == ShapeKind.BOX) & (np.diff(shapes.offsets) == 2) & whole

    def line_width(self, target: QRectF, usual: float) -> float:
        """Of lines that leave most of the picture to be seen, where shapes are small in the rectangle `target`."""
        if not len(self._bounds):
            return usual
        sides = (self._bounds[:, 2:] - self._bounds[:, :2]) * (target.width(), target.height())
        narrow = np.nan_to_num(np.median(np.nan_to_num(sides.min(axis=1))))
        return float(min(usual, max(0.6, narrow / _NARROWEST)))

    def is_dashed(self, i: int) -> bool:
        """Training leaves shape `i` out, or it stands for many."""
        return bool(self.labels.shapes.flags[i] & (ShapeFlag.IGNORE | ShapeFlag.CROWD))

    def is_faulty(self, i: int) -> bool:
        """Something is wrong with shape `i`."""
        return bool(self.labels.shapes.flags[i] & ShapeFlag.FAULTY)

    def paint(
        self, painter: QPainter, target: QRectF, hidden: frozenset[int], *, width: float = 1.5, chosen: int = -1
    ) -> None:
        """Over a picture in the rectangle `target`.

        Args:
            hidden: classes that are not drawn.
            width: of lines, in the painter's units.
            chosen: the shape below the mouse; -1: none.
        """
        painter.save()
        painter.setClipRect(target.adjusted(-width, -width, width, width), Qt.ClipOperation.IntersectClip)
        if self.labels.mask is not None:
            painter.setOpacity(MASK_OPACITY)
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)
            painter.drawImage(target, self._mask_image(hidden))
            painter.setOpacity(1.0)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.translate(target.topLeft())
        drawn = self._drawn_at(target.size())
        fast = sum(each.effort for style, each in drawn if style.class_number not in hidden) > _MOST_EFFORT
        for style, each in drawn:
            if style.class_number not in hidden:
                _paint(painter, style, each, width, fast)
        if chosen >= 0:
            self._paint_chosen(painter, chosen, target.size(), width)
        painter.restore()

    def _drawn_at(self, size: QSizeF) -> list[tuple[_LineStyle, _Drawn]]:
        """All shapes, on a picture of this size; made again only for another."""
        if self._drawn is None or self._drawn[0] != size:
            self._drawn = size, [(style, self._mapped(numbers, size)) for style, numbers in self._styles]
        return self._drawn[1]

    def _mapped(self, numbers: list[int], size: QSizeF) -> _Drawn:
        drawn, shapes = _Drawn(), self.labels.shapes
        scale = np.array([size.width(), size.height()])
        boxes = self._whole_boxes[numbers]
        if boxes.any():
            begins = shapes.offsets[:-1][numbers][boxes]
            _add_boxes(drawn, shapes.points[np.stack([begins, begins + 1], axis=1)], scale)
        for i in np.asarray(numbers)[~boxes].tolist():
            _add(drawn, shapes.shape(i), ShapeKind(int(shapes.kinds[i])), scale)
        return drawn

    def _paint_chosen(self, painter: QPainter, i: int, size: QSizeF, width: float) -> None:
        drawn, shapes = self._mapped([i], size), self.labels.shapes
        style = _LineStyle(int(shapes.classes[i]), self.is_dashed(i), self.is_faulty(i))
        filled = QColor(class_colour(style.class_number))
        filled.setAlphaF(_FILL_OPACITY)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(filled)
        painter.drawRects(drawn.boxes)
        for line, closed in drawn.lines:
            if closed:
                painter.drawPolygon(line)
        _paint(painter, style, drawn, 2 * width, fast=False)

    def _mask_image(self, hidden: frozenset[int]) -> QImage:
        if self._mask is None or self._mask[0] != hidden:
            assert self.labels.mask is not None
            self._mask = hidden, _mask_image(self.labels.mask, hidden)
        return self._mask[1]

    def at(self, x: float, y: float, hidden: frozenset[int], reach: float = _REACH) -> int:
        """The smallest shape that has the point in it, or the line or keypoint that is near; -1: there is none.

        Args:
            x, y: shares of the picture's width and height.
            reach: how near, as a share.
        """
        bounds, shapes = self._bounds, self.labels.shapes
        near = (bounds[:, 0] - reach <= x) & (x <= bounds[:, 2] + reach)
        near &= (bounds[:, 1] - reach <= y) & (y <= bounds[:, 3] + reach)
        best, least = -1, np.inf
        for i in np.flatnonzero(near).tolist():
            if int(shapes.classes[i]) in hidden or not _has(shapes.shape(i), int(shapes.kinds[i]), x, y, reach):
                continue
            area = float((bounds[i, 2] - bounds[i, 0]) * (bounds[i, 3] - bounds[i, 1]))
            if area < least:
                best, least = i, area
        return best

    def class_at(self, x: float, y: float, hidden: frozenset[int]) -> int:
        """The class of the mask at a point; -1: it has none there."""
        mask = self.labels.mask
        if mask is None or not (0 <= x < 1 and 0 <= y < 1):
            return -1
        number = int(mask[int(y * mask.shape[0]), int(x * mask.shape[1])])
        return -1 if number in hidden else number


def _add_boxes(drawn: _Drawn, xy: npt.NDArray[np.float32], scale: npt.NDArray[np.float64]) -> None:
    """(boxes, 2, 2) two corners of each: most shapes, all at once."""
    corners = xy.clip(-50, 50) * scale
    low, high = corners.min(axis=1), corners.max(axis=1)
    drawn.boxes += [QRectF(*box) for box in np.concatenate([low, high - low], axis=1).tolist()]
    drawn.corners += [QPointF(*corner) for corner in corners[:, 0].tolist()]


def _add(drawn: _Drawn, xy: npt.NDArray[np.float32], kind: ShapeKind, scale: npt.NDArray[np.float64]) -> None:
    known = xy[np.isfinite(xy).all(axis=1)].clip(-50, 50) * scale
    if not len(known):
        return
    drawn.corners.append(QPointF(*known[0].tolist()))
    if kind == ShapeKind.BOX and len(known) == 2:
        (left, top), (right, bottom) = np.minimum(*known).tolist(), np.maximum(*known).tolist()
        drawn.boxes.append(QRectF(left, top, right - left, bottom - top))
    elif kind in (ShapeKind.KEYPOINTS, ShapeKind.POINT) or len(known) == 1:
        drawn.points += [QPointF(x, y) for x, y in known.tolist()]
    else:
        line = QPolygonF([QPointF(x, y) for x, y in _apart(known).tolist()])
        drawn.lines.append((line, kind in _CLOSED))


def _apart(points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Without those that lie in the same pixel as the one before."""
    if len(points) < _FEW_POINTS:
        return points
    kept = np.ones(len(points), bool)
    kept[1:] = (np.diff(np.round(points), axis=0) != 0).any(axis=1)
    return points[kept]


def _paint(painter: QPainter, style: _LineStyle, drawn: _Drawn, width: float, fast: bool) -> None:
    """`fast`: with thin lines, since there are very many."""
    colour = QColor(LABEL_FAULTY) if style.faulty else class_colour(style.class_number)
    width = 1.3 * width if style.faulty else width
    casing = min(1.5, width)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, not fast)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for pen in (QPen(colour, 0),) if fast else (QPen(QColor(LABEL_CASING), width + casing), QPen(colour, width)):
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if style.dashed and not fast:
            pen.setDashPattern([part * width / pen.widthF() for part in _DASHES])
        painter.setPen(pen)
        painter.drawRects(drawn.boxes)  # each on its own: one path of many would take a hundred times as long
        for line, closed in drawn.lines:
            if closed:
                painter.drawPolygon(line)
            else:
                painter.drawPolyline(line)
    painter.setPen(QPen(QColor(LABEL_CASING), 1))
    painter.setBrush(colour)
    for point in drawn.points:
        painter.drawEllipse(point, 1.8 * width, 1.8 * width)
    if style.faulty and not fast:
        for corner in drawn.corners:
            _paint_sign(painter, corner, width)


def _paint_sign(painter: QPainter, corner: QPointF, width: float) -> None:
    """A cross at the first corner: not the colour alone says that something is wrong."""
    arm = 3 * width
    for pen in (QPen(QColor(LABEL_CASING), width + 2), QPen(QColor(LABEL_FAULTY), width)):
        painter.setPen(pen)
        painter.drawLine(corner + QPointF(-arm, -arm), corner + QPointF(arm, arm))
        painter.drawLine(corner + QPointF(-arm, arm), corner + QPointF(arm, -arm))


def _mask_image(mask: npt.NDArray[np.int16], hidden: frozenset[int]) -> QImage:
    numbers = np.unique(mask)
    table = np.zeros(int(max(numbers.max(initial=0), 0)) + 2, np.uint32)  # the last is that of -1
    for number in numbers.tolist():
        if number >= 0 and number not in hidden:
            table[number] = class_colour(number).rgba()
    pixels = np.ascontiguousarray(table[mask])
    height, width = mask.shape
    return QImage(pixels.data, width, height, 4 * width, QImage.Format.Format_ARGB32).copy()


def _bounds(labels: PictureLabels) -> npt.NDArray[np.float64]:
    """(shapes, 4) left, top, right, bottom of each shape; NaN where it has no point."""
    shapes = labels.shapes
    bounds = np.full((len(shapes), 4), np.nan)
    filled = np.flatnonzero(np.diff(shapes.offsets) > 0)
    if len(filled):
        begins = shapes.offsets[filled]
        bounds[filled, :2] = np.fmin.reduceat(shapes.points, begins, axis=0)
        bounds[filled, 2:] = np.fmax.reduceat(shapes.points, begins, axis=0)
    return bounds


def _has(xy: npt.NDArray[np.float32], kind: int, x: float, y: float, reach: float) -> bool:
    if kind == ShapeKind.BOX:
        return True
    if kind in _CLOSED:
        polygon = QPolygonF([QPointF(*point) for point in xy[np.isfinite(xy).all(axis=1)].tolist()])
        return polygon.containsPoint(QPointF(x, y), Qt.FillRule.OddEvenFill)
    with np.errstate(invalid="ignore"):
        if bool((np.hypot(xy[:, 0] - x, xy[:, 1] - y) <= reach).any()):
            return True
    return kind == ShapeKind.LINE and _near_a_line(xy.astype(np.float64), x, y, reach)


def _near_a_line(xy: npt.NDArray[np.float64], x: float, y: float, reach: float) -> bool:
    begin, along = xy[:-1], np.diff(xy, axis=0)
    length = np.maximum((along**2).sum(axis=1), 1e-12)
    at = np.clip((([x, y] - begin) * along).sum(axis=1) / length, 0, 1)
    nearest = begin + at[:, None] * along
    return bool((np.hypot(nearest[:, 0] - x, nearest[:, 1] - y) <= reach).any())
