"""The limit of the check whose rows are shown: a histogram of its scores, and the limit as a line to drag."""

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor, QPen
from PySide6.QtWidgets import QDoubleSpinBox, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from inspector.session.records import LIMITS, CheckLimit, ScoreHistogram
from inspector.ui.key_filters import KeyFilters
from inspector.ui.measurements.plots import bare_plot
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label, scaled_font

GROUPED = ("duplicate", "near-duplicate")  # checks of which the largest of each group can be kept
_A_LITTLE = 1e-6
_TIP = "How many images have which score (square roots); drag the line to move the limit"


def limit_of(check: str) -> str | None:
    """The name of a check's limit."""
    return next((name for name, limit in LIMITS.items() if check in limit.checks), None)


class LimitBar(QWidget):
    """Hidden while the chosen check has neither a limit nor groups."""

    limit_changed = Signal(str, float)  # name and value; many while the line is dragged
    keep_largest_clicked = Signal()

    def __init__(self, theme: Theme, key_filters: KeyFilters) -> None:
        super().__init__()
        self._theme = theme
        self._name: str | None = None
        self._histogram: ScoreHistogram | None = None
        self._label, self._unit, self._count = label(), label("", "dim"), label("", "dim")
        self._count.setObjectName("scanLimitCount")
        self.spin = QDoubleSpinBox()
        self.spin.setObjectName("scanLimitSpin")
        self.spin.setAccessibleName("Limit of the chosen check")
        self.spin.setToolTip("What is beyond it is found; also the line in the histogram")
        self.spin.setKeyboardTracking(False)
        self.spin.valueChanged.connect(self._take_value)
        key_filters.teach(self.spin)
        self._largest = QPushButton("Keep the largest…")
        self._largest.setObjectName("scanKeepLargestButton")
        self._largest.setAccessibleName("Keep the largest image of each group, and move the others aside")
        self._largest.setToolTip("Select all images but the largest of each group, and move them aside; asks before")
        self._largest.setProperty("bar", True)
        self._largest.clicked.connect(lambda _checked=False: self.keep_largest_clicked.emit())
        key_filters.teach(self._largest)
        self.plot = bare_plot("scanScorePlot", "Histogram of the scores, with the limit", _TIP)
        self.plot.setFixedHeight(enlarged(58))
        self.plot.setMinimumWidth(enlarged(120))
        item = self.plot.getPlotItem()
        item.hideAxis("left")
        axis = item.getAxis("bottom")
        axis.setStyle(tickFont=scaled_font(self.font(), 0.86), tickLength=-3, tickTextOffset=4)
        axis.setHeight(enlarged(20))
        self._all, self._found = (pg.PlotCurveItem([0.0, 1.0], [0.0], stepMode="center", fillLevel=0) for _ in range(2))
        self.line = pg.InfiniteLine(angle=90, movable=True)
        self.line.sigPositionChanged.connect(lambda: self.spin.setValue(self.line.value()))
        for each in (self._all, self._found, self.line):
            item.addItem(each)
        first, second, words = QHBoxLayout(), QHBoxLayout(), QVBoxLayout()
        for row, widgets in ((first, (self._label, self.spin, self._unit)), (second, (self._count, self._largest))):
            row.setSpacing(6)
            for widget in widgets:
                row.addWidget(widget)
            row.addStretch(1)
            words.addLayout(row)
        words.setSpacing(2)
        everything = QHBoxLayout(self)
        everything.setContentsMargins(0, 0, 0, 2)
        everything.setSpacing(12)
        everything.addLayout(words)
        everything.addWidget(self.plot, 1)
        everything.addStretch(0)
        theme.changed.connect(self._wear_colours)
        self._wear_colours()
        self.hide()

    def shows(self, name: str) -> bool:
        """Whether it is this limit that can be moved here."""
        return self._name == name

    @property
    def value(self) -> float:
        """The limit that is shown."""
        return self.spin.value()

    def show_check(
        self,
        check: str | None,
        value: float | None,
        histogram: ScoreHistogram | None,
        found: int,
        *,
        movable: bool,
        can_move_aside: bool,
    ) -> None:
        """What is known of the chosen check.

        Args:
            check: None: none, or several are chosen. value: of its limit; None where it is not known.
            found: rows of it. movable: the limit can be moved now.
        """
        self._name = limit_of(check) if check is not None and value is not None else None
        self._largest.setVisible(check in GROUPED and can_move_aside)
        self._largest.setEnabled(found > 0 and movable)
        self.setVisible(self._name is not None or not self._largest.isHidden())
        for widget in (self._label, self.spin, self._unit):
            widget.setVisible(self._name is not None)
        self._count.setText(f"{found:,} found")
        self.plot.setVisible(histogram is not None)
        self.spin.setEnabled(movable)
        self.line.setMovable(movable)
        if self._name is not None and value is not None:
            self._show_limit(LIMITS[self._name], value)
        if histogram is not None and histogram != self._histogram:
            self._histogram = histogram
            self.plot.getPlotItem().setXRange(histogram.low, histogram.high, padding=0.01)
            self.plot.getPlotItem().setYRange(0, 1.04, padding=0)
            with QSignalBlocker(self.line):
                self.line.setBounds((histogram.low, histogram.high))
        self._draw()

    def _show_limit(self, limit: CheckLimit, value: float) -> None:
        words = limit.label.partition(": ")[2] or limit.label  # the check is named where it is chosen
        self._label.setText(words[:1].upper() + words[1:])
        self._unit.setText(limit.unit)
        with QSignalBlocker(self.spin):
            self.spin.setDecimals(0 if limit.whole else 2)
            self.spin.setRange(limit.lowest, limit.highest)
            self.spin.setSingleStep(1 if limit.whole else 0.25 if limit.highest <= 100 else 1)
            self.spin.setValue(value)
        self.spin.setToolTip(plain_text(limit.help[:1].upper() + limit.help[1:]))

    def _take_value(self, value: float) -> None:
        self._draw()
        if self._name is not None:
            self.limit_changed.emit(self._name, value)

    def _draw(self) -> None:
        histogram = self._histogram
        if histogram is None:
            return
        with QSignalBlocker(self.line):
            self.line.setValue(self.spin.value())
        edges = np.linspace(histogram.low, histogram.high, len(histogram.counts) + 1)
        heights = np.sqrt(np.array(histogram.counts) / max(1, *histogram.counts))
        middle = (edges[1:] + edges[:-1]) / 2
        value = self.spin.value() + (_A_LITTLE if histogram.reaching else 0)
        beyond = middle > value if histogram.above else middle < value
        self._all.setData(edges, np.where(beyond, 0, heights))
        self._found.setData(edges, np.where(beyond, heights, 0))

    def _wear_colours(self) -> None:
        colours = self._theme.colours
        self.plot.setBackground(colours.card)
        for curve, colour in ((self._all, colours.dim), (self._found, colours.accent)):
            fill = QColor(colour)
            fill.setAlphaF(0.75)
            curve.setPen(QPen(Qt.PenStyle.NoPen))
            curve.setBrush(fill)
        self.line.setPen(self._pen(colours.warn))
        self.line.setHoverPen(self._pen(colours.accent_hover))
        axis = self.plot.getPlotItem().getAxis("bottom")
        axis.setPen(pg.mkPen(colours.border))
        axis.setTextPen(pg.mkPen(colours.dim))

    def _pen(self, colour: str) -> QPen:
        """Two logical pixels: pyqtgraph's pens count device pixels."""
        pen: QPen = pg.mkPen(colour, width=2 * max(1, round(self.devicePixelRatioF())), style=Qt.PenStyle.SolidLine)
        return pen
