"""What a scan has found, as a table."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractItemView, QHeaderView

from inspector.ui.plain_text import copy_paths
from inspector.ui.problems.table import ReasonDelegate
from inspector.ui.scan.model import FILE, KIND, REASON, SCORE, SIZE, ScanModel
from inspector.ui.shell.actions import MenuEntry, make_action
from inspector.ui.sorted_table import drop_large_selection
from inspector.ui.tables import WordyTable, prepare_table
from inspector.ui.theme import Theme


class ScanTable(WordyTable):
    """The rows that are wanted; their paths can be copied."""

    def __init__(self, model: ScanModel, theme: Theme) -> None:
        super().__init__()
        self._model = model
        self.setObjectName("scanTable")
        self.setAccessibleName("What was found")
        self.setToolTip("Files that training cannot load, or that load but spoil it; the menu key copies paths")
        self.setModel(model)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        prepare_table(self)
        model.about_to_rearrange.connect(lambda: drop_large_selection(self))
        self.setItemDelegateForColumn(REASON, ReasonDelegate(self))
        header = self.horizontalHeader()
        header.setSortIndicator(FILE, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        header.setSectionResizeMode(REASON, QHeaderView.ResizeMode.Stretch)
        for column, example in (
            (KIND, "More than 8 bits "),
            (FILE, "n02105855/n02105855_29330001.jpg"),
            (SCORE, "Score ↑."),
            (SIZE, "1.1 MB.."),
        ):
            self.setColumnWidth(column, self.fontMetrics().horizontalAdvance(example) + 14)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)
        copy = make_action(self, MenuEntry("scanCopy", "Copy paths", ("Ctrl+C",), "Copy the paths, a line each"))
        copy.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        copy.triggered.connect(lambda _checked=False: self._copy_paths())
        theme.changed.connect(self.viewport().update)

    def explain_empty(self, text: str) -> None:
        """What to show in place of rows, while there are none."""
        self.empty_words = text
        if self._model.rowCount() == 0:
            self.viewport().update()

    def _copy_paths(self) -> None:
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        copy_paths(self._model.row(row).path for row in rows)
