"""What is known of a watched run at one moment: immutable, plain."""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt


@dataclass(frozen=True, slots=True)
class LoaderTotals:
    """A loader's totals since it was first used.

    Attributes:
        batches, images: given to whoever iterates it.
        wait_s: seconds in `next()` of those batches; first_wait_s: the part for the first of each epoch.
        step_s: seconds between a batch and the call for the next one, of `steps` steps.
        start_up_s: seconds in which iterators were made or reset, `starts` times: one for each epoch.
        shutdown_s: seconds in the `next()` that ends an epoch; `epochs`: how many have ended.
        depth_sum, depths: complete batches found waiting at a `next()`, added up, and how often; held_back_sum: the
            part of them that waited for an earlier one; in_flight_sum: all that were asked for.
        errors: exceptions that `next()` raised.
        pictures: images that were copied to look at.
        began_s, last_s: when it was first used, and when it gave its last batch.
        depth, held_back, in_flight: at the last `next()`.
        pin_s, pins: seconds in which batches were pinned, and how many.
        other_thread: batches taken by a thread that is not the main one. nested: those that another loader took.
        waiting_since_s: since when somebody waits for a batch; 0: nobody does.
        epoch_batches: batches of the running epoch.
        handed: batches that another thread had taken and handed over: wait_s and step_s are of whoever uses them, then,
            and producer_wait_s of that thread.
        replayed: batches that were handed out again, which took replay_s seconds.
        begin_s: the part of start_up_s and first_wait_s for the very first batch.
        process_cpu_s: CPU time of all threads of its process, in process_s seconds.
    """

    batches: int
    images: int
    wait_s: float
    step_s: float
    steps: int
    start_up_s: float
    starts: int
    first_wait_s: float
    shutdown_s: float
    epochs: int
    depth_sum: float
    depths: int
    held_back_sum: float
    in_flight_sum: float
    errors: int
    pictures: int
    began_s: float
    last_s: float
    depth: int
    held_back: int
    in_flight: int
    pin_s: float
    pins: int
    other_thread: int
    nested: int
    waiting_since_s: float
    epoch_batches: int
    handed: int
    producer_wait_s: float
    replayed: int
    replay_s: float
    begin_s: float
    process_cpu_s: float
    process_s: float

    @property
    def seconds(self) -> float:
        """Of the consumer's time: waiting, stepping, starting up."""
        return self.wait_s + self.step_s + self.start_up_s

    @property
    def data_wait(self) -> float | None:
        """Share of the consumer's time that it waited in `next()`, 0 to 1."""
        return self.wait_s / self.seconds if self.seconds > 0 else None

    @property
    def queue_depth(self) -> float | None:
        """Complete batches that a `next()` found, mean."""
        return self.depth_sum / self.depths if self.depths else None


@dataclass(frozen=True, slots=True)
class WatchedWorker:
    """What one worker has loaded for a loader, over all its lives.

    Attributes:
        worker: its number; None: the consumer itself, where there are no workers.
        pid: of the process that loads; `pids`: also of those before it, started for earlier epochs, the last 64.
        alive_s: seconds from its first batch to its last, over all lives.
        fetch_s, collate_s: seconds spent on samples, and on putting batches together. cpu_s: CPU time of both.
        core_wait_s: seconds in which it could have run, and had no core; 0: not known.
        busy_since_s: since when it loads the batch that it is at; 0: it waits.
        running: whether the process exists.
    """

    worker: int | None
    pid: int
    pids: tuple[int, ...]
    rank: int
    batches: int
    samples: int
    fetch_s: float
    collate_s: float
    cpu_s: float
    core_wait_s: float
    alive_s: float
    errors: int
    began_s: float
    last_s: float
    busy_since_s: float
    running: bool

    @property
    def busy(self) -> float | None:
        """Share of its time that it loaded, 0 to 1."""
        return min(1.0, (self.fetch_s + self.collate_s) / self.alive_s) if self.alive_s > 0 else None

    @property
    def fetch_ms(self) -> float | None:
        """Milliseconds a batch for its samples, mean."""
        return 1000 * self.fetch_s / self.batches if self.batches else None

    @property
    def collate_ms(self) -> float | None:
        """Milliseconds a batch to put its samples together, mean."""
        return 1000 * self.collate_s / self.batches if self.batches else None


@dataclass(frozen=True, slots=True)
class WatchedSample:
    """A sample that took long.

    Attributes:
        index: as the sampler gave it; None where the data set has none.
        time_s: when its batch was loaded, which took `batch_s` in all.
    """

    index: int | None
    path: str | None
    ms: float
    worker: int | None
    rank: int
    time_s: float
    batch_s: float


@dataclass(frozen=True, slots=True)
class WatchedError:
    """An exception while loading, or the death of a worker.

    Attributes:
        index: of the sample that caused it, where known. worker: None: the consumer itself.
        exit_status: of a worker that died, negative: the signal that ended it; None: it did not.
        indices: of the batch that a dead worker had, the first 32 of its `batch_size`; (): not known.
        shm_free_bytes: room in /dev/shm then. oom: whether the system's out-of-memory killer came meanwhile.
        peak_bytes: the most memory that a worker which had ended ever had. memory_bytes: what there is in all.
        detail: the message that the training got, with the end of the traceback; "" where that is not known.
    """

    type: str
    message: str
    index: int | None
    path: str | None
    worker: int | None
    rank: int
    time_s: float
    exit_status: int | None = None
    shm_free_bytes: int | None = None
    oom: bool | None = None
    peak_bytes: int | None = None
    memory_bytes: int | None = None
    detail: str = ""
    indices: tuple[int, ...] = ()
    batch_size: int | None = None


@dataclass(frozen=True, slots=True)
class WorkerTrial:
    """A loader, measured with another number of workers before its first batch.

    Attributes:
        batches_per_s: without a training step; None: too few batches came, or they could not be loaded so.
        first_s: until the first batch, with starting the workers.
    """

    num_workers: int
    batches_per_s: float | None
    first_s: float | None


@dataclass(frozen=True, slots=True)
class LoaderKey:
    """Names a loader of a run: the process that iterates it, and its number there."""

    pid: int
    number: int


@dataclass(frozen=True, slots=True, eq=False)
class WatchedLoader:
    """A DataLoader of the training.

    Attributes:
        name: the variable that holds it, such as "train_loader".
        site: `file:line` of the user's code that iterates it; "" where that is not known.
        rank, world_size: of its process.
        settings: `num_workers`, `batch_size`, `prefetch_factor`, `persistent_workers`, `pin_memory`, `drop_last`,
            `in_order`, `start_method`, `dataset`, `sampler`, `class`; None where not known.
        slowest: the slowest first. errors: oldest first.
        events: (n,) the last batches, oldest first, with fields `time_s wait_s step_s images depth held_back in_flight
            epoch` (from 1); step_s is the step before.
        fetches: (n,) the last batches that running workers have loaded, oldest first, with fields `time_s fetch_s
            collate_s samples slowest_index slowest_s first_index batch worker`; -1: not known.
        running: whether its process exists.
        trials: of a sweep, by number of workers.
        with_others: its totals, with the time of those that are taken in turn with it; None: there is none.
    """

    key: LoaderKey
    name: str
    site: str
    rank: int
    world_size: int
    settings: dict[str, Any]
    totals: LoaderTotals
    workers: tuple[WatchedWorker, ...]
    slowest: tuple[WatchedSample, ...]
    errors: tuple[WatchedError, ...]
    events: npt.NDArray[np.void]
    fetches: npt.NDArray[np.void]
    running: bool
    trials: tuple[WorkerTrial, ...] = ()
    with_others: LoaderTotals | None = None

    @property
    def shared(self) -> LoaderTotals:
        """Its totals; where several share one step, as with `zip`, with the time of all of them."""
        return self.with_others or self.totals

    @property
    def num_workers(self) -> int:
        return self.settings.get("num_workers") or 0

    @property
    def prefetch_factor(self) -> int | None:
        return self.settings.get("prefetch_factor")

    @property
    def most_ahead(self) -> int | None:
        """Batches that are loaded ahead at most; None where there are no workers."""
        return (self.prefetch_factor or 2) * self.num_workers if self.num_workers else None


@dataclass(frozen=True, slots=True)
class Run:
    """All loaders of a run at one moment.

    Attributes:
        time_s: when this was read, on the same clock as all its times.
        marks: "python": a Python of the command ran the hook; "armed": one imported `torch.utils.data`; "failed": its
            torch is not known.
        usable_cores: of the machine.
    """

    time_s: float
    loaders: tuple[WatchedLoader, ...]
    marks: frozenset[str]
    usable_cores: float = math.inf


@dataclass(frozen=True, slots=True, eq=False)
class PictureTargets:
    """What belongs to one image, as the batch has it, in pixels of the whole image.

    Attributes:
        boxes: (n, 4) float32: left, top, right, bottom; the first of `boxes_in_all`.
        labels: (n,) int32, the class of each box; -1: it has none.
        keypoints: (n, k, 3) float32: x, y, and whether it is visible, 1 where nothing says so.
        mask: (h, w) uint8, the class of each pixel that was copied, or the number of its object, from 1, where
            `instances`; 255: to be ignored. None: there is none.
        how: how the boxes were read, for the user: "xyxy, as their type says", "cxcywh, shares of the image, by the
            key “bboxes”"; "" where there is none.
    """

    boxes: npt.NDArray[np.float32]
    labels: npt.NDArray[np.int32]
    keypoints: npt.NDArray[np.float32]
    mask: npt.NDArray[np.uint8] | None
    instances: bool
    boxes_in_all: int
    how: str


@dataclass(frozen=True, slots=True, eq=False)
class CopiedPicture:
    """One image of a batch, as the model got it, but for pixels left out.

    Attributes:
        values: the copied array, (C, h, w) or (h, w, C), in the batch's own type.
        shape: of the whole image. stride: every so many pixels were copied.
        index, path, label: of its sample; None where not known. targets: None where nothing was recognised.
    """

    values: npt.NDArray[Any]
    shape: tuple[int, ...]
    stride: int
    index: int | None
    path: str | None
    label: int | None
    targets: PictureTargets | None = None


@dataclass(frozen=True, slots=True, eq=False)
class PictureSet:
    """Some images of one batch. `batch`, `epoch`: from 0; `count`: images that the batch has; `serial` rises."""

    name: str
    batch: int
    epoch: int
    count: int
    serial: int
    pictures: tuple[CopiedPicture, ...]
