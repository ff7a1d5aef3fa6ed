"""Asks before files are moved aside: which, how large, where to, and how to undo it."""

import os

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.session.records import MovePlan
from inspector.ui.widgets import fixed_font, label

MOST_LINES = 2000


class MoveDialog(QDialog):
    """Accepted only by a click on the button that names the move; Enter and Escape cancel."""

    def __init__(self, plan: MovePlan, parent: QWidget) -> None:
        super().__init__(parent)
        self.plan = plan
        self.setObjectName("moveDialog")
        self.setWindowTitle("Move aside")
        self.setModal(True)
        files = fmt.plural(len(plan.moves), "file")
        question = label(f"Move {files} ({fmt.byte_size(plan.total_bytes)}) out of the data set?", "message")
        bold = question.font()
        bold.setBold(True)
        question.setFont(bold)
        stay = (
            f"\n{fmt.plural(len(plan.refused), 'file')} cannot be moved: see the end of the list"
            if plan.refused
            else ""
        )
        place = label(f"From  {fmt.readable(plan.root)}\nTo      {fmt.readable(plan.destination)}{stay}")
        listing = QPlainTextEdit("\n".join(_lines(plan)))
        listing.setObjectName("moveList")
        listing.setAccessibleName("Files that will be moved")
        listing.setToolTip("What is moved, and where it lies below the data set")
        listing.setReadOnly(True)
        listing.setTabChangesFocus(True)
        listing.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        listing.setFont(fixed_font(listing.font()))
        undo = label(
            "Each file keeps its path below that folder, and nothing is overwritten. A list of the moves is written "
            "there first.\nTo undo: Undo in this window, or at any later time\n"
            f"    inspector restore {fmt.readable(os.path.join(plan.destination, 'moved-aside-….jsonl'))}",
            "dim",
        )
        for text in (question, place, undo):
            text.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.move_button = buttons.addButton(f"Move {files}", QDialogButtonBox.ButtonRole.AcceptRole)
        self.move_button.setObjectName("moveButton")
        self.move_button.setAccessibleName(f"Move {files} out of the data set")
        self.move_button.setToolTip("Training no longer sees these files; Undo brings them back")
        self.move_button.setEnabled(bool(plan.moves))
        self.move_button.setAutoDefault(False)
        cancel = buttons.button(QDialogButtonBox.StandardButton.Cancel)
        cancel.setObjectName("cancelButton")
        cancel.setAccessibleName("Cancel: move nothing")
        cancel.setToolTip("Move nothing")
        cancel.setIcon(QIcon())
        cancel.setDefault(True)
        cancel.setFocus()
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.setSpacing(9)
        for widget in (question, place, listing, undo, buttons):
            layout.addWidget(widget)
        layout.setStretchFactor(listing, 1)
        self.resize(640, 420)


def _lines(plan: MovePlan) -> list[str]:
    lines = []
    for move in plan.moves[:MOST_LINES]:
        link = "  (a link; it is moved itself, not the file it points to)" if move.is_link else ""
        renamed = f"  → {fmt.readable(move.aside)}" if move.aside != move.relative else ""
        lines.append(f"{fmt.byte_size(move.file_bytes):>7}  {fmt.readable(move.relative)}{renamed}{link}")
    if len(plan.moves) > MOST_LINES:
        lines.append(f"         … and {len(plan.moves) - MOST_LINES:,} more")
    if plan.refused:
        lines += ["", f"{fmt.plural(len(plan.refused), 'file')} cannot be moved:"]
        lines += [f"         {fmt.readable(file.path)}: {file.reason}" for file in plan.refused[:MOST_LINES]]
    return lines
