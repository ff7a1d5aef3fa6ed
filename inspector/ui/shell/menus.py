"""The menu bar: the table of actions, the folders opened before, the pages, and what panels have to offer."""

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QMainWindow, QMenu

from inspector import formatting as fmt
from inspector.ui.plain_text import plain_text
from inspector.ui.shell.actions import APPEARANCE, MENUS, RECENT, MenuEntry, make_action
from inspector.ui.shell.recent import MOST, RecentFolders


class Menus(QObject):
    """Built on the window. Signals are what the lists in it ask for; all else are the actions' own."""

    recent_chosen = Signal(str)
    page_chosen = Signal(int)
    appearance_chosen = Signal(str)

    def __init__(self, window: QMainWindow, actions: Mapping[str, QAction], recent: RecentFolders) -> None:
        super().__init__(window)
        self._recent = recent
        self._menus: dict[str, QMenu] = {}
        self._window = window
        self._appearance = QActionGroup(window)
        self._appearance.triggered.connect(lambda action: self.appearance_chosen.emit(_scheme(action)))
        for title, entries in MENUS.items():
            menu = self._menu(title)
            for entry in entries:
                if entry is None:
                    menu.addSeparator()
                    continue
                action = actions[entry.name]
                menu.addAction(action)
                if entry.group:
                    self._appearance.addAction(action)
        self._menus["&File"].insertMenu(actions["openSample"], self._menus[RECENT])
        self._menus["&View"].addMenu(self._menus[APPEARANCE])
        self._entries = [self._recent_action(number) for number in range(1, MOST + 1)]
        first = actions["clearRecent"]
        self._menus[RECENT].insertActions(first, self._entries)
        self._menus[RECENT].insertSeparator(first)
        self._clear = first
        self._menus[RECENT].aboutToShow.connect(recent.look)
        recent.changed.connect(self._show_recent)
        self._show_recent()

    def _menu(self, title: str) -> QMenu:
        within = title in (RECENT, APPEARANCE)
        menu = self._menus[title] = QMenu(title, self._window) if within else self._window.menuBar().addMenu(title)
        name = title.replace("&", "").title().replace(" ", "")
        menu.setObjectName(f"{name[0].lower()}{name[1:]}Menu")
        menu.setToolTipsVisible(True)
        return menu

    def _recent_action(self, number: int) -> QAction:
        tip = f"Open recent folder {number}"
        action = make_action(self._window, MenuEntry(f"recent{number}", "", (f"Alt+{number}",), tip))
        action.triggered.connect(lambda: self.recent_chosen.emit(self._recent.entries[number - 1].path))
        return action

    def _show_recent(self) -> None:
        entries = self._recent.entries
        for number, action in enumerate(self._entries):
            action.setVisible(number < len(entries))
            action.setEnabled(number < len(entries) and not entries[number].missing)
            if number < len(entries):
                place = fmt.place(entries[number].path).replace("&", "&&")
                action.setText(f"{place}  (missing)" if entries[number].missing else place)
                action.setToolTip(plain_text(fmt.readable(entries[number].path)))
        self._clear.setEnabled(bool(entries))
        self._menus[RECENT].menuAction().setEnabled(bool(entries))

    def show_appearance(self, choice: str) -> None:
        """Mark the one that is chosen."""
        for action in self._appearance.actions():
            action.setChecked(_scheme(action) == choice)

    def add_pages(self, names: Sequence[str]) -> None:
        """A way to each page of details, in the View menu."""
        menu = self._menus["&View"]
        menu.addSeparator()
        for number, name in enumerate(names):
            words = name.title().replace(" ", "")
            tip = f"Show the page {name}"
            action = make_action(
                self._window, MenuEntry(f"show{words}Page", name, (f"Ctrl+{number + 1}",) if number < 9 else (), tip)
            )
            action.triggered.connect(lambda _checked=False, number=number: self.page_chosen.emit(number))
            menu.addAction(action)

    def add_tools(self) -> None:
        """What panels have put on the window, and no menu has yet."""
        menu = self._menus["&Tools"]
        for action in self._window.actions():
            if not any(isinstance(home, QMenu) for home in action.associatedObjects()):
                menu.insertAction(menu.actions()[1], action)


def _scheme(action: QAction) -> str:
    """ "light" for "lightAppearanceAction"."""
    return action.objectName().removesuffix("AppearanceAction")
