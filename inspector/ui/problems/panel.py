"""The page of skipped files: notice, table and details, put together."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from inspector.session.protocol import Session
from inspector.session.records import Problem, Snapshot
from inspector.ui.background_job import BackgroundJob
from inspector.ui.notice import Notice
from inspector.ui.problems.actions import ProblemsActions
from inspector.ui.problems.bar import ProblemsBar
from inspector.ui.problems.details import ProblemsDetails
from inspector.ui.problems.model import ProblemsModel
from inspector.ui.problems.mover import ProblemsMover
from inspector.ui.problems.table import ProblemsTable
from inspector.ui.theme import Theme, enlarged

ROOM_FOR_BUTTONS_PX = 1150
MOST_AT_ONCE = 10_000  # added to the table at a time, which takes some 30 ms
MOST_SUMMARISED = 10_000  # of a selection; to look at all rows of a larger one would be felt


class ProblemsPanel(QWidget):
    """`bar` belongs above it, beside the tabs. `stop` ends what it does in the background."""

    def __init__(self, theme: Theme, session: Session) -> None:
        super().__init__()
        self.model = ProblemsModel(theme, self)
        self.table = ProblemsTable(self.model, watched=session.training is not None)
        self._background = BackgroundJob(self)
        notice = Notice(theme)
        self.mover = ProblemsMover(
            session.quarantine, self.model, notice, self._background, self, elsewhere=session.line is not None
        )
        self.actions_ = ProblemsActions(session, self.table, self.model, notice, self._background, self.mover, self)
        frequent = (self.actions_.reveal, self.actions_.load_again, self.actions_.move_aside, self.actions_.keep)
        self.bar = ProblemsBar(self.model, self.actions_.menu, frequent)
        self.actions_.source_changed.connect(self._show_buttons)
        self._show_buttons()
        self.details = ProblemsDetails(theme, session)
        self.actions_.copy_details_wanted.connect(self.details.copy)
        self.actions_.loaded_again.connect(self.details.examine_again)
        self.table.chosen.connect(self._show_selection)
        self.table.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.table.customContextMenuRequested.connect(self._show_menu)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setObjectName("problemsSplitter")
        self.split.setChildrenCollapsible(False)
        self.split.setHandleWidth(8)
        self.split.addWidget(self.table)
        self.split.addWidget(self.details)
        self.split.setSizes([560, 440])
        self.split.setStretchFactor(0, 56)
        self.split.setStretchFactor(1, 44)
        self.table.setMinimumWidth(300)
        self.details.setMinimumWidth(320)
        self.details.hide()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(notice)
        layout.addWidget(self.split, 1)
        theme.changed.connect(self.table.viewport().update)

    def sizeHint(self) -> QSize:
        return QSize(800, 160)

    def minimumSizeHint(self) -> QSize:
        return QSize(640, 112)  # a few rows, and something of the pictures

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.bar.use_room(self.width() >= enlarged(ROOM_FOR_BUTTONS_PX))

    def show_snapshot(self, snapshot: Snapshot, problems_since: Callable[[int], Sequence[Problem]]) -> None:
        """Bring the table up to date; `problems_since` gives those from an entry on."""
        self.actions_.show_source(snapshot)
        if snapshot.problems < self.model.total or snapshot.source != self.model.folder:
            self.model.clear(snapshot.source)
        if snapshot.problems > self.model.total:
            self.model.append(problems_since(self.model.total)[:MOST_AT_ONCE])

    @property
    def busy(self) -> bool:
        """Files are being moved, put back or exported."""
        return self._background.busy

    def stop(self) -> None:
        """End what is under way; a move in progress ends after the file that it is at, and none is lost."""
        self.details.stop()
        self.actions_.stop()
        self._background.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        super().closeEvent(event)

    def _show_buttons(self) -> None:
        move, keep = self.actions_.move_aside, self.actions_.keep
        self.bar.show_one_of(*((move, keep) if self.actions_.can_move_aside else (keep, move)))

    def _show_selection(self) -> None:
        count = self.table.selected_count()
        self.details.setVisible(count > 0)
        if count == 1:
            self.details.show_one(self.table.selected()[0])
        elif count > 1:
            self.details.show_many(count, self.table.selected() if count <= MOST_SUMMARISED else ())

    def _show_menu(self, position: QPoint) -> None:
        self.actions_.menu.popup(self.table.viewport().mapToGlobal(position))
