"""Which setting to use, why, and how sure that is.

Without a training step it is the smallest setting that is not credibly worse than 95 % of the fastest; with one, the
smallest that keeps the share of waiting under 1 %. Smallest: fewest workers; of these the one with the fewest changes
of what is set now, then with the least memory. Loading without workers is measured for comparison and not recommended,
as nothing is loaded during a step then; PyTorch's own DataLoader neither.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from inspector import formatting as fmt
from inspector.tuner.diagnosis import Limit, find_limit
from inspector.tuner.measurements import Measurements
from inspector.tuner.statistics import Estimate, Levels
from inspector.tuner.trials import Setting, expected_wait

GOOD_ENOUGH = 0.95  # of the fastest
MOST_WAIT = 0.01
_LEAST_MEASURED = 0.90  # of the fastest, however wide the intervals are
_CLOSE = 0.02  # a share so close to what decides could be on its other side next time
FEW_WINDOWS = 3
MANY_OTHERS = 0.25  # share of the usable cores that other programs may use before it is told


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to set.

    Attributes:
        reason: in a sentence or two; cautions: what makes it less sure, a sentence each.
        limit: what keeps it from being faster.
        images_per_s: of the setting. memory_bytes: of the whole program with it; None: not known.
        data_wait: share of the time that training waits, measured where `checked`, else expected; None without a step.
        cannot_tell_from: settings that the same sweep might recommend another time, as far as the evidence goes.
    """

    setting: Setting
    reason: str
    limit: Limit
    images_per_s: float
    memory_bytes: int | None = None
    data_wait: float | None = None
    checked: bool = False
    cautions: tuple[str, ...] = ()
    cannot_tell_from: tuple[Setting, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Fit for JSON; the setting is told apart from it."""
        fields = asdict(self)
        del fields["setting"]
        return {**fields, "limit": self.limit.value}


def recommend(
    measurements: Measurements, now: Setting, usable_cores: float, too_slow: Collection[Setting] = ()
) -> Recommendation | None:
    """The setting to use; None where nothing of ours was measured.

    Args:
        now: what is set now.
        too_slow: settings with which training was seen to wait.
    """
    ours = [each for each in measurements.settings if each.engine != "torch"]
    candidates = sorted((each for each in ours if each.num_workers), key=lambda each: size(each, now))
    if not candidates:
        return None
    counts = {each: len(measurements.windows(each)) for each in candidates}
    seen_twice = min(2, max(counts.values()))  # a single window may be an accident
    candidates = [each for each in candidates if counts[each] >= seen_twice]
    levels = measurements.levels()
    judge = _Judge(levels, candidates, measurements.needed_per_s, too_slow)
    chosen = judge.chosen()
    trial = next(trial for trial in measurements.trials() if trial.setting == chosen)
    curve = curve_of(chosen, ours)
    limit = Limit.CONSUMER if judge.keeps_up else find_limit(measurements, curve, chosen, usable_cores)
    doubtful = judge.doubtful(chosen)
    return Recommendation(
        setting=chosen,
        reason=_why(judge, chosen) + ("" if judge.keeps_up else _because(limit, chosen, usable_cores)),
        limit=limit,
        images_per_s=trial.images_per_s,
        memory_bytes=trial.memory_bytes,
        data_wait=trial.data_wait,
        cautions=tuple(_cautions(measurements, chosen, doubtful, usable_cores)),
        cannot_tell_from=tuple(doubtful),
    )


def size(setting: Setting, now: Setting) -> tuple[Any, ...]:
    """Smaller sorts first."""
    names = ("decode", "batch_size", "prefetch_batches", "engine")
    changes = sum(getattr(setting, name) != getattr(now, name) for name in names if setting.num_workers)
    return (setting.num_workers, changes, setting.batch_size * setting.prefetch_batches, setting.engine, setting.decode)


def curve_of(setting: Setting, among: Sequence[Setting]) -> list[Setting]:
    """The settings that differ from `setting` by the number of workers only, by that number, and that without any."""
    same = replace(setting, num_workers=1) if setting.num_workers else None
    if same is None:  # without workers: the first curve there is
        same = next((each for each in among if each.num_workers), setting)
    bare = replace(same, num_workers=0)
    return sorted(
        (each for each in among if each == bare or each.curve == same.curve), key=lambda each: each.num_workers
    )


class _Judge:
    """Compares settings, sorted by size, with what is asked for."""

    def __init__(
        self,
        levels: Levels[Setting],
        settings: Sequence[Setting],
        needed_per_s: float | None,
        too_slow: Collection[Setting],
    ) -> None:
        self.levels = levels
        self.settings = settings
        self.needed_per_s = needed_per_s
        self.too_slow = too_slow
        self.best = levels.best(settings)
        self.keeps_up = needed_per_s is not None and any(self._wait_is_short(each) for each in settings)
        self.enough = 1 - MOST_WAIT if self.keeps_up else GOOD_ENOUGH

    def chosen(self) -> Setting:
        return next(each for each in self.settings if self.accepts(each))

    def accepts(self, setting: Setting) -> bool:
        if self.keeps_up:
            return self._wait_is_short(setting)
        share = self.share(setting)
        return share.high >= self.enough and share.value >= _LEAST_MEASURED

    def share(self, setting: Setting) -> Estimate:
        """Of what is asked for: of the training's need where that is met, else of the fastest."""
        if not self.keeps_up:
            return self.levels.ratio(setting, self.best)
        assert self.needed_per_s is not None
        rate, need = self.levels.rate(setting), self.needed_per_s
        return Estimate(rate.value / need, rate.low / need, rate.high / need)

    def _wait_is_short(self, setting: Setting) -> bool:
        assert self.needed_per_s is not None
        rate = self.levels.rate(setting).value
        return setting not in self.too_slow and (
            expected_wait(rate, self.needed_per_s, setting.num_workers) < MOST_WAIT
        )

    def doubtful(self, chosen: Setting) -> list[Setting]:
        """What might be chosen another time: smaller settings that may be enough, or larger ones, as it may be not."""
        place = self.settings.index(chosen)
        smaller = [each for each in self.settings[:place] if self._is_close(each)]
        larger = curve_of(chosen, self.settings[place + 1 :])[:1] if self._is_close(chosen) else []
        return smaller + larger

    def _is_close(self, setting: Setting) -> bool:
        """The decision about it could come out the other way."""
        if setting in self.too_slow:
            return False
        share = self.share(setting)
        return share.low < self.enough and share.high > self.enough - _CLOSE


def in_words(setting: Setting) -> str:
    """Such as "4 workers", or "4 workers (threads)"."""
    words = "no workers" if setting.num_workers == 0 else fmt.plural(setting.num_workers, "worker")
    if setting.engine in ("threads", "torch"):
        words += f" ({'PyTorch' if setting.engine == 'torch' else setting.engine})"
    return words


def _why(judge: _Judge, chosen: Setting) -> str:
    rate = judge.levels.rate(chosen)
    subject = in_words(chosen)
    loads = "loads" if chosen.num_workers == 1 else "load"
    said = f"{subject[0].upper()}{subject[1:]} {loads} {fmt.rate(rate.value)} images/s"
    if judge.keeps_up:
        assert judge.needed_per_s is not None
        fewer = _next_fewer(judge, chosen)
        beside = "" if fewer is None else f"; {in_words(fewer)} would not be enough"
        return f"{said}, and training takes {fmt.rate(judge.needed_per_s)}{beside}."
    if chosen == judge.best:
        said += ", the most of all that was measured"
    else:
        share = judge.levels.ratio(chosen, judge.best).value
        said += f", {fmt.percent(share)} of the most that was measured"
        if judge.best.num_workers != chosen.num_workers:
            said += f" (with {in_words(judge.best)})"
    fewer = _next_fewer(judge, chosen)
    if fewer is not None:
        said += f"; with {in_words(fewer)} it is {fmt.percent(judge.levels.ratio(fewer, chosen).value)} of that"
    if judge.needed_per_s is not None:
        wait = 1 - rate.value / judge.needed_per_s
        said += (
            f". No setting keeps up with training, which takes {fmt.rate(judge.needed_per_s)}: "
            f"it waits {fmt.percent(max(MOST_WAIT, wait))} of the time"
        )
    return f"{said}."


def _next_fewer(judge: _Judge, chosen: Setting) -> Setting | None:
    fewer = [each for each in curve_of(chosen, judge.settings) if each.num_workers < chosen.num_workers]
    return fewer[-1] if fewer else None


def _because(limit: Limit, chosen: Setting, usable_cores: float) -> str:
    match limit:
        case Limit.CORES:
            cores = "The only core is" if usable_cores == 1 else f"All {usable_cores:g} usable cores are"
            cores = "Both cores are" if usable_cores == 2 else cores
            return f" {cores} in use then: more workers cannot help, a smaller image size or scaled decoding can."
        case Limit.OTHER_PROGRAMS:
            return " Other programs use the cores that loading would, so what limits it without them is not known."
        case Limit.READING:
            return (
                " Cores are free then, and the workers wait for files: the disk or the network gives no more, so more "
                "workers do not help; a faster disk or smaller files would."
            )
        case Limit.LOCK if chosen.engine == "threads":
            return (
                " Cores are free then: threads wait for Python's interpreter lock in turn, so more of them do not "
                'help; engine="processes" may.'
            )
        case Limit.LOCK:
            return (
                " Cores are free then, and the workers wait for one another, for a lock or something else that one "
                "at a time can have: more workers do not help."
            )
        case Limit.CONSUMER:
            return " The workers wait for work then: what takes the batches is the limit, not loading them."
        case Limit.WORKERS:
            return " It was still rising with the most workers that were tried."
        case Limit.UNKNOWN:
            return ""


def _cautions(
    measurements: Measurements, chosen: Setting, doubtful: Sequence[Setting], usable_cores: float
) -> list[str]:
    cautions = []
    windows = len(measurements.windows(chosen))
    if windows < FEW_WINDOWS:
        cautions.append(f"It was measured only {'once' if windows == 1 else 'twice'}: give the sweep more time.")
    elif doubtful:
        names = " and ".join(in_words(each) for each in doubtful)
        cautions.append(f"The measurements cannot tell it from {names}: a longer sweep on a quieter machine may.")
    others_used, taken = measurements.middle(chosen, "other_cores"), measurements.middle(chosen, "taken_cores")
    if taken:
        cautions.append(
            f"Other programs used {others_used:.1f} of {usable_cores:g} cores meanwhile, and loading waited for them: "
            "this says little about settings. Sweep again without those programs."
        )
    elif others_used is not None and others_used > MANY_OTHERS * usable_cores:
        cautions.append(
            f"Other programs used {others_used:.1f} of {usable_cores:g} cores meanwhile: without them the answer may "
            "be another."
        )
    return cautions
