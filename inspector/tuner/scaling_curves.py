"""Scaling curves: images per second against the number of workers, with all other settings equal."""

import math
from collections.abc import Sequence
from dataclasses import replace

from inspector.tuner.trials import Trial, TrialSetting


def scaling_curve(setting: TrialSetting, among: Sequence[TrialSetting]) -> list[TrialSetting]:
    """Those of `among` that differ from `setting` by the number of workers only, by that number.

    The setting without workers belongs to every curve, as most other settings change nothing then.
    """
    same = replace(setting, num_workers=1) if setting.num_workers else None
    if same is None:  # without workers: the first curve there is
        same = next((each for each in among if each.num_workers), setting)
    bare = replace(same, num_workers=0)
    return sorted(
        (each for each in among if each == bare or each.curve_key == same.curve_key), key=lambda each: each.num_workers
    )


def scaling_curves(trials: Sequence[Trial]) -> list[list[Trial]]:
    """The trials of each curve, by the number of workers."""
    of = {trial.setting: trial for trial in trials}
    first: dict[TrialSetting, TrialSetting] = {}
    for setting in of:
        if setting.num_workers:
            first.setdefault(setting.curve_key, setting)
    leaders = list(first.values()) or list(of)[:1]
    return [[of[each] for each in scaling_curve(leader, list(of))] for leader in leaders]


def axis_position(num_workers: int) -> float:
    """Where a number of workers lies on the axis: doublings are equally far apart, and 0 is at the left end."""
    return math.log2(1 + num_workers)
