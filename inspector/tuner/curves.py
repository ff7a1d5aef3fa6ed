"""How a sweep is drawn and named: its curves, images per second by number of workers, and the words for a setting."""

import math
from collections.abc import Sequence

from inspector.tuner.recommend import curve_of, in_words
from inspector.tuner.trials import Setting, Trial

VARIED = ("engine", "batch_size", "prefetch_batches", "decode")
_UNITS = {"batch_size": "batch ", "prefetch_batches": "prefetch "}


def curves(trials: Sequence[Trial]) -> list[list[Trial]]:
    """Trials that differ by the number of workers only, by that number; that without workers belongs to each."""
    of = {trial.setting: trial for trial in trials}
    first: dict[Setting, Setting] = {}
    for setting in of:
        if setting.num_workers:
            first.setdefault(setting.curve, setting)
    leaders = list(first.values()) or list(of)[:1]
    return [[of[each] for each in curve_of(leader, list(of))] for leader in leaders]


def place(num_workers: int) -> float:
    """Where a number of workers lies on the axis: doublings apart, and 0 at the left end."""
    return math.log2(1 + num_workers)


def differing(trials: Sequence[Trial]) -> tuple[str, ...]:
    """What varies among them besides the number of workers, as names of `Setting`'s fields."""
    with_workers = [trial.setting for trial in trials if trial.setting.num_workers]
    return tuple(name for name in VARIED if len({getattr(each, name) for each in with_workers}) > 1)


def curve_name(curve: Setting, names: Sequence[str]) -> str:
    """Such as "threads, batch 64": the values of `names`, or the engine where nothing differs."""
    words = [_word(name, getattr(curve, name)) for name in names or ("engine",)]
    return ", ".join(words)


def engine_word(engine: str) -> str:
    """As it is called where people read it."""
    return {"torch": "PyTorch", "serial": "none"}.get(engine, engine)


def setting_in_words(setting: Setting) -> str:
    """All of it: "2 workers, batch size 32, prefetch 8, exact decoding"."""
    rest = f"batch size {setting.batch_size}, prefetch {setting.prefetch_batches}, {setting.decode} decoding"
    return f"{in_words(setting)}, {rest}"


def _word(name: str, value: object) -> str:
    return engine_word(str(value)) if name == "engine" else f"{_UNITS.get(name, '')}{value}"
