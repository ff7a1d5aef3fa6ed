"""How the skipped files are listed: column widths that suit the room, whole sentences, a text where there are none."""

from PySide6.QtCore import QItemSelectionModel, Qt, QTimer, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from inspector.session.records import Problem
from inspector.ui.problems.model import BATCH, EPOCH, FILE, KIND, REASON, SIZE, ProblemsModel
from inspector.ui.sorted_table import Index, drop_large_selection, selected_ranges
from inspector.ui.tables import prepare_table

NARROW_PX = 620  # below this, size and epoch make room: the details have them, too
FILE_SHARE = 0.42  # of what the columns of fixed width leave to the file and the reason


class ReasonDelegate(QStyledItemDelegate):
    """Cuts a sentence at its end, not in the middle as a path."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class ProblemsTable(QTableView):
    """The table itself."""

    chosen = Signal()  # another selection; once for all changes at a time

    def __init__(self, model: ProblemsModel, *, watched: bool = False) -> None:
        """`watched`: they are errors of somebody else's loader."""
        super().__init__()
        self._watched = watched
        self._model = model
        self._dragged = self._fitting = False
        self.setObjectName("problemsTable")
        self.setAccessibleName("Errors" if watched else "Skipped files")
        if watched:
            self.setToolTip("What was raised while loading; a chosen one is explained at the right")
        else:
            self.setToolTip("Files that training never sees, and why; a chosen one is explained at the right")
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        prepare_table(self)
        self.setItemDelegateForColumn(REASON, ReasonDelegate(self))
        header = self.horizontalHeader()
        header.setSortIndicator(BATCH, Qt.SortOrder.DescendingOrder)
        header.setMinimumSectionSize(34)
        header.setSelectionModel(
            QItemSelectionModel(model, header)
        )  # else it asks for every row whether it is selected
        self.setSortingEnabled(True)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        header.sectionResized.connect(self._note_drag)
        for column, example in ((SIZE, "999 MB."), (EPOCH, "Epoch ↑"), (BATCH, "1,000,000")):
            self.setColumnWidth(column, self._width(example))
        self._fit_kinds()
        model.kinds_changed.connect(self._fit_kinds)
        self._soon = QTimer(self, interval=0, singleShot=True)  # rows that come between selected ones change them all
        self._soon.timeout.connect(self.chosen)
        self.selectionModel().selectionChanged.connect(self._report_selection)
        model.modelReset.connect(self._report_selection)
        model.about_to_rearrange.connect(lambda: drop_large_selection(self))

    def selected(self) -> list[Problem]:
        """The selected problems, from the top down."""
        rows = sorted({row for part in selected_ranges(self) for row in part})
        return [self._model.problem(row) for row in rows]

    def selected_count(self) -> int:
        """How many rows are selected."""
        return sum(map(len, selected_ranges(self)))

    def _report_selection(self) -> None:
        self._soon.start()

    def _width(self, text: str) -> int:
        return self.fontMetrics().horizontalAdvance(text) + 14

    def _fit_kinds(self) -> None:
        """Room for the longest kind that there is."""
        width = max((self._width(kind.value) for kind in self._model.kinds), default=self._width("TRUNCATED"))
        if width != self.columnWidth(KIND):
            self._fitting = True
            self.setColumnWidth(KIND, width)
            self._fitting = False
            self._share_room()

    def _note_drag(self, column: int) -> None:
        if column == FILE and not self._fitting:
            self._dragged = True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column in (SIZE, EPOCH):
            self.setColumnHidden(column, self.viewport().width() < NARROW_PX)
        self._share_room()

    def _share_room(self) -> None:
        if self._dragged:
            return
        taken = sum(
            self.columnWidth(column) for column in range(len(self._model.HEADINGS)) if column not in (FILE, REASON)
        )
        self._fitting = True
        self.setColumnWidth(FILE, max(80, round((self.viewport().width() - taken) * FILE_SHARE)))
        self._fitting = False

    def _empty_words(self) -> str:
        if self._watched:
            return "No error matches the filter" if self._model.total else "No error was raised while loading so far"
        if self._model.total:
            return "No skipped file matches the filter"
        return "No file was skipped so far. “Check all files” (Ctrl+K) checks every file of the folder."

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._empty_words())
            painter.end()
