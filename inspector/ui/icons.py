"""The few shapes that the window needs, drawn: sharp at any scale and in the theme's colours."""

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPaintEvent, QPixmap, QPolygonF
from PySide6.QtWidgets import QWidget

from inspector.assets import assets_dir
from inspector.ui.theme import Theme, enlarged

ICON_PX = 14
SIGN_PX = 18
SHARPNESS = 3  # drawn so much larger, for screens of high density


def app_icon() -> QIcon:
    """The app's own icon, from assets/icons."""
    return QIcon(str(assets_dir() / "icons" / "inspector.svg"))


def icon(shape: str, colour: str, disabled: str) -> QIcon:
    """A "run", "pause", "next" or "previous" icon."""
    made = QIcon(_pixmap(shape, colour))
    made.addPixmap(_pixmap(shape, disabled), QIcon.Mode.Disabled)
    return made


def _pixmap(shape: str, colour: str) -> QPixmap:
    side = ICON_PX * SHARPNESS
    pixmap = QPixmap(side, side)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(side, side)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colour))
    match shape:
        case "pause":
            painter.drawRect(QRectF(0.2, 0.15, 0.22, 0.7))
            painter.drawRect(QRectF(0.58, 0.15, 0.22, 0.7))
        case "previous":
            painter.drawPolygon(QPolygonF([QPointF(0.75, 0.15), QPointF(0.75, 0.85), QPointF(0.2, 0.5)]))
        case _:
            painter.drawPolygon(QPolygonF([QPointF(0.25, 0.15), QPointF(0.25, 0.85), QPointF(0.8, 0.5)]))
    painter.end()
    pixmap.setDevicePixelRatio(SHARPNESS)
    return pixmap


class LevelSign(QWidget):
    """The sign before the verdict. Each level has a shape of its own, so that colour alone is never needed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._level = "info"
        self.setFixedSize(QSize(SIGN_PX, SIGN_PX) * enlarged(100) / 100)
        theme.changed.connect(self.update)

    def show_level(self, level: str) -> None:
        if level != self._level:
            self._level = level
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = self._theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.level(self._level)))
        painter.scale(self.width() / SIGN_PX, self.height() / SIGN_PX)
        box = QRectF(0, 0, SIGN_PX, SIGN_PX).adjusted(1.5, 1.5, -1.5, -1.5)
        centre = box.center()
        match self._level:
            case "warn":
                top = QPointF(centre.x(), box.top())
                painter.drawPolygon(QPolygonF([top, box.bottomRight(), box.bottomLeft()]))
                centre += QPointF(0, 2)
            case "bad":
                painter.drawRect(box)
            case _:
                painter.drawEllipse(box)
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(QColor(colours.card))
        pen.setWidthF(1.8)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawPath(_inside(self._level, centre))
        painter.end()


def _inside(level: str, centre: QPointF) -> QPainterPath:
    """A tick, a cross, an exclamation mark or an i."""
    path = QPainterPath()
    strokes = {
        "good": ((-3.2, 0.2, -1.0, 2.6), (-1.0, 2.6, 3.4, -2.4)),
        "bad": ((-2.8, -2.8, 2.8, 2.8), (-2.8, 2.8, 2.8, -2.8)),
        "warn": ((0, -3.2, 0, 0.6), (0, 3.1, 0, 3.2)),
    }.get(level, ((0, -0.4, 0, 3.4), (0, -3.5, 0, -3.4)))
    for from_x, from_y, to_x, to_y in strokes:
        path.moveTo(centre + QPointF(from_x, from_y))
        path.lineTo(centre + QPointF(to_x, to_y))
    return path
