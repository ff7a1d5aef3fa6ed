"""Changes of settings: passed on to the session, refused with a sentence, and kept for undo."""

from collections.abc import Mapping

from PySide6.QtGui import QUndoStack

from inspector.errors import SettingsError
from inspector.session.protocol import Session
from inspector.settings import SessionConfig, SettingValue, change_text, plain_values, settings_table
from inspector.ui.settings.panel import SettingsPanel
from inspector.ui.shell.undo import SettingCommand


class SettingChanges:
    """Between the panel, the session and the undo stack."""

    def __init__(
        self,
        session: Session,
        panel: SettingsPanel,
        steps: QUndoStack,
        config: type[SessionConfig] = SessionConfig,
    ) -> None:
        self._session = session
        self._panel = panel
        self._steps = steps
        self._config = config
        self._table = settings_table(config)
        panel.changed.connect(self.change)

    @property
    def are_own(self) -> bool:
        """They are of our own loader, so that the next run may begin with them."""
        return "open" in self._session.capabilities

    def current(self) -> dict[str, SettingValue]:
        """The settings that the panel shows, by name, as they were asked for last."""
        return self._shown(self._session.snapshot().settings)

    def remembered(self) -> dict[str, SettingValue]:
        """Those that the next run begins with."""
        values = self._session.snapshot().settings
        return {name: values[name] for name, setting in self._table.items() if setting.remembered and name in values}

    def _shown(self, values: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
        return {name: values[name] for name, setting in self._table.items() if setting.control and name in values}

    def change(self, name: str, value: SettingValue) -> None:
        """Change one, as a step that can be undone; the panel says so where it cannot be."""
        before = self.current().get(name)
        if self._apply(name, value) and before != value:
            self._steps.push(SettingCommand(name, before, value, self._describe, self._apply))

    def change_all(self, settings: Mapping[str, SettingValue]) -> None:
        """Change some together."""
        for name, value in settings.items():
            if self.current().get(name) != value:
                self.change(name, value)

    def apply_all(self, settings: Mapping[str, SettingValue]) -> None:
        """Change some as part of something else that is one step."""
        for name, value in settings.items():
            if self.current().get(name) != value:
                self._apply(name, value)

    def _apply(self, name: str, value: SettingValue) -> bool:
        try:
            revision = self._session.change(**{name: value})
        except SettingsError as error:
            self._panel.show_error(str(error))
            return False
        self._panel.sent(revision)
        self._panel.show_error("")
        return True

    def _describe(self, name: str, before: SettingValue, after: SettingValue) -> str:
        return change_text(name, before, after, self._table)

    def initial(self) -> dict[str, SettingValue]:
        """The settings of a new user."""
        initial = {name: setting.initial() for name, setting in self._table.items() if setting.initial}
        return self._shown(plain_values(self._config(**initial)))  # type: ignore[arg-type]  # by a name that it has
