"""Prints the page of the docs that lists all settings."""

from inspector.settings.config import LoaderConfig, SessionConfig
from inspector.settings.definition import Setting
from inspector.settings.values import settings_table

_INTRODUCTION = """\
# All settings

One table, which the loader, the command line and the window share. In Python a setting is a keyword of
`Loader(source, ...)` or of `LoaderConfig(...)`, which `Loader(source, config)` takes as it is; `step_ms` belongs to the
window, `watch`, `bench` and `tune`. "Live" settings take effect in a running loader; with the others the window starts
again at epoch 0. What they are good for: [tuning](tuning.md), [training](training.md), [checking](checking.md).

This page is made by `python -m inspector.settings`.
"""
_HEADER = ("Setting", "Default", "Values", "Command line", "In the window", "Live", "What it is")


def page(config: type[LoaderConfig] = SessionConfig) -> str:
    """The page, as Markdown."""
    rows = [_row(entry) for entry in settings_table(config).values()]
    lines = [_HEADER, ("---",) * len(_HEADER), *rows]
    table = "\n".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |" for line in lines)
    return f"{_INTRODUCTION}\n{table}\n"


def _row(entry: Setting) -> tuple[str, ...]:
    option, control = entry.option, entry.control
    return (
        f"`{entry.name}`",
        entry.zero if entry.default == 0 and entry.zero else entry.text(entry.default),
        _values(entry),
        f"`{option.flag} {option.metavar}".rstrip() + "`" if option else "",
        control.label if control else "",
        "yes" if entry.live else "",
        f"{entry.description[:1].upper()}{entry.description[1:]}.",
    )


def _values(entry: Setting) -> str:
    kinds = {"flag": "on, off", "size": "height × width, native", "names": "names", "code": "a function"}
    return kinds.get(entry.kind) or entry.limits.removeprefix("one of ")


if __name__ == "__main__":
    print(page(), end="")
