"""Every record that crosses a process boundary.

They are NamedTuples, because thousands go through a pipe each second and these pickle fastest.
"""

from __future__ import annotations  # so that workers need not import the settings, which takes a while

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from inspector.errors import InspectorError
from inspector.formats.problems import ProblemKind
from inspector.sources.dataset import Dataset, Reader
from inspector.sources.remote.counts import ReadCounts
from inspector.sources.structure import ArrayForm, Composition

if TYPE_CHECKING:
    from inspector.settings import Decode, DType, OnDamaged, ReadImage, Transform

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
        function: called with each task's item in place of loading an image, or None.
        memory_limit_bytes: most memory for all batches; an image that needs more is TOO_LARGE. 0: no limit.
        decoding_bytes: most memory for decoding one image. 0: no limit.
        sample_timeout_s: a sample takes no longer than this: what hangs is given up.
        pictures: a sample without an image is an error.
        reader: what reads samples that are no files, or None.
        reads_in_flight: how many a worker reads at a time where the reader is remote.
        streamed: the data set can only be iterated over. shards_itself: see `ItemStreams`.
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
    function: Callable[[Any], Any] | None = None
    memory_limit_bytes: int = 0
    decoding_bytes: int = 0
    sample_timeout_s: float = 60.0
    pictures: bool = True
    reader: Reader | None = None
    reads_in_flight: int = 1
    streamed: bool = False
    shards_itself: bool = False

    @property
    def has_user_code(self) -> bool:
        """Samples go through code that is not ours."""
        return any(code is not None for code in (self.transform, self.read_image, self.dataset))

    @property
    def stages(self) -> tuple[str, ...]:
        """What a sample goes through, in order."""
        return ("read", "decode", "transform", "write") if self.function is None else ("run",)


class SampleTask(NamedTuple):
    """One sample to load into `capacity` bytes of shared memory from `offset` on, or a call of the function.

    Attributes:
        item: what the function is called with; of an iterable data set, the key that `ItemStreams.item` takes.
        forms: of the arrays of all samples in a batch in which this one has a place; (): it has a place of its own.
        places: where each of these arrays begins; (): there is but one.
    """

    sample_id: int
    path: str
    file_index: int
    epoch: int
    offset: int
    capacity: int
    item: Any = None
    forms: tuple[ArrayForm, ...] = ()
    places: tuple[int, ...] = ()


class LoadSamples(NamedTuple):
    """Parent to worker: load these, in this order. `reads_in_flight`: see `WorkerSpec`, as it is now."""

    tasks: tuple[SampleTask, ...]
    reads_in_flight: int = 1

    def __reduce__(self) -> tuple[Any, ...]:
        # columns take half as long as records
        return _tasks_of, (self.reads_in_flight, *zip(*self.tasks, strict=True))


def _tasks_of(reads_in_flight: int, *columns: tuple[Any, ...]) -> LoadSamples:
    return LoadSamples(tuple(map(SampleTask._make, zip(*columns, strict=True))), reads_in_flight)


class Started(NamedTuple):
    """Worker to parent: it is there, and begins to import the user's code, however long that takes."""

    pid: int


class Hello(NamedTuple):
    """Worker to parent: ready for tasks."""

    pid: int


class SampleFault(NamedTuple):
    """Why a sample is bad; see `Problem`, which the parent makes of it."""

    kind: ProblemKind
    reason: str
    file_bytes: int | None = None
    detail: str = ""


class SampleResult(NamedTuple):
    """Worker to parent: what became of one task.

    Attributes:
        height, width: of the file's image in pixels, EXIF-rotated, before any resize; 0 if unknown.
        composition: what the sample is made of, and what of it was written; None: nothing was.
        needs_bytes: more than 0: it did not fit; ask again with a place of its own of this capacity.
        fault: why the file is bad; with a composition: it was kept all the same.
        error: why there is no use in going on: the user's code gives what no batch can be made of.
        values: what was not written: each leaf that is no array, and small arrays; pickled where it is not plain, and
            None where the pickle was written, too. Of a function its pickled result.
        file_bytes: bytes read from the file.
        stages_ns: time spent in each stage of the specification, nanoseconds; () where nothing was done.
        ended: there is no such sample: an iterable data set has ended before.
    """

    sample_id: int
    height: int = 0
    width: int = 0
    composition: Composition | None = None
    needs_bytes: int = 0
    fault: SampleFault | None = None
    error: InspectorError | None = None
    values: tuple[Any, ...] | bytes | None = ()
    file_bytes: int = 0
    stages_ns: tuple[int, ...] = ()
    ended: bool = False

    @property
    def total_ns(self) -> int:
        """Time spent on the sample, nanoseconds."""
        return sum(self.stages_ns)


class SampleResults(NamedTuple):
    """Worker to parent: some finished tasks. `reads`: totals of the worker where it reads over a network."""

    results: tuple[SampleResult, ...]
    reads: ReadCounts | None = None

    def __reduce__(self) -> tuple[Any, ...]:
        return _results_of, (self.reads, *zip(*self.results, strict=True))


def _results_of(reads: ReadCounts | None, *columns: tuple[Any, ...]) -> SampleResults:
    return SampleResults(tuple(map(SampleResult._make, zip(*columns, strict=True))), reads)


class WorkerLine(NamedTuple):
    """Worker to parent: a line that was written to descriptor 1 or 2, without its end."""

    descriptor: int
    text: str


class WorkerWarning(NamedTuple):
    """Worker to parent: the user's code issued a warning."""

    text: str
    category: str
    filename: str
    lineno: int


class WorkerLogRecord(NamedTuple):
    """Worker to parent: what a `logging.LogRecord` has, as far as it is plain."""

    attributes: dict[str, Any]


class WorkerFailed(NamedTuple):
    """Worker to parent, just before it gives up: it could not even start to work, and why."""

    reason: str


class Exited(NamedTuple):
    """Starter to pool: a worker's process has ended. `signal` is 0 where none ended it.

    `errno`: not 0 where the system refused to make it, so that it never was.
    `last_words`: what was in its standard error then.
    """

    life: int
    signal: int
    exit_code: int
    errno: int = 0
    last_words: str = ""


Message = LoadSamples | Started | Hello | SampleResults | WorkerLine | WorkerWarning | WorkerLogRecord | WorkerFailed
