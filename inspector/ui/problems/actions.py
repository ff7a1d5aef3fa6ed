"""What can be done with the selected files: shown, opened, copied, exported, loaded again and moved aside."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QFileDialog, QMenu, QWidget

from inspector import formatting as fmt
from inspector.locations import file_of
from inspector.report.problem_export import FORMATS, export_problems
from inspector.session.protocol import Session
from inspector.session.records import FileExamination, Snapshot
from inspector.ui.background_job import BackgroundJob
from inspector.ui.capabilities import offer
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.notice import Notice
from inspector.ui.plain_text import copy_paths
from inspector.ui.problems.file_manager import open_files, reveal
from inspector.ui.problems.model import Mark, ProblemsModel
from inspector.ui.problems.mover import ProblemsMover
from inspector.ui.problems.table import ProblemsTable
from inspector.ui.shell.actions import set_tip

REVEAL_TIP, OPEN_TIP = "Show the file in the file manager", "Open with the system's program"
_REVEAL_CONTAINER = "Show the file that the sample lies in"
_IN_CONTAINER = "It has no file of its own: double-click it in the batch to look at it"
_ELSEWHERE = "It is not on this machine: copy its location"
MOVE_TIP = "Move the files out of the data set; asks before"


class ProblemsActions(QObject):
    """Owns the actions; shortcuts of what needs a selection work while the table has the focus."""

    loaded_again = Signal()
    copy_details_wanted = Signal()
    keep_wanted = Signal()  # a list of what to keep
    source_changed = Signal()  # other actions can be used

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
        self._source_facts = "", False, False  # why nothing can be moved, it is in a container, it is elsewhere
        self.menu = QMenu(window)
        self.menu.setToolTipsVisible(True)
        self.reveal = self._add("revealProblemAction", "Show in folder", "Ctrl+Shift+R", REVEAL_TIP, self._reveal)
        self.open = self._add("openProblemAction", "Open", "Return", OPEN_TIP, self._open)
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
        self.move_aside = self._add("moveAsideAction", "Move aside…", "Ctrl+M", MOVE_TIP, self._move)
        self.keep = self._add(
            "keepListAction", "Write a list of what to keep…", "Ctrl+Shift+K",
            "Write the locations of the good samples, a line each: a list that can be opened as a folder is",
            self.keep_wanted.emit,
        )  # fmt: skip
        self.undo = self._add("undoMoveAction", "Undo move aside", "Ctrl+Shift+M", "Put the files back", mover.undo)
        self.restore = self._add(
            "restoreManifestAction", "Restore from a manifest…", "Ctrl+Alt+M",
            "Put back what was moved in an earlier run", mover.choose_manifest,
        )  # fmt: skip
        for action in (self.export, self.keep, self.undo, self.restore):  # what needs no row works on the whole page
            action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        can = session.capabilities
        self._has_files = offer(can, "files", self.reveal, self.open)
        self._can_examine = offer(can, "examine", self.load_again)
        self._can_move = offer(can, "move_aside", self.move_aside, self.undo, self.restore)
        offer(can, "scan", self.keep)
        table.chosen.connect(self._enable)
        model.count_changed.connect(self._enable)
        mover.undo_changed.connect(self._enable)
        background.busy_changed.connect(self._enable)
        self._enable()

    def _add(self, object_name: str, text: str, keys: str, tip: str, act: Callable[[], None]) -> QAction:
        action = QAction(text, self)
        action.setObjectName(object_name)
        action.setIconText(text)  # Qt leaves the dots out of it
        action.setShortcut(QKeySequence(keys))
        set_tip(action, tip)
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
        self.reveal.setEnabled(some and self._has_files and not self._source_facts[2])
        self.open.setEnabled(some and self._has_files and not self._source_facts[1])
        self.load_again.setEnabled(some and self._can_examine)
        self.export.setEnabled(self._model.rowCount() > 0 and free)
        self.move_aside.setEnabled(some and free and self.can_move_aside)
        self.undo.setEnabled(self._mover.can_undo and free and self._can_move)
        self.restore.setEnabled(free and self._can_move)

    @property
    def can_move_aside(self) -> bool:
        """What is open has files that could be moved."""
        return self._can_move and not self._source_facts[0]

    def show_source(self, snapshot: Snapshot) -> None:
        """What is open: it decides what can be done with its samples."""
        in_container = snapshot.noun != "file"
        if (snapshot.immovable, in_container, snapshot.is_remote) == self._source_facts:
            return
        self._source_facts = snapshot.immovable, in_container, snapshot.is_remote
        if self._can_move:
            set_tip(self.move_aside, snapshot.immovable or MOVE_TIP)
        if self._has_files:
            set_tip(
                self.reveal, _ELSEWHERE if snapshot.is_remote else _REVEAL_CONTAINER if in_container else REVEAL_TIP
            )
            set_tip(self.open, _ELSEWHERE if snapshot.is_remote else _IN_CONTAINER if in_container else OPEN_TIP)
        self._enable()
        self.source_changed.emit()

    def stop(self) -> None:
        """Wait for no file any more."""
        self._watcher.forget()

    def _paths(self) -> list[str]:
        return list(dict.fromkeys(problem.path for problem in self._table.selected()))

    def _reveal(self) -> None:
        files = dict.fromkeys(filter(None, map(file_of, self._paths())))
        reveal([*files], self, self._show_error)

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
