"""Asks for a training to start: its script, arguments, Python and folder; what they make is shown meanwhile."""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.session.trainings import LookedAt, TrainingChoice, look_at
from inspector.ui.background_job import BackgroundJob
from inspector.ui.plain_text import breakable, plain_text
from inspector.ui.widgets import LiveText, fixed_font, label, plain_buttons

_RULE = (
    "The training runs unchanged, as with `inspector run`. It continues when this window is closed or fails; Stop ends "
    "it. Its output is kept in a file, and shown here."
)
_TYPING_RESTS_MS = 500


class TrainingDialog(QDialog):
    """Stays open until the training runs. `wanted`: a `TrainingChoice` to start.

    `remembered`: the other fields of each script that was started before, the last one first.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget, remembered: Mapping[str, Mapping[str, str]]) -> None:
        super().__init__(parent)
        self.setObjectName("trainingDialog")
        self.setWindowTitle("Watch a training")
        self._remembered = remembered
        self._looking = BackgroundJob(self)
        self._looked_at: TrainingChoice | None = None
        self._rest = QTimer(self, singleShot=True, interval=_TYPING_RESTS_MS)
        self._rest.timeout.connect(self._look)
        self._command = _edit("Command", "A Python script, or a command such as torchrun, or -m and a module")
        self._command.setPlaceholderText("train.py, torchrun, or -m package.train")
        self._command.editingFinished.connect(self._recall)
        self._arguments = _edit("Arguments", "Its arguments, as on a command line")
        self._arguments.setPlaceholderText("none")
        self._python = QComboBox()
        self._python.setObjectName("trainingPythonCombo")
        self._python.setAccessibleName("Python")
        self._python.setToolTip("The Python that runs it; the programs of its environment come first on PATH")
        self._python.setEditable(True)
        self._python.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self._python.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self._python.editTextChanged.connect(lambda _text: self._rest.start())
        self._folder = _edit("Folder", "The folder to start it in; by default, that of the script")
        for edit in (self._command, self._arguments, self._folder):
            edit.textChanged.connect(lambda _text: self._rest.start())
        self._about = label("", "dim")
        self._about.setObjectName("trainingPythonLabel")
        self._about.setWordWrap(True)
        self._line_text = ""
        self._line = LiveText(fixed_font(self.font()))
        self._line.setObjectName("trainingCommandLine")
        self._line.setAccessibleName("The same in a terminal")
        self._line.setFont(fixed_font(self.font()))
        self._copy = _button("trainingCopyButton", "Copy", "Copy the command line")
        self._copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(self._line_text))
        self._refusal = label("", "error")
        self._refusal.setObjectName("trainingRefusalLabel")
        self._refusal.setWordWrap(True)
        rule = label(_RULE, "dim")
        rule.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addLayout(self._make_grid())
        column.addLayout(self._make_line())
        column.addWidget(rule)
        column.addWidget(self._refusal)
        column.addStretch(1)
        column.addWidget(self._make_buttons())
        self.finished.connect(self._stop)
        self.resize(680, 330)
        last = next(iter(remembered), "")
        self._command.setText(last)
        self._recall()
        self._command.setFocus()
        self._command.selectAll()
        self._look()

    def _make_grid(self) -> QGridLayout:
        script = _button("trainingScriptButton", "Choose…", "Choose the script that trains")
        script.clicked.connect(lambda: self._browse("The script that trains", self.take_script, "Python files (*.py)"))
        python = _button("trainingPythonButton", "Choose…", "Choose another Python, such as bin/python of a venv")
        python.clicked.connect(lambda: self._browse("The Python that trains", self._python.setEditText))
        folder = _button("trainingFolderButton", "Choose…", "Choose the folder to start it in")
        folder.clicked.connect(lambda: self._browse("The folder to start it in", self._folder.setText, folder=True))
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.setColumnStretch(1, 1)
        rows = (
            ("Script or command", self._command, script),
            ("Arguments", self._arguments, None),
            ("Python", self._python, python),
            ("Folder", self._folder, folder),
        )
        for row, (title, field, button) in enumerate(rows):
            words = label(title)
            words.setBuddy(field)
            grid.addWidget(words, 2 * row, 0)
            grid.addWidget(field, 2 * row, 1, 1, 2 if button is None else 1)
            if button is not None:
                grid.addWidget(button, 2 * row, 2)
        grid.addWidget(self._about, 5, 1, 1, 2)
        return grid

    def _make_line(self) -> QHBoxLayout:
        line = QHBoxLayout()
        line.addWidget(self._line, 1)
        line.addWidget(self._copy)
        return line

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.start_button = buttons.addButton("Start", QDialogButtonBox.ButtonRole.ActionRole)
        self.start_button.setObjectName("trainingStartButton")
        self.start_button.setToolTip("Start the training, and watch it in this window (Enter)")
        self.start_button.setDefault(True)
        self.start_button.setProperty("primary", True)
        self.start_button.clicked.connect(self._start)
        plain_buttons(buttons)
        buttons.rejected.connect(self.reject)
        return buttons

    # --- choosing --------------------------------------------------------------------------------------------

    def choice(self) -> TrainingChoice:
        """What the fields hold."""
        return TrainingChoice(
            self._command.text(), self._arguments.text(), self._python.currentText(), self._folder.text()
        )

    def _browse(
        self, title: str, take: Callable[[str], None], names: str = "All files (*)", *, folder: bool = False
    ) -> None:
        dialog = QFileDialog(self, title)
        dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
        if not folder:
            dialog.setNameFilters([names, "All files (*)"])
        dialog.fileSelected.connect(take)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def take_script(self, path: str) -> None:
        """Fill the fields for this script."""
        self._command.setText(path)
        for field in (self._arguments, self._folder):
            field.clear()
        self._python.setEditText("")
        self._recall()

    def _recall(self) -> None:
        """A script that was started before gets what it was started with."""
        known = self._remembered.get(self._command.text().strip())
        if known is not None and not any((self._arguments.text(), self._folder.text())):
            self._arguments.setText(known.get("arguments", ""))
            self._folder.setText(known.get("folder", ""))
            self._python.setEditText(known.get("python", ""))

    # --- looking ---------------------------------------------------------------------------------------------

    def _look(self) -> None:
        choice = self.choice()
        if choice == self._looked_at:
            return
        if self._looking.busy:
            self._rest.start()
            return
        self._looked_at = choice
        self._looking.start(lambda _job: look_at(choice), self._show, self._ignore)

    def _show(self, found: LookedAt) -> None:
        self._folder.setPlaceholderText(fmt.readable(found.folder))
        typed = self._python.currentText().strip()
        self._python.blockSignals(True)
        self._python.clear()
        self._python.addItems(list(found.pythons))
        self._python.setEditText(typed)
        self._python.blockSignals(False)
        edit = self._python.lineEdit()
        assert edit is not None
        edit.setPlaceholderText(fmt.readable(found.pythons[0]))
        self._about.setText(breakable(found.about))
        self._about.setProperty("role", "error" if found.problem else "dim")
        self._about.style().unpolish(self._about)
        self._about.style().polish(self._about)
        self._line_text = found.command
        self._line.show_text("", fmt.readable(found.command))
        self._copy.setEnabled(bool(found.command))

    def _ignore(self, reason: str) -> None:
        """What cannot be looked at is refused with a sentence when it is to be started."""

    # --- starting --------------------------------------------------------------------------------------------

    def _start(self) -> None:
        self.refuse("")
        self.start_button.setEnabled(False)
        self.start_button.setText("Starting…")
        self.wanted.emit(self.choice())

    def refuse(self, why: str) -> None:
        """It does not run; the user may change something."""
        self.start_button.setText("Start")
        self.start_button.setEnabled(True)
        self._refusal.setText(breakable(why))

    def _stop(self) -> None:
        self._rest.stop()
        self._looking.stop()


def _edit(name: str, tip: str) -> QLineEdit:
    edit = QLineEdit()
    edit.setObjectName(f"training{name}Edit")
    edit.setAccessibleName(name)
    edit.setToolTip(plain_text(tip))
    return edit


def _button(name: str, words: str, tip: str) -> QPushButton:
    button = QPushButton(words)
    button.setObjectName(name)
    button.setAccessibleName(tip)
    button.setToolTip(plain_text(tip))
    button.setAutoDefault(False)
    button.setProperty("bar", True)
    return button
