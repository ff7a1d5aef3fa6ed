"""The skipped files: kind, file, reason, size and batch; sortable, searchable, made for very many rows."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QPaintEvent, QPalette
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QLineEdit,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.dataset.problems import Problem, ProblemKind
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font
from inspector.ui.workers_table import prepare_table

Index = QModelIndex | QPersistentModelIndex
HEADINGS = ("Kind", "File", "Reason", "Size", "Batch")
KIND, FILE, REASON, SIZE, BATCH = range(5)
INSERTED_ONE_BY_ONE = 64  # more at a time are sorted in together
TILL_LATER = 1 << 62  # a batch number that is still open sorts last
Row = tuple[int, Problem]  # order of arrival, problem


def _key(column: int) -> Callable[[Row], tuple[object, int]]:
    def key(row: Row) -> tuple[object, int]:
        arrival, problem = row
        match column:
            case 0:  # KIND
                return problem.kind.value, arrival
            case 1:  # FILE
                return problem.path, arrival
            case 2:  # REASON
                return problem.reason, arrival
            case 3:  # SIZE
                return -1 if problem.file_bytes is None else problem.file_bytes, arrival
            case _:
                return TILL_LATER if problem.batch is None else problem.batch, arrival

    return key


class ProblemsModel(QAbstractTableModel):
    """All problems of the open folder, of which those that contain the filter's text are shown, in the order asked for.

    Rows are kept in ascending order; descending order only reads them from the other end. A Qt sort proxy would ask
    Python for every comparison: here 100,000 rows are sorted with one key each.
    """

    count_changed = Signal(int, int)  # shown, all

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._heading_font = scaled_font(QGuiApplication.font(), 0.86)
        self.folder = ""
        self._all: list[Problem] = []
        self._rows: list[Row] = []
        self._column, self._descending = BATCH, True
        self._filter = ""

    @property
    def total(self) -> int:
        """Problems received, whether the filter shows them or not."""
        return len(self._all)

    def clear(self, folder: str) -> None:
        """Start again for another folder."""
        self.beginResetModel()
        self.folder, self._all, self._rows = folder, [], []
        self.endResetModel()
        self.count_changed.emit(0, 0)

    def append(self, problems: Sequence[Problem]) -> None:
        """Add the latest problems, in the order in which they came."""
        first = len(self._all)
        self._all.extend(problems)
        fresh = [row for row in enumerate(problems, first) if self._matches(row[1])]
        key = _key(self._column)
        if len(fresh) > INSERTED_ONE_BY_ONE:
            self.layoutAboutToBeChanged.emit()
            self._rows.extend(fresh)
            self._rows.sort(key=key)
            self.layoutChanged.emit()
        else:
            for row in fresh:
                self._insert(row, key)
        self.count_changed.emit(len(self._rows), len(self._all))

    def _insert(self, row: Row, key: Callable[[Row], tuple[object, int]]) -> None:
        wanted = key(row)
        low, high = 0, len(self._rows)
        if high and key(self._rows[-1]) <= wanted:
            low = high
        while low < high:
            middle = (low + high) // 2
            low, high = (middle + 1, high) if key(self._rows[middle]) <= wanted else (low, middle)
        shown_at = len(self._rows) - low if self._descending else low
        self.beginInsertRows(QModelIndex(), shown_at, shown_at)
        self._rows.insert(low, row)
        self.endInsertRows()

    def set_filter(self, text: str) -> None:
        """Show only problems whose kind, file or reason contains `text`, whatever its case."""
        self._filter = text.strip().casefold()
        self.beginResetModel()
        self._rows = sorted((row for row in enumerate(self._all) if self._matches(row[1])), key=_key(self._column))
        self.endResetModel()
        self.count_changed.emit(len(self._rows), len(self._all))

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.layoutAboutToBeChanged.emit()
        if column != self._column:
            self._column = column
            self._rows.sort(key=_key(column))
        self._descending = order == Qt.SortOrder.DescendingOrder
        self.layoutChanged.emit()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, len(HEADINGS) - 1)

    def problem(self, row: int) -> Problem:
        """The problem shown in that row."""
        return self._rows[-1 - row if self._descending else row][1]

    def _matches(self, problem: Problem) -> bool:
        wanted = self._filter
        return not wanted or any(
            wanted in text.casefold() for text in (problem.kind.value, problem.path, problem.reason)
        )

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return _alignment(index.column())
        if role not in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.ToolTipRole, Qt.ItemDataRole.ForegroundRole):
            return None
        problem, column = self.problem(index.row()), index.column()
        if role == Qt.ItemDataRole.ForegroundRole:
            return self._colour(problem) if column == KIND else None
        if role == Qt.ItemDataRole.ToolTipRole:
            return {FILE: fmt.readable(problem.path), REASON: problem.detail or problem.reason}.get(column)
        return self._text(problem, column)

    def _text(self, problem: Problem, column: int) -> str:
        match column:
            case 0:  # KIND
                return problem.kind.value
            case 1:  # FILE
                return fmt.relative(problem.path, self.folder)
            case 2:  # REASON
                return fmt.readable(problem.reason)
            case 3:  # SIZE
                return fmt.byte_size(problem.file_bytes)
            case _:
                return fmt.whole(problem.batch)

    def _colour(self, problem: Problem) -> QColor:
        colours = self._theme.colours
        return QColor(colours.warn if problem.kind is ProblemKind.DAMAGED else colours.bad)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            arrow = "" if section != self._column else " ↓" if self._descending else " ↑"
            return HEADINGS[section] + arrow
        if role == Qt.ItemDataRole.FontRole:
            return self._heading_font
        return _alignment(section) if role == Qt.ItemDataRole.TextAlignmentRole else None


def _alignment(column: int) -> Qt.AlignmentFlag:
    side = Qt.AlignmentFlag.AlignRight if column in (SIZE, BATCH) else Qt.AlignmentFlag.AlignLeft
    return side | Qt.AlignmentFlag.AlignVCenter


class ReasonDelegate(QStyledItemDelegate):
    """Cuts a sentence at its end, not in the middle as a path."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideRight


class ProblemsTable(QTableView):
    """Says in words that there is nothing to show."""

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        model = self.model()
        if isinstance(model, ProblemsModel) and model.rowCount() == 0:
            painter = QPainter(self.viewport())
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            text = "No skipped file matches the filter" if model.total else "No file was skipped so far"
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, text)
            painter.end()


class ProblemsPanel(QWidget):
    """The table and the box that filters it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model = ProblemsModel(theme, self)
        self.filter = QLineEdit()
        self.filter.setObjectName("problemsFilter")
        self.filter.setAccessibleName("Filter the skipped files")
        self.filter.setPlaceholderText("Filter by kind, file or reason")
        self.filter.setClearButtonEnabled(True)
        self.filter.textChanged.connect(self.model.set_filter)
        self.table = ProblemsTable()
        self.table.setObjectName("problemsTable")
        self.table.setAccessibleName("Skipped files")
        self.table.setModel(self.model)
        self.table.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        prepare_table(self.table)
        self.table.setItemDelegateForColumn(REASON, ReasonDelegate(self.table))
        header = self.table.horizontalHeader()
        header.setSortIndicator(BATCH, Qt.SortOrder.DescendingOrder)
        self.table.setSortingEnabled(True)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        for column, example in (
            (KIND, "TRANSFORM_FAILED "),
            (FILE, "n02105855/n02105855_29330001.jpg"),
            (SIZE, "1.1 MB.."),
            (BATCH, "1,000,000"),
        ):
            self.table.setColumnWidth(column, self.table.fontMetrics().horizontalAdvance(example) + 14)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.table)
        theme.changed.connect(self.table.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(800, 130)

    def _show_menu(self, position: QPoint) -> None:
        rows = self.table.selectionModel().selectedRows()
        menu = QMenu(self)
        copy = menu.addAction(fmt.plural(len(rows), "Copy path", "Copy paths").partition(" ")[2])
        copy.setEnabled(bool(rows))
        copy.triggered.connect(lambda: self._copy([index.row() for index in rows]))
        menu.popup(self.table.viewport().mapToGlobal(position))

    def _copy(self, rows: list[int]) -> None:
        QGuiApplication.clipboard().setText("\n".join(fmt.readable(self.model.problem(row).path) for row in rows))
