"""Moving aside what a scan has found: the selected files, or all but the largest of each group."""

from collections.abc import Sequence

from PySide6.QtCore import QItemSelection, QItemSelectionModel, QObject, Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from inspector.session.protocol import Quarantine
from inspector.ui.background_job import BackgroundJob
from inspector.ui.notice import Notice
from inspector.ui.problems.mover import ProblemsMover
from inspector.ui.scan.model import ScanModel
from inspector.ui.scan.table import ScanTable
from inspector.ui.shell.actions import MenuEntry, make_action

MOST_SELECTED = 300  # rows, one by one; of more only the number is shown where the user agrees


class ScanMoving(QObject):
    """Owns the table's actions for it; asks where to and shows what would be moved, as for skipped files.

    Args:
        quarantine: None: nothing can be moved here.
        elsewhere: the files are on another machine.
    """

    def __init__(
        self,
        quarantine: Quarantine | None,
        table: ScanTable,
        model: ScanModel,
        notice: Notice,
        window: QWidget,
        *,
        elsewhere: bool = False,
    ) -> None:
        super().__init__(window)
        self._table, self._model = table, model
        self._background = BackgroundJob(self)
        self._mover = ProblemsMover(quarantine, model, notice, self._background, window, elsewhere=elsewhere)
        self.possible = quarantine is not None
        self._move = self._action("scanMoveAside", "Move aside…", ("Ctrl+M",), "Move the files out of the data set")
        self._move.triggered.connect(lambda _checked=False: self._mover.choose_destination(self._selected()))
        self._undo = self._action("scanUndoMove", "Undo move aside", ("Ctrl+Shift+M",), "Put the files back")
        self._undo.triggered.connect(lambda _checked=False: self._mover.undo())
        table.selectionModel().selectionChanged.connect(lambda *_: self._enable())
        model.modelReset.connect(self._enable)
        self._mover.undo_changed.connect(self._enable)
        self._background.busy_changed.connect(self._enable)
        self._enable()

    @property
    def busy(self) -> bool:
        """Files are being moved or put back."""
        return self._background.busy

    def move_all(self, paths: Sequence[str]) -> None:
        """Select these files where they are shown, and ask where to move them."""
        if not paths or self.busy:
            return
        self._select(frozenset(paths))
        self._mover.choose_destination(paths)

    def stop(self) -> None:
        """End what is under way after the file that it is at."""
        self._background.stop()

    def _action(self, name: str, text: str, keys: tuple[str, ...], tip: str) -> QAction:
        action = make_action(self._table, MenuEntry(name, text, keys, tip))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.setVisible(self.possible)
        return action

    def _enable(self) -> None:
        some = self._table.selectionModel().hasSelection()
        self._move.setEnabled(self.possible and some and not self.busy)
        self._undo.setEnabled(self.possible and self._mover.can_undo and not self.busy)

    def _selected(self) -> list[str]:
        rows = sorted(index.row() for index in self._table.selectionModel().selectedRows())
        return list(dict.fromkeys(self._model.row(row).path for row in rows))

    def _select(self, paths: frozenset[str]) -> None:
        chosen = QItemSelection()
        if self._model.rowCount() <= MOST_SELECTED:
            for row in range(self._model.rowCount()):
                if self._model.row(row).path in paths:
                    chosen.select(self._model.index(row, 0), self._model.index(row, self._model.columnCount() - 1))
        how = QItemSelectionModel.SelectionFlag.ClearAndSelect
        self._table.selectionModel().select(chosen, how)
