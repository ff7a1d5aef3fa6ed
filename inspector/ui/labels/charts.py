"""Small charts of the figures of labels: bars for bins, and where on the pictures the labels lie."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QHelpEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from inspector import formatting as fmt
from inspector.ui.plain_text import show_tip
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import scaled_font, section_font

_GAP_PX = 2.0
_BETWEEN_PX = 5.0  # texts


class BinnedBars(QWidget):
    """A heading, a bar a bin, and below each where it begins.

    Args:
        edges: of each bin, as texts; "": no text below it.
        ranges: of each bin, from where to where.
        tip: what is counted.

    A click on a bar emits `clicked` with its number.
    """

    clicked = Signal(int)

    def __init__(
        self, theme: Theme, heading: str, name: str, edges: Sequence[str], ranges: Sequence[str], tip: str
    ) -> None:
        super().__init__()
        self.setObjectName(name)
        self.setAccessibleName(tip)
        self._theme, self._heading, self._edges, self._tip = theme, heading, tuple(edges), tip
        self._ranges = tuple(ranges)
        self._counts: npt.NDArray[np.int64] = np.zeros(len(self._edges), np.int64)
        self._small = scaled_font(self.font(), 0.8)
        self._chosen = -1
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumWidth(enlarged(120))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(160, 130)

    def show_counts(self, counts: npt.NDArray[np.int64]) -> None:
        """One for each bin."""
        self._counts = counts
        words = ", ".join(f"{each}: {count:,}" for each, count in zip(self._ranges, counts.tolist(), strict=True))
        self.setAccessibleDescription(words)
        self.update()

    def choose(self, number: int) -> None:
        """Mark a bar; -1: none."""
        if number != self._chosen:
            self._chosen = number
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        at = self._bar_at(event.position().x())
        if event.button() == Qt.MouseButton.LeftButton and 0 <= at < len(self._counts):
            self.clicked.emit(at)

    def _bar_at(self, x: float) -> int:
        plot = self._plot()
        return int((x - plot.left()) / max(1.0, plot.width() / max(1, len(self._counts))))

    def _plot(self) -> QRectF:
        top = self.fontMetrics().height() + 6
        return QRectF(0, top, self.width(), max(10, self.height() - top - self.fontMetrics().height()))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours, plot = self._theme.colours, self._plot()
        painter.setFont(section_font(self.font()))
        painter.setPen(QColor(colours.dim))
        painter.drawText(0, painter.fontMetrics().ascent() + 1, self._heading)
        most, width = max(1, int(self._counts.max(initial=0))), plot.width() / max(1, len(self._counts))
        painter.setFont(self._small)
        free_from = float("-inf")  # where there is room for the next text
        for at, count in enumerate(self._counts.tolist()):
            left = plot.left() + at * width
            height = max(2.0, plot.height() * count / most) if count else 0.0
            if at == self._chosen:
                painter.fillRect(QRectF(left, plot.top(), width - _GAP_PX, plot.height()), QColor(colours.field))
            faded = self._chosen >= 0 and at != self._chosen
            painter.setOpacity(0.45 if faded else 1.0)
            painter.fillRect(QRectF(left, plot.bottom() - height, width - _GAP_PX, height), QColor(colours.accent))
            painter.setOpacity(1.0)
            painter.fillRect(QRectF(left, plot.bottom(), width - _GAP_PX, 1), QColor(colours.border))
            wide = painter.fontMetrics().horizontalAdvance(self._edges[at])
            begin = left + (width - _GAP_PX - wide) / 2
            if self._edges[at] and begin >= free_from and begin + wide <= self.width() + 1:
                under = QRectF(begin, plot.bottom() + 1, wide + 1, painter.fontMetrics().height() + 2)
                painter.drawText(under, int(Qt.AlignmentFlag.AlignLeft), self._edges[at])
                free_from = begin + wide + _BETWEEN_PX
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            at = self._bar_at(event.pos().x())
            if 0 <= at < len(self._counts):
                tip = f"{self._tip}\n{self._ranges[at]}: {int(self._counts[at]):,}\nA click shows the images alone"
                show_tip(event.globalPos(), tip, self)
            return True
        return super().event(event)


class PlacesMap(QWidget):
    """How many labels have their middle where, on a picture of any size and shape: the darker, the more.

    A click on a cell emits `clicked` with its number, row by row.
    """

    clicked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("labelPlaces")
        self.setAccessibleName("Where on the pictures the labels lie")
        self._theme = theme
        self._places: npt.NDArray[np.int64] = np.zeros((1, 1), np.int64)
        self._unplaced, self._chosen = 0, -1
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setMinimumWidth(enlarged(120))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(150, 130)

    def show_places(self, places: npt.NDArray[np.int64], unplaced: int) -> None:
        """`unplaced`: labels that are not in it."""
        self._places, self._unplaced = places, unplaced
        self.update()

    def choose(self, number: int) -> None:
        """Mark a cell; -1: none."""
        if number != self._chosen:
            self._chosen = number
            self.update()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row, column = self._cell_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row >= 0:
            self.clicked.emit(row * self._places.shape[1] + column)

    def _cell_at(self, point: QPointF) -> tuple[int, int]:
        """Row and column; -1, -1: there is none."""
        square, (rows, columns) = self._square(), self._places.shape
        if not square.contains(point):
            return -1, -1
        row = int((point.y() - square.y()) / square.height() * rows)
        return min(row, rows - 1), min(int((point.x() - square.x()) / square.width() * columns), columns - 1)

    def _square(self) -> QRectF:
        top = self.fontMetrics().height() + 6
        side = max(10, min(self.width(), self.height() - top - 2))
        return QRectF(0, top, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours, square = self._theme.colours, self._square()
        painter.setFont(section_font(self.font()))
        painter.setPen(QColor(colours.dim))
        painter.drawText(0, painter.fontMetrics().ascent() + 1, "PLACES")
        painter.fillRect(square, QColor(colours.field))
        rows, columns = self._places.shape
        most = max(1, int(self._places.max()))
        colour = QColor(colours.accent)
        for row, column in np.argwhere(self._places).tolist():
            colour.setAlphaF(0.15 + 0.85 * (int(self._places[row, column]) / most) ** 0.5)
            left, top = square.x() + square.width() * column / columns, square.y() + square.height() * row / rows
            painter.fillRect(QRectF(left, top, square.width() / columns, square.height() / rows), colour)
        painter.setPen(QColor(colours.border))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(square.adjusted(0.5, 0.5, -0.5, -0.5))
        if self._chosen >= 0:
            row, column = divmod(self._chosen, columns)
            left, top = square.x() + square.width() * column / columns, square.y() + square.height() * row / rows
            painter.setPen(QColor(colours.text))
            painter.drawRect(QRectF(left, top, square.width() / columns, square.height() / rows))
        if not self._places.any():
            painter.setFont(self.font())
            painter.setPen(QColor(colours.dim))
            wrap = int(Qt.TextFlag.TextWordWrap | Qt.AlignmentFlag.AlignCenter)
            painter.drawText(square.adjusted(4, 4, -4, -4), wrap, "not known")
        painter.end()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            lines = ["Where on the pictures the middles of the labels lie, whatever the pictures' sizes"]
            row, column = self._cell_at(QPointF(event.pos()))
            if row >= 0:
                lines.append(f"here: {fmt.plural(int(self._places[row, column]), 'label')}")
            if self._unplaced:
                lines.append(f"{fmt.plural(self._unplaced, 'label')} left out: the size of the image is not known")
            show_tip(event.globalPos(), "\n".join(lines), self)
            return True
        return super().event(event)
