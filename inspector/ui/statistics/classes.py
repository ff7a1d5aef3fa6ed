"""How often each class came in an epoch: a bar for each, with a tick where it should be by now, and a judgement."""

from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QGuiApplication, QPainter, QResizeEvent
from PySide6.QtWidgets import (
    QHeaderView,
    QSizePolicy,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.monitor.class_balance import ClassFinding, examine_classes, expected_of_each
from inspector.monitor.sample_counts import ClassCounts, EpochCounts
from inspector.ui.plain_text import plain_text
from inspector.ui.statistics.text import Judgement
from inspector.ui.tables import prepare_table
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import label, scaled_font

Index = QModelIndex | QPersistentModelIndex

BAR_ROLE = Qt.ItemDataRole.UserRole
HEADINGS = ("class", "came", "of", "expected", "")
TIPS = (
    "The folder",
    "Images delivered in this epoch, and files skipped",
    "Files of the class",
    "How many should have come by now, if all classes came alike",
    "Share of the class's files that came (filled) or were skipped (outlined); the tick is what is expected by now",
)
BAR_COLUMN = 4
LONGEST_NAME = 32  # characters, in a sentence
OF_COLUMNS = (2, 3)
ROOM_FOR_ALL_PX = 310


@dataclass(frozen=True, slots=True)
class ClassBar:
    """Shares of the class's files, 0 to 1."""

    delivered: float
    skipped: float
    expected: float


class ClassesModel(QAbstractTableModel):
    """A row a class, in the order of the index."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._classes: ClassCounts | None = None
        self._expected: list[float] = []
        self._heading_font = scaled_font(QGuiApplication.font(), 0.86)

    def show(self, classes: ClassCounts | None) -> None:
        same = classes is not None and self._classes is not None and classes.names is self._classes.names
        if not same:
            self.beginResetModel()
        self._classes = classes
        self._expected = expected_of_each(classes).tolist() if classes is not None else []
        if not same:
            self.endResetModel()
        elif self.rowCount():
            self.dataChanged.emit(self.index(0, 1), self.index(self.rowCount() - 1, BAR_COLUMN))

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if self._classes is None or (parent is not None and parent.isValid()) else len(self._classes.names)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        classes, row = self._classes, index.row()
        if classes is None:
            return None
        delivered, skipped, size = (int(counts[row]) for counts in (classes.delivered, classes.skipped, classes.sizes))
        match role:
            case Qt.ItemDataRole.DisplayRole:
                came = f"{delivered:,} + {skipped:,}" if skipped else f"{delivered:,}"
                expected = f"{self._expected[row]:,.1f}" if self._expected[row] < 100 else f"{self._expected[row]:,.0f}"
                return (fmt.readable(classes.names[row]), came, f"{size:,}", expected, "")[index.column()]
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole:
                skips = f", {skipped:,} skipped" if skipped else ""
                return plain_text(
                    f"{fmt.readable(classes.names[row])}: {delivered:,} of {size:,} delivered{skips}; "
                    f"{self._expected[row]:,.1f} expected by now"
                )
            case _ if role == BAR_ROLE and index.column() == BAR_COLUMN:
                return ClassBar(delivered / size, skipped / size, self._expected[row] / size)
        return None

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if orientation != Qt.Orientation.Horizontal:
            return None
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return HEADINGS[section]
            case Qt.ItemDataRole.ToolTipRole:
                return plain_text(TIPS[section])
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(section)
            case Qt.ItemDataRole.FontRole:
                return self._heading_font
        return None


def _alignment(column: int) -> Qt.AlignmentFlag:
    number = 1 <= column < BAR_COLUMN
    return (Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter


class BarDelegate(QStyledItemDelegate):
    """Draws the bar of a class."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        bar = index.data(BAR_ROLE)
        if not isinstance(bar, ClassBar):
            return
        colours = self._theme.colours
        rect: QRectF = QRectF(option.rect).adjusted(8, 6, -8, -6)
        painter.save()
        painter.fillRect(rect, QColor(colours.field))
        filled = QRectF(rect.left(), rect.top(), rect.width() * min(1.0, bar.delivered), rect.height())
        painter.fillRect(filled, QColor(colours.accent))
        if bar.skipped:
            skipped = QRectF(filled.right(), rect.top(), max(3.0, rect.width() * bar.skipped), rect.height())
            painter.setPen(QColor(colours.warn))
            painter.drawRect(skipped.adjusted(0.5, 0.5, -0.5, -0.5))
        tick = rect.left() + rect.width() * min(1.0, bar.expected)
        painter.fillRect(QRectF(tick - 1, rect.top() - 3, 2, rect.height() + 6), QColor(colours.text))
        painter.restore()


class ClassesPart(QWidget):
    """The table and the judgement; without class folders, a line that says so."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setMinimumWidth(enlarged(205))
        self._heading = label("CLASSES", "section")
        self._judgement = Judgement(theme, "classesLabel", "Whether the classes come as often as they should")
        self._model = ClassesModel(self)
        self.table = QTableView()
        self.table.setObjectName("classesTable")
        self.table.setAccessibleName("Classes")
        self.table.setToolTip(
            "How often each class came in this epoch; training sees a class that comes more often more often"
        )
        self.table.setModel(self._model)
        self.table.setSelectionMode(QTableView.SelectionMode.NoSelection)
        self.table.setFont(scaled_font(self.table.font(), 0.92))
        prepare_table(self.table)
        self.table.setItemDelegateForColumn(BAR_COLUMN, BarDelegate(theme, self))
        header = self.table.horizontalHeader()
        header.setMinimumSectionSize(30)
        cells = self.table.fontMetrics()
        for column, widest in enumerate(("n01440764", "1,234 + 9", "1,234", "expected", "")):
            self.table.setColumnWidth(column, cells.horizontalAdvance(widest) + 14)
        for column in (0, BAR_COLUMN):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.table.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)  # its hint is large
        self.table.setMinimumHeight(70)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 4, 0, 0)
        layout.setSpacing(4)
        layout.addWidget(self._heading)
        layout.addWidget(self._judgement)
        layout.addWidget(self.table, 1)
        layout.addStretch(0)
        theme.changed.connect(self.table.viewport().update)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        for column in OF_COLUMNS:  # the bar and its tick say the same
            self.table.setColumnHidden(column, self.width() < ROOM_FOR_ALL_PX)

    def show_counts(self, epoch: EpochCounts, *, shuffle: bool) -> None:
        classes = epoch.classes
        count = 0 if classes is None else len(classes.names)
        self._heading.setText(f"{fmt.plural(count, 'class', 'classes')} IN EPOCH {epoch.epoch:,}".upper())
        self._model.show(classes)
        self.table.setVisible(classes is not None)
        self._judgement.show_text(*judge_classes(classes, shuffle=shuffle))


def judge_classes(classes: ClassCounts | None, *, shuffle: bool) -> tuple[str, str]:
    """(level, sentence)."""
    if classes is None:
        return "info", "No class folders: files lie directly in the folder that is open."
    finding = examine_classes(classes)
    sizes = _sizes(finding)
    if finding.farthest is None:
        return "info", f"Too few images to compare classes. {sizes}"
    name = _short(fmt.readable(classes.names[finding.farthest]))
    farthest = f"{name} came {finding.came:,} times where {finding.expected:,.0f} are expected"
    if not finding.unusual:
        return "good", f"Each class comes as often as its size says. {sizes}"
    if shuffle:
        return "bad", f"Classes do not come alike, although shuffle is on: {farthest}. {sizes}"
    return "info", f"Classes come one after another, as shuffle is off: {farthest}. {sizes}"


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME // 2]}…{name[-LONGEST_NAME // 2 :]}"


def _sizes(finding: ClassFinding) -> str:
    if finding.largest == finding.smallest:
        return f"All have {fmt.plural(finding.largest, 'file')}."
    ratio = finding.largest / max(1, finding.smallest)
    return f"Largest {finding.largest:,} files, smallest {finding.smallest:,}: {ratio:,.1f} to 1."
