"""The line above the results: what can be done with the scan now, and how far it is."""

from PySide6.QtCore import Signal
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QProgressBar, QPushButton, QWidget

from inspector.session.records import ScanProgress, ScanState
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme
from inspector.ui.widgets import LiveText

BAR_STEPS = 1000
NO_CLUSTER = "this machine"
_CLUSTERS = ("dask", "ray")
_CLUSTER_TIP = (
    "Where files are checked: here; on a cluster that is started here, dask or ray; or on one that you have: type its "
    "address, such as tcp://host:8786 or ray://host:10001"
)
_ENDED = (ScanState.CANCELLED, ScanState.COMPLETE, ScanState.FAILED)


class ScanControls(QWidget):
    """Buttons, a progress bar and a line of text."""

    start_clicked = Signal()
    cancel_clicked = Signal()
    resume_clicked = Signal()
    new_clicked = Signal()

    def __init__(self, theme: Theme, key_filters: KeyFilters) -> None:
        super().__init__()
        self._theme = theme
        self._key_filters = key_filters
        self._start = self._button("scanStartButton", "Start", "Check every file of the open folder", primary=True)
        self._start.clicked.connect(lambda _checked=False: self.start_clicked.emit())
        self._resume = self._button("scanGoOnButton", "Resume", "Check the files that are left", primary=True)
        self._resume.clicked.connect(lambda _checked=False: self.resume_clicked.emit())
        self._cancel = self._button("scanCancelButton", "Cancel", "Stop; what was found stays")
        self._cancel.clicked.connect(lambda _checked=False: self._ask_to_cancel())
        self._new = self._button("scanNewButton", "New check…", "Put this result away and start a new check")
        self._new.clicked.connect(lambda _checked=False: self.new_clicked.emit())
        self._on = QComboBox()
        self._on.setObjectName("scanOnCombo")
        self._on.setAccessibleName("Where to check")
        self._on.setEditable(True)
        self._on.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._on.addItems([NO_CLUSTER, *_CLUSTERS])
        self._on.setToolTip(_CLUSTER_TIP)
        self._on.setMinimumContentsLength(len("tcp://hostname:8786"))
        key_filters.teach(self._on)
        self._bar = QProgressBar()
        self._bar.setObjectName("scanProgressBar")
        self._bar.setAccessibleName("Share of the files checked")
        self._bar.setToolTip("How many of the folder's files have been read and decoded")
        self._bar.setFixedWidth(180)
        self._bar.setTextVisible(False)
        self._bar.setMaximumHeight(8)
        bold = QFont(self.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._text = LiveText(bold)
        self._text.setObjectName("scanProgressLabel")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self._start, self._resume, self._cancel, self._on, self._new, self._bar):
            row.addWidget(widget)
        row.addWidget(self._text, 1)

    def cluster(self) -> str:
        """Where to check; "" for no cluster."""
        text = self._on.currentText().strip()
        return "" if text == NO_CLUSTER else text

    def focus_start(self) -> None:
        """To the button that begins."""
        self._start.setFocus()

    def show_progress(self, progress: ScanProgress, *, can_start: bool, must_wait: bool) -> None:
        """Offer what can be done now.

        Args:
            can_start: there is something to check. must_wait: something else needs the cores.
        """
        state = progress.state
        self._start.setVisible(state is ScanState.READY)
        self._start.setEnabled(can_start and not must_wait)
        self._on.setVisible(state in (ScanState.READY, ScanState.CANCELLED))
        self._cancel.setVisible(progress.runs)
        self._cancel.setEnabled(progress.runs)
        self._resume.setVisible(state is ScanState.CANCELLED)
        self._resume.setEnabled(not must_wait)
        self._new.setVisible(state in _ENDED)
        self._bar.setVisible(state not in (ScanState.READY, ScanState.FAILED))
        self._bar.setRange(0, 0 if state is ScanState.FINDING else BAR_STEPS)
        self._bar.setValue(BAR_STEPS * progress.checked // max(1, progress.files))

    def show_status(self, strong: str, dim: str, colour: str) -> None:
        """`colour`: of the strong part; "" for that of all text."""
        self._text.show_text(strong, dim, colour)

    def _ask_to_cancel(self) -> None:
        self._cancel.setEnabled(False)
        self.cancel_clicked.emit()

    def _button(self, object_name: str, text: str, tip: str, *, primary: bool = False) -> QPushButton:
        button = QPushButton(text)
        button.setObjectName(object_name)
        button.setAccessibleName(f"{text.rstrip('…')}: check all files")
        button.setToolTip(plain_text(tip))
        button.setProperty("bar", True)
        if primary:
            button.setProperty("primary", True)
        self._key_filters.teach(button)
        return button
