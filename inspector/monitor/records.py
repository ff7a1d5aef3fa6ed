"""The immutable records that the window and the terminal view are drawn from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple, Protocol, cast

import numpy as np
import numpy.typing as npt

from inspector.annotations.picture_labels import PictureLabels
from inspector.formats.problems import Problem
from inspector.loader.counters import Rates, WorkerSnapshot
from inspector.settings import Decode, DType, Engine, SettingValue, change_text
from inspector.sources.remote.counts import ReadCounts, sum_of


class RunState(StrEnum):
    """What the session is doing."""

    CLOSED = "closed"  # no folder is open
    INDEXING = "indexing"  # looking for files
    RUNNING = "running"
    PAUSED = "paused"
    FAILED = "failed"  # `message` says why, in a plain sentence; another folder or setting may work
    FINISHED = "finished"  # all the epochs asked for were delivered


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that was changed while running: a mark on the time axis."""

    time_s: float
    name: str
    old: SettingValue
    new: SettingValue

    @property
    def text(self) -> str:
        """As people read it: "workers 1→2"."""
        return change_text(self.name, self.old, self.new)


class _HasSettings(Protocol):
    @property
    def settings(self) -> Mapping[str, SettingValue]: ...


class _TypedSettings:
    """The settings of a record that has `settings`, each with its own type; None: this loader has no such setting."""

    __slots__ = ()

    @property
    def num_workers(self: _HasSettings) -> int:
        return cast("int", self.settings["num_workers"])

    @property
    def batch_size(self: _HasSettings) -> int:
        return cast("int", self.settings["batch_size"])

    @property
    def prefetch_batches(self: _HasSettings) -> int | None:
        return cast("int | None", self.settings.get("prefetch_batches"))

    @property
    def memory_limit_bytes(self: _HasSettings) -> int | None:
        return cast("int | None", self.settings.get("memory_limit_bytes"))

    @property
    def engine(self: _HasSettings) -> Engine | None:
        return cast("Engine | None", self.settings.get("engine"))

    @property
    def image_size(self: _HasSettings) -> tuple[int, int] | None:
        """(height, width) in pixels; None: native sizes."""
        return cast("tuple[int, int] | None", self.settings.get("image_size"))

    @property
    def decode(self: _HasSettings) -> Decode | None:
        return cast("Decode | None", self.settings.get("decode"))

    @property
    def dtype(self: _HasSettings) -> DType | None:
        return cast("DType | None", self.settings.get("dtype"))

    @property
    def deliver_bgr(self: _HasSettings) -> bool:
        return bool(self.settings.get("deliver_bgr"))

    @property
    def shuffle(self: _HasSettings) -> bool | None:
        return cast("bool | None", self.settings.get("shuffle"))

    @property
    def seed(self: _HasSettings) -> int | None:
        return cast("int | None", self.settings.get("seed"))

    @property
    def extensions(self: _HasSettings) -> tuple[str, ...]:
        return cast("tuple[str, ...]", self.settings.get("extensions", ()))

    @property
    def transform(self: _HasSettings) -> str | None:
        """Its name; None: there is none."""
        return cast("str | None", self.settings.get("transform"))

    @property
    def read_image(self: _HasSettings) -> str | None:
        """Its name; None: there is none."""
        return cast("str | None", self.settings.get("read_image"))

    @property
    def step_ms(self: _HasSettings) -> float:
        """The simulated training step; 0: as fast as possible."""
        return cast("float", self.settings.get("step_ms", 0.0))


@dataclass(frozen=True, slots=True)
class WorkerRow:
    """One worker as shown: its totals, and what it did over the window. None: not known."""

    totals: WorkerSnapshot
    images_per_s: float | None
    busy: float | None  # 0 to 1
    cpu: float | None  # share of one core, 0 to 1
    memory_bytes: int | None  # PSS where the system gives it, else RSS
    run_queue_wait: float | None = None  # seconds a second that its threads were ready to run and had no core


@dataclass(frozen=True, slots=True)
class Machine:
    """The app and the machine. None: not known."""

    usable_cores: float  # fewer than there are in a container, such as 1.5
    app_cpu: float | None = None  # share of one core used by this process
    app_memory_bytes: int | None = None
    machine_cpu: float | None = None  # share of the usable cores in use, 0 to 1
    memory_total_bytes: int | None = None
    memory_available_bytes: int | None = None
    own_share: float | None = None  # of the usable cores, what is not loading: showing and measuring
    app_run_queue_wait: float | None = None  # as a worker's, of this process
    cpu_pressure: float | None = None  # share of the time that some task of our control group waited for a core


@dataclass(frozen=True, slots=True)
class Snapshot(_TypedSettings):
    """Everything that the views show, at one moment. Rates are over the sliding window.

    Attributes:
        time_s: seconds on the session's own clock, which all its records share; it began with the session.
        state, message: what the session does; `message` is a sentence for the user, "" when all is well.
        traceback: of the user's code, several lines, where an error in it has ended loading; else "".
        is_code: the source is a data set that the user's code makes.
        source: the folder, as given; "" before one is open.
        location: what opens it again; "" for a list of files, which has no name.
        files: files found; rises while indexing.
        outside: how many of them lie outside the folder, where symbolic links led.
        classes: number of class folders; 0 where there are none.
        revision: of the last intent that this knows of.
        settings: the settings asked for last, by name.
        batches, images, skipped, restarts, epoch: totals since this folder was opened.
        queue_depth: complete batches waiting right now.
        loader_memory_bytes: shared memory that batches take.
        problems: number of entries that `Session.problems()` has.
        last_batch_size: the batch size that was in force when the last batch was delivered; 0 before the first.
        fewer_workers: why the system gave fewer workers than were asked for, or "".
        noun: what a sample is called: "file", or "sample" of a container or of code.
        immovable: why no sample can be moved aside, a sentence; "" where samples are files of this machine.
        is_remote: samples come over a network.
        has_shards: they lie in files of which clean ones can be written.
        order_note: how samples are shuffled, where that is not globally; else "".
        left_out: what is not loaded beside the samples, such as tars beside images, and how to; else "".
        proof_serial: rises whenever more is known of the colours of a batch.
        batch_serial: rises by one whenever the batch to look at has changed.
        labels_serial: rises whenever the labels of a batch may be others.
    """

    time_s: float
    state: RunState
    message: str
    source: str
    files: int
    classes: int
    settings: Mapping[str, SettingValue]
    rates: Rates
    batches: int
    images: int
    skipped: int
    restarts: int
    epoch: int
    queue_depth: int
    loader_memory_bytes: int
    workers: tuple[WorkerRow, ...]
    machine: Machine
    problems: int
    batch_serial: int
    revision: int = 0
    last_batch_size: int = 0
    fewer_workers: str = ""
    changes: tuple[SettingChange, ...] = ()
    location: str = ""
    proof_serial: int = 0
    outside: int = 0
    traceback: str = ""
    is_code: bool = False
    order_note: str = ""
    noun: str = "file"
    immovable: str = ""
    is_remote: bool = False
    labels_serial: int = 0
    has_shards: bool = False
    left_out: str = ""

    @property
    def reads(self) -> ReadCounts | None:
        """What the live workers have read over a network, together; None: nothing."""
        return sum_of([row.totals.reads for row in self.workers if row.totals.reads is not None])


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnail:
    """One delivered image, made small.

    Attributes:
        pixels: (h, w, 3) uint8 RGB, C-contiguous, neither side above the asked-for size; aspect kept.
        path: the file; `index`: its position in the index; `label`: its class or None.
        fields: what else the user's data set gave for it, by name, as short texts.
        height, width: of the file's image in pixels, EXIF-rotated, before any resize.
        problem: set where a damaged file was kept.
        labels: boxes, masks and the like that came with the sample; None: none did.
    """

    pixels: npt.NDArray[np.uint8]
    path: str
    index: int
    label: str | None
    height: int
    width: int
    problem: Problem | None = None
    fields: tuple[tuple[str, str], ...] = ()
    labels: PictureLabels | None = None


class BatchKey(NamedTuple):
    """Names a batch: `run` rises when loading begins again, `number` counts batches from 0."""

    run: int
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class BatchView:
    """One batch to look at: thumbnails of what was delivered, and what was skipped on the way.

    Attributes:
        number, epoch: of the batch, from 0.
        shape: of `batch.images`, such as "32×224×224×3", or "32 images of native size".
        dtype: of the delivered images.
        position, kept: this is batch `position` (from 1) of the `kept` that can be looked back at.
        run: rises when loading starts again; with `number` it names the batch.
        count: images that the batch has, where not all are here; else None.
        note: what was done to the values for the thumbnails, where that is not always the same.
        proved: whether the values show that this is right.
    """

    number: int
    epoch: int
    shape: str
    dtype: str
    thumbnails: tuple[Thumbnail, ...]
    skipped: tuple[Problem, ...]
    position: int = 1
    kept: int = 1
    run: int = 0
    count: int | None = None
    note: str = ""
    proved: bool = True

    @property
    def key(self) -> BatchKey:
        """Names this batch among all of the session."""
        return BatchKey(self.run, self.number)


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class DeliveredImage(_TypedSettings):
    """One image of a batch as training got it.

    Attributes:
        pixels: (H, W, 3) in the delivered dtype; None where the batch's arrays are no longer kept. Not to be written.
        thumbnail: the same made small, with what is known of its file.
        position: in the batch, from 0, which has `count` images.
        number, epoch: of the batch, from 0.
        settings: with which it was loaded.
    """

    pixels: npt.NDArray[Any] | None
    thumbnail: Thumbnail
    position: int
    count: int
    number: int
    epoch: int
    settings: Mapping[str, SettingValue]


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The plots' data, oldest first; NaN where a figure was not known.

    Attributes:
        time_s: (n,) seconds on the session's clock.
        batches_per_s, images_per_s, queue_depth, prefetch_batches: (n,) each.
    """

    time_s: npt.NDArray[np.float64]
    batches_per_s: npt.NDArray[np.float64]
    images_per_s: npt.NDArray[np.float64]
    queue_depth: npt.NDArray[np.float64]
    prefetch_batches: npt.NDArray[np.float64]
    changes: tuple[SettingChange, ...] = field(default=())
