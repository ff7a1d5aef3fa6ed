"""Changes of the loader's settings: passed on to the session, refused with a sentence, and kept for undo."""

from collections.abc import Mapping

from inspector.errors import SettingsError
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig, SettingValue, plain_values, settings_table
from inspector.ui.settings.panel import SettingsPanel
from inspector.ui.shell.history import History, Step


class SettingChanges:
    """Between the panel, the session and the history."""

    def __init__(
        self,
        session: LocalSession,
        panel: SettingsPanel,
        history: History,
        config: type[SessionConfig] = SessionConfig,
    ) -> None:
        self._session = session
        self._panel = panel
        self._history = history
        self._config = config
        self._table = settings_table(config)
        panel.changed.connect(self.change)

    def current(self) -> dict[str, SettingValue]:
        """The settings that the panel shows, by name, as they were asked for last."""
        return self._shown(self._session.snapshot().settings)

    def _shown(self, values: Mapping[str, SettingValue]) -> dict[str, SettingValue]:
        return {name: values[name] for name, setting in self._table.items() if setting.control}

    def change(self, name: str, value: SettingValue) -> None:
        """Change one; the panel says so where it cannot be."""
        before = self.current().get(name)
        try:
            revision = self._session.change(**{name: value})
        except SettingsError as error:
            self._panel.show_error(str(error))
            return
        self._panel.sent(revision)
        self._panel.show_error("")
        if before != value:
            setting = self._table[name]
            words = setting.text(before), setting.text(value)
            self._history.note(
                Step(setting.mark, lambda: self.change(name, before), lambda: self.change(name, value), *words)
            )

    def change_all(self, settings: Mapping[str, SettingValue]) -> None:
        """Change some together."""
        for name, value in settings.items():
            if self.current().get(name) != value:
                self.change(name, value)

    def initial(self) -> dict[str, SettingValue]:
        """The settings of a new user."""
        initial = {name: setting.initial() for name, setting in self._table.items() if setting.initial}
        return self._shown(plain_values(self._config(**initial)))  # type: ignore[arg-type]  # by a name that it has
