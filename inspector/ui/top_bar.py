"""Actions, menus and the toolbar: what the user can ask for, and where we are."""

from collections.abc import Sequence

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QActionGroup, QFont, QKeySequence
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QToolBar, QToolButton

from inspector import formatting as fmt
from inspector.monitor.snapshot import RunState, Snapshot
from inspector.ui.icons import ICON_PX, icon
from inspector.ui.manners import KeyManners
from inspector.ui.theme import SCHEMES, Theme
from inspector.ui.widgets import LiveText


class TopBar:
    """Puts menus and a toolbar on the window. The window connects the actions."""

    def __init__(self, window: QMainWindow, theme: Theme) -> None:
        self._window = window
        self._theme = theme
        self._runs = False
        self.open_folder = self._action("openFolderAction", "Open folder…", "Ctrl+O", "Open a folder of images")
        self.open_folder.setIconText(self.open_folder.text())  # Qt leaves the dots out of it
        # The second keys also work while a tile of the batch is chosen, to which Space and the arrows then belong.
        self.run = self._action("runAction", "Run", "Space", "Run", "F5")
        self.previous = self._action(
            "previousBatchAction", "Previous batch", "Left", "Pause and look back one batch", "Alt+Left"
        )
        self.next = self._action("nextBatchAction", "Next batch", "Right", "Pause and show the next batch", "Alt+Right")
        self.check_all = self._action(
            "checkAllAction", "Check all files", "Ctrl+K", "Check every file of the folder once"
        )
        self.open_image = self._action(
            "openImageAction", "Open image", "Ctrl+Return", "Look at the chosen image, or the first, at full size"
        )
        self.quit = self._action("quitAction", "Quit", QKeySequence.StandardKey.Quit, "Quit")
        self.quit.setShortcuts([QKeySequence("Ctrl+Q")])
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)
        self.appearance = QActionGroup(window)
        for name in SCHEMES:
            choice = self.appearance.addAction(name.capitalize())
            choice.setObjectName(f"{name}AppearanceAction")
            choice.setData(name)
            choice.setCheckable(True)
            choice.setChecked(name == theme.choice)
        self._add_menus()
        self._add_toolbar()
        theme.changed.connect(self.wear_colours)
        self.wear_colours()

    def _action(
        self, object_name: str, text: str, shortcut: str | QKeySequence.StandardKey, tip: str, second: str = ""
    ) -> QAction:
        action = QAction(text, self._window)
        action.setObjectName(object_name)
        action.setShortcuts([QKeySequence(shortcut), *([QKeySequence(second)] if second else [])])
        self._tell(action, tip)
        self._window.addAction(action)
        return action

    def _tell(self, action: QAction, tip: str) -> None:
        keys = " or ".join(keys.toString(QKeySequence.SequenceFormat.NativeText) for keys in action.shortcuts())
        action.setToolTip(f"{tip} ({keys})")
        action.setStatusTip(tip)

    def _add_menus(self) -> None:
        bar = self._window.menuBar()
        file_menu = bar.addMenu("&File")
        file_menu.addActions([self.open_folder, self.check_all])
        file_menu.addSeparator()
        file_menu.addAction(self.quit)
        bar.addMenu("&Batch").addActions([self.run, self.previous, self.next, self.open_image])
        self._view_menu = bar.addMenu("&View")

    def add_panels(self, actions: Sequence[QAction]) -> None:
        """Offer these, and the appearance, in the View menu."""
        self._view_menu.addActions(list(actions))
        self._view_menu.addSeparator()
        self._view_menu.addMenu("Appearance").addActions(self.appearance.actions())

    def _add_toolbar(self) -> None:
        bar = QToolBar("Toolbar")
        bar.setObjectName("toolbar")
        bar.setIconSize(QSize(ICON_PX, ICON_PX))
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.toggleViewAction().setVisible(False)
        manners = KeyManners(bar)
        for action in (self.open_folder, self.run, self.previous, self.next):
            self._add_button(bar, action, manners)
        run_button = bar.widgetForAction(self.run)
        run_button.setProperty("primary", True)
        run_button.setMinimumWidth(run_button.fontMetrics().horizontalAdvance("Pause") + 48)
        bold = QFont(bar.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._where = LiveText(bold)
        self._where.setObjectName("whereLabel")
        self._where.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._where.setContentsMargins(8, 0, 0, 0)
        bar.addWidget(self._where)
        self._add_button(bar, self.check_all, manners)
        self._window.addToolBar(bar)

    def _add_button(self, bar: QToolBar, action: QAction, manners: KeyManners) -> None:
        bar.addAction(action)
        button = bar.widgetForAction(action)
        button.setProperty("bar", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        manners.teach(button)
        if isinstance(button, QToolButton):
            icon_only = action in (self.previous, self.next)
            styles = Qt.ToolButtonStyle
            button.setToolButtonStyle(styles.ToolButtonIconOnly if icon_only else styles.ToolButtonTextBesideIcon)
            button.setAccessibleName(action.text())

    def wear_colours(self) -> None:
        colours = self._theme.colours
        self.run.setIcon(icon("pause" if self._runs else "run", colours.on_accent, colours.dim))
        self.previous.setIcon(icon("previous", colours.text, colours.border))
        self.next.setIcon(icon("next", colours.text, colours.border))

    def show_state(self, snapshot: Snapshot, has_batch: bool) -> None:
        """What can be asked for in this state."""
        state = snapshot.state
        runs = state is RunState.RUNNING
        if runs != self._runs:
            self._runs = runs
            self.run.setText("Pause" if runs else "Run")
            self._tell(self.run, "Pause" if runs else "Run")
            self.wear_colours()
        loads = state in (RunState.RUNNING, RunState.PAUSED)
        self.run.setEnabled(loads)
        self.next.setEnabled(loads)
        self.open_image.setEnabled(has_batch)
        self.previous.setEnabled(has_batch and (loads or state is RunState.FINISHED))

    def show_place(self, snapshot: Snapshot) -> None:
        """The folder, and how far we are in it."""
        parts = []
        if snapshot.source and (snapshot.files or snapshot.state is not RunState.CLOSED):
            parts.append(fmt.plural(snapshot.files, "file"))
        if snapshot.classes:
            parts.append(fmt.plural(snapshot.classes, "class", "classes"))
        if snapshot.batches:
            parts += [f"epoch {snapshot.epoch:,}", f"batch {snapshot.batches - 1:,}"]
        self._where.show_text(fmt.place(snapshot.source), " · ".join(parts))
