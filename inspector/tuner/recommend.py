"""From measurements to a recommendation.

Loading without workers is measured for comparison and not recommended, as nothing is loaded during a step then;
PyTorch's own DataLoader neither.
"""

from collections.abc import Collection

from inspector.tuner.candidates import Candidates, size_key
from inspector.tuner.diagnosis import Limit, find_limit
from inspector.tuner.explanation import cautions, reason
from inspector.tuner.measurements import Measurements
from inspector.tuner.recommendation import Recommendation
from inspector.tuner.scaling_curves import scaling_curve
from inspector.tuner.trials import TrialSetting


def recommend(
    measurements: Measurements, now: TrialSetting, usable_cores: float, too_slow: Collection[TrialSetting] = ()
) -> Recommendation | None:
    """The setting to use; None where nothing of ours was measured.

    Args:
        now: what is set now.
        too_slow: settings with which training was seen to wait.
    """
    ours = [each for each in measurements.settings if each.engine != "torch"]
    settings = sorted((each for each in ours if each.num_workers), key=lambda each: size_key(each, now))
    if not settings:
        return None
    counts = {each: len(measurements.of(each)) for each in settings}
    seen_twice = min(2, max(counts.values()))  # a single measurement may be an accident
    settings = [each for each in settings if counts[each] >= seen_twice]
    candidates = Candidates(measurements.rates(), settings, measurements.needed_per_s, too_slow)
    chosen = candidates.smallest_sufficient()
    trial = next(trial for trial in measurements.trials() if trial.setting == chosen)
    curve = scaling_curve(chosen, ours)
    limit = Limit.CONSUMER if candidates.keeps_up else find_limit(measurements, curve, chosen, usable_cores)
    close = candidates.close_to(chosen)
    return Recommendation(
        setting=chosen,
        reason=reason(candidates, chosen, limit, usable_cores),
        limit=limit,
        images_per_s=trial.images_per_s,
        memory_bytes=trial.memory_bytes,
        data_wait=trial.data_wait,
        cautions=cautions(measurements, chosen, close, usable_cores),
        cannot_tell_from=tuple(close),
    )
