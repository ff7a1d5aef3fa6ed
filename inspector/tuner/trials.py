"""What a sweep collects: settings, measurements of them, and trials, which sum up the measurements of a setting."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal, Self

from inspector.settings import Decode, Engine, LoaderConfig

TrialEngine = Engine | Literal["torch"]  # "torch": PyTorch's own DataLoader


@dataclass(frozen=True, slots=True)
class TrialSetting:
    """One combination of what is varied. Without workers every engine of ours is "serial".

    Attributes:
        engine: one of the loader's, or "torch" for PyTorch's own DataLoader.
        others: as in `LoaderConfig`.
    """

    num_workers: int
    engine: TrialEngine = "processes"
    batch_size: int = 32
    prefetch_batches: int = 8
    decode: Decode = "exact"

    def __post_init__(self) -> None:
        if self.num_workers == 0 and self.engine != "torch":
            object.__setattr__(self, "engine", "serial")

    @classmethod
    def of(cls, config: LoaderConfig) -> Self:
        """The setting in `config`."""
        workers = 0 if config.engine == "serial" else config.num_workers
        return cls(workers, config.engine, config.batch_size, config.prefetch_batches, config.decode)

    @property
    def curve_key(self) -> "TrialSetting":
        """The same for all settings with workers that differ by their number only."""
        return replace(self, num_workers=-1)


@dataclass(frozen=True, slots=True)
class Measurement:
    """One measurement of a setting, after it has settled. None: unknown.

    Attributes:
        images_per_s: images loaded, by all workers together.
        seconds: its length.
        own_cores: cores' worth of CPU that this process and its workers used.
        other_cores: the same of all other programs. taken_cores: what they kept from us, 0 where they hardly did.
        memory_bytes: of this process, its workers and the batches.
        worker_busy: share of the workers' time not spent waiting for work, 0 to 1.
        read_share: share of reading in the time that an image takes, 0 to 1.
    """

    images_per_s: float
    seconds: float
    own_cores: float | None = None
    other_cores: float | None = None
    memory_bytes: int | None = None
    worker_busy: float | None = None
    read_share: float | None = None
    taken_cores: float | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """What is known of one setting.

    Attributes:
        images_per_s: the median of its measurements, without the drift that all settings had in common.
        low, high: a 95 % interval around it.
        cpu_percent: CPU of this process and its workers; 100 is one core. memory_bytes: likewise.
        data_wait: share of the time that training would wait, 0 to 1, with the step asked for; None without one.
        windows: how many measurements count: those in which other programs disturbed least.
    """

    setting: TrialSetting
    images_per_s: float
    low: float
    high: float
    cpu_percent: float | None
    memory_bytes: int | None
    data_wait: float | None
    windows: int

    def as_dict(self) -> dict[str, Any]:
        """Flat, and fit for JSON and CSV."""
        fields = asdict(self)
        return {**fields.pop("setting"), **fields}

    @staticmethod
    def nested(fields: Mapping[str, Any]) -> dict[str, Any]:
        """What `as_dict` gave, with the fields of the setting in a dictionary of their own. Nothing is checked."""
        return {**fields, "setting": {name: fields.get(name) for name in TrialSetting.__dataclass_fields__}}


def expected_wait(images_per_s: float, needed_per_s: float, num_workers: int) -> float:
    """Share of the time that training waits, 0 to 1, when it takes `needed_per_s` images and gets `images_per_s`.

    A loader that is faster than the steps keeps the queue full and nobody waits; else the loader sets the pace. Without
    workers nothing is loaded during a step, so each batch is waited for.
    """
    if num_workers == 0:
        return needed_per_s / (needed_per_s + images_per_s)
    return max(0.0, 1 - images_per_s / needed_per_s)
