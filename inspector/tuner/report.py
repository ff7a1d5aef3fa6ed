"""What came out of a sweep, as JSON and CSV, and back."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from inspector import formatting as fmt
from inspector.outside_json import checked
from inspector.separated import csv_table
from inspector.tuner.snippets import as_loader, as_torch
from inspector.tuner.sweep_plan import SweepOutcome
from inspector.tuner.trials import Trial, TrialSetting

_VERSION = 1
_MOST_NUMBER = 1e18


@dataclass(frozen=True, slots=True)
class Report:
    """A sweep as it is shown, exported and kept. None: unknown.

    Attributes:
        source: the folder. fingerprint: of its list of files, files: how many.
        measured_at: local time with its offset, ISO 8601.
        recommended: None where nothing could be measured.
        reason, cautions, limit, images_per_s, memory_bytes, data_wait, checked, cannot_tell_from: of the
            recommendation.
        complete: False where it was cancelled. seconds: how long it took.
        step_ms: the training step, 0: none. image_size: (height, width) in pixels, None: native.
        usable_cores: that this process had.
        cached: share of the files that lay in memory when they were read, 0 to 1. cold: they were dropped from it.
        notes: what could not be measured and why.
    """

    source: str
    fingerprint: int
    files: int
    measured_at: str
    recommended: TrialSetting | None
    reason: str
    cautions: tuple[str, ...]
    limit: str
    images_per_s: float | None
    memory_bytes: int | None
    data_wait: float | None
    checked: bool
    cannot_tell_from: tuple[TrialSetting, ...]
    trials: tuple[Trial, ...]
    complete: bool
    seconds: float
    step_ms: float
    image_size: tuple[int, int] | None
    usable_cores: float
    cached: float | None
    cold: bool
    notes: tuple[str, ...]

    @classmethod
    def of(cls, outcome: SweepOutcome, *, cautions: tuple[str, ...] = (), **about: Any) -> Self:
        """The report of an outcome; `about` is what an outcome does not know, and `cautions` come before its own."""
        found = outcome.recommendation
        return cls(
            recommended=found.setting if found else None,
            reason=found.reason if found else "Nothing was measured.",
            cautions=(*cautions, *(found.cautions if found else ())),
            limit=found.limit.value if found else "unknown",
            images_per_s=found.images_per_s if found else None,
            memory_bytes=found.memory_bytes if found else None,
            data_wait=found.data_wait if found else None,
            checked=bool(found and found.checked),
            cannot_tell_from=found.cannot_tell_from if found else (),
            trials=outcome.trials,
            complete=outcome.complete,
            seconds=outcome.seconds,
            notes=outcome.notes,
            **about,
        )

    def as_dict(self) -> dict[str, Any]:
        """Fit for JSON."""
        fields: dict[str, Any] = {"recommended": asdict(self.recommended) if self.recommended else None}
        for name in self.__dataclass_fields__:
            if name != "recommended":
                fields[name] = getattr(self, name)
        fields["trials"] = [trial.as_dict() for trial in self.trials]
        fields["cannot_tell_from"] = [asdict(setting) for setting in self.cannot_tell_from]
        return {**fields, "version": _VERSION}

    def as_json(self) -> str:
        """One object."""
        return json.dumps(self.as_dict())

    def as_csv(self) -> str:
        """A row for each trial, under a row of names."""
        rows = [trial.as_dict() for trial in self.trials]
        return csv_table(["num_workers"] if not rows else rows[0], (row.values() for row in rows))

    def code(self) -> tuple[str, str]:
        """The recommendation as code: for our Loader, for PyTorch's DataLoader.

        Raises:
            ValueError: where there is none.
        """
        if self.recommended is None:
            raise ValueError("nothing was recommended: sweep again with more time")
        return as_loader(self.recommended, self.source, image_size=self.image_size), as_torch(self.recommended)

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Self:
        """The report that `as_dict` gave.

        Raises:
            ValueError: where it is not one, or of another version.
        """
        if not isinstance(fields, Mapping) or fields.get("version") != _VERSION:
            raise ValueError(f"not a sweep of version {_VERSION}")
        try:
            known = {name: fields[name] for name in cls.__dataclass_fields__}
        except KeyError as error:
            raise ValueError(f"not a sweep: field {error} is missing") from error
        known["trials"] = [Trial.nested(each) for each in checked(known["trials"], list[dict[str, Any]])]
        report = checked(known, cls)
        if not _has_sound_numbers(known):
            raise ValueError("not a sweep: it has numbers that nothing can be")
        return report


def _has_sound_numbers(value: object) -> bool:
    """None is negative, endless or without bound, wherever it stands; NaN is among them where nothing is known."""
    match value:
        case bool():
            return True
        case int() | float():
            return value != value or 0 <= value < _MOST_NUMBER
        case dict():
            return all(name == "fingerprint" or _has_sound_numbers(each) for name, each in value.items())
        case list() | tuple():
            return all(map(_has_sound_numbers, value))
    return True


def comparison(now: Report, before: Report) -> str:
    """How this sweep differs from an earlier one, in a sentence."""
    if now.recommended is None or before.recommended is None or not now.images_per_s or not before.images_per_s:
        return ""
    share = before.images_per_s / now.images_per_s
    same = "the same setting" if now.recommended == before.recommended else _code_like(before.recommended)
    rate = "about as fast as now" if 0.95 < share < 1.05 else f"{fmt.percent(share)} of what it is now"
    day = before.measured_at[:16].replace("T", " ")
    return f"Earlier, on {day}: {same}, {fmt.rate(before.images_per_s)} images/s, {rate}."


def _code_like(setting: TrialSetting) -> str:
    return f"num_workers={setting.num_workers}, batch_size={setting.batch_size}, {setting.engine}"
