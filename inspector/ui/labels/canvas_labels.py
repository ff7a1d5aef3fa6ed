"""The labels over an image in the viewer, and a tag with words at the shape below the mouse."""

from PySide6.QtCore import QObject, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter

from inspector.colours import DARK
from inspector.session.records import PictureLabels
from inspector.ui.labels.layer import LabelLayer, describe
from inspector.ui.labels.outlines import Outlines
from inspector.ui.theme import SHADE

_WIDTH = 1.8  # of lines, logical pixels
_REACH_PX = 5.0
_AWAY_PX = 14.0  # of the tag from the mouse
_MOST_TAG_PX = 380.0


class CanvasLabels(QObject):
    """Of one image. `changed`: something else is to be painted.

    Args:
        layer: None where no labels are ever drawn.
    """

    changed = Signal()

    def __init__(self, layer: LabelLayer | None) -> None:
        super().__init__()
        self._layer = layer
        self._outlines: Outlines | None = None
        self._names: tuple[str, ...] = ()
        self._chosen = -1
        self._said = ""
        self._mouse = QPointF()

    @property
    def said(self) -> str:
        """What the tag says; "": there is none."""
        return self._said

    def show(self, labels: PictureLabels | None, names: tuple[str, ...]) -> None:
        """The labels of another image, or the same shown otherwise."""
        if labels is None or self._outlines is None or self._outlines.labels is not labels:
            self._outlines = Outlines(labels) if labels else None
        self._names = names
        self._chosen, self._said = -1, ""
        self.changed.emit()

    def point_at(self, mouse: QPointF | None, picture: QRectF) -> None:
        """Where the mouse is, and the picture, in logical pixels; None: elsewhere."""
        chosen, said = -1, ""
        outlines, layer = self._outlines, self._layer
        if mouse is not None and outlines is not None and layer is not None and layer.shown and picture.width() > 0:
            x, y = (mouse.x() - picture.x()) / picture.width(), (mouse.y() - picture.y()) / picture.height()
            undrawn = layer.undrawn(outlines.labels)
            chosen = outlines.at(x, y, undrawn, reach=_REACH_PX / picture.width())
            if chosen >= 0:
                said = describe(outlines.labels, chosen, self._names)
            elif (number := outlines.class_at(x, y, undrawn)) >= 0:
                said = f"{layer.class_name(number)}\nmask"
        if said or self._said:
            self._chosen, self._said, self._mouse = chosen, said, mouse or QPointF()
            self.changed.emit()

    def paint(self, painter: QPainter, picture: QRectF, ratio: float) -> None:
        """Over the picture; in device pixels, of which a logical one has `ratio`."""
        if self._outlines is not None and self._layer is not None and self._layer.shown:
            undrawn = self._layer.undrawn(self._outlines.labels)
            self._outlines.paint(painter, picture, undrawn, width=_WIDTH * ratio, chosen=self._chosen)

    def paint_tag(self, painter: QPainter, room: QRectF) -> None:
        """The words, beside the mouse and inside of the room; in logical pixels."""
        if not self._said:
            return
        wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignLeft)
        most = QRectF(0, 0, min(_MOST_TAG_PX, room.width() - 24), room.height())
        words = painter.boundingRect(most, wrap, self._said)
        tag = words.adjusted(-7, -4, 7, 4)
        tag.moveTopLeft(self._mouse + QPointF(_AWAY_PX, _AWAY_PX))
        if tag.right() > room.right() - 4:
            tag.moveRight(max(self._mouse.x() - _AWAY_PX / 2, tag.width() + 4))
        if tag.bottom() > room.bottom() - 4:
            tag.moveBottom(self._mouse.y() - _AWAY_PX / 2)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(SHADE))
        painter.drawRoundedRect(tag, 4, 4)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QColor(DARK.text))
        painter.drawText(tag.adjusted(7, 4, -7, -4), wrap, self._said)
