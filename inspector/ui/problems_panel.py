"""The page of skipped files: notice, table and details, put together."""

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QCloseEvent, QResizeEvent
from PySide6.QtWidgets import QSplitter, QVBoxLayout, QWidget

from inspector.ui.background import Background
from inspector.ui.examination import Examination
from inspector.ui.problems_actions import ProblemsActions
from inspector.ui.problems_bar import ProblemsBar
from inspector.ui.problems_details import ProblemsDetails
from inspector.ui.problems_model import ProblemsModel
from inspector.ui.problems_mover import ProblemsMover
from inspector.ui.problems_notice import Notice
from inspector.ui.problems_table import ProblemsTable
from inspector.ui.theme import Theme

ROOM_FOR_BUTTONS_PX = 1150
MOST_SUMMED_UP = 10_000  # of a selection; to look at all rows of a larger one would be felt


class ProblemsPanel(QWidget):
    """`bar` belongs above it, beside the tabs. `stop` ends its processes and threads, and waits for them."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.model = ProblemsModel(theme, self)
        self.table = ProblemsTable(self.model)
        self._background = Background(self)
        self._examination = Examination(self)
        notice = Notice(theme)
        self.mover = ProblemsMover(self.model, notice, self._background, self)
        self.actions_ = ProblemsActions(self.table, self.model, notice, self._background, self.mover, self)
        often = (self.actions_.reveal, self.actions_.load_again, self.actions_.move_aside)
        self.bar = ProblemsBar(self.model, self.actions_.menu, often)
        self.details = ProblemsDetails(theme, self._examination)
        self.actions_.copy_details_wanted.connect(self.details.copy)
        self.actions_.loaded_again.connect(self.details.look_again)
        self.table.chosen.connect(self._show_choice)
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
        self.bar.use_room(self.width() >= ROOM_FOR_BUTTONS_PX)

    def stop(self) -> None:
        """End what is under way; a move in progress ends after the file that it is at, and none is lost."""
        self._examination.stop()
        self.actions_.stop()
        self._background.stop()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.stop()
        super().closeEvent(event)

    def _show_choice(self) -> None:
        count = self.table.selected_count()
        self.details.setVisible(count > 0)
        if count == 1:
            self.details.show_one(self.table.selected()[0])
        elif count > 1:
            self.details.show_many(count, self.table.selected() if count <= MOST_SUMMED_UP else ())

    def _show_menu(self, position: QPoint) -> None:
        self.actions_.menu.popup(self.table.viewport().mapToGlobal(position))
