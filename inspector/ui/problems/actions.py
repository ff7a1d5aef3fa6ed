"""What can be done with the selected files: shown, opened, copied, exported, loaded again and moved aside."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from inspector import formatting as fmt
from inspector.report.problem_export import FORMATS, export_problems
from inspector.session.protocol import Session
from inspector.session.records import FileExamination
from inspector.ui.background_job import BackgroundJob
from inspector.ui.capabilities import offer
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.notice import Notice
from inspector.ui.plain_text import copy_paths, plain_text
from inspector.ui.problems.file_manager import open_files, reveal
from inspector.ui.problems.model import Mark, ProblemsModel
from inspector.ui.problems.mover import ProblemsMover
from inspector.ui.problems.table import ProblemsTable


class ProblemsActions(QObject):
    """Owns the actions; shortcuts of what needs a selection work while the table has the focus."""

    loaded_again = Signal()
    copy_details_wanted = Signal()

    def __init__(
        self,
        session: Session,
        table: ProblemsTable,
        model: ProblemsModel,
        notice: Notice,
        background: BackgroundJob,
        mover: ProblemsMover,
        window: QWidget,
    ) -> None:
        super().__init__(window)
        self._table, self._model, self._notice, self._window = table, model, notice, window
        self._background, self._mover = background, mover
        self._session = session
        self._watcher = FutureWatcher(self)
        self._asked = self._good = self._answered = 0
        self.menu = QMenu(window)
        self.reveal = self._add(
            "revealProblemAction", "Show in folder", "Ctrl+Shift+R", "Show the file in the file manager", self._reveal
        )
        self.open = self._add("openProblemAction", "Open", "Return", "Open with the system's program", self._open)
        self.load_again = self._add(
            "loadAgainAction", "Load again", "Ctrl+L", "Decode the file again, after it was repaired", self._load_again
        )
        self.menu.addSeparator()
        self.copy_path = self._add("copyPathAction", "Copy path", "Ctrl+C", "Copy the paths, a line each", self._copy)
        self.copy_details = self._add(
            "copyDetailsAction", "Copy details", "Ctrl+Shift+C", "Copy all that the details show",
            self.copy_details_wanted.emit,
        )  # fmt: skip
        self.export = self._add(
            "exportProblemsAction", "Export…", "Ctrl+E",
            "Write the selected rows, or all that are shown, as CSV, JSON or a list of paths", self._choose_export,
        )  # fmt: skip
        self.menu.addSeparator()
        self.move_aside = self._add(
            "moveAsideAction", "Move aside…", "Ctrl+M", "Move the files out of the data set; asks before", self._move
        )
        self.undo = self._add("undoMoveAction", "Undo move aside", "Ctrl+Shift+M", "Put the files back", mover.undo)
        self.restore = self._add(
            "restoreManifestAction", "Restore from a manifest…", "Ctrl+Alt+M",
            "Put back what was moved in an earlier run", mover.choose_manifest,
        )  # fmt: skip
        for action in (self.export, self.undo, self.restore):  # what needs no row works on the whole page
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        can = session.capabilities
        self._has_files = offer(can, "files", self.reveal, self.open)
        self._can_examine = offer(can, "examine", self.load_again)
        self._can_move = offer(can, "move_aside", self.move_aside, self.undo, self.restore)
        table.chosen.connect(self._enable)
        model.count_changed.connect(self._enable)
        mover.undo_changed.connect(self._enable)
        background.busy_changed.connect(self._enable)
        self._enable()

    def _add(self, object_name: str, text: str, keys: str, tip: str, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setObjectName(object_name)
        action.setIconText(text)  # Qt leaves the dots out of it
        action.setToolTip(plain_text(f"{tip} ({QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)})"))
        action.setStatusTip(tip)
        action.setShortcut(QKeySequence(keys))
        action.setShortcutContext(Qt.ShortcutContext.WidgetShortcut)
        action.triggered.connect(lambda: act())
        self._table.addAction(action)
        self.menu.addAction(action)
        return action

    def _enable(self) -> None:
        some = self._table.selected_count() > 0
        free = not self._background.busy
        for action in (self.copy_path, self.copy_details):
            action.setEnabled(some)
        for action in (self.reveal, self.open):
            action.setEnabled(some and self._has_files)
        self.load_again.setEnabled(some and self._can_examine)
        self.export.setEnabled(self._model.rowCount() > 0 and free)
        self.move_aside.setEnabled(some and free and self._can_move)
        self.undo.setEnabled(self._mover.can_undo and free and self._can_move)
        self.restore.setEnabled(free and self._can_move)

    def stop(self) -> None:
        """Wait for no file any more."""
        self._watcher.forget()

    def _paths(self) -> list[str]:
        return list(dict.fromkeys(problem.path for problem in self._table.selected()))

    def _reveal(self) -> None:
        reveal(self._paths(), self, self._show_error)

    def _open(self) -> None:
        self._show_error(open_files(self._paths()))

    def _show_error(self, sentence: str) -> None:
        if sentence:
            self._notice.report(sentence, level="warn")

    def _copy(self) -> None:
        copy_paths(self._paths())

    def _move(self) -> None:
        self._mover.choose_destination(self._paths())

    # --- export ---

    def _choose_export(self) -> None:
        dialog = QFileDialog(self._window, "Export skipped files")
        dialog.setObjectName("exportDialog")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilters([f"{name} (*.{extension})" for extension, name in FORMATS.items()])
        dialog.setDefaultSuffix("csv")
        dialog.filterSelected.connect(lambda chosen: dialog.setDefaultSuffix(chosen.rpartition("*.")[2].rstrip(")")))
        dialog.selectFile("skipped-files")
        dialog.fileSelected.connect(self.export_to)
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()

    def export_to(self, target: str) -> None:
        """Write what is selected, where that is more than one row; else all that is shown."""
        problems = self._table.selected()
        if len(problems) < 2:
            problems = [self._model.problem(row) for row in range(self._model.rowCount())]
        count = fmt.plural(len(problems), "row")
        shown = fmt.readable(target)
        self._background.start(
            lambda _job: export_problems(problems, target),
            lambda done: self._notice.report(f"{count} exported", f"to {shown}"),
            lambda why: self._notice.report("Nothing was exported.", why, level="bad"),
        )

    # --- load again ---

    def _load_again(self) -> None:
        paths = self._paths()
        if not self._watcher.busy:
            self._asked = self._good = self._answered = 0
        self._asked += len(paths)
        self._notice.report(f"Loading {fmt.plural(self._asked, 'file')} again …")
        for path in paths:
            self._watcher.watch(self._session.examine(path, pictures=False), partial(self._take, path))

    def _take(self, path: str, examination: FileExamination) -> None:
        good = not examination.kind
        self._answered += 1
        self._good += good
        self._model.mark([path], Mark.LOADS if good else Mark.FAILS)
        if self._answered < self._asked:
            more = f"{self._good:,} load now"
            self._notice.report(
                f"Loading again: {self._answered:,} of {self._asked:,}", more, button="Cancel", act=self._cancel
            )
            return
        self._show_loaded(path, examination)
        self.loaded_again.emit()

    def _show_loaded(self, path: str, examination: FileExamination) -> None:
        again = "The loader delivers a repaired file from the next epoch on."
        if self._asked == 1:
            name = fmt.file_name(path)
            if self._good:
                self._notice.report(f"{name} loads now.", again, level="good")
            else:
                self._notice.report(f"{name} still fails:", f"{examination.kind}: {examination.reason}", level="warn")
        else:
            what = f"{self._good:,} of {fmt.plural(self._asked, 'file')} load now."
            self._notice.report(what, again if self._good else "", level="good" if self._good else "warn")

    def _cancel(self) -> None:
        self._watcher.forget()
        self._notice.report(f"Stopped after {self._answered:,} of {self._asked:,} files; {self._good:,} load now.")
        self._asked = self._answered
