"""What comes back in the next run: one file of plain JSON, and here every field that is in it."""

import json
import os
from base64 import b64decode, b64encode
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QByteArray, QStandardPaths

from inspector.errors import SettingsError
from inspector.files import read_regular, write_atomically
from inspector.formatting import readable
from inspector.named_code import NamedCode
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.settings import SessionConfig, SettingValue, settings_table

MOST_BYTES = 1 << 20
_MOST_CODE = 9
_SCHEMA: dict[str, Any] = {
    "appearance": str,
    "recent": list[str],
    "last": str,
    "page": str,
    "loader": dict[str, Any],
    "choices": dict[str, Any],
    "layout": dict[str, bool | str],  # text: bytes of Qt's, in base64
    "viewer": str,
    "code": dict[str, dict[str, str | None]],
    "parts": dict[str, dict[str, str]],
    "trainings": dict[str, dict[str, str]],
}


class Preferences:
    """Reads at the start and writes at once; a field that cannot be understood counts as not remembered.

    The file may be somebody else's, or damaged: then it is set aside, and the window starts as for a new user. Names of
    files that are not Unicode are kept as JSON's own escapes.

    Attributes:
        errors: what could not be read, each a sentence.
    """

    def __init__(self, file: str | os.PathLike[str], config: type[SessionConfig] = SessionConfig) -> None:
        self._file = Path(file)
        self._remembered = [name for name, setting in settings_table(config).items() if setting.remembered]
        self.errors: list[str] = []
        self._kept = self._read()

    @classmethod
    def of_user(cls) -> "Preferences":
        """Where this user's are kept: `inspector/window.json` in the folder that XDG_CONFIG_HOME names, on Linux."""
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.GenericConfigLocation)
        return cls(Path(folder, "inspector", "window.json"))

    @property
    def appearance(self) -> str:
        """ "system", "light" or "dark"."""
        return str(self._kept.get("appearance", "system"))

    @appearance.setter
    def appearance(self, choice: str) -> None:
        self._set("appearance", choice)

    @property
    def recent(self) -> list[str]:
        """Folders and files opened before, the last one first."""
        return [*self._kept.get("recent", ())]

    @recent.setter
    def recent(self, paths: Sequence[str]) -> None:
        self._set("recent", list(paths))

    @property
    def last(self) -> str:
        """What was open last; "" for nothing, or something that cannot be opened by a path."""
        return str(self._kept.get("last", ""))

    @last.setter
    def last(self, path: str) -> None:
        self._set("last", path)

    @property
    def code(self) -> dict[str, dict[str, str | None]]:
        """Settings that belong to a data set of the user's code, by its name; the last one first."""
        return dict(self._kept.get("code", {}))

    def remember_code(self, dataset: str, settings: Mapping[str, str | None]) -> None:
        """It is opened now, with these."""
        others = [(name, kept) for name, kept in self.code.items() if name != dataset]
        self._set("code", dict([(dataset, dict(settings)), *others][:_MOST_CODE]))

    @property
    def parts(self) -> dict[str, dict[str, str]]:
        """Which part is the image and which the label, of containers by their location; the last one first."""
        return dict(self._kept.get("parts", {}))

    def remember_parts(self, location: str, parts: Mapping[str, str]) -> None:
        """It is opened now, with these; {}: nothing was chosen."""
        others = [(name, kept) for name, kept in self.parts.items() if name != location]
        own = [(location, dict(parts))] if parts else []
        self._set("parts", dict([*own, *others][:_MOST_CODE]))

    @property
    def trainings(self) -> dict[str, dict[str, str]]:
        """What each script was last started with here: arguments, Python, folder; the last one first."""
        return dict(self._kept.get("trainings", {}))

    def remember_training(self, command: str, fields: Mapping[str, str]) -> None:
        """It is started now, with these."""
        others = [(name, kept) for name, kept in self.trainings.items() if name != command]
        self._set("trainings", dict([(command, dict(fields)), *others][:_MOST_CODE]))

    def remember_settings(self, values: Mapping[str, SettingValue]) -> None:
        """For `resume`: the settings of a session, by name."""
        self._set("loader", {name: values[name] for name in self._remembered})

    def resume(self, config: SessionConfig, given: Collection[str]) -> SessionConfig:
        """The settings as they were last, but for those `given` now by name, which stay as they are."""
        found = self._kept.get("loader", {})
        values: dict[str, Any] = {name: found[name] for name in self._remembered if name in {*found} - {*given}}
        try:
            return config.with_changes(**values)
        except (SettingsError, TypeError):  # written by another version, or by hand
            return config

    def resume_source(
        self, config: SessionConfig, source: str | NamedCode | None, given: Collection[str]
    ) -> SessionConfig:
        """The same for the settings that belong to what is opened."""
        kept: Mapping[str, Mapping[str, str | None]] = self.code if isinstance(source, NamedCode) else self.parts
        known = kept.get(str(source), {})
        try:
            return config.with_changes(**{name: value for name, value in known.items() if name not in given})
        except (SettingsError, TypeError):
            return config

    @property
    def choices(self) -> dict[str, object]:
        """What a sweep and a check of all files are to do, by the name of the field."""
        return dict(self._kept.get("choices", {}))

    @choices.setter
    def choices(self, choices: Mapping[str, object]) -> None:
        self._set("choices", dict(choices))

    def layout(self) -> dict[str, QByteArray | bool]:
        """Sizes and columns as Qt writes them, and which panels are shown; by name."""
        found = self._kept.get("layout", {})
        return {name: value if isinstance(value, bool) else _bytes(value) for name, value in found.items()}

    def remember_layout(self, layout: Mapping[str, QByteArray | bool]) -> None:
        """In place of the one before."""
        self._set(
            "layout", {name: value if isinstance(value, bool) else _text(value) for name, value in layout.items()}
        )

    @property
    def page(self) -> str:
        """The page of details that was in front."""
        return str(self._kept.get("page", ""))

    @page.setter
    def page(self, name: str) -> None:
        self._set("page", name)

    @property
    def viewer_geometry(self) -> QByteArray | None:
        """Of the window for one image."""
        found = self._kept.get("viewer")
        return None if found is None else _bytes(found)

    @viewer_geometry.setter
    def viewer_geometry(self, geometry: QByteArray) -> None:
        self._set("viewer", _text(geometry))

    def _read(self) -> dict[str, Any]:
        try:
            found = checked(parsed(read_regular(self._file, MOST_BYTES)), dict[str, Any])
        except FileNotFoundError:
            return {}
        except OutsideJsonError as error:
            self._set_aside(str(error))
            return {}
        except OSError as error:
            self._set_aside(str(error.strerror))
            return {}
        for name in [*found]:
            try:
                checked(found[name], _SCHEMA.get(name, Any))
            except OutsideJsonError as error:
                self.errors.append(f"{readable(str(self._file))}: “{name}” is not remembered: {error}.")
                del found[name]
        return found

    def _set_aside(self, reason: str) -> None:
        """So that it can be looked at, and does not stop the next start either."""
        aside = self._file.with_name(f"{self._file.name}.damaged")
        try:
            os.replace(self._file, aside)
            where = f"it is kept as {aside.name}"
        except OSError as error:
            where = f"it could not be set aside: {error.strerror}"
        self.errors.append(f"{readable(str(self._file))} cannot be used: {reason}; {where}.")

    def _set(self, name: str, value: object) -> None:
        if self._kept.get(name) == value:
            return
        self._kept = {**self._read(), name: value}  # another window may have written meanwhile
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, json.dumps(self._kept, indent=1))
        except OSError:  # a full disk, or a home that cannot be written to: nothing is remembered
            pass


def _text(data: QByteArray) -> str:
    return b64encode(data.data()).decode("ascii")


def _bytes(text: str) -> QByteArray:
    try:
        return QByteArray(b64decode(text, validate=True))
    except ValueError:
        return QByteArray()
