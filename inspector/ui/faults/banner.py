"""One banner for all that went wrong: the newest in words, the others counted. Never a dialog."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from inspector import formatting as fmt
from inspector.ui.faults.faults import Fault
from inspector.ui.icons import LevelSign
from inspector.ui.key_filters import KeyFilters
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, label

_MOST_CHARACTERS = 400  # of a sentence; all of it is in the details
_MOST_KEPT = 50


class FaultBanner(Card):
    """Hidden while there is nothing to report. The first fault stays until it is dismissed, the later ones are counted:
    what came first is often the cause, and a text that changes cannot be read.
    """

    log_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("faultBanner")
        self.setAccessibleName("What went wrong")
        self._faults: list[Fault] = []
        self._more = 0
        self._sign = LevelSign(theme)
        self._what = label()
        bold = self._what.font()
        bold.setBold(True)
        self._what.setFont(bold)
        self._what.setObjectName("faultText")
        self._advice = label()
        self._advice.setObjectName("faultAdvice")
        for text in (self._what, self._advice):
            text.setWordWrap(True)
            text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            text.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            text.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.MinimumExpanding)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self._what)
        words.addWidget(self._advice)
        self._key_filters = KeyFilters(self)
        row = QHBoxLayout()
        row.setSpacing(9)
        row.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        row.addLayout(words, 1)
        self._log = self._button("faultLogButton", "Show log", "Show the Log tab")
        self._copy = self._button("faultCopyButton", "Copy details", "Copy the details for a bug report")
        self._dismiss = self._button("faultDismissButton", "Dismiss", "Hide this message; the log keeps it")
        for button in (self._log, self._copy, self._dismiss):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self._log.clicked.connect(self.log_asked)
        self._copy.clicked.connect(self._copy_details)
        self._dismiss.clicked.connect(self.dismiss)
        self.column.addLayout(row)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.hide()

    def _button(self, name: str, words: str, tip: str) -> QPushButton:
        button = QPushButton(words)
        button.setObjectName(name)
        button.setAccessibleName(words)
        button.setToolTip(plain_text(tip))
        button.setProperty("bar", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self._key_filters.teach(button)
        return button

    def add(self, faults: list[Fault]) -> None:
        """Report these, too."""
        for fault in faults:
            if len(self._faults) < _MOST_KEPT:
                self._faults.append(fault)
            else:
                self._more += 1
        if faults:
            self._show()

    def dismiss(self) -> None:
        """All are read."""
        self._faults.clear()
        self._more = 0
        self.hide()

    def _show(self) -> None:
        self._copy.setText("Copy details")
        first = self._faults[0]
        others = len(self._faults) - 1 + self._more
        self._what.setText(_cut(first.what))
        counted = f"{others:,} more; see the Log." if others else ""
        self._advice.setText(" ".join(part for part in (_cut(first.advice), counted) if part))
        self._advice.setVisible(bool(self._advice.text()))
        self._sign.show_level(first.level)
        self._sign.setAccessibleName("error" if first.level == "bad" else "warning")
        self.setAccessibleDescription(f"{first.what} {self._advice.text()}")
        self.show()

    def _copy_details(self) -> None:
        texts = [fault.as_text() for fault in self._faults]
        if self._more:
            texts.append(f"{self._more:,} more are left out here; the log has them.\n")
        QGuiApplication.clipboard().setText("\n".join(texts))
        self._copy.setText("Copied")


def _cut(text: str) -> str:
    plain = fmt.readable(" ".join(text.split("\n")))
    return plain if len(plain) <= _MOST_CHARACTERS else plain[: _MOST_CHARACTERS - 1] + "…"
