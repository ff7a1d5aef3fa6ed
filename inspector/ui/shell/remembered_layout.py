"""Which panels are shown, how large each is, and how wide their columns: chosen by the user, and remembered."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QByteArray, QEvent, QObject, QSize, QTimer
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QHeaderView, QMainWindow, QSplitter, QTableView, QWidget

from inspector.ui.shell.preferences import Preferences

Layout = dict[str, QByteArray | bool]
_FRAME = QSize(8, 40)  # at least what window managers put around a window


class RememberedLayout(QObject):
    """To be made when the window has its default layout, which is what `reset` goes back to.

    `shown_by`: the actions that show and hide panels. Splitters and tables are found by themselves; those without an
    object name are left alone.
    """

    def __init__(
        self, preferences: Preferences, window: QMainWindow, shown_by: Sequence[tuple[QAction, QWidget]]
    ) -> None:
        super().__init__(window)
        self._preferences = preferences
        self._window = window
        self._shown_by = shown_by
        splitters = window.findChildren(QSplitter)
        self._splitters: dict[str, QSplitter] = {split.objectName(): split for split in splitters if split.objectName()}
        self._columns: dict[str, QHeaderView] = {
            f"{table.objectName()}.{table.horizontalHeader().count()}": table.horizontalHeader()
            for table in window.findChildren(QTableView)
            if table.objectName()
        }
        self._pressed: QObject | None = None  # the header that the mouse is at work on
        self._arranged: set[str] = set()  # tables whose columns the user has made wider, narrower or sorted by
        for action, panel in shown_by:
            action.setChecked(True)
            action.toggled.connect(panel.setVisible)
        self._defaults = self.capture()
        self._defaults |= {name: header.saveState() for name, header in self._columns.items()}
        for name, header in self._columns.items():
            header.sectionResized.connect(lambda *_, name=name: self._note_arranged(name))
            header.sortIndicatorChanged.connect(lambda *_, name=name: self._note_arranged(name))
            header.viewport().installEventFilter(self)

    def _note_arranged(self, name: str) -> None:
        """Tables share out their room by themselves; only what is done with the mouse is the user's choice."""
        if self._pressed is self._columns[name].viewport():
            self._arranged.add(name)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick):
            self._pressed = watched
        elif event.type() == QEvent.Type.MouseButtonRelease:
            QTimer.singleShot(0, self, self._release)  # after the header has dealt with it
        return False

    def _release(self) -> None:
        self._pressed = None

    def show_panel(self, panel: QWidget) -> None:
        """Show it, should the user have hidden it."""
        next(action for action, shown in self._shown_by if shown is panel).setChecked(True)

    def capture(self) -> Layout:
        """As it is now."""
        layout: Layout = {"geometry": self._window.saveGeometry()}
        layout |= {name: split.saveState() for name, split in self._splitters.items()}
        layout |= {name: self._columns[name].saveState() for name in self._arranged}
        return layout | {action.objectName(): action.isChecked() for action, _panel in self._shown_by}

    def apply(self, layout: Mapping[str, QByteArray | bool]) -> None:
        """Make it so; what `layout` does not contain stays as it is."""
        self._arranged = {*self._columns} & {*layout}
        for name, state in layout.items():
            if name == "geometry" and isinstance(state, QByteArray):
                self._window.restoreGeometry(state)
            elif name in self._splitters and isinstance(state, QByteArray):
                self._splitters[name].restoreState(state)
            elif name in self._columns and isinstance(state, QByteArray):
                _restore(self._columns[name], state)
        for action, _panel in self._shown_by:
            action.setChecked(bool(layout.get(action.objectName(), action.isChecked())))

    def restore(self) -> None:
        """As it was when it was remembered last."""
        self.apply(self._preferences.layout())

    def reset(self) -> None:
        """As it is for a new user."""
        arranged, columns = self._arranged, {*self._columns}
        self.apply({name: state for name, state in self._defaults.items() if name in arranged or name not in columns})
        self._arranged = set()

    def remember(self) -> None:
        """As it is now."""
        self._preferences.remember_layout(self.capture())


def _restore(header: QHeaderView, state: QByteArray) -> None:
    """And notify the table, as if the user had done it now: Qt does not."""
    header.restoreState(state)
    for column in range(header.count()):
        header.sectionResized.emit(column, header.sectionSize(column), header.sectionSize(column))


def usual_size(window: QWidget) -> QSize:
    """What a new user gets: with its frame no larger than the screen, where there is one."""
    default = QSize(1440, 900)
    if QGuiApplication.platformName() == "offscreen":
        return default
    return default.boundedTo(window.screen().availableSize() - _FRAME)
