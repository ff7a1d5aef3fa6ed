"""What a sweep has found: the table of its trials, and what to set and why."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QSplitter, QTextEdit, QWidget

from inspector.session.records import Trial, TrialSetting
from inspector.ui.tuner.table import TrialsTable
from inspector.ui.widgets import scaled_font


class SideBySide(QSplitter):
    """Parts beside one another."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setHandleWidth(8)
        self.setChildrenCollapsible(False)

    def add_parts(self, parts: tuple[QWidget, ...], sizes: tuple[int, ...]) -> None:
        """Add all of them; what room there is goes by `sizes`."""
        for part, size in zip(parts, sizes, strict=True):
            self.addWidget(part)
            self.setStretchFactor(self.count() - 1, size)
        self.setSizes(list(sizes))


class SweepResults(SideBySide):
    """The page of results."""

    def __init__(self) -> None:
        super().__init__()
        self._table = TrialsTable()
        self._text = QTextEdit()
        self._text.setObjectName("tunerRecommendation")
        self._text.setAccessibleName("Recommendation")
        self._text.setToolTip("The recommended setting, and its evidence")
        self._text.setReadOnly(True)
        self._text.setTabChangesFocus(True)
        self._text.setUndoRedoEnabled(False)
        self._text.setFrameShape(QFrame.Shape.NoFrame)
        self._text.setFont(scaled_font(self._text.font(), 0.95))
        self._html = ""
        for part in (self._table, self._text):
            part.setMinimumWidth(200)
        self.add_parts((self._table, self._text), (540, 440))

    def show_results(self, trials: tuple[Trial, ...], chosen: TrialSetting | None, html: str) -> None:
        """`chosen` is marked in the table; `html` is the recommendation."""
        self._table.show_trials(trials, chosen)
        if html != self._html:
            self._html = html
            self._text.setHtml(html)
