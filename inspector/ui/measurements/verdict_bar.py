"""One line on how it goes, with the evidence, and a sign whose shape shows the level."""

from html import escape

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy

from inspector import formatting as fmt
from inspector.monitor.verdict.table import Verdict
from inspector.ui.icons import LevelSign
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card

LONG_VERDICT_CHARACTERS = 150


class VerdictBar(Card):
    """The verdict; two lines are kept for it where the window is narrow, so that nothing jumps as it changes."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._shown: Verdict | None = None
        self._sign = LevelSign(theme)
        self._label = QLabel()
        self._label.setObjectName("verdictLabel")
        self._label.setAccessibleName("Verdict")
        self._label.setTextFormat(Qt.TextFormat.RichText)
        self._label.setWordWrap(True)
        self._label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(self._sign)
        row.addWidget(self._label, 1)
        self.column.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)

    def show_verdict(self, verdict: Verdict) -> None:
        if verdict == self._shown:
            return
        self._shown = verdict
        headline, evidence = escape(fmt.readable(verdict.headline)), escape(fmt.readable(verdict.evidence))
        self._label.setText(f"<b>{headline}</b>&nbsp; {evidence}")
        self._keep_room()
        self._sign.show_level(verdict.level)
        self._sign.setAccessibleName(verdict.level)
        self.setToolTip(plain_text(f"{verdict.level}: {fmt.readable(verdict.headline)}"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        metrics = self._label.fontMetrics()
        narrow = self.width() < metrics.averageCharWidth() * LONG_VERDICT_CHARACTERS
        self._label.setMinimumHeight(metrics.height() * (2 if narrow else 1) + 2)
        self._keep_room()

    def _keep_room(self) -> None:
        """For a longer sentence, too, from its first time on."""
        needed = self._label.heightForWidth(self._label.width())
        if needed > self._label.minimumHeight():
            self._label.setMinimumHeight(needed)
