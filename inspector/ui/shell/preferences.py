"""What comes back in the next run: one file, and here every key that is in it."""

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QByteArray, QSettings

from inspector.errors import SettingsError
from inspector.settings import SessionConfig, SettingValue, settings_table

_APPEARANCE, _RECENT, _LAST, _LOADER = "appearance", "recent", "last", "loader"
_LAYOUT, _CHOICES = "layout", "choices"


class Preferences:
    """Reads and writes at once; what cannot be understood counts as not remembered.

    Paths and settings are kept as JSON, which holds any name of a file, also one that is not Unicode.
    """

    def __init__(self, store: QSettings, config: type[SessionConfig] = SessionConfig) -> None:
        self._store = store
        self._remembered = [name for name, setting in settings_table(config).items() if setting.remembered]

    @classmethod
    def of_user(cls) -> "Preferences":
        """Where this user's are kept: `inspector/window.ini` in the folder that XDG_CONFIG_HOME names, on Linux."""
        return cls(QSettings(QSettings.Format.IniFormat, QSettings.Scope.UserScope, "inspector", "window"))

    @property
    def appearance(self) -> str:
        """ "system", "light" or "dark"."""
        return str(self._store.value(_APPEARANCE, "system"))

    @appearance.setter
    def appearance(self, choice: str) -> None:
        self._set(_APPEARANCE, choice)

    @property
    def recent(self) -> list[str]:
        """Folders and files opened before, the last one first."""
        found = self._read(_RECENT)
        return [path for path in found if isinstance(path, str)] if isinstance(found, list) else []

    @recent.setter
    def recent(self, paths: Sequence[str]) -> None:
        self._write(_RECENT, list(paths))

    @property
    def last(self) -> str:
        """What was open last; "" for nothing, or something that cannot be opened by a path."""
        found = self._read(_LAST)
        return found if isinstance(found, str) else ""

    @last.setter
    def last(self, path: str) -> None:
        self._write(_LAST, path)

    def remember_settings(self, values: Mapping[str, SettingValue]) -> None:
        """For `resume`: the settings of a session, by name."""
        self._write(_LOADER, {name: values[name] for name in self._remembered})

    def resume(self, config: SessionConfig, given: Collection[str]) -> SessionConfig:
        """The settings as they were last, but for those `given` now by name, which stay as they are."""
        found = self._read(_LOADER)
        if not isinstance(found, dict):
            return config
        values: dict[str, Any] = {name: found[name] for name in self._remembered if name in {*found} - {*given}}
        try:
            return config.with_changes(**values)
        except (SettingsError, TypeError):  # written by another version, or by hand
            return config

    @property
    def choices(self) -> dict[str, object]:
        """What a sweep and a check of all files are to do, by the name of the field."""
        found = self._read(_CHOICES)
        return found if isinstance(found, dict) else {}

    @choices.setter
    def choices(self, choices: Mapping[str, object]) -> None:
        self._write(_CHOICES, dict(choices))

    def layout(self) -> dict[str, QByteArray | bool]:
        """Sizes and columns as Qt writes them, and which panels are shown; by name."""
        self._store.beginGroup(_LAYOUT)
        found = {name: self._store.value(name) for name in self._store.allKeys()}
        self._store.endGroup()
        return {
            name: value if isinstance(value, QByteArray) else str(value).lower() == "true"
            for name, value in found.items()
        }

    def remember_layout(self, layout: Mapping[str, QByteArray | bool]) -> None:
        """In place of the one before."""
        self._store.remove(_LAYOUT)
        self._store.beginGroup(_LAYOUT)
        for name, value in layout.items():
            self._store.setValue(name, value)
        self._store.endGroup()

    @property
    def page(self) -> str:
        """The page of details that was in front."""
        return str(self._store.value("page", ""))

    @page.setter
    def page(self, name: str) -> None:
        self._set("page", name)

    @property
    def viewer_geometry(self) -> QByteArray | None:
        """Of the window for one image."""
        found = self._store.value("viewer")
        return found if isinstance(found, QByteArray) else None

    @viewer_geometry.setter
    def viewer_geometry(self, geometry: QByteArray) -> None:
        self._set("viewer", geometry)

    def _read(self, key: str) -> object:
        try:
            return json.loads(str(self._store.value(key, "null")))
        except ValueError:
            return None

    def _write(self, key: str, value: object) -> None:
        self._set(key, json.dumps(value))

    def _set(self, key: str, value: object) -> None:
        if self._store.value(key) != value:  # else Qt would rewrite the file, and wait for the disk meanwhile
            self._store.setValue(key, value)
