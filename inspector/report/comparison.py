"""The page that `inspector compare` writes: two watched runs side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from inspector import __version__
from inspector import formatting as fmt
from inspector.colours import DARK, LIGHT
from inspector.report.page import css_colours, environment
from inspector.watched.compare import LoaderChange, compare, number

_LEVELS = {"better": "good", "worse": "warn", "changed": "info", "noise": "dim"}


@dataclass(frozen=True, slots=True)
class ComparedLoader:
    """One table. Rows: what, before, after, unit, what it means, and the class of its colour."""

    name: str
    rows: Sequence[tuple[str, str, str, str, str, str]]


def comparison_page(names: tuple[str, str], before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """One HTML file that loads nothing. `names`: of the files that the runs come from."""
    about = f"{datetime.now().astimezone():%Y-%m-%d %H:%M %z} · inspector {__version__}"
    return (
        environment()
        .get_template("comparison.html")
        .render(
            about=about,
            names=[fmt.file_name(name) for name in names],
            verdicts=[_verdict(run.get("verdict")) for run in (before, after)],
            loaders=[_loader(change) for change in compare(before, after)],
            light=css_colours(asdict(LIGHT)),
            dark=css_colours(asdict(DARK)),
        )
    )


def _loader(change: LoaderChange) -> ComparedLoader:
    rank = f" of rank {change.rank}" if change.rank else ""
    only = f", only {change.only}" if change.only else ""
    rows = [(name, _text(old), _text(new), "", "set", "info") for name, old, new in change.settings]
    rows += [
        (each.name, number(each.before), number(each.after), each.unit, each.verdict, _LEVELS.get(each.verdict, ""))
        for each in change.figures
    ]
    return ComparedLoader(f"{change.name}{rank}{only}", rows)


def _verdict(said: object) -> tuple[str, str]:
    """Cause and reason; the file may come from anywhere."""
    if not isinstance(said, dict):
        return fmt.UNKNOWN, ""
    return str(said.get("cause", fmt.UNKNOWN)), str(said.get("reason", ""))


def _text(value: object) -> str:
    return fmt.UNKNOWN if value is None else str(value)
