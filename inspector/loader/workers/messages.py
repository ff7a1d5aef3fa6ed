"""Every record that crosses a process boundary.

They are NamedTuples, because thousands go through a pipe each second and these pickle fastest.
"""

from typing import Any, NamedTuple

from inspector.config import Decode, DType, OnDamaged, ReadImage, Transform
from inspector.errors import InspectorError
from inspector.formats.problems import Problem
from inspector.sources.dataset import Dataset

NO_SAMPLE = -1


class WorkerSpec(NamedTuple):
    """What a worker must know before its first task.

    Attributes:
        image_size: (height, width) in pixels to resize to, or None.
        read_image: used in place of the decoder, or None.
        max_pixels: an image with more pixels is TOO_LARGE.
        seed: for the random generator that a transform is given.
        deliver_bgr: exchange red and blue at the end.
        dataset: what the samples come from where they are not files.
        memory_limit_bytes: most memory for all batches; an image that needs more is TOO_LARGE. 0: no limit.
        decoding_bytes: most memory for decoding one image. 0: no limit.
    """

    image_size: tuple[int, int] | None
    dtype: DType
    decode: Decode
    transform: Transform | str | None
    read_image: ReadImage | str | None
    on_damaged: OnDamaged
    max_pixels: int
    seed: int
    deliver_bgr: bool
    dataset: Dataset | None
    memory_limit_bytes: int = 0
    decoding_bytes: int = 0


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
        error: why there is no use in going on: the user's code gives what no batch can be made of.
        label: (label,) where the user's code gave one.
        file_bytes: bytes read from the file.
        read_us, decode_us, transform_us, write_us: time spent in each stage, microseconds.
    """

    sample_id: int
    height: int = 0
    width: int = 0
    shape: tuple[int, ...] | None = None
    needs_bytes: int = 0
    problem: Problem | None = None
    error: InspectorError | None = None
    label: tuple[Any] | None = None
    file_bytes: int = 0
    read_us: float = 0.0
    decode_us: float = 0.0
    transform_us: float = 0.0
    write_us: float = 0.0

    @property
    def total_us(self) -> float:
        """Time spent on the sample, microseconds."""
        return self.read_us + self.decode_us + self.transform_us + self.write_us


class SampleResults(NamedTuple):
    """Worker to parent: some finished tasks."""

    results: tuple[SampleResult, ...]


class WorkerFailed(NamedTuple):
    """Worker to parent, just before it gives up: it could not even start to work, and why."""

    reason: str


class Exited(NamedTuple):
    """Starter to crew: a worker's process has ended. `signal` is 0 where none ended it.

    `errno`: not 0 where the system refused to make it, so that it never was.
    """

    life: int
    signal: int
    exit_code: int
    errno: int = 0


Message = LoadSamples | Hello | SampleResults | WorkerFailed
