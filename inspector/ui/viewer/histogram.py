"""How often each value comes: a strip for each channel, named, one below the other."""

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPolygonF
from PySide6.QtWidgets import QWidget

from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import scaled_font

USUAL_STRIP_PX = 44
NAMES = ("R", "G", "B")


class Histogram(QWidget):
    """Heights are square roots of the counts, so that rare values are seen, too; 0 at the left, 255 at the right."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("histogram")
        self.setAccessibleName("Histogram of red, green and blue")
        self._theme = theme
        self._strip_px = enlarged(USUAL_STRIP_PX)
        self._counts: npt.NDArray[np.int64] | None = None
        self._means = (0.0, 0.0, 0.0)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(240, 3 * self._strip_px + enlarged(14))

    def minimumSizeHint(self) -> QSize:
        return QSize(160, 3 * self._strip_px + enlarged(14))

    def show_counts(self, counts: npt.NDArray[np.int64] | None, means: tuple[float, float, float]) -> None:
        """`counts`: (3, 256), of R, G, B; None: not known yet."""
        self._counts, self._means = counts, means
        said = ", ".join(f"{name} {mean:.1f}" for name, mean in zip(NAMES, means, strict=True))
        self.setToolTip(
            plain_text(
                f"How often each value from 0 to 255 comes (square roots). Means: {said}" if counts is not None else ""
            )
        )
        self.setAccessibleDescription(f"Means: {said}" if counts is not None else "")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = self._theme.colours
        painter.setFont(scaled_font(self.font(), 0.86))
        metrics = painter.fontMetrics()
        gutter = metrics.horizontalAdvance("R") + 8
        width = self.width() - gutter - 1
        for channel, colour in enumerate((colours.red, colours.green, colours.blue)):
            strip = QRectF(gutter, channel * self._strip_px, width, self._strip_px - 5)
            painter.fillRect(strip, QColor(colours.field))
            painter.setPen(QColor(colours.text))
            painter.drawText(
                QRectF(0, strip.top(), gutter, strip.height()), Qt.AlignmentFlag.AlignVCenter, NAMES[channel]
            )
            if self._counts is not None:
                self._paint_strip(painter, strip, self._counts[channel], QColor(colour))
                mean = f"{self._means[channel]:.1f}"
                painter.setPen(QColor(colours.text))
                side = Qt.AlignmentFlag.AlignLeft if self._means[channel] > 128 else Qt.AlignmentFlag.AlignRight
                painter.drawText(strip.adjusted(5, 2, -5, 0), side | Qt.AlignmentFlag.AlignTop, f"mean {mean}")
        painter.setPen(QColor(colours.dim))
        foot = QRectF(gutter, 3 * self._strip_px - 4, width, metrics.height())
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, "0")
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, "255")
        painter.end()

    @staticmethod
    def _paint_strip(painter: QPainter, strip: QRectF, counts: npt.NDArray[np.int64], colour: QColor) -> None:
        heights = np.sqrt(counts / max(int(counts.max()), 1)) * (strip.height() - 2)
        step = strip.width() / 256
        outline = QPolygonF([strip.bottomLeft()])
        for value, height in enumerate(heights.tolist()):
            top = strip.bottom() - height
            outline.append(QPointF(strip.left() + value * step, top))
            outline.append(QPointF(strip.left() + (value + 1) * step, top))
        outline.append(strip.bottomRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(outline)
