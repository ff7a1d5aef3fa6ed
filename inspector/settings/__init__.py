"""Every setting once: its type, default, limits and unit, and its words for command line, window, plots and docs.

    config.py   the table: the fields of `LoaderConfig` and `SessionConfig`, each declared by `setting(default, ...)`
        |
        +-> validated when made        `LoaderConfig(batch_size=0)` raises a SettingsError that names the setting
        +-> `settings_table(config)`   name -> `Setting`; command line, panel, preferences and docs are made from it
        +-> `plain_values(config)`     name -> value without the user's code: what records hold and other programs read
        +-> `change_text(...)`         a changed setting in words: "workers 1→2"

A new setting is one more field. `python -m inspector.settings` prints the table in `assets/docs/settings.md`.
"""

from inspector.settings.config import (
    IMAGE_EXTENSIONS,
    MAX_BATCH_SIZE,
    MAX_PREFETCH,
    MAX_WORKERS,
    Decode,
    DType,
    Engine,
    LoaderConfig,
    OnDamaged,
    OnError,
    ReadImage,
    SessionConfig,
    Transform,
)
from inspector.settings.defaults import default_memory_limit_bytes
from inspector.settings.definition import CommandOption, PanelControl, Setting, SettingValue, Slider, setting
from inspector.settings.values import LIVE_SETTINGS, change_text, plain_values, settings_table

__all__ = [
    "IMAGE_EXTENSIONS",
    "LIVE_SETTINGS",
    "MAX_BATCH_SIZE",
    "MAX_PREFETCH",
    "MAX_WORKERS",
    "CommandOption",
    "DType",
    "Decode",
    "Engine",
    "LoaderConfig",
    "OnDamaged",
    "OnError",
    "PanelControl",
    "ReadImage",
    "SessionConfig",
    "Setting",
    "SettingValue",
    "Slider",
    "Transform",
    "change_text",
    "default_memory_limit_bytes",
    "plain_values",
    "setting",
    "settings_table",
]
