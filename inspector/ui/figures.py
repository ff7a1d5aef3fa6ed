"""The four figures that matter, as cards at the top right."""

from PySide6.QtWidgets import QHBoxLayout, QSizePolicy, QWidget

from inspector import formatting as fmt
from inspector.monitor.snapshot import Snapshot
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, LiveText, label, scaled_font

WAIT_WORTH_A_LOOK = 0.05
WAIT_TOO_LONG = 0.5


class Figure(Card):
    """A heading, a large number and its unit."""

    def __init__(self, heading: str, unit: str, object_name: str, tip: str) -> None:
        super().__init__()
        self.column.setContentsMargins(9, 7, 4, 6)
        self.column.setSpacing(2)
        self.setToolTip(tip)
        self._unit = unit
        title = label(heading, "section")
        large = scaled_font(self.font(), 1.7)
        large.setBold(True)
        self._value = LiveText(large, gap=5)
        self._value.setObjectName(object_name)
        self._value.setAccessibleName(heading.capitalize())
        self.column.addWidget(title)
        self.column.addWidget(self._value)

    def show_value(self, text: str, colour: str = "") -> None:
        self._value.show_text(text, "" if text == fmt.UNKNOWN else self._unit, colour)


class Figures(QWidget):
    """Batches/s, images/s, data wait and skipped files."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._batches = Figure("BATCHES", "/s", "batchesFigure", "Batches delivered to the consumer, per second")
        self._images = Figure("IMAGES", "/s", "imagesFigure", "Images delivered to the consumer, per second")
        self._wait = Figure(
            "DATA WAIT",
            "%",
            "dataWaitFigure",
            "Share of the consumer's time spent waiting for a batch; 0 means that the loader keeps up",
        )
        self._skipped = Figure("SKIPPED", "", "skippedFigure", "Files left out so far; the table below says why")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        for figure, share in ((self._batches, 10), (self._images, 11), (self._wait, 10), (self._skipped, 10)):
            row.addWidget(figure, share)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_snapshot(self, snapshot: Snapshot) -> None:
        rates, colours = snapshot.rates, self._theme.colours
        self._batches.show_value(fmt.rate(rates.batches_per_s))
        self._images.show_value(fmt.rate(rates.images_per_s))
        wait = rates.data_wait
        trains = snapshot.step_ms > 0  # without a step to simulate, the consumer waits nearly always, by design
        alarm = "" if wait is None or not trains or wait <= WAIT_WORTH_A_LOOK else colours.warn
        if alarm and wait is not None and wait > WAIT_TOO_LONG:
            alarm = colours.bad
        self._wait.show_value(fmt.percent_figure(wait), alarm)
        known = bool(snapshot.files)
        self._skipped.show_value(
            fmt.whole(snapshot.skipped) if known else fmt.UNKNOWN, colours.bad if snapshot.skipped else ""
        )
