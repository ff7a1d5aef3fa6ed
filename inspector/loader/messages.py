"""Every record that crosses a process boundary.

They are NamedTuples, because thousands go through a pipe each second and these pickle fastest.
"""

from typing import NamedTuple

from inspector.config import DType, OnDamaged, Transform
from inspector.dataset.problems import Problem

NO_SAMPLE = -1


class WorkerSpec(NamedTuple):
    """What a worker must know before its first task.

    Attributes:
        image_size: (height, width) in pixels to resize to, or None.
        max_pixels: an image with more pixels is TOO_LARGE.
        seed: for the random generator that a transform is given.
    """

    image_size: tuple[int, int] | None
    dtype: DType
    transform: Transform | str | None
    on_damaged: OnDamaged
    max_pixels: int
    seed: int


class SampleTask(NamedTuple):
    """One image to load into `capacity` bytes of shared memory from `offset` on."""

    sample_id: int
    path: str
    file_index: int
    epoch: int
    offset: int
    capacity: int


class LoadSamples(NamedTuple):
    """Parent to worker: load these, in this order."""

    tasks: tuple[SampleTask, ...]


class Hello(NamedTuple):
    """Worker to parent: ready for tasks."""

    pid: int


class SampleResult(NamedTuple):
    """Worker to parent: what became of one task.

    Attributes:
        height, width: of the file's image in pixels, EXIF-rotated, before any resize; 0 if unknown.
        shape: of the array that was written, or None when nothing was.
        needs_bytes: more than 0: the image did not fit; ask again with this capacity.
        problem: why the file is bad; with a shape: it was kept all the same.
        file_bytes: bytes read from the file.
        read_us, decode_us, transform_us, write_us: time spent in each stage, microseconds.
    """

    sample_id: int
    height: int = 0
    width: int = 0
    shape: tuple[int, ...] | None = None
    needs_bytes: int = 0
    problem: Problem | None = None
    file_bytes: int = 0
    read_us: float = 0.0
    decode_us: float = 0.0
    transform_us: float = 0.0
    write_us: float = 0.0

    @property
    def total_us(self) -> float:
        """Time spent on the sample, microseconds."""
        return self.read_us + self.decode_us + self.transform_us + self.write_us


class Results(NamedTuple):
    """Worker to parent: some finished tasks."""

    results: tuple[SampleResult, ...]


class WorkerFailed(NamedTuple):
    """Worker to parent, just before it gives up: it could not even start to work, and why."""

    reason: str


class Exited(NamedTuple):
    """Starter to crew: a worker's process has ended. `signal` is 0 where none ended it."""

    life: int
    signal: int
    exit_code: int


Message = LoadSamples | Hello | Results | WorkerFailed
