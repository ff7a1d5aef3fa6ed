"""The toolbar: what is needed most, and where we are."""

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QAction, QFont
from PySide6.QtWidgets import QMainWindow, QSizePolicy, QToolBar, QToolButton

from inspector import formatting as fmt
from inspector.monitor.records import RunState, Snapshot
from inspector.ui.icons import ICON_PX, icon
from inspector.ui.key_filters import KeyFilters
from inspector.ui.shell.actions import UNAVAILABLE, enable, set_tip
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import LiveText


class TopBar:
    """Puts a toolbar of some of the `actions` on the window, and enables them as the session's state has it."""

    def __init__(self, window: QMainWindow, actions: Mapping[str, QAction], theme: Theme) -> None:
        self._window = window
        self._actions = actions
        self._theme = theme
        self._runs = False
        self._add_toolbar()
        theme.changed.connect(self.wear_colours)
        self.wear_colours()

    def _add_toolbar(self) -> None:
        bar = QToolBar("Toolbar")
        bar.setObjectName("toolbar")
        bar.setIconSize(QSize(enlarged(ICON_PX), enlarged(ICON_PX)))
        bar.setMovable(False)
        bar.setFloatable(False)
        bar.setContextMenuPolicy(Qt.ContextMenuPolicy.PreventContextMenu)
        bar.toggleViewAction().setVisible(False)
        key_filters = KeyFilters(bar)
        for name in ("openFolder", "run", "previousBatch", "nextBatch"):
            self._add_button(bar, name, key_filters)
        run_button = bar.widgetForAction(self._actions["run"])
        run_button.setProperty("primary", True)
        run_button.setMinimumWidth(run_button.fontMetrics().horizontalAdvance("Pause") + 48)
        bold = QFont(bar.font())
        bold.setWeight(QFont.Weight.DemiBold)
        self._where = LiveText(bold)
        self._where.setObjectName("whereLabel")
        self._where.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._where.setContentsMargins(8, 0, 0, 0)
        bar.addWidget(self._where)
        self._add_button(bar, "checkAll", key_filters)
        self._window.addToolBar(bar)

    def _add_button(self, bar: QToolBar, name: str, key_filters: KeyFilters) -> None:
        action = self._actions[name]
        bar.addAction(action)
        button = bar.widgetForAction(action)
        button.setProperty("bar", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        key_filters.teach(button)
        if isinstance(button, QToolButton):
            icon_only = name in ("previousBatch", "nextBatch")
            styles = Qt.ToolButtonStyle
            button.setToolButtonStyle(styles.ToolButtonIconOnly if icon_only else styles.ToolButtonTextBesideIcon)
            button.setAccessibleName(action.iconText())
            button.setObjectName(action.objectName().replace("Action", "Button"))

    def wear_colours(self) -> None:
        colours = self._theme.colours
        self._actions["run"].setIcon(icon("pause" if self._runs else "run", colours.on_accent, colours.dim))
        self._actions["previousBatch"].setIcon(icon("previous", colours.text, colours.border))
        self._actions["nextBatch"].setIcon(icon("next", colours.text, colours.border))

    def show_state(self, snapshot: Snapshot, has_batch: bool) -> None:
        """What can be asked for in this state."""
        state = snapshot.state
        runs = state is RunState.RUNNING
        if runs != self._runs:
            self._runs = runs
            word = "Pause" if runs else "Run"
            self._actions["run"].setText(word)
            self._actions["run"].setIconText(word)
            set_tip(self._actions["run"], word)
            self.wear_colours()
        loads = state in (RunState.RUNNING, RunState.PAUSED)
        opened = state is not RunState.CLOSED
        can_pause = not self._actions["run"].property(UNAVAILABLE)  # else only what was kept can be looked at
        for name, can in (
            ("run", loads),
            ("nextBatch", loads or (has_batch and not can_pause)),
            ("previousBatch", has_batch and (loads or state is RunState.FINISHED)),
            ("openImage", has_batch),
            ("lookAgain", opened and state is not RunState.INDEXING),
            ("checkAll", opened),
        ):
            enable(self._actions[name], can)

    def show_place(self, snapshot: Snapshot) -> None:
        """The folder, and how far we are in it."""
        parts = []
        delivers_without_files = not snapshot.files and snapshot.batches > 0
        if snapshot.source and snapshot.state is not RunState.CLOSED and not delivers_without_files:
            parts.append(fmt.plural(snapshot.files, snapshot.noun))
        if snapshot.outside:
            parts.append(f"{snapshot.outside:,} outside it, behind links")
        if snapshot.classes:
            parts.append(fmt.plural(snapshot.classes, "class", "classes"))
        if snapshot.order_note:
            parts.append(snapshot.order_note)
        if snapshot.state is RunState.FINISHED and snapshot.message:
            parts.append(snapshot.message)
        elif snapshot.batches:
            parts += [f"epoch {snapshot.epoch:,}", f"batch {snapshot.batches - 1:,}"]
        if snapshot.left_out:
            parts.append(snapshot.left_out)
        self._where.show_text(fmt.place(snapshot.source), " · ".join(parts))
