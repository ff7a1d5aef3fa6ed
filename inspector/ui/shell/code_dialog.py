"""Asks for a data set of the user's own code: its name, and those of a transform and a collate function."""

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector.errors import SettingsError
from inspector.named_code import NamedCode
from inspector.ui.widgets import label, plain_buttons

CODE_SETTINGS = ("transform", "collate")  # what belongs to a data set
_HINT = "my_pkg.data:make_train, or /path/data.py:make_train"


class CodeDialog(QDialog):
    """Stays open until what was typed names code, or it is cancelled. `chosen`: the code, and settings by name."""

    chosen = Signal(object, dict)

    def __init__(self, parent: QWidget, dataset: str, settings: Mapping[str, str | None]) -> None:
        super().__init__(parent)
        self.setObjectName("codeDialog")
        self.setWindowTitle("Open a data set of your code")
        about = label(
            "A function or class that gives a data set when it is called without arguments, or the data set itself: "
            "MODULE:NAME for a module that Python finds, or a file and a name in it. Workers import the code.",
            "dim",
        )
        about.setWordWrap(True)
        self._dataset = _edit("codeDatasetEdit", "Data set", dataset, _HINT)
        browse = QPushButton("Choose a file…")
        browse.setObjectName("codeBrowseButton")
        browse.setAccessibleName("Choose the file with the code")
        browse.setToolTip("Choose the Python file; then write the name behind the colon")
        browse.setAutoDefault(False)
        browse.setProperty("bar", True)
        browse.clicked.connect(self._browse)
        self._settings = {
            name: _edit(f"code{name.title()}Edit", name.title(), settings.get(name) or "", "none")
            for name in CODE_SETTINGS
        }
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.addWidget(label("Data set"), 0, 0)
        grid.addWidget(self._dataset, 0, 1)
        grid.addWidget(browse, 0, 2)
        for row, (name, edit) in enumerate(self._settings.items(), 1):
            grid.addWidget(label(name.title()), row, 0)
            grid.addWidget(edit, row, 1, 1, 2)
        self._refusal = label("", "error")
        self._refusal.setObjectName("codeRefusalLabel")
        self._refusal.setWordWrap(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.open_button = buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.open_button.setObjectName("codeOpenButton")
        self.open_button.setToolTip("Import the code in workers, and show its batches (Enter)")
        self.open_button.setDefault(True)
        self.open_button.setProperty("primary", True)
        plain_buttons(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(about)
        column.addLayout(grid)
        column.addWidget(self._refusal)
        column.addStretch(1)
        column.addWidget(buttons)
        self.resize(620, 240)
        self._dataset.setFocus()

    def _browse(self) -> None:
        dialog = QFileDialog(self, "The file with the code")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.setNameFilters(["Python files (*.py)"])
        dialog.fileSelected.connect(self._take_file)
        dialog.open()

    def _take_file(self, file: str) -> None:
        self._dataset.setText(f"{file}:")
        self._dataset.setFocus()

    def _accept(self) -> None:
        settings = {name: edit.text().strip() or None for name, edit in self._settings.items()}
        try:
            code = NamedCode.parse(self._dataset.text().strip())
            settings = {name: str(NamedCode.parse(text)) if text else None for name, text in settings.items()}
        except SettingsError as error:
            self._refusal.setText(str(error))
            return
        self.chosen.emit(code, settings)
        self.accept()


def _edit(name: str, what: str, text: str, hint: str) -> QLineEdit:
    edit = QLineEdit(text)
    edit.setObjectName(name)
    edit.setAccessibleName(what)
    edit.setToolTip("MODULE:NAME, or FILE.py:NAME")
    edit.setPlaceholderText(hint)
    return edit
