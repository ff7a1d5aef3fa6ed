"""Which panels are shown, and how large each is: chosen by the user, and remembered until the next run."""

from collections.abc import Mapping

from PySide6.QtCore import QSettings
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QSplitter, QWidget


class RememberedLayout:
    """`panel_actions` show and hide the panels; they belong into a menu."""

    def __init__(
        self,
        store: QSettings,
        window: QMainWindow,
        *,
        splitters: Mapping[str, QSplitter],
        panels: Mapping[str, QWidget],
    ) -> None:
        self._store = store
        self._window = window
        self._splitters = splitters
        self._panels = panels
        self.panel_actions = [self._action(name, panel) for name, panel in panels.items()]

    def _action(self, name: str, panel: QWidget) -> QAction:
        action = QAction(name, self._window, checkable=True, checked=True)
        action.setObjectName(f"show{name}Action")
        action.toggled.connect(panel.setVisible)
        return action

    def show_panel(self, panel: QWidget) -> None:
        """Show it, should the user have hidden it."""
        self.panel_actions[list(self._panels.values()).index(panel)].setChecked(True)

    def restore(self) -> None:
        """As it was when it was remembered last."""
        if geometry := self._store.value("geometry"):
            self._window.restoreGeometry(geometry)
        for name, splitter in self._splitters.items():
            if state := self._store.value(name):
                splitter.restoreState(state)
        for action in self.panel_actions:
            action.setChecked(bool(self._store.value(action.objectName(), True, type=bool)))

    def remember(self) -> None:
        """As it is now."""
        self._store.setValue("geometry", self._window.saveGeometry())
        for name, splitter in self._splitters.items():
            self._store.setValue(name, splitter.saveState())
        for action in self.panel_actions:
            self._store.setValue(action.objectName(), action.isChecked())
