"""Changes of the loader's settings: passed on to the session, refused with a sentence, and kept for undo."""

from collections.abc import Mapping

from inspector.errors import SettingsError
from inspector.monitor.names import setting_name, setting_value
from inspector.session.local import LocalSession
from inspector.settings import LoaderConfig, usual_workers
from inspector.ui.settings_panel import SettingsPanel
from inspector.ui.shell.history import History, Step
from inspector.ui.shell.preferences import REMEMBERED_SETTINGS

STEP = "step_ms"
_NAMES = (*REMEMBERED_SETTINGS, "deliver_bgr")


class SettingChanges:
    """Between the panel, the session and the history."""

    def __init__(self, session: LocalSession, panel: SettingsPanel, history: History) -> None:
        self._session = session
        self._panel = panel
        self._history = history
        panel.changed.connect(self.change)

    def current(self) -> dict[str, object]:
        """The settings that the panel shows, by name, as they were asked for last."""
        snapshot = self._session.snapshot()
        return {STEP: snapshot.step_ms} | {name: getattr(snapshot.settings, name) for name in _NAMES}

    def change(self, name: str, value: object) -> None:
        """Change one; the panel says so where it cannot be."""
        before = self.current().get(name)
        try:
            self._session.change(**{name: value})
        except SettingsError as error:
            self._panel.show_error(str(error))
            return
        self._panel.show_error("")
        if before != value:
            words = setting_value(name, before), setting_value(name, value)
            self._history.note(
                Step(setting_name(name), lambda: self.change(name, before), lambda: self.change(name, value), *words)
            )

    def change_all(self, settings: Mapping[str, object]) -> None:
        """Change some together."""
        for name, value in settings.items():
            if self.current().get(name) != value:
                self.change(name, value)

    def usual(self) -> dict[str, object]:
        """The settings of a new user."""
        settings = LoaderConfig(num_workers=usual_workers())
        return {STEP: 0.0} | {name: getattr(settings, name) for name in _NAMES}
