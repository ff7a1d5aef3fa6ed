"""Changes of settings: passed on to the session, refused with a sentence, and kept for undo."""

from collections.abc import Mapping

from PySide6.QtGui import QUndoStack

from inspector.config import LoaderConfig, usual_workers
from inspector.errors import SettingsError
from inspector.monitor.names import setting_name, setting_value
from inspector.session.protocol import Session
from inspector.ui.settings_panel import SettingsPanel
from inspector.ui.shell.preferences import REMEMBERED_SETTINGS
from inspector.ui.shell.undo import SettingCommand

STEP = "step_ms"
_NAMES = (*REMEMBERED_SETTINGS, "deliver_bgr")


class SettingChanges:
    """Between the panel, the session and the undo stack."""

    def __init__(self, session: Session, panel: SettingsPanel, steps: QUndoStack) -> None:
        self._session = session
        self._panel = panel
        self._steps = steps
        panel.changed.connect(self.change)

    def current(self) -> dict[str, object]:
        """The settings that the panel shows, by name, as they were asked for last."""
        snapshot = self._session.snapshot()
        return {STEP: snapshot.step_ms} | {name: getattr(snapshot.settings, name) for name in _NAMES}

    def change(self, name: str, value: object) -> None:
        """Change one, as a step that can be undone; the panel says so where it cannot be."""
        before = self.current().get(name)
        if self._apply(name, value) and before != value:
            self._steps.push(SettingCommand(name, before, value, _in_words, self._apply))

    def change_all(self, settings: Mapping[str, object]) -> None:
        """Change some together."""
        for name, value in settings.items():
            if self.current().get(name) != value:
                self.change(name, value)

    def apply_all(self, settings: Mapping[str, object]) -> None:
        """Change some as part of something else that is one step."""
        for name, value in settings.items():
            if self.current().get(name) != value:
                self._apply(name, value)

    def _apply(self, name: str, value: object) -> bool:
        try:
            self._session.change(**{name: value})
        except SettingsError as error:
            self._panel.show_error(str(error))
            return False
        self._panel.show_error("")
        return True

    def usual(self) -> dict[str, object]:
        """The settings of a new user."""
        settings = LoaderConfig(num_workers=usual_workers())
        return {STEP: 0.0} | {name: getattr(settings, name) for name in _NAMES}


def _in_words(name: str, before: object, after: object) -> str:
    return f"{setting_name(name)} {setting_value(name, before)}→{setting_value(name, after)}"
