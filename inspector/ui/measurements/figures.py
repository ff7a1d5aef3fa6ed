"""The four figures that matter, as cards at the top right."""

from PySide6.QtCore import QSize
from PySide6.QtGui import QFontMetrics, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QSizePolicy, QWidget

from inspector import formatting as fmt
from inspector.monitor.records import Snapshot
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, LiveText, label, scaled_font

WAIT_WORTH_A_LOOK = 0.05
WAIT_TOO_LONG = 0.5
GAP = 6


class Figure(Card):
    """A heading, a large number and its unit."""

    def __init__(self, heading: str, unit: str, object_name: str, tip: str) -> None:
        super().__init__()
        self.column.setContentsMargins(7, 7, 2, 6)
        self.column.setSpacing(2)
        self.setToolTip(plain_text(tip))
        self._unit = unit
        title = label(heading, "section")
        large = scaled_font(self.font(), 1.7)
        large.setBold(True)
        self._value = LiveText(large, gap=4)
        typical = QFontMetrics(large).horizontalAdvance("88.8") + 4 + self.fontMetrics().horizontalAdvance(unit)
        self._value.setMinimumWidth(typical)
        self._value.setObjectName(object_name)
        self._value.setAccessibleName(heading.capitalize())
        self.column.addWidget(title)
        self.column.addWidget(self._value)

    def show_value(self, text: str, colour: str = "") -> None:
        self._value.show_text(text, "" if text == fmt.UNKNOWN else self._unit, colour)


class Figures(QWidget):
    """Batches/s, images/s, data wait and skipped files; of a `watched` training, errors in place of those."""

    def __init__(self, theme: Theme, *, watched: bool = False) -> None:
        super().__init__()
        self._watched = watched
        self._theme = theme
        self._batches = Figure("BATCHES", "/s", "batchesFigure", "Batches delivered to the consumer, per second")
        what = "Samples" if watched else "Images"
        self._images = Figure(what.upper(), "/s", "imagesFigure", f"{what} delivered to the consumer, per second")
        self._wait = Figure(
            "DATA WAIT",
            "%",
            "dataWaitFigure",
            "Share of the consumer's time spent waiting for a batch; 0 means that the loader keeps up",
        )
        self._skipped = (
            Figure("ERRORS", "", "skippedFigure", "Exceptions while loading, so far; the table below has them")
            if watched
            else Figure("SKIPPED", "", "skippedFigure", "Files left out so far; the table below says why")
        )
        self._cards = (self._batches, self._images, self._wait, self._skipped)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(GAP)
        self._columns = 0
        self._arrange(len(self._cards))
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def minimumSizeHint(self) -> QSize:
        """Two in a row."""
        return QSize(2 * self._widest() + GAP, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange(4 if 4 * self._widest() + 3 * GAP <= self.width() else 2)

    def _widest(self) -> int:
        return max(card.minimumSizeHint().width() for card in self._cards)

    def _arrange(self, columns: int) -> None:
        if columns == self._columns:
            return
        self._columns = columns
        for number, card in enumerate(self._cards):
            self._grid.addWidget(card, number // columns, number % columns)
        for column in range(len(self._cards)):
            self._grid.setColumnStretch(column, int(column < columns))

    def show_snapshot(self, snapshot: Snapshot) -> None:
        rates, colours = snapshot.rates, self._theme.colours
        self._batches.show_value(fmt.rate(rates.batches_per_s))
        self._images.show_value(fmt.rate(rates.images_per_s))
        wait = rates.data_wait
        trains = (
            self._watched or snapshot.step_ms > 0
        )  # without a step to simulate, the consumer waits nearly always, by design
        alarm = "" if wait is None or not trains or wait <= WAIT_WORTH_A_LOOK else colours.warn
        if alarm and wait is not None and wait > WAIT_TOO_LONG:
            alarm = colours.bad
        self._wait.show_value(fmt.percent_figure(wait), alarm)
        known = bool(snapshot.files or snapshot.batches)
        self._skipped.show_value(
            fmt.whole(snapshot.skipped) if known else fmt.UNKNOWN, colours.bad if snapshot.skipped else ""
        )
