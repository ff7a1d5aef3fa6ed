"""A program of its own: shows a question of `ssh` in a window, and prints the answer. Status 1: the user said no."""

import os
import sys
from collections.abc import Sequence

from PySide6.QtWidgets import QApplication, QDialog, QDialogButtonBox, QLineEdit, QVBoxLayout

from inspector import formatting as fmt
from inspector.ui.widgets import label

_YES_OR_NO = "(yes/no"


class SshQuestion(QDialog):
    """One question. What ssh wants to be confirmed has two buttons; all else a field, whose text is hidden."""

    def __init__(self, question: str) -> None:
        super().__init__()
        self.setObjectName("sshQuestion")
        self.setWindowTitle("ssh – inspector")
        shown = label(
            "\n".join(map(fmt.readable, question.strip().splitlines())) or "ssh asks for an answer", "message"
        )
        shown.setWordWrap(True)
        self.field = QLineEdit()
        self.field.setObjectName("sshAnswer")
        self.field.setAccessibleName("Answer to ssh")
        self.field.setToolTip("Sent to ssh only, and not stored")
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self._confirms = _YES_OR_NO in question or os.environ.get("SSH_ASKPASS_PROMPT") == "confirm"
        buttons = QDialogButtonBox()
        yes = buttons.addButton("Yes" if self._confirms else "OK", QDialogButtonBox.ButtonRole.AcceptRole)
        no = buttons.addButton("No" if self._confirms else "Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        yes.setObjectName("sshYesButton")
        no.setObjectName("sshNoButton")
        yes.setToolTip("Connect")
        no.setToolTip("Do not connect")
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(shown)
        if self._confirms:
            no.setDefault(True)
            no.setFocus()
        else:
            layout.addWidget(self.field)
            self.field.setFocus()
        layout.addWidget(buttons)
        self.setMinimumWidth(520)

    @property
    def answer(self) -> str:
        """For ssh."""
        return "yes" if self._confirms else self.field.text()


def main(arguments: Sequence[str]) -> int:
    """Ask; the exit status."""
    QApplication(["inspector"])
    question = SshQuestion(" ".join(arguments))
    if question.exec() != QDialog.DialogCode.Accepted:
        return 1
    sys.stdout.write(question.answer + "\n")
    sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
