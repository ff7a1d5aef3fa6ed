"""The files that took longest to load in the last minute, and what they took the time for."""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtGui import QFont, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QTableView

from inspector import formatting as fmt
from inspector.session.records import SlowSample
from inspector.ui.measurements.stage_strip import SHARES_ROLE, USUAL_STAGES, StageDelegate, list_of, stage_heading
from inspector.ui.plain_text import copy_paths, plain_text
from inspector.ui.problems.file_manager import reveal
from inspector.ui.shell.actions import MenuEntry, make_action
from inspector.ui.tables import HEADING_SCALE, WordyTable, alignment, fit_columns, heading, prepare_table
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex
PATH_ROLE = Qt.ItemDataRole.UserRole + 1


@dataclass(frozen=True, slots=True)
class SlowestColumn:
    heading: str
    tip: str
    text: Callable[[SlowSample], str]
    widest: str = ""
    number: bool = True


def _stages_tip(names: Sequence[str]) -> str:
    words = list_of([f"to {name}" for name in names])
    return f"Milliseconds {words} it. The strip below divides the time in that order"


COLUMNS = (
    SlowestColumn(
        "ms",
        "Milliseconds from the order to load it until its pixels lay in the batch; the longest of the last minute",
        lambda sample: fmt.milliseconds(sample.total_ms),
        "12,345",
    ),
    SlowestColumn(
        stage_heading(USUAL_STAGES),
        _stages_tip(USUAL_STAGES),
        lambda sample: "·".join(fmt.milliseconds(ms) for _, ms in sample.stages),
        "0.04·123·0.00·0.04",
    ),
    SlowestColumn(
        "file",
        "Double click: show it in the file manager",
        lambda sample: fmt.file_name(sample.location),
        number=False,
    ),
)
STAGES_COLUMN = 1


class SlowestModel(QAbstractTableModel):
    """The slowest first."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._samples: Sequence[SlowSample] = ()
        self._columns = list(COLUMNS)
        self._heading_font: QFont = scaled_font(QGuiApplication.font(), HEADING_SCALE)

    def show(self, samples: Sequence[SlowSample]) -> None:
        if samples == self._samples:
            return
        same = len(samples) == len(self._samples)
        if not same:
            self.beginResetModel()
        self._samples = samples
        if not same:
            self.endResetModel()
        else:
            self.dataChanged.emit(self.index(0, 0), self.index(len(samples) - 1, len(COLUMNS) - 1))
        self._name_stages()

    def _name_stages(self) -> None:
        """The heading of the stages names those that the samples have."""
        names = [name for name, _ in self._samples[0].stages] if self._samples else []
        if names and (text := stage_heading(names)) != self._columns[STAGES_COLUMN].heading:
            column = replace(self._columns[STAGES_COLUMN], heading=text, tip=_stages_tip(names))
            self._columns[STAGES_COLUMN] = column
            self.headerDataChanged.emit(Qt.Orientation.Horizontal, STAGES_COLUMN, STAGES_COLUMN)

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._samples)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(COLUMNS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        sample, column = self._samples[index.row()], COLUMNS[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return column.text(sample)
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(number=column.number)
            case Qt.ItemDataRole.ToolTipRole:
                return plain_text(f"{fmt.readable(sample.location)}\n{stages_in_words(sample)}")
        if role == PATH_ROLE:
            return sample.location
        if role == SHARES_ROLE and index.column() == STAGES_COLUMN and sample.total_ms > 0:
            return tuple(ms / sample.total_ms for _, ms in sample.stages)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        column = self._columns[section]
        return heading(column.heading, column.tip, self._heading_font, orientation, role, number=column.number)


def stages_in_words(sample: SlowSample) -> str:
    """Such as "read 0.1 ms, decode 210 ms, transform 0.00 ms, write 0.2 ms"."""
    return ", ".join(f"{name} {fmt.milliseconds(ms)} ms" for name, ms in sample.stages)


class SlowestTable(WordyTable):
    """A row a file; a double click or Enter shows it in the file manager."""

    said = Signal(str)  # what went wrong, as a sentence

    def __init__(self, theme: Theme, *, watched: bool = False) -> None:
        super().__init__()
        self.setObjectName("slowestTable")
        self.setAccessibleName("Slowest samples" if watched else "Slowest files of the last minute")
        self.setToolTip("What took longest to load, the slowest first; Enter shows it in the file manager")
        self.empty_words = (
            "Here are the samples that took longest to load"
            if watched
            else "Here are the files that took longest to load in the last minute"
        )
        self.setSelectionMode(QTableView.SelectionMode.SingleSelection)
        self.setFont(scaled_font(self.font(), 0.92))
        self._model = SlowestModel(self)
        self.setModel(self._model)
        prepare_table(self)
        fit_columns(self, COLUMNS)
        self.setItemDelegateForColumn(STAGES_COLUMN, StageDelegate(theme, self))
        self.horizontalHeader().setSectionResizeMode(len(COLUMNS) - 1, QHeaderView.ResizeMode.Stretch)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        for entry, act in (
            (
                MenuEntry("revealSlowFile", "Show in folder", ("Ctrl+Shift+R",), "Show it in the file manager"),
                self._reveal,
            ),
            (MenuEntry("copySlowPath", "Copy path", ("Ctrl+C",), "Copy the chosen one's path"), self._copy),
        ):
            action = make_action(self, entry)
            action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
            action.triggered.connect(lambda _checked=False, act=act: act())
        self.activated.connect(self._reveal)

    def show_samples(self, samples: Sequence[SlowSample]) -> None:
        """The slowest first; the chosen one stays chosen."""
        chosen = self._chosen()
        self._model.show(samples)
        row = next((row for row, sample in enumerate(samples) if sample.location == chosen), -1)
        if chosen and row != self.currentIndex().row():
            self.setCurrentIndex(self._model.index(row, 0))

    def _chosen(self) -> str:
        """The path, or "" where none is chosen."""
        return self.currentIndex().data(PATH_ROLE) or "" if self.currentIndex().isValid() else ""

    def _reveal(self) -> None:
        if os.path.isabs(path := self._chosen()):  # else it is a sample that no file is known of
            reveal([path], self, self.said.emit)

    def _copy(self) -> None:
        if path := self._chosen():
            copy_paths([path])
