"""The two plots over the last minute: batches per second with marks, and queue depth under its ceiling."""

import math

import numpy as np
import numpy.typing as npt
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QPen, QResizeEvent
from PySide6.QtWidgets import QFrame, QGraphicsItem, QHBoxLayout

from inspector import formatting as fmt
from inspector.colours import Colours
from inspector.monitor.effect import Effect, last_effect
from inspector.monitor.records import Series, SettingChange
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import Card, LiveText, label, scaled_font

SPAN_S = 60.0
MOST_POINTS = 1024
MOST_MARKS = 6
TICK_SPACING_PX = 18
SHRINK_BELOW = 0.4  # of the range; a range that follows every dip cannot be read
ROOM_ABOVE_CEILING = 1.15
EFFECT_EVERY_S = 1.0
MARK_LEVELS = 3  # heights at which the texts of neighbouring marks are written


def nice_ceiling(value: float) -> float:
    """The next of 1, 2, 3, 4, 5, 6, 8 times a power of ten; 1 for 0."""
    if value <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(value))
    return next((step * power for step in (1, 2, 3, 4, 5, 6, 8, 10) if step * power >= value * (1 - 1e-9)), 10 * power)


def bare_plot(object_name: str, accessible_name: str, tip: str) -> pg.PlotWidget:
    """A plot to look at: no frame, no menu, nothing to drag, its range set by whoever draws."""
    plot = pg.PlotWidget()
    plot.setFrameShape(QFrame.Shape.NoFrame)
    plot.setObjectName(object_name)
    plot.setAccessibleName(accessible_name)
    plot.setToolTip(plain_text(tip))
    plot.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    plot.setMinimumHeight(enlarged(48))
    item = plot.getPlotItem()
    item.setMenuEnabled(False)
    # pyqtgraph makes this menu all the same, and nobody else would delete it.
    item.ctrlMenu.setParent(plot, Qt.WindowType.Popup)
    item.hideButtons()
    item.setMouseEnabled(False, False)
    item.disableAutoRange()
    return plot


class TimePlot(Card):
    """One series over the last 60 s. The time axis ends at the newest point; the y axis starts at 0."""

    def __init__(self, theme: Theme, heading: str, object_name: str, tip: str) -> None:
        super().__init__()
        self._theme = theme
        self._top = 0.0
        self._has_data = self._is_known = False
        self._x = np.empty(MOST_POINTS)
        self._y = np.empty(MOST_POINTS)
        self._note = LiveText(self.font())
        head = QHBoxLayout()
        head.addWidget(label(heading, "section"))
        head.addWidget(self._note, 1)
        self.column.addLayout(head)
        self.plot = bare_plot(object_name, heading.capitalize(), tip)
        self.column.setContentsMargins(11, 8, 8, 3)
        self.column.addWidget(self.plot, 1)
        item = self.plot.getPlotItem()
        item.setXRange(-SPAN_S, 0, padding=0)
        self._curve = pg.PlotCurveItem(connect="finite")  # a minute has fewer points than the plot has pixels
        item.addItem(self._curve)
        self._axes = (item.getAxis("left"), item.getAxis("bottom"))
        self._axes[0].setWidth(enlarged(34))
        self._axes[1].setHeight(enlarged(20))
        self._axes[1].setTicks([[(at, f"{at} s" if at == -10 else f"{at}") for at in range(-50, 0, 10)]])
        for axis in self._axes:
            axis.setCacheMode(QGraphicsItem.CacheMode.DeviceCoordinateCache)  # they hardly ever change
            axis.setStyle(tickFont=scaled_font(self.font(), 0.86), tickLength=-3, tickTextOffset=4)
        self._item = item
        self._empty = pg.TextItem(f"{heading.capitalize()}, once batches are delivered", anchor=(0.5, 0.5))
        self._empty.setFont(scaled_font(self.font(), 0.92))
        item.addItem(self._empty, ignoreBounds=True)
        theme.changed.connect(self.wear_colours)

    def sizeHint(self) -> QSize:
        return QSize(420, 200)

    def line_colour(self) -> str:
        return self._theme.colours.accent

    def wear_colours(self) -> None:
        """Take the theme's colours; repaints."""
        colours = self._theme.colours
        self._curve.setPen(self._pen(self.line_colour()))
        self.plot.setBackground(colours.card)
        fill = QColor(self.line_colour())
        fill.setAlphaF(0.16)
        self._curve.setFillLevel(0)
        self._curve.setBrush(fill)
        for axis in self._axes:
            axis.setPen(self._pen(colours.border))
            axis.setTextPen(pg.mkPen(colours.dim))
        self._empty.setColor(colours.dim)
        self._item.showGrid(x=False, y=True, alpha=0.28)

    def _pen(self, colour: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """One logical pixel: pyqtgraph's pens count device pixels."""
        pen: QPen = pg.mkPen(colour, width=max(1, round(self.devicePixelRatioF())), style=style)
        return pen

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._show_ticks()

    def _draw(self, time_s: npt.NDArray[np.float64], values: npt.NDArray[np.float64], at_least: float) -> float:
        """Draw the newest points and return the time, in seconds, at the right end of the axis."""
        count = min(len(time_s), MOST_POINTS)
        if (count > 0) != self._has_data:
            self._has_data = count > 0
            self._empty.setVisible(count == 0)
            self._top = 0.0
        if count == 0:
            self._curve.setData([], [])
            self._fit(at_least)
            return 0.0
        end = float(time_s[-1])
        np.subtract(time_s[-count:], end, out=self._x[:count])
        self._y[:count] = values[-count:]
        self._curve.setData(self._x[:count], self._y[:count])
        shown = self._y[:count][self._x[:count] >= -SPAN_S]
        known = shown[np.isfinite(shown)]
        self._empty.setVisible(not known.size)
        if bool(known.size) != self._is_known:
            self._is_known = bool(known.size)
            self._show_ticks()
        self._fit(max(float(known.max()) if known.size else 0.0, at_least))
        return end

    def _fit(self, highest: float) -> None:
        wanted = nice_ceiling(highest * 1.06)
        if wanted > self._top or highest < SHRINK_BELOW * self._top or self._top == 0:
            self._top = wanted
            self._item.setYRange(0, wanted, padding=0)
            self._empty.setPos(-SPAN_S / 2, wanted / 2)
            self._show_ticks()

    def _show_ticks(self) -> None:
        most = max(1, self.plot.height() // enlarged(TICK_SPACING_PX))
        known = self._top > 0 and self._has_data and self._is_known
        texts = [(tick, f"{tick:g}" if tick < 10_000 else f"{tick / 1000:g}k") for tick in ticks(self._top, most)]
        self._axes[0].setTicks([texts if known else []])


def ticks(top: float, most: int = 5) -> list[float]:
    """Round numbers above 0, about `most` of them, for an axis that ends at `top`."""
    if top <= 0:
        return []
    step = nice_ceiling(top / min(most, 5))
    power = 10.0 ** math.floor(math.log10(step))
    step = next(unit * power for unit in (1, 2, 5, 10) if unit * power >= step * (1 - 1e-9))
    return [round(step * index, 10) for index in range(1, int(top / step + 1e-9) + 1)]


def effect_in_words(effect: Effect | None) -> str:
    """Such as "12.1 → 18.0 batches/s (+49 %), more than noise: workers 2→4"; "" where nothing was changed."""
    if effect is None:
        return ""
    if effect.before is None or effect.after is None:
        return f"too few seconds to compare: {fmt.readable(effect.text)}"
    said = f"{fmt.rate(effect.before)} → {fmt.rate(effect.after)} {effect.unit}"
    if effect.before and effect.after:
        said += f" ({(effect.after / effect.before - 1) * 100:+.0f} %)"
    judged = {True: "more than noise", False: "no more than noise", None: "too few seconds to compare"}
    return f"{said}, {judged[effect.differs]}: {fmt.readable(effect.text)}"


class ThroughputPlot(TimePlot):
    """Batches per second, with a dotted line where a setting changed, and what the newest change did."""

    def __init__(self, theme: Theme) -> None:
        tip = "Batches delivered to the consumer per second, over the last minute; dotted where a setting was changed"
        super().__init__(theme, "BATCHES PER SECOND", "throughputPlot", tip)
        self._marks = [_Mark(self._item, scaled_font(self.font(), 0.9)) for _ in range(MOST_MARKS)]
        self._effect_s = 0.0
        self._note.setObjectName("changeEffect")
        self._note.setAccessibleName("What the newest change did")
        self.wear_colours()

    def wear_colours(self) -> None:
        super().wear_colours()
        colours = self._theme.colours
        for mark in self._marks:
            mark.wear(self._pen(colours.accent, Qt.PenStyle.DotLine), colours)

    def show_series(self, series: Series) -> None:
        end = self._draw(series.time_s, series.batches_per_s, at_least=0.0)
        if abs(end - self._effect_s) >= EFFECT_EVERY_S:
            self._effect_s = end
            self._note.show_text("", effect_in_words(last_effect(series)))
        recent = [change for change in series.changes if 0 <= end - change.time_s < SPAN_S][-MOST_MARKS:]
        for index, mark in enumerate(self._marks):
            if index < len(recent):
                level = (len(recent) - 1 - index) % MARK_LEVELS  # the newest at the top
                mark.show(recent[index], recent[index].time_s - end, self._top * (0.99 - 0.13 * level))
            else:
                mark.hide()


QUEUE_EMPTY = "Queue depth, once batches are delivered"


class QueueDepthPlot(TimePlot):
    """Complete batches waiting for the consumer, under a dashed line at their ceiling."""

    def __init__(self, theme: Theme) -> None:
        tip = (
            "Complete batches waiting for the consumer, over the last minute; the dashed line is the ceiling, prefetch"
        )
        super().__init__(theme, "QUEUE DEPTH", "queueDepthPlot", tip)
        self._ceiling = pg.InfiniteLine(angle=0, movable=False)
        self._ceiling_label = pg.TextItem()
        self._ceiling_label.setFont(scaled_font(self.font(), 0.9))
        for part in (self._ceiling, self._ceiling_label):
            part.hide()
            self._item.addItem(part, ignoreBounds=True)
        self._prefetch = 0
        self.wear_colours()

    def sizeHint(self) -> QSize:
        return QSize(420, 140)

    def line_colour(self) -> str:
        return self._theme.colours.good

    def wear_colours(self) -> None:
        super().wear_colours()
        dim = self._theme.colours.dim
        self._ceiling.setPen(self._pen(dim, Qt.PenStyle.DashLine))
        self._ceiling_label.setColor(dim)

    def show_series(self, series: Series, prefetch_batches: int | None) -> None:
        """`prefetch_batches`: the ceiling of the queue; None: it has none that is known."""
        none = prefetch_batches is None and len(series.time_s) > 0
        self._empty.setText("No workers, no queue" if none else QUEUE_EMPTY)
        self._draw(series.time_s, series.queue_depth, at_least=(prefetch_batches or 1) * ROOM_ABOVE_CEILING)
        if prefetch_batches is None:
            self._ceiling.hide()
            self._ceiling_label.hide()
            return
        if prefetch_batches != self._prefetch:
            self._prefetch = prefetch_batches
            self._ceiling.setPos(prefetch_batches)
            self._ceiling_label.setText(f"prefetch {prefetch_batches:,}")
            self._ceiling_label.setPos(-SPAN_S, prefetch_batches)
            self._ceiling.show()
            self._ceiling_label.show()
        room_above_px = (1 - prefetch_batches / self._top) * (self.plot.height() - self._axes[1].height())
        fits_above = room_above_px >= self.fontMetrics().height()
        self._ceiling_label.setAnchor((0, 1 if fits_above else 0))  # rather above: the curve is below


class _Mark:
    """A dotted vertical line with its text, made once and moved."""

    def __init__(self, item: pg.PlotItem, font: object) -> None:
        self._line = pg.InfiniteLine(angle=90, movable=False)
        self._text = pg.TextItem(anchor=(0, 0))
        self._text.setFont(font)
        self._shown = ""
        for part in (self._line, self._text):
            part.hide()
            item.addItem(part, ignoreBounds=True)

    def wear(self, pen: QPen, colours: Colours) -> None:
        self._line.setPen(pen)
        self._text.setColor(colours.accent)
        self._text.fill = pg.mkBrush(colours.card)  # the curve must not run through the words
        self._text.update()

    def show(self, change: SettingChange, x: float, y: float) -> None:
        if change.text != self._shown:
            self._shown = change.text
            self._text.setText(fmt.readable(change.text))
        self._text.setAnchor((1, 0) if x > -SPAN_S / 3 else (0, 0))  # near the right end it is written to the left
        self._line.setPos(x)
        self._text.setPos(x, y)
        self._line.show()
        self._text.show()

    def hide(self) -> None:
        self._line.hide()
        self._text.hide()
