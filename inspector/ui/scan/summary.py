"""How many files have what, and which checks are wanted: a list to choose from, with a check box for each check."""

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTreeWidget, QTreeWidgetItem

from inspector import formatting as fmt
from inspector.session.records import CHECKS, ProblemKind
from inspector.ui.plain_text import plain_text
from inspector.ui.theme import Theme

EVERYTHING, PROBLEMS = "", "problems"
_NAME = Qt.ItemDataRole.UserRole
_KINDS = tuple(str(kind) for kind in ProblemKind)


class ScanSummary(QTreeWidget):
    """Everything, all problems, each kind that there is, each check; the chosen line says what the table shows.

    A check without its tick is not made by the next scan, and what it found is not shown.
    """

    chosen_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._made: frozenset[str] = frozenset()  # the checks that this scan makes
        self._counts: dict[str, int] = {}
        self.setObjectName("scanSummary")
        self.setAccessibleName("What was found, and checks to make")
        self.setToolTip("Choose what the table shows; ticked checks are part of the next scan")
        self.setColumnCount(2)
        self.setHeaderHidden(True)
        self.setRootIsDecorated(False)
        self.setUniformRowHeights(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        header = self.header()
        header.setStretchLastSection(False)
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        header.setSectionResizeMode(1, QHeaderView.ResizeMode.ResizeToContents)
        self._items = {EVERYTHING: self._add(EVERYTHING, "All that was found", "Show everything")}
        self._items[PROBLEMS] = self._add(PROBLEMS, "Problems", "Files that cannot be loaded as they are")
        for kind in _KINDS:
            self._items[kind] = self._add(kind, f"    {kind}", f"Show only what is {kind}")
            self._items[kind].setHidden(True)
        for name, check in CHECKS.items():
            item = self._items[name] = self._add(name, check.title, f"{name}: {check.description}")
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(0, Qt.CheckState.Checked)
        self.setCurrentItem(self._items[EVERYTHING])
        self.currentItemChanged.connect(lambda *_: self.chosen_changed.emit())
        self.itemChanged.connect(lambda *_: self.chosen_changed.emit())
        theme.changed.connect(self._apply_colours)
        self._apply_colours()

    def sizeHint(self) -> QSize:
        return QSize(self.fontMetrics().horizontalAdvance("More than 8 bits") + 110, 100)

    def _add(self, name: str, text: str, tip: str) -> QTreeWidgetItem:
        item = QTreeWidgetItem(self, [text, ""])
        item.setData(0, _NAME, name)
        item.setToolTip(0, plain_text(tip))
        item.setSizeHint(0, QSize(0, self.fontMetrics().height() + 5))
        item.setTextAlignment(1, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return item

    def _apply_colours(self) -> None:
        colours = self._theme.colours
        with QSignalBlocker(self):
            for name, item in self._items.items():
                if name in _KINDS:
                    item.setForeground(0, QColor(colours.warn if name == ProblemKind.DAMAGED else colours.bad))
                item.setForeground(1, QColor(colours.dim))

    def checks(self) -> tuple[str, ...]:
        """The checks that are ticked."""
        return tuple(name for name in CHECKS if self._items[name].checkState(0) == Qt.CheckState.Checked)

    def lock(self, locked: bool) -> None:
        """While a scan runs, the checks stay as they are."""
        with QSignalBlocker(self):
            for name in CHECKS:
                item = self._items[name]
                checkable = Qt.ItemFlag.ItemIsUserCheckable
                item.setFlags(item.flags() & ~checkable if locked else item.flags() | checkable)

    def chosen(self) -> frozenset[str]:
        """The kinds and checks whose rows are to be shown."""
        item = self.currentItem()
        name = item.data(0, _NAME) if item is not None else EVERYTHING
        if name == EVERYTHING:
            return frozenset((*_KINDS, *self.checks()))
        return frozenset(_KINDS) if name == PROBLEMS else frozenset((name,))

    def show_counts(self, counts: dict[str, int], made: tuple[str, ...] | None) -> None:
        """How many there are of each; `made`: the checks of this scan, None before there is one."""
        if counts == self._counts and frozenset(made or ()) == self._made:
            return
        self._counts, self._made = counts, frozenset(made or ())
        problems = sum(counts.get(kind, 0) for kind in _KINDS)
        totals = {**counts, EVERYTHING: sum(counts.values()), PROBLEMS: problems}
        with QSignalBlocker(self):
            for name, item in self._items.items():
                known = made is not None and (name not in CHECKS or name in made)
                item.setText(1, fmt.whole(totals.get(name, 0)) if known else "" if made is None else fmt.UNKNOWN)
            for kind in _KINDS:
                self._items[kind].setHidden(not counts.get(kind))
        current = self.currentItem()
        if current is None or current.isHidden():
            self.setCurrentItem(self._items[EVERYTHING])
