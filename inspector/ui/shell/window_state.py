"""What the window remembers of how its user likes it: appearance, layout, settings; and how to reset them."""

from collections.abc import Mapping

from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QUndoStack

from inspector.ui.notice import Notice
from inspector.ui.shell.detail_tabs import DetailTabs
from inspector.ui.shell.menus import Menus
from inspector.ui.shell.preferences import Preferences
from inspector.ui.shell.recent import RecentFolders
from inspector.ui.shell.remembered_choices import RememberedChoices
from inspector.ui.shell.remembered_layout import RememberedLayout
from inspector.ui.shell.setting_changes import SettingChanges
from inspector.ui.shell.undo import DoneCommand
from inspector.ui.theme import Theme


class WindowState(QObject):
    """Connects the actions for it; brings back what was remembered, and remembers."""

    def __init__(
        self,
        preferences: Preferences,
        *,
        actions: Mapping[str, QAction],
        menus: Menus,
        theme: Theme,
        layout: RememberedLayout,
        details: DetailTabs,
        changes: SettingChanges,
        steps: QUndoStack,
        recent: RecentFolders,
        notice: Notice,
        choices: RememberedChoices,
    ) -> None:
        super().__init__(menus)
        self._preferences, self._actions, self._menus, self._theme = preferences, actions, menus, theme
        self._layout, self._details, self._changes, self._steps = layout, details, changes, steps
        self._recent, self._notice, self._choices = recent, notice, choices
        for name, act in (
            ("undo", steps.undo),
            ("redo", steps.redo),
            ("reset", self._reset),
            ("clearRecent", self._clear_recent),
        ):
            actions[name].triggered.connect(lambda _checked=False, act=act: act())
        menus.appearance_chosen.connect(self._choose_appearance)
        menus.show_appearance(theme.choice)
        steps.indexChanged.connect(lambda _index: self._show_steps())
        self._show_steps()
        layout.restore()
        choices.apply(preferences.choices)
        details.open_name(preferences.page)

    def remember(self) -> None:
        """All of it, for the next run."""
        self._layout.remember()
        self._preferences.page = self._details.current
        self._preferences.choices = self._choices.capture()
        if self._changes.are_own:  # not those of somebody else's pipeline
            self._preferences.remember_settings(self._changes.remembered())

    def _show_steps(self) -> None:
        for name, step in (("undo", self._steps.undoText()), ("redo", self._steps.redoText())):
            self._actions[name].setText(f"{name.capitalize()} {step}".strip())
            self._actions[name].setEnabled(bool(step))

    def _choose_appearance(self, choice: str) -> None:
        self._theme.choose(choice)
        self._menus.show_appearance(choice)
        self._preferences.appearance = choice

    def _reset(self) -> None:
        layout, appearance, settings = self._layout.capture(), self._theme.choice, self._changes.current()
        choices = self._choices.capture()

        def reset_all() -> None:
            self._layout.reset()
            self._choose_appearance("system")
            self._changes.apply_all(self._changes.initial())
            self._choices.apply(self._choices.defaults)

        def undo() -> None:
            self._layout.apply(layout)
            self._choose_appearance(appearance)
            self._changes.apply_all(settings)
            self._choices.apply(choices)
            self._notice.hide()

        reset_all()
        self._steps.push(DoneCommand("reset to defaults", reset_all, undo))
        words = "Settings, layout and appearance are as for a new user."
        self._notice.report(words, button="Undo", act=self._steps.undo)

    def _clear_recent(self) -> None:
        before = self._preferences.recent
        self._recent.clear()
        self._steps.push(
            DoneCommand("clear the list of folders", self._recent.clear, lambda: self._recent.put_back(before))
        )
