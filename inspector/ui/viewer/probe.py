"""The values of the pixel below the mouse, in one line."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector.ui.theme import Theme
from inspector.ui.viewer.image_data import ImageData
from inspector.ui.widgets import fixed_font

_HINT = "Point at a pixel to read its values."


class Probe(QWidget):
    """x, y, R, G, B and hex as delivered; beside the second decoder's values where they are compared."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("pixelProbe")
        self.setAccessibleName("Pixel below the mouse")
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFont(fixed_font(self.font()))
        self._theme = theme
        self._text = _HINT
        self._colour: QColor | None = None
        theme.changed.connect(self.update)

    def text(self) -> str:
        """What it shows."""
        return self._text

    def sizeHint(self) -> QSize:
        return QSize(300, self.fontMetrics().height() + 8)

    def say(self, sentence: str) -> None:
        """In place of a pixel, until the mouse moves."""
        if sentence:
            self._text, self._colour = sentence, None
            self.update()

    def show_pixel(self, data: ImageData | None, pixel: tuple[int, int] | None, compared: bool) -> None:
        """None: no image, or no pixel."""
        self._text, self._colour = _HINT, None
        if data is not None and data.pixels is not None and pixel is not None:
            x, y = pixel
            values = data.pixels[y, x].tolist()
            rgb = [int(value) for value in data.delivered.levels[0][y, x]]
            self._colour = QColor(*rgb)
            self._text = f"x {x:<5} y {y:<5} {_channels(values)}  {self._colour.name()}"
            if compared and data.reference_pixels is not None:
                second = data.reference_pixels[y, x].tolist()
                apart = max(abs(one - other) for one, other in zip(values, second, strict=True))
                self._text += f"   second decoder {_channels(second)}  difference {apart:g}"
        self.setAccessibleDescription(self._text)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        left = 0
        if self._colour is not None:
            swatch = QRect(0, 4, 26, self.height() - 9)
            painter.setPen(QColor(colours.border))
            painter.setBrush(self._colour)
            painter.drawRect(swatch)
            left = swatch.right() + 9
        painter.setPen(QColor(colours.text if self._colour is not None else colours.dim))
        room = self.rect().adjusted(left, 0, 0, 0)
        text = painter.fontMetrics().elidedText(self._text, Qt.TextElideMode.ElideRight, room.width())
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()


def _channels(values: list[float]) -> str:
    return "  ".join(f"{name} {value:<3g}" for name, value in zip("RGB", values, strict=True))
