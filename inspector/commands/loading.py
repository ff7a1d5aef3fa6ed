"""The options that say what is loaded and how, made from the table of settings, and the settings that come of them."""

import argparse
from typing import Any

from inspector.commands.values import word
from inspector.errors import SettingsError
from inspector.settings import SessionConfig, Setting, settings_table

_OF_THE_SOURCE = (  # all that a scan takes
    *("num_workers", "extensions", "follow_links", "image", "label", "annotations"),
    *("reads_in_flight", "read_cache_bytes"),
)


def add_source_options(parser: argparse.ArgumentParser) -> None:
    """What to load, and with how many workers."""
    for name in _OF_THE_SOURCE:
        _add_option(parser, settings_table()[name])


def add_loader_options(parser: argparse.ArgumentParser, config: type[SessionConfig] = SessionConfig) -> None:
    """All that a loader takes on the command line."""
    group = parser.add_argument_group("loading")
    for setting in settings_table(config).values():
        _add_option(group, setting)


def add_line_rate(parser: argparse.ArgumentParser) -> None:
    """How much may come from another machine."""
    _add_option(parser, settings_table()["line_kb_per_s"])


def _add_option(parser: argparse.ArgumentParser | argparse._ArgumentGroup, setting: Setting) -> None:
    option, default = setting.option, setting.initial_value
    if option is None:
        return
    shown = ",".join(map(str, default)) if isinstance(default, tuple) else str(default)
    details: dict[str, Any] = {"dest": setting.name, "help": option.help.format(default=shown, zero=setting.zero)}
    if setting.kind == "flag":
        details["action"] = "store_false" if default else "store_true"
    else:
        details |= {"default": default, "type": word(setting.parse), "metavar": option.metavar or None}
        if setting.choices:
            details["choices"] = setting.choices
    parser.add_argument(option.flag, **details)


def settings_of(options: argparse.Namespace, config: type[SessionConfig] = SessionConfig) -> SessionConfig:
    """The settings that the options amount to.

    Raises:
        SettingsError: for a value that cannot work; names the option.
    """
    table = settings_table(config)
    try:
        return config(**{name: value for name, value in vars(options).items() if name in table})
    except SettingsError as error:
        name, _, rest = str(error).partition(" ")
        option = table[name].option if name in table else None
        raise SettingsError(f"{option.flag if option else name} {rest}") from error
