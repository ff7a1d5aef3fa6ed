"""The order of the last images: place in the list of files over position in the epoch, and a judgement.

A shuffle looks like noise, no shuffle like a line, a shuffle of blocks like steps.
"""

import numpy as np
import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QSizePolicy, QVBoxLayout, QWidget

from inspector.monitor.order import OrderKind, OrderSample, describe, examine
from inspector.monitor.sample_counts import EpochCounts
from inspector.ui.measurements.plots import bare_plot, ticks
from inspector.ui.statistics.text import Judgement
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label, scaled_font

DOT_PX = 3
MANY_DOTS = 1000
SMALL_DOT_PX = 2
TIP = (
    "Each dot is an image of this epoch: when it came (to the right) and where it stands in the list of files (up). "
    "Shuffled looks like noise, not shuffled like a line, shuffled in blocks like steps"
)


class OrderPart(QWidget):
    """The plot and the judgement."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setMinimumWidth(enlarged(236))
        self._theme = theme
        self._heading = label("ORDER", "section")
        self._heading.setWordWrap(True)
        self._judgement = Judgement(theme, "orderLabel", "Whether the order looks shuffled")
        self._plot = bare_plot("orderPlot", "Order of the last images", TIP)
        self._item = self._plot.getPlotItem()
        self._dots = pg.ScatterPlotItem(pxMode=True, symbol="s", antialias=False)
        self._item.addItem(self._dots)
        self._axes = (self._item.getAxis("left"), self._item.getAxis("bottom"))
        self._axes[0].setWidth(enlarged(46))
        self._axes[1].setHeight(enlarged(20))
        for axis in self._axes:
            axis.setStyle(tickFont=scaled_font(self.font(), 0.86), tickLength=-3, tickTextOffset=4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._heading)
        layout.addWidget(self._judgement)
        self._plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # its hint is large
        layout.addWidget(self._plot, 1)
        theme.changed.connect(self._wear_colours)
        self._wear_colours()

    def show_counts(self, epoch: EpochCounts, *, shuffle: bool) -> None:
        sample = epoch.order
        count = len(sample.indices)
        which = f"LAST {count:,} IMAGES OF" if sample.first else f"{count:,} IMAGES OF"
        self._heading.setText(f"ORDER OF {which} EPOCH {epoch.epoch:,}")
        finding = examine(sample)
        as_asked = (finding.kind is OrderKind.SHUFFLED) == shuffle
        level = "info" if finding.kind is OrderKind.TOO_FEW or not shuffle else "good" if as_asked else "bad"
        self._judgement.show_text(level, describe(finding, shuffle=shuffle))
        self._draw(sample)

    def _draw(self, sample: OrderSample) -> None:
        count = len(sample.indices)
        self._dots.setSize(DOT_PX if count < MANY_DOTS else SMALL_DOT_PX)
        self._dots.setData(sample.first + np.arange(count), sample.indices)
        last = sample.first + max(count, 1)
        self._item.setXRange(sample.first, last, padding=0.01)
        self._item.setYRange(0, sample.files, padding=0.02)
        self._axes[0].setTicks([[(0.0, "0"), *_texts(float(sample.files), most=3)]])
        self._axes[1].setTicks(
            [[(at + sample.first, f"{at + sample.first:,.0f}") for at in ticks(last - sample.first, 4)]]
        )

    def _wear_colours(self) -> None:
        colours = self._theme.colours
        self._plot.setBackground(colours.card)
        self._dots.setPen(None)
        self._dots.setBrush(QColor(colours.accent))
        for axis in self._axes:
            axis.setPen(pg.mkPen(colours.border))
            axis.setTextPen(pg.mkPen(colours.dim))


def _texts(top: float, most: int) -> list[tuple[float, str]]:
    return [(tick, f"{tick:,.0f}" if tick < 100_000 else f"{tick / 1000:,.0f}k") for tick in ticks(top, most)]
