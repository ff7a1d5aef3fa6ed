"""The classes of all labels as a table with bars, the most frequent first; a click chooses one."""

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from inspector import formatting as fmt
from inspector.session.records import WITHOUT_LABELS, LabelStatistics
from inspector.ui.labels.colours import class_colour
from inspector.ui.labels.layer import class_name
from inspector.ui.plain_text import plain_text
from inspector.ui.tables import prepare_table
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

Index = QModelIndex | QPersistentModelIndex
CLASS_ROLE = Qt.ItemDataRole.UserRole
SHARE_ROLE = Qt.ItemDataRole.UserRole + 1
HEADINGS = ("class", "labels", "images", "")
TIPS = (
    "A click shows the images with it: those of the batch, and a list of all",
    "Labels of the class",
    "Images with at least one of them",
    "Labels of the class, beside the most frequent one",
)
_BAR = 3


class LabelClassesModel(QAbstractTableModel):
    """A row a class that has labels or images; the last is of images without labels."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._rows: list[tuple[int, str, int, int]] = []  # class, name, labels, images
        self._most = 1

    def show(self, figures: LabelStatistics | None) -> None:
        """None: nothing is known."""
        self.beginResetModel()
        self._rows = [] if figures is None else _rows(figures)
        self._most = max([1, *(labels for _, _, labels, _ in self._rows)])
        self.endResetModel()

    def class_at(self, row: int) -> int:
        """Of a row."""
        return self._rows[row][0]

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(HEADINGS)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        number, name, labels, images = self._rows[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                shown = "" if number == WITHOUT_LABELS else f"{labels:,}"
                return (name, shown, f"{images:,}", "")[index.column()]
            case Qt.ItemDataRole.DecorationRole if index.column() == 0 and number != WITHOUT_LABELS:
                return _swatch(class_colour(number))
            case Qt.ItemDataRole.TextAlignmentRole:
                return _alignment(index.column())
            case Qt.ItemDataRole.ToolTipRole:
                return plain_text(f"{name}: {fmt.plural(labels, 'label')} on {fmt.plural(images, 'image')}\n{TIPS[0]}")
            case _ if role == CLASS_ROLE:
                return number
            case _ if role == SHARE_ROLE:
                return labels / self._most
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
        return None


def _rows(figures: LabelStatistics) -> list[tuple[int, str, int, int]]:
    names = figures.class_names
    rows = []
    for place, (labels, images) in enumerate(
        zip(figures.class_shapes.tolist(), figures.class_images.tolist(), strict=True)
    ):
        number = place if place < len(names) else -1
        if labels or (number >= 0 and figures.shapes):  # the pixels of masks are not counted
            rows.append((number, class_name(names, number), labels, images))
    rows.sort(key=lambda row: (-row[2], row[0]))
    without = figures.empty + figures.unlabelled
    return [*rows, (WITHOUT_LABELS, "no labels", 0, without)] if without else rows


def _alignment(column: int) -> Qt.AlignmentFlag:
    number = column in (1, 2)
    return (Qt.AlignmentFlag.AlignRight if number else Qt.AlignmentFlag.AlignLeft) | Qt.AlignmentFlag.AlignVCenter


def _swatch(colour: QColor) -> QPixmap:
    made = QPixmap(10, 10)
    made.fill(colour)
    return made


class _ShareDelegate(QStyledItemDelegate):
    """Draws the bar of a class in its colour."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        super().paint(painter, option, index)  # the ground of a chosen row
        share = index.data(SHARE_ROLE)
        rect = QRectF(option.rect).adjusted(8, 6, -8, -6)
        painter.fillRect(rect, QColor(self._theme.colours.field))
        if share:
            width = max(2.0, rect.width() * share)
            painter.fillRect(
                QRectF(rect.left(), rect.top(), width, rect.height()), class_colour(index.data(CLASS_ROLE))
            )


class LabelClassesTable(QTableView):
    """`chosen`: the class of the row that was clicked, or entered with the keyboard."""

    chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setObjectName("labelClassesTable")
        self.setAccessibleName("Classes of the labels")
        self.setToolTip("Labels and images of each class; a click shows the images with it")
        self.classes = LabelClassesModel(self)
        self.setModel(self.classes)
        self.setFont(scaled_font(self.font(), 0.92))
        prepare_table(self)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setItemDelegateForColumn(_BAR, _ShareDelegate(theme, self))
        header = self.horizontalHeader()
        header.setMinimumSectionSize(30)
        for column, widest in ((1, "1,234,567"), (2, "1,234,567")):
            self.setColumnWidth(column, self.fontMetrics().horizontalAdvance(widest) + 12)
        for column in (0, _BAR):
            header.setSectionResizeMode(column, QHeaderView.ResizeMode.Stretch)
        self.clicked.connect(self._choose)
        self.activated.connect(self._choose)

    def _choose(self, index: QModelIndex) -> None:
        self.chosen.emit(self.classes.class_at(index.row()))
