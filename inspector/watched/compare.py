"""Two runs side by side, from their JSON: what changed, and whether it is more than noise."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.outside_json import OutsideJsonError, parsed

_SETTINGS = ("num_workers", "prefetch_factor", "batch_size", "persistent_workers", "pin_memory", "start_method")
_FIGURES = (
    # name, what it is called, unit, factor, whether more is better
    ("images_per_s", "throughput", "images/s", 1.0, True),
    ("data_wait", "data wait", "%", 100.0, False),
    ("wait_ms", "wait a batch", "ms", 1000.0, False),
    ("step_ms", "step", "ms", 1000.0, False),
    ("start_up_s", "start-up an epoch", "s", 1.0, False),
)
_SURE = 3.0  # standard errors
_LEAST_CHANGE = 0.02  # share: less is not worth a word, however sure


@dataclass(frozen=True, slots=True)
class FigureChange:
    """One figure before and after. None: not known.

    Attributes:
        verdict: "better", "worse", "noise" (no more than the figures vary by themselves), "changed" or "".
    """

    name: str
    unit: str
    before: float | None
    after: float | None
    verdict: str


@dataclass(frozen=True, slots=True)
class LoaderChange:
    """A loader that both runs have, or one of them.

    Attributes:
        settings: (name, before, after) of those that differ.
        only: "before" or "after" where the other run has no such loader; "" else.
    """

    name: str
    rank: int
    settings: tuple[tuple[str, Any, Any], ...]
    figures: tuple[FigureChange, ...]
    only: str = ""


def compare(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[LoaderChange, ...]:
    """What changed between two runs, loader by loader."""
    first, second = _by_name(before), _by_name(after)
    changes = []
    for key in dict.fromkeys([*first, *second]):
        name, rank = key
        if key not in first or key not in second:
            changes.append(LoaderChange(name, rank, (), (), "after" if key in second else "before"))
            continue
        old, new = first[key], second[key]
        settings = tuple((each, old.get(each), new.get(each)) for each in _SETTINGS if old.get(each) != new.get(each))
        changes.append(LoaderChange(name, rank, settings, tuple(_figures(old, new))))
    return tuple(changes)


def in_text(before: Mapping[str, Any], after: Mapping[str, Any]) -> str:
    """For people."""
    lines = []
    for change in compare(before, after):
        rank = f" of rank {change.rank}" if change.rank else ""
        lines.append(f"{fmt.readable(change.name)}{rank}" + (f": only {change.only}" if change.only else ""))
        for name, old, new in change.settings:
            lines.append(f"  {name:<20}{_plain(old):>12} -> {_plain(new)}")
        for figure in change.figures:
            old_text, new_text = number(figure.before), number(figure.after)
            lines.append(
                f"  {figure.name:<20}{old_text:>12} -> {new_text:<12}{figure.unit:<10}{figure.verdict}".rstrip()
            )
    causes = [str((run.get("verdict") or {}).get("cause", fmt.UNKNOWN)) for run in (before, after)]
    lines.append(f"verdict               {fmt.readable(causes[0])} -> {fmt.readable(causes[1])}")
    return "\n".join(lines)


def load(path: str, content: bytes) -> dict[str, Any]:
    """A run's JSON.

    Raises:
        SettingsError: where it is none.
    """
    try:
        found = parsed(content)
    except OutsideJsonError as error:
        raise SettingsError(f"{path}: {error}") from error
    loaders = found.get("loaders") if isinstance(found, dict) else None
    if not isinstance(loaders, list) or not all(isinstance(each, dict) and "name" in each for each in loaders):
        raise SettingsError(f"{path}: this is not what inspector run --json writes")
    assert isinstance(found, dict)
    return found


def _by_name(run: Mapping[str, Any]) -> dict[tuple[str, int], Mapping[str, Any]]:
    return {(str(each["name"]), int(each.get("rank") or 0)): each for each in run["loaders"]}


def _figures(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[FigureChange]:
    changes = []
    for key, name, unit, factor, more_is_better in _FIGURES:
        before, after = _figure(old, key), _figure(new, key)
        verdict = ""
        if before is not None and after is not None:
            verdict = _verdict(before, after, _error(old, key), _error(new, key), more_is_better, key == "step_ms")
        changes.append(
            FigureChange(
                name,
                unit,
                None if before is None else before * factor,
                None if after is None else after * factor,
                verdict,
            )
        )
    return changes


def _figure(loader: Mapping[str, Any], key: str) -> float | None:
    batches, seconds = _value(loader, "batches"), _value(loader, "seconds")
    images, wait = _value(loader, "images"), _value(loader, "wait_s")
    if not batches or not seconds:
        return None
    if key == "images_per_s":
        return None if images is None else images / seconds
    if key == "wait_ms":
        return None if wait is None else wait / batches
    if key == "step_ms":
        step = _value(loader, "step_s")
        return None if step is None else step / batches
    if key == "start_up_s":
        spent = _value(loader, "start_up_s")
        return None if spent is None else spent / max(1.0, _value(loader, "epochs") or 1.0)
    return _value(loader, key)


def _error(loader: Mapping[str, Any], key: str) -> float | None:
    """The standard error of a figure, from how much single batches vary; None: not known."""
    spread = loader.get("spread")
    batches = _value(loader, "batches")
    if not isinstance(spread, dict) or not batches:
        return None
    wait, step = _value(spread, "wait_s"), _value(spread, "step_s")
    if wait is None or step is None:
        return None
    count = math.sqrt(batches)
    if key == "wait_ms":
        return wait / count
    if key == "step_ms":
        return step / count
    seconds = (_value(loader, "seconds") or 0.0) / batches
    both = math.hypot(wait, step) / count
    if key == "images_per_s" and seconds > 0:
        return (_figure(loader, key) or 0.0) * both / seconds
    return both / seconds if key == "data_wait" and seconds > 0 else None


def _verdict(
    before: float, after: float, error: float | None, other: float | None, more_is_better: bool, neutral: bool
) -> str:
    change = after - before
    if abs(change) <= _LEAST_CHANGE * max(abs(before), abs(after)):
        return "noise"
    if error is None or other is None:
        return "changed"
    if abs(change) <= _SURE * math.hypot(error, other):
        return "noise"
    if neutral:
        return "changed"
    return "better" if (change > 0) == more_is_better else "worse"


def _value(holder: Mapping[str, Any], key: str) -> float | None:
    value = holder.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return float(value)


def number(value: float | None) -> str:
    """A figure for people."""
    return fmt.UNKNOWN if value is None else fmt.rate(value) if value >= 0.005 else "0"


def _plain(value: Any) -> str:
    return fmt.readable(fmt.UNKNOWN if value is None else str(value))
