"""The curve of a sweep: images per second against workers, with intervals, and a mark at the recommended setting."""

from collections.abc import Sequence
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPen, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from inspector.session.records import Trial, TrialSetting
from inspector.tuner.scaling_curves import axis_position, scaling_curves
from inspector.tuner.setting_names import curve_name, varied_fields
from inspector.ui.measurements.plots import TICK_SPACING_PX, bare_plot, ticks
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label, scaled_font

SHAPES = (("o", "●"), ("s", "■"), ("t1", "▲"), ("d", "◆"), ("t", "▼"), ("+", "✚"))  # as drawn, as written
SYMBOL_PX = 7
MARK_PX = 15
ROOM_FOR_TITLE_PX = 140
LABEL_SPACING_PX = 22
ROOM_ABOVE = 1.06
MOST_ROOM = 1.6  # times the fastest: a first, wide interval must not flatten the curve


class TunerPlot(QWidget):
    """A curve for each combination of what is varied besides the number of workers; an earlier sweep's dashed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._trials: tuple[Trial, ...] = ()
        self._chosen: TrialSetting | None = None
        self._earlier: tuple[Trial, ...] = ()
        self._top = 1.0
        self._counts: list[int] = []
        head = QHBoxLayout()
        head.setSpacing(12)
        self._title = label("IMAGES/S BY WORKERS", "section")
        self._title.setMinimumWidth(1)
        head.addWidget(self._title)
        self._legend = label("", "dim")
        self._legend.setTextFormat(Qt.TextFormat.RichText)
        self._legend.setMinimumWidth(1)
        head.addStretch(1)
        head.addWidget(self._legend)
        tip = (
            "Images per second against the number of workers; a bar is the 95 % interval, the ring marks what is "
            "recommended, dashed is an earlier sweep"
        )
        self.plot = bare_plot("tunerPlot", "Images per second against workers", tip)
        self._item = self.plot.getPlotItem()
        self._axes = (self._item.getAxis("left"), self._item.getAxis("bottom"))
        self._axes[0].setWidth(enlarged(40))
        self._axes[1].setHeight(enlarged(20))
        for axis in self._axes:
            axis.setStyle(tickFont=scaled_font(self.font(), 0.86), tickLength=-3, tickTextOffset=4)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 2, 0, 0)
        column.setSpacing(2)
        column.addLayout(head)
        column.addWidget(self.plot, 1)
        theme.changed.connect(self._draw)
        self._draw()

    def sizeHint(self) -> QSize:
        return QSize(380, 130)

    def show_trials(self, trials: Sequence[Trial], chosen: TrialSetting | None, earlier: Sequence[Trial] = ()) -> None:
        """Draw them, where they are others than before."""
        wanted = (tuple(trials), chosen, tuple(earlier))
        if wanted != (self._trials, self._chosen, self._earlier):
            self._trials, self._chosen, self._earlier = wanted
            self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._title.setVisible(self.height() >= ROOM_FOR_TITLE_PX)
        self._show_ticks()

    # --- drawing -------------------------------------------------------------------------------------------

    def _draw(self) -> None:
        colours = self._theme.colours
        self._item.clear()
        self.plot.setBackground(colours.card)
        for axis in self._axes:
            axis.setPen(self._pen(colours.border))
            axis.setTextPen(pg.mkPen(colours.dim))
        self._item.showGrid(x=False, y=True, alpha=0.28)
        shown = self._trials + self._earlier
        self._counts = sorted({trial.setting.num_workers for trial in shown})
        highest = max((trial.high for trial in shown), default=0.0)
        fastest = max((trial.images_per_s for trial in shown), default=0.0)
        self._top = min(ROOM_ABOVE * highest, MOST_ROOM * fastest) or 1.0
        self._item.setYRange(0, self._top, padding=0)
        right = axis_position(max(self._counts, default=1))
        self._item.setXRange(-0.2, max(1.0, right) + 0.3, padding=0)
        self._show_ticks()
        if not shown:
            text = pg.TextItem("Images per second by workers, as they are measured", colours.dim, anchor=(0.5, 0.5))
            text.setPos(0.55, self._top / 2)  # the middle of the axes
            self._item.addItem(text, ignoreBounds=True)
        if self._earlier:
            for curve in scaling_curves(self._earlier):
                self._add_line(curve, self._pen(colours.dim, Qt.PenStyle.DashLine))
        names = varied_fields(self._trials)
        legend = []
        inks = (colours.accent, colours.good, colours.warn, colours.bad, colours.text, colours.dim)
        for number, curve in enumerate(scaling_curves(self._trials)):
            ink, (symbol, sign) = inks[number % len(inks)], SHAPES[number % len(SHAPES)]
            self._add_intervals(curve, ink)
            self._add_line(curve, self._pen(ink), symbol, ink)
            name = escape(curve_name(curve[-1].setting, names))
            legend.append(f'<span style="color:{ink};">{sign}</span> {name}')
        if self._earlier:
            legend.append("┄ earlier")
        self._legend.setVisible(len(legend) > 1)
        self._legend.setText("&nbsp;&nbsp;".join(legend))
        self._legend.setToolTip(
            plain_text(", ".join(curve_name(curve[-1].setting, names) for curve in scaling_curves(self._trials)))
        )
        self._add_mark()

    def _add_line(self, curve: Sequence[Trial], pen: QPen, symbol: str | None = None, ink: str = "") -> None:
        x, y = _coordinates(curve)
        more = {"symbol": symbol, "symbolSize": SYMBOL_PX, "symbolBrush": ink, "symbolPen": None} if symbol else {}
        self._item.plot(x, y, pen=pen, **more)

    def _add_intervals(self, curve: Sequence[Trial], ink: str) -> None:
        x, y = _coordinates(curve)
        low, high = np.array([trial.low for trial in curve]), np.array([trial.high for trial in curve])
        self._item.addItem(pg.ErrorBarItem(x=x, y=y, bottom=y - low, top=high - y, beam=0.05, pen=self._pen(ink)))

    def _add_mark(self) -> None:
        trial = next((trial for trial in self._trials if trial.setting == self._chosen), None)
        if trial is None:
            return
        colours = self._theme.colours
        x = axis_position(trial.setting.num_workers)
        self._item.addItem(pg.InfiniteLine(pos=x, angle=90, pen=self._pen(colours.accent, Qt.PenStyle.DotLine)))
        ring = pg.mkPen(colours.text, width=2 * self._pixel())
        self._item.plot(
            [x], [trial.images_per_s], pen=None, symbol="o", symbolSize=MARK_PX, symbolBrush=None, symbolPen=ring
        )

    def _show_ticks(self) -> None:
        most = max(1, self.plot.height() // enlarged(TICK_SPACING_PX))
        values = ticks(self._top, most) if self._trials or self._earlier else []
        self._axes[0].setTicks([[(tick, f"{tick:g}" if tick < 10_000 else f"{tick / 1000:g}k") for tick in values]])
        chosen = self._chosen.num_workers if self._chosen is not None else -1
        self._axes[1].setTicks(
            [
                [
                    (axis_position(count), f"▶ {count}" if count == chosen else str(count))
                    for count in self._counts_with_room(chosen)
                ]
            ]
        )

    def _counts_with_room(self, chosen: int) -> list[int]:
        """Those whose numbers do not run into one another, `chosen` among them."""
        width = max(1, self.plot.width() - 40)
        per_unit = width / (max(1.0, axis_position(max(self._counts, default=1))) + 0.5)
        kept: list[int] = []
        for count in sorted(self._counts, key=lambda count: (count != chosen, count)):
            if all(abs(axis_position(count) - axis_position(other)) * per_unit >= LABEL_SPACING_PX for other in kept):
                kept.append(count)
        return kept

    def _pixel(self) -> int:
        return max(1, round(self.devicePixelRatioF()))

    def _pen(self, colour: str, style: Qt.PenStyle = Qt.PenStyle.SolidLine) -> QPen:
        """One logical pixel: pyqtgraph's pens count device pixels."""
        pen: QPen = pg.mkPen(colour, width=self._pixel(), style=style)
        return pen


def _coordinates(curve: Sequence[Trial]) -> tuple["np.ndarray[tuple[int], np.dtype[np.float64]]", ...]:
    return (
        np.array([axis_position(trial.setting.num_workers) for trial in curve]),
        np.array([trial.images_per_s for trial in curve]),
    )
