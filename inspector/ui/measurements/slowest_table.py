"""The files that took longest to load in the last minute, and what they took the time for."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView

from inspector import formatting as fmt
from inspector.loader.counters import SlowFile
from inspector.ui.measurements.stage_strip import SHARES_ROLE, STAGES, StageDelegate
from inspector.ui.problems.file_manager import reveal
from inspector.ui.shell.actions import Entry, make_action
from inspector.ui.tables import HEADING_SCALE, WordyTable, alignment, fit_columns, heading, prepare_table
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex
PATH_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class SlowestColumn:
    heading: str
    tip: str
    text: Callable[[SlowFile], str]
    widest: str = ""
    number: bool = True


def _stages_ms(file: SlowFile) -> tuple[float, ...]:
    """In the order of STAGES."""
    return file.read_ms, file.decode_ms, file.transform_ms, file.write_ms


COLUMNS = (
    SlowestColumn(
        "ms",
        "Milliseconds from the order to load it until its pixels lay in the batch; the longest of the last minute",
        lambda file: fmt.milliseconds(file.total_ms),
        "12,345",
    ),
    SlowestColumn(
        "read·dec·transf·write",
        "Milliseconds to read, to decode, to transform and to write it. The strip below divides the time in that order",
        lambda file: "·".join(fmt.milliseconds(ms) for ms in _stages_ms(file)),
        "0.04·123·0.00·0.04",
    ),
    SlowestColumn(
        "file", "Double click: show it in the file manager", lambda file: fmt.file_name(file.path), number=False
    ),
)


class SlowestModel(QAbstractTableModel):
    """The slowest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.files: Sequence[SlowFile] = ()
        self._heading_font: QFont = scaled_font(QGuiApplication.font(), HEADING_SCALE)

    def show(self, files: Sequence[SlowFile]) -> None:
        if files == self.files:
            return
        same = len(files) == len(self.files)
        if not same:
            self.beginResetModel()
        self.files = files
        if not same:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(len(files) - 1, len(COLUMNS) - 1))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self.files)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        file, column = self.files[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(file)
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(number=column.number)
            case Qt.ItemDataRole.ToolTipRole:
                return f"{fmt.readable(file.path)}\n{stages_in_words(file)}"
        if role == PATH_ROLE:
            return file.path
        if role == SHARES_ROLE and index.column() == 1 and file.total_ms > 0:
            return tuple(ms / file.total_ms for ms in _stages_ms(file))
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = COLUMNS[section]
        return heading(column.heading, column.tip, self._heading_font, orientation, role, number=column.number)


def stages_in_words(file: SlowFile) -> str:
    """Such as "read 0.1 ms, decode 210 ms, transform 0.00 ms, write 0.2 ms"."""
    return ", ".join(f"{name} {fmt.milliseconds(ms)} ms" for name, ms in zip(STAGES, _stages_ms(file), strict=True))


class SlowestTable(WordyTable):
    """A row a file; a double click or Enter shows it in the file manager."""

    said = Signal(str)  # what went wrong, as a sentence

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("slowestTable")
        self.setAccessibleName("Slowest files of the last minute")
        self.setToolTip("What took longest to load, the slowest first; Enter shows it in the file manager")
        self.empty_words = "Here are the files that took longest to load in the last minute"
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setFont(scaled_font(self.font(), 0.92))
        self._model = SlowestModel(self)
        self.setModel(self._model)
        prepare_table(self)
        fit_columns(self, COLUMNS)
        self.setItemDelegateForColumn(1, StageDelegate(theme, self))
        self.horizontalHeader().setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for entry, act in (
            (
                Entry("revealSlowFile", "Show in folder", ("Ctrl+Shift+R",), "Show it in the file manager"),
                self._reveal,
            ),
            (Entry("copySlowPath", "Copy path", ("Ctrl+C",), "Copy the chosen one's path"), self._copy),
        ):
            action = make_action(self, entry)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, act=act: act())
        self.activated.connect(self._reveal)

    def show_files(self, files: Sequence[SlowFile]) -> None:
        """The slowest first; the chosen one stays chosen."""
        chosen = self._chosen()
        self._model.show(files)
        row = next((row for row, file in enumerate(files) if file.path == chosen), -1)
        if chosen and row != self.currentIndex().row():
            self.setCurrentIndex(self._model.index(row, 0))

    def _chosen(self) -> str:
        """The path, or "" where none is chosen."""
        return self.currentIndex().data(PATH_ROLE) or "" if self.currentIndex().isValid() else ""

    def _reveal(self) -> None:
        if path := self._chosen():
            reveal([path], self, self.said.emit)

    def _copy(self) -> None:
        if path := self._chosen():
            QGuiApplication.clipboard().setText(path)
