"""Why a setting is recommended, and what makes that less sure, in sentences."""

from collections.abc import Sequence

from inspector import formatting as fmt
from inspector.tuner.candidates import MOST_WAIT, Candidates
from inspector.tuner.diagnosis import Limit
from inspector.tuner.measurements import Measurements
from inspector.tuner.setting_names import short_name
from inspector.tuner.trials import TrialSetting

FEW_MEASUREMENTS = 3
_MOSTLY, _HARDLY = 0.9, 0.1
MANY_OTHERS = 0.25  # share of the usable cores that other programs may use before it is mentioned


def reason(candidates: Candidates, chosen: TrialSetting, limit: Limit, usable_cores: float) -> str:
    """What the setting reaches, how the others compare, and why more workers would not help."""
    sentence = _comparison(candidates, chosen)
    return sentence if candidates.keeps_up else sentence + _limit_sentence(limit, chosen, usable_cores)


def _comparison(candidates: Candidates, chosen: TrialSetting) -> str:
    rate = candidates.rates.rate(chosen)
    subject = short_name(chosen)
    loads = "loads" if chosen.num_workers == 1 else "load"
    sentence = f"{subject[0].upper()}{subject[1:]} {loads} {fmt.rate(rate.value)} images/s"
    fewer = candidates.next_fewer(chosen)
    if candidates.keeps_up:
        assert candidates.needed_per_s is not None
        beside = "" if fewer is None else f"; {short_name(fewer)} would not be enough"
        return f"{sentence}, and training takes {fmt.rate(candidates.needed_per_s)}{beside}."
    if chosen == candidates.best:
        sentence += ", the most that was measured with workers"
    else:
        share = candidates.rates.ratio(chosen, candidates.best).value
        sentence += f", {fmt.percent(share)} of the most that was measured"
        if candidates.best.num_workers != chosen.num_workers:
            sentence += f" (with {short_name(candidates.best)})"
    if fewer is not None:
        sentence += (
            f"; with {short_name(fewer)} it is {fmt.percent(candidates.rates.ratio(fewer, chosen).value)} of that"
        )
    if candidates.needed_per_s is not None:
        wait = 1 - rate.value / candidates.needed_per_s
        sentence += (
            f". No setting keeps up with training, which takes {fmt.rate(candidates.needed_per_s)}: "
            f"it waits {fmt.percent(max(MOST_WAIT, wait))} of the time"
        )
    return f"{sentence}."


def _limit_sentence(limit: Limit, chosen: TrialSetting, usable_cores: float) -> str:
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


def cautions(
    measurements: Measurements, chosen: TrialSetting, close: Sequence[TrialSetting], usable_cores: float
) -> tuple[str, ...]:
    """What makes the recommendation less sure, a sentence each.

    Args:
        close: settings that might be chosen another time.
    """
    found = []
    count = len(measurements.of(chosen))
    if count < FEW_MEASUREMENTS:
        found.append(f"It was measured only {'once' if count == 1 else 'twice'}: give the sweep more time.")
    elif close:
        names = " and ".join(short_name(each) for each in close)
        found.append(f"The measurements cannot tell it from {names}: a longer sweep on a quieter machine may.")
    others_used, taken = measurements.median(chosen, "other_cores"), measurements.median(chosen, "taken_cores")
    if taken:
        found.append(
            f"Other programs used {others_used:.1f} of {usable_cores:g} cores meanwhile, and loading waited for them: "
            "this says little about settings. Sweep again without those programs."
        )
    elif others_used is not None and others_used > MANY_OTHERS * usable_cores:
        found.append(
            f"Other programs used {others_used:.1f} of {usable_cores:g} cores meanwhile: without them the answer may "
            "be another."
        )
    return tuple(found)


def cache_cautions(cold: bool, cached: float | None) -> tuple[str, ...]:
    """What it means for the result where the files lay, a sentence or none.

    Args:
        cold: files were to be dropped from the page cache before they were read.
        cached: share of the files that lay in it at the end, 0 to 1; None: unknown.
    """
    if cold and cached is not None and cached >= _HARDLY:
        return (
            f"Files were to be dropped from memory before they were read, but {fmt.percent(cached)} of them stayed "
            "there: on a file system in memory, or in use by another program. So this is no cold run.",
        )
    if cold:
        return ("Files were dropped from memory before they were read, as in a first epoch.",)
    if cached is None:
        return ()
    if cached >= _MOSTLY:
        return (
            "The files lay in memory (page cache) while it was measured, as they do from the second epoch on if "
            "all fit into it; a cold sweep shows the disk.",
        )
    return (
        f"Only {fmt.percent(cached)} of the files lay in memory (page cache) at the end, so the disk was measured, "
        "too: a data set that does not fit into memory stays like that; a smaller one is faster from its second "
        "epoch on.",
    )
