"""Paints the part of an image that the viewpoint asks for."""

from math import ceil, floor, log2

import cv2
import numpy as np
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.colours import DARK
from inspector.ui.labels.canvas_labels import CanvasLabels
from inspector.ui.theme import OUTLINE, SHADE, Theme
from inspector.ui.viewer.image_data import ImagePyramid
from inspector.ui.viewer.viewpoint import WHEEL_STEP, Viewpoint

SQUARES_FROM = 2.0  # images enlarged at least so much show their pixels as squares
FRAME_FROM = 8.0  # and then the pixel below the mouse has a frame


class Canvas(QWidget):
    """Wheel: zoom to the cursor; drag: pan; double click: 1:1 or fit.

    Attributes:
        channel: 0, 1 or 2 to show that channel alone in grey; None: all.
        swapped: red and blue exchanged.
        caption: shown in the corner; "": nothing.
        labels: drawn over the picture.
    """

    def __init__(self, viewpoint: Viewpoint, theme: Theme, name: str, labels: CanvasLabels | None = None) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setToolTip("Wheel or + and -: zoom. Drag: move. Double click: one to one, or fit.")
        self.setToolTipDuration(4000)
        self.channel: int | None = None
        self.swapped = False
        self.caption = ""
        self.labels = labels or CanvasLabels(None)
        self.labels.changed.connect(self.update)
        self._viewpoint = viewpoint
        self._theme = theme
        self._picture: ImagePyramid | None = None
        self._dragged_from: QPointF | None = None
        viewpoint.changed.connect(self.update)
        viewpoint.hovered_changed.connect(self.update)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(480, 480)

    def minimumSizeHint(self) -> QSize:
        return QSize(120, 120)

    def show_picture(self, picture: ImagePyramid | None) -> None:
        self._picture = picture
        self.update()

    # --- painting

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self._theme.colours.field))
        ratio = self.devicePixelRatioF()
        if self._picture is not None:
            painter.save()
            painter.scale(1 / ratio, 1 / ratio)  # from here on in device pixels
            self._paint_picture(painter, self._picture)
            self.labels.paint(painter, self._picture_rect(self._picture), ratio)
            self._paint_frame(painter, ratio)
            painter.restore()
            self.labels.paint_tag(painter, QRectF(self.rect()))
        if self.caption:
            self._paint_caption(painter)
        if self.hasFocus():
            painter.setPen(QPen(QColor(self._theme.colours.accent), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(self.rect().adjusted(0, 0, -1, -1))
        painter.end()

    def _paint_picture(self, painter: QPainter, picture: ImagePyramid) -> None:
        scale = self._viewpoint.scale
        number = min(max(0, floor(log2(1 / scale) + 0.01)), len(picture.levels) - 1)
        level = picture.levels[number]
        height, width = level.shape[:2]
        per_x, per_y = scale * picture.width / width, scale * picture.height / height  # device pixels a level's pixel
        corner = self._corner()
        room = QRectF(QPointF(0, 0), self._room())
        left, top = max(0, floor(-corner.x() / per_x)), max(0, floor(-corner.y() / per_y))
        right = min(width, ceil((room.width() - corner.x()) / per_x))
        bottom = min(height, ceil((room.height() - corner.y()) / per_y))
        if right <= left or bottom <= top:
            return
        image = self._image(level[top:bottom, left:right])
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, per_x < SQUARES_FROM)
        target = QRectF(
            corner.x() + left * per_x, corner.y() + top * per_y, (right - left) * per_x, (bottom - top) * per_y
        )
        if per_x == per_y == 1:
            target.moveTo(round(target.x()), round(target.y()))  # 1:1 is each pixel as it is
        painter.drawImage(target, image)

    def _image(self, part: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> QImage:
        """A copy of what is seen: only that is ever exchanged or separated."""
        height, width = part.shape[:2]
        if self.channel is not None:
            grey = np.ascontiguousarray(part[..., 2 - self.channel if self.swapped else self.channel])
            return QImage(grey.data, width, height, width, QImage.Format.Format_Grayscale8).copy()
        code = cv2.COLOR_BGR2BGRA if self.swapped else cv2.COLOR_RGB2BGRA
        bgra = cv2.cvtColor(np.ascontiguousarray(part), code)
        return QImage(bgra.data, width, height, 4 * width, QImage.Format.Format_RGB32).copy()

    def _paint_frame(self, painter: QPainter, ratio: float) -> None:
        pixel, scale = self._viewpoint.hovered, self._viewpoint.scale
        if pixel is None or scale < FRAME_FROM:
            return
        corner = self._corner() + QPointF(*pixel) * scale
        square = QRectF(corner.x(), corner.y(), scale, scale)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for colour, outside in zip(OUTLINE, (1.0, 2.0), strict=True):
            painter.setPen(QPen(QColor(colour), ratio))
            painter.drawRect(square.adjusted(-outside, -outside, outside, outside))

    def _paint_caption(self, painter: QPainter) -> None:
        metrics = painter.fontMetrics()
        text = metrics.elidedText(self.caption, Qt.TextElideMode.ElideRight, self.width() - 32)
        pill = QRect(8, 8, metrics.horizontalAdvance(text) + 16, metrics.height() + 6)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(SHADE))
        painter.drawRoundedRect(pill, 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QColor(DARK.text))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    # --- where things are, in device pixels

    def _room(self) -> QSizeF:
        return QSizeF(self.size()) * self.devicePixelRatioF()

    def _corner(self) -> QPointF:
        """The image's left upper corner."""
        room, view = self._room(), self._viewpoint
        return QPointF(room.width() / 2, room.height() / 2) - view.centre * view.scale

    def _picture_rect(self, picture: ImagePyramid) -> QRectF:
        scale = self._viewpoint.scale
        return QRectF(self._corner(), QSizeF(picture.width * scale, picture.height * scale))

    def _point_at(self, position: QPointF | None) -> None:
        """The mouse is there, in logical pixels; None: elsewhere."""
        if self._picture is None or position is None or self._dragged_from is not None:
            self.labels.point_at(None, QRectF())
        else:
            ratio = self.devicePixelRatioF()
            rect = self._picture_rect(self._picture)
            self.labels.point_at(position, QRectF(rect.topLeft() / ratio, rect.size() / ratio))

    def _from_middle(self, position: QPointF) -> QPointF:
        room = self._room()
        return position * self.devicePixelRatioF() - QPointF(room.width() / 2, room.height() / 2)

    def _pixel(self, position: QPointF) -> tuple[int, int]:
        at = (position * self.devicePixelRatioF() - self._corner()) / self._viewpoint.scale
        return floor(at.x()), floor(at.y())

    # --- the mouse

    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() or event.angleDelta().x()
        self._viewpoint.zoom(WHEEL_STEP ** (turned / 120), self._from_middle(event.position()))
        self._viewpoint.hover(self._pixel(event.position()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() in (Qt.MouseButton.LeftButton, Qt.MouseButton.MiddleButton):
            self._dragged_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._dragged_from is not None:
            self._viewpoint.pan((event.position() - self._dragged_from) * self.devicePixelRatioF())
            self._dragged_from = event.position()
        self._viewpoint.hover(self._pixel(event.position()))
        self._point_at(event.position())

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None
        self.unsetCursor()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._dragged_from = None
        if self._viewpoint.fits:
            self._viewpoint.one_to_one(self._from_middle(event.position()))
        else:
            self._viewpoint.fit()

    def leaveEvent(self, event: QEvent) -> None:
        self._viewpoint.hover(None)
        self._point_at(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._viewpoint.set_room(self._room())
