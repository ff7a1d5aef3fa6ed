"""What people call a setting of the tuner: in a sentence, in a legend, in a table."""

from collections.abc import Sequence

from inspector import formatting as fmt
from inspector.tuner.trials import Trial, TrialSetting

VARIED_FIELDS = ("engine", "batch_size", "prefetch_batches", "decode")  # besides the number of workers
_UNITS = {"batch_size": "batch ", "prefetch_batches": "prefetch "}


def short_name(setting: TrialSetting) -> str:
    """Such as "4 workers", or "4 workers (threads)"."""
    name = "no workers" if setting.num_workers == 0 else fmt.plural(setting.num_workers, "worker")
    if setting.engine in ("threads", "torch"):
        name += f" ({engine_name(setting.engine)})"
    return name


def full_name(setting: TrialSetting) -> str:
    """All of it: "2 workers, batch size 32, prefetch 8, exact decoding"."""
    rest = f"batch size {setting.batch_size}, prefetch {setting.prefetch_batches}, {setting.decode} decoding"
    return f"{short_name(setting)}, {rest}"


def engine_name(engine: str) -> str:
    """An engine as people read it."""
    return {"torch": "PyTorch", "serial": "none"}.get(engine, engine)


def varied_fields(trials: Sequence[Trial]) -> tuple[str, ...]:
    """What differs among the trials besides the number of workers, as names of `TrialSetting`'s fields."""
    with_workers = [trial.setting for trial in trials if trial.setting.num_workers]
    return tuple(name for name in VARIED_FIELDS if len({getattr(each, name) for each in with_workers}) > 1)


def curve_name(setting: TrialSetting, fields: Sequence[str]) -> str:
    """Such as "threads, batch 64": the values of `fields`, or the engine where nothing differs."""
    return ", ".join(_value(name, getattr(setting, name)) for name in fields or ("engine",))


def _value(field: str, value: object) -> str:
    return engine_name(str(value)) if field == "engine" else f"{_UNITS.get(field, '')}{value}"
