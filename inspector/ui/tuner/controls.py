"""The line above the results: what can be done with the sweep now, and how far it is."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QWidget

from inspector.session.records import SweepState
from inspector.ui.key_filters import KeyFilters
from inspector.ui.shell.actions import keys_in_words, set_tip
from inspector.ui.tuner.bar import bar_button
from inspector.ui.widgets import LiveText

BAR_STEPS = 1000


class TunerControls(QWidget):
    """Buttons, a progress bar and a line of text.

    Args:
        sweep_action: starts and stops a sweep; shows which, and is enabled when it can.
    """

    start_clicked = Signal()
    cancel_clicked = Signal()
    new_clicked = Signal()

    def __init__(self, key_filters: KeyFilters, sweep_action: QAction) -> None:
        super().__init__()
        self._action = sweep_action
        keys = keys_in_words(sweep_action)
        self._start = bar_button(
            key_filters, "tunerStartButton", "Start", f"Measure the open folder ({keys})", self.start_clicked.emit
        )
        self._start.setProperty("primary", True)
        self._cancel = bar_button(
            key_filters,
            "tunerCancelButton",
            "Cancel",
            f"Stop, and show the results so far ({keys})",
            self.cancel_clicked.emit,
        )
        self._new = bar_button(
            key_filters,
            "tunerNewButton",
            "New sweep…",
            "Discard this result and start a new sweep",
            self.new_clicked.emit,
        )
        self._bar = QProgressBar()
        self._bar.setObjectName("tunerProgressBar")
        self._bar.setAccessibleName("Share of the sweep done")
        self._bar.setToolTip("How much of the sweep is done: settings measured, and the time that is left")
        self._bar.setRange(0, BAR_STEPS)
        self._bar.setFixedWidth(180)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(8)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._text = LiveText(bold)
        self._text.setObjectName("tunerProgressLabel")
        row = QHBoxLayout(self)
        row.setContentsMargins(4, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._start, self._cancel, self._new, self._bar):
            row.addWidget(widget)
        row.addWidget(self._text, 1)

    def show_state(self, state: SweepState, *, can_start: bool, cancelling: bool) -> None:
        """Offer what can be done now."""
        measures = state.progress is not None
        ended = state.report is not None or bool(state.error)
        self._start.setVisible(not measures and not ended)
        self._start.setEnabled(can_start)
        self._cancel.setVisible(measures)
        self._cancel.setEnabled(not cancelling)
        self._new.setVisible(ended)
        self._bar.setVisible(measures)
        self._action.setText("Stop the sweep" if measures else "Start the sweep")
        set_tip(self._action, f"{self._action.text()}: how many workers?")
        self._action.setEnabled(not cancelling if measures else ended or can_start)
        if state.progress is not None:
            self._bar.setValue(round(BAR_STEPS * state.progress.share_done))

    def show_status(self, strong: str, dim: str, colour: str) -> None:
        """`colour`: of the strong part; "" for that of all text."""
        self._text.show_text(strong, dim, colour)
