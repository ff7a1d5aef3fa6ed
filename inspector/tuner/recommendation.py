"""`Recommendation`: the setting to use, with its reason."""

from dataclasses import dataclass

from inspector.tuner.diagnosis import Limit
from inspector.tuner.trials import TrialSetting


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to set.

    Attributes:
        reason: in a sentence or two; cautions: what makes it less sure, a sentence each.
        limit: what keeps it from being faster.
        images_per_s: of the setting. memory_bytes: of the whole program with it; None: unknown.
        data_wait: share of the time that training waits, measured where `checked`, else expected; None without a step.
        cannot_tell_from: settings that the same sweep might recommend another time, as far as the evidence goes.
    """

    setting: TrialSetting
    reason: str
    limit: Limit
    images_per_s: float
    memory_bytes: int | None = None
    data_wait: float | None = None
    checked: bool = False
    cautions: tuple[str, ...] = ()
    cannot_tell_from: tuple[TrialSetting, ...] = ()
