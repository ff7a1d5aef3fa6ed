"""What limits a data set's loading, found from a whole sweep, as one setting alone cannot show it."""

from enum import StrEnum

from inspector.tuner.measurements import Measurements
from inspector.tuner.rate_estimates import RateEstimates
from inspector.tuner.trials import TrialSetting

CORES_IN_USE = 0.85  # share of the usable cores from which on they are the limit
_OURS = 0.25  # if so much of them is our own use
ONE_CORE = (0.8, 1.25)  # what threads use that hold the interpreter's lock in turn
_HARDLY_BUSY = 0.6  # workers that wait so much are not the limit
_STILL_RISES = 1.05


class Limit(StrEnum):
    """What keeps loading from being faster with more workers."""

    CORES = "cores"  # all that may be used are in use
    OTHER_PROGRAMS = "other programs"  # they use the cores that loading would
    READING = "reading"  # a disk or network that gives no more, however many ask
    LOCK = "lock"  # something that only one worker at a time can have
    CONSUMER = "consumer"  # what takes the batches: training, or just the process that receives them
    WORKERS = "workers"  # nothing yet: more workers than were tried would be faster still
    UNKNOWN = "unknown"


def find_limit(
    measurements: Measurements, curve: list[TrialSetting], chosen: TrialSetting, usable_cores: float
) -> Limit:
    """The limit of the settings in `curve`, which differ by the number of workers, from `chosen` on.

    Args:
        curve: by the number of workers, `chosen` among them.
    """
    most = curve[-1]
    if most.num_workers == 0:
        return Limit.UNKNOWN
    beyond = [setting for setting in curve if setting.num_workers > chosen.num_workers] or [chosen]
    if any(measurements.median(setting, "taken_cores") for setting in (chosen, *beyond[:2])):
        return Limit.OTHER_PROGRAMS
    if any(_cores_are_used(measurements, setting, usable_cores) for setting in (chosen, *beyond[:2])):
        return Limit.CORES
    if _rises_to_the_end(measurements.rates(), curve):
        return Limit.WORKERS
    witness = chosen if chosen.num_workers else beyond[0]
    busy, own = measurements.median(witness, "worker_busy"), measurements.median(witness, "own_cores")
    crowd = measurements.median(most, "worker_busy")
    if busy is None or crowd is None:
        return Limit.UNKNOWN
    if crowd < _HARDLY_BUSY:
        return Limit.CONSUMER
    if witness.engine == "threads" and own is not None and ONE_CORE[0] <= own <= ONE_CORE[1]:
        return Limit.LOCK
    read = measurements.median(most, "read_share")
    return Limit.UNKNOWN if read is None else Limit.READING if read > 0.5 else Limit.LOCK


def _cores_are_used(measurements: Measurements, setting: TrialSetting, usable_cores: float) -> bool:
    own, others = measurements.median(setting, "own_cores"), measurements.median(setting, "other_cores")
    if own is None or own < _OURS * usable_cores:
        return False
    return own + (others or 0.0) >= CORES_IN_USE * usable_cores


def _rises_to_the_end(rates: RateEstimates[TrialSetting], curve: list[TrialSetting]) -> bool:
    if len(curve) < 2:
        return False
    ratio = rates.ratio(curve[-1], curve[-2])
    return ratio.value > _STILL_RISES and ratio.low > 1.0
