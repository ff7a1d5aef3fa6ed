"""The settings of a config as plain values and as text."""

from collections.abc import Mapping

from inspector.settings.config import LoaderConfig, SessionConfig
from inspector.settings.definition import Setting, SettingValue, entries


def settings_table(config: type[LoaderConfig] = SessionConfig) -> Mapping[str, Setting]:
    """The settings of a config by name, in the order in which they are shown."""
    return entries(config)


def plain_values(config: LoaderConfig) -> dict[str, SettingValue]:
    """The settings of a config by name; the user's code by its name, as "module:function"."""
    return {name: _plain(getattr(config, name)) for name in entries(type(config))}


def _plain(value: object) -> SettingValue:
    if value is None or isinstance(value, bool | int | float | str | tuple):
        return value
    name = getattr(value, "__qualname__", type(value).__name__)
    module = getattr(value, "__module__", None)
    return f"{module}:{name}" if module else str(name)


def change_text(name: str, old: SettingValue, new: SettingValue, table: Mapping[str, Setting] | None = None) -> str:
    """A change of a setting as people read it: "workers 1→2". One that is not in the table is shown as it is."""
    entry = (settings_table() if table is None else table).get(name)
    if entry is None:
        return f"{name} {old}→{new}"
    return f"{entry.mark} {entry.text(old)}→{entry.text(new)}"


LIVE_SETTINGS = tuple(name for name, setting in settings_table(LoaderConfig).items() if setting.live)
"""What a running loader takes; with another value of the others a new loader begins."""
