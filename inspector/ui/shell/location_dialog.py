"""Asks for shards or a URL by what it is called, and which part of their samples is the image and which the label."""

from collections.abc import Mapping

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QGridLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.errors import InspectorError
from inspector.file_types import CONTAINER_EXTENSIONS
from inspector.session.protocol import Session
from inspector.session.records import SourceParts
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.plain_text import plain_text
from inspector.ui.widgets import label, plain_buttons

PART_SETTINGS = ("image", "label")  # what belongs to a source of containers
AUTOMATIC = "automatic"
_HINT = "s3://bucket/train-{000..099}.tar, https://host/all.zip, ~/shards/*.parquet"
_TYPING_RESTS_MS = 600
_TIPS = {
    "image": "The part of a sample that is its image: a member's ending such as jpg, or a column",
    "label": "The part of a sample that is its class: a member's ending, a name in its JSON, or a column",
}


class LocationDialog(QDialog):
    """`chosen`: a path or URL as it was typed, and the parts by the names of their settings.

    While it is typed, the session looks at what is there; that need not be waited for.
    """

    chosen = Signal(str, dict)

    def __init__(self, parent: QWidget, session: Session, location: str, parts: Mapping[str, str]) -> None:
        super().__init__(parent)
        self.setObjectName("locationDialog")
        self.setWindowTitle("Open shards or a URL")
        self._session = session
        self._watcher = FutureWatcher(self)
        self._looked_at = ""
        self._rest = QTimer(self, singleShot=True, interval=_TYPING_RESTS_MS)
        self._rest.timeout.connect(self._look)
        about = label(
            "A container (tar, zip, Parquet, Arrow, LMDB, TFRecord, MDS), several by a pattern or a range in braces, "
            "their folder, or a URL: s3, gs, az, https, hf, sftp. Names, passwords and tokens in a URL are kept in "
            "memory only.",
            "dim",
        )
        about.setWordWrap(True)
        self._edit = QLineEdit(location)
        self._edit.setObjectName("locationEdit")
        self._edit.setAccessibleName("Path or URL")
        self._edit.setToolTip("A path, a pattern, a range in braces, or a URL")
        self._edit.setPlaceholderText(_HINT)
        self._edit.textEdited.connect(lambda _text: self._rest.start())
        self._parts = {name: _choice(name, parts.get(name, "")) for name in PART_SETTINGS}
        self._found = label("", "dim")
        self._found.setObjectName("locationFoundLabel")
        self._found.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(about)
        column.addLayout(self._make_grid())
        column.addWidget(self._found)
        column.addStretch(1)
        column.addWidget(self._make_buttons())
        self.finished.connect(lambda _result: self._watcher.forget())
        self.resize(680, 270)
        self._edit.setFocus()
        self._edit.selectAll()
        if location:
            self._look()

    def _make_grid(self) -> QGridLayout:
        browse = QPushButton("Choose a file…")
        browse.setObjectName("locationBrowseButton")
        browse.setAccessibleName("Choose a container on this machine")
        browse.setToolTip("Choose one container on this machine; for several, write their folder or a pattern")
        browse.setAutoDefault(False)
        browse.setProperty("bar", True)
        browse.clicked.connect(self._browse)
        grid = QGridLayout()
        grid.setVerticalSpacing(8)
        grid.addWidget(label("Location"), 0, 0)
        grid.addWidget(self._edit, 0, 1)
        grid.addWidget(browse, 0, 2)
        for row, (name, combo) in enumerate(self._parts.items(), 1):
            title = label(name.title())
            title.setBuddy(combo)
            grid.addWidget(title, row, 0)
            grid.addWidget(combo, row, 1)
        return grid

    def _make_buttons(self) -> QDialogButtonBox:
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.open_button = buttons.addButton("Open", QDialogButtonBox.ButtonRole.AcceptRole)
        self.open_button.setObjectName("locationOpenButton")
        self.open_button.setToolTip("Find the samples there, and show their batches (Enter)")
        self.open_button.setDefault(True)
        self.open_button.setProperty("primary", True)
        plain_buttons(buttons)
        buttons.accepted.connect(self._accept)
        buttons.rejected.connect(self.reject)
        return buttons

    def _browse(self) -> None:
        dialog = QFileDialog(self, "A container of samples")
        dialog.setObjectName("locationFileDialog")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        patterns = " ".join(f"*.{extension}" for extension in CONTAINER_EXTENSIONS)
        dialog.setNameFilters([f"Containers ({patterns})", "All files (*)"])
        dialog.fileSelected.connect(self._take_file)
        dialog.open()

    def _take_file(self, file: str) -> None:
        self._edit.setText(file)
        self._edit.setFocus()
        self._look()

    def _look(self) -> None:
        """Have the session find out what can be chosen."""
        location = self._edit.text().strip()
        if location == self._looked_at:
            return
        self._looked_at = location
        self._watcher.forget()
        self._say("Looking at it …" if location else "")
        if location:
            self._watcher.watch(self._session.parts(location), self._show_parts, self._show_failure)

    def _show_parts(self, parts: SourceParts) -> None:
        for name, names in (("image", parts.images), ("label", parts.labels)):
            combo = self._parts[name]
            text = combo.currentText()
            combo.clear()
            combo.addItems([AUTOMATIC, *map(fmt.readable, names)])
            combo.setCurrentText(text)
        if parts.fault:
            self._say(parts.fault, "error")
        elif not parts.kind:
            self._say("There are no containers: it is opened as images.")
        else:
            several = "; they have several images, of which one can be chosen" if parts.images else ""
            self._say(f"Its samples are in the format {parts.kind}{several}.")

    def _show_failure(self, error: Exception) -> None:
        known = isinstance(error, InspectorError | ValueError)
        self._say(fmt.sentence(fmt.readable(str(error))) if known else "", "error")

    def _say(self, text: str, role: str = "dim") -> None:
        self._found.setProperty("role", role)
        self._found.style().unpolish(self._found)
        self._found.style().polish(self._found)
        self._found.setText(text)

    def _accept(self) -> None:
        location = self._edit.text().strip()
        if not location:
            self._say("Enter a path or a URL first.", "error")
            self._edit.setFocus()
            return
        parts = {name: combo.currentText().strip() for name, combo in self._parts.items()}
        self.chosen.emit(location, {name: "" if text == AUTOMATIC else text for name, text in parts.items()})
        self.accept()


def _choice(name: str, text: str) -> QComboBox:
    combo = QComboBox()
    combo.setObjectName(f"location{name.title()}Combo")
    combo.setAccessibleName(name.title())
    combo.setToolTip(plain_text(_TIPS[name]))
    combo.setEditable(True)
    combo.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
    combo.addItems([AUTOMATIC])
    combo.setCurrentText(text or AUTOMATIC)
    return combo
