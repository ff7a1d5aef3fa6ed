"""Loads one sample: read, decode, resize, transform, and write the pixels in place."""

import os
import time
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import getitem, sub
from typing import Any, NoReturn, TypeVar

import numpy as np

from inspector.error_texts import in_words, users_traceback
from inspector.errors import InspectorError, ShapeError
from inspector.formats.decode import BadFile, read_file
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.headers import peek
from inspector.formats.problems import ProblemKind
from inspector.loader.memory.slots import Arena
from inspector.loader.workers.file_pixels import FilePixels
from inspector.loader.workers.forks import end_copy
from inspector.loader.workers.item_streams import ItemStreams, StreamEnd
from inspector.loader.workers.messages import SampleFault, SampleResult, SampleTask, WorkerSpec
from inspector.loader.workers.patience import Patience
from inspector.loader.workers.random_state import OwnGenerator, own_generators, sample_seed, seed_generators
from inspector.loader.workers.read_ahead import ReadAhead
from inspector.loader.workers.sample_writer import SampleWriter
from inspector.loader.workers.users_images import UserError, channels_exchanged, resized_as_given
from inspector.named_code import load_code
from inspector.sources.item_texts import image_advice, in_types
from inspector.sources.remote.counts import ReadCounter, count_into
from inspector.sources.structure import PAIR, Composition, Taken, size_of, take_apart, with_image

_LOADING = "loading it"

_known_size_of = lru_cache(maxsize=64)(size_of)

_Result = TypeVar("_Result")


class SampleLoader:
    """Loads one sample at a time into an arena.

    Args:
        seeded: seed the random generators before each sample that the user's code has a part in.
        interruptible: a KeyboardInterrupt is Ctrl+C, and not something that the user's code raises.
        beat: called with a sample's number while it takes long, and all is well.

    Attributes:
        ahead: what samples are read with before their turn; None: they are read when it comes.
        counter: of what it has read then.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        arena: Arena,
        decoder_log: DecoderLog | None,
        patience: Patience,
        *,
        seeded: bool = False,
        interruptible: bool = False,
        beat: Callable[[int], object] = lambda sample_id: None,
    ) -> None:
        self._spec = spec
        self._beat = beat
        self.counter: ReadCounter | None = None
        self.ahead: ReadAhead | None = None
        reader = spec.reader
        if reader is not None and reader.is_remote:
            self.counter = ReadCounter()
            begin = partial(count_into, self.counter)
            self.ahead = ReadAhead(
                reader.read, reader.nbytes_of, spec.reads_in_flight, begin, limit_s=spec.sample_timeout_s
            )
        self._interruptible = interruptible
        self._pid = os.getpid()
        self._writer = SampleWriter(arena)
        self._patience = patience
        self._transform = load_code(spec.transform)
        self._read_image = load_code(spec.read_image)
        self._own_source = spec.dataset is not None or self._read_image is not None
        self._seeded = seeded and (self._own_source or self._transform is not None)
        self.generators: Sequence[OwnGenerator] = self._own_generators() if self._seeded else ()
        self._looks_again = self._seeded  # after the next sample: the user's code may make generators when it is called
        self._dtype = np.dtype(spec.dtype)
        self._changes_images = self._dtype == np.float32 or spec.deliver_bgr
        transformed = self._transform is not None
        self._pixels = FilePixels(spec, arena, decoder_log, transformed=transformed)
        self._as_it_is = spec.image_size is None and self._transform is None and not self._changes_images
        self._epoch_of_dataset = -1
        self._epochs: dict[int, int] = {}  # what each part of the user's code was given last
        self._dataset_item: Callable[[Any], Any] = partial(getitem, spec.dataset)
        self._no_stages = (0,) * len(spec.stages)
        self._streams: ItemStreams | None = None
        if spec.streamed:
            assert spec.dataset is not None
            self._streams = ItemStreams(spec.dataset, spec.shards_itself, self._seed_for)  # type: ignore[arg-type]

    def run(self, task: SampleTask) -> SampleResult:
        """Load one sample. What is wrong with the file comes back as a fault, and what no batch can be made of as an
        error; nothing is raised."""
        result = self._run(task)
        if self._looks_again:
            self._looks_again = False
            known, self.generators = self.generators, self._own_generators()
            if not {id(each.generator) for each in self.generators} <= {id(each.generator) for each in known}:
                return self._run(task)  # with numbers of its own
        return result

    def _run(self, task: SampleTask) -> SampleResult:
        times = [time.perf_counter_ns() - (self.ahead.waited_ns() if self.ahead is not None else 0)]
        data = b""
        try:
            if self._seeded:
                self._seed_for(task.epoch, task.file_index)
            if self._own_source:
                return self._load_own(task, times)
            data = self._read(task)
            times.append(time.perf_counter_ns())
            return self._load_file(task, data, times)
        except BadFile as bad:
            fault = self._fault(bad.kind, bad.reason, data, bad.detail)
        except UserError as error:
            fault = self._fault(ProblemKind.TRANSFORM_FAILED, error.reason, data, error.detail)
        except StreamEnd:
            return SampleResult(task.sample_id, ended=True)
        except MemoryError:
            fault = self._fault(ProblemKind.TOO_LARGE, "there is not enough memory to decode it", data)
        except InspectorError as error:
            return SampleResult(task.sample_id, error=error)
        times.append(time.perf_counter_ns())
        return SampleResult(task.sample_id, fault=fault, file_bytes=len(data), stages_ns=self._stages(times))

    def _own_generators(self) -> Sequence[OwnGenerator]:
        return own_generators(self._spec.dataset, self._transform, self._read_image)

    def _seed_for(self, epoch: int, index: int) -> None:
        if self._seeded:
            seed_generators(sample_seed(self._spec.seed, epoch, index), self.generators)

    # --- a file --------------------------------------------------------------------------------------------

    def _read(self, task: SampleTask) -> bytes:
        reader = self._spec.reader
        if reader is None:
            return self._patience.call(read_file, task.path)
        if self.ahead is not None:
            return self.ahead.read(task.sample_id, task.file_index)  # with a patience of its own
        return self._patience.call(reader.read, task.file_index)

    def _load_file(self, task: SampleTask, data: bytes, times: list[int]) -> SampleResult:
        header = peek(data)
        target = self._pixels.target(task, header)
        if target is None:  # the header alone says that it will not fit
            assert header is not None
            needs_bytes = header.height * header.width * 3 * self._dtype.itemsize
            self._check_room(needs_bytes)
            return SampleResult(task.sample_id, needs_bytes=needs_bytes, file_bytes=len(data))
        decoded = self._pixels.decode(data, header, target)
        fault = None
        if decoded.damage:
            fault = self._fault(decoded.damage_kind or ProblemKind.DAMAGED, decoded.damage, data)
        times.append(time.perf_counter_ns())
        height, width = decoded.size
        rgb = self._pixels.resized(decoded.rgb, target)
        if self._transform is not None:
            taken = self._transformed(Taken("array", [rgb], ("array",), 0), task)
            times.append(time.perf_counter_ns())
            result = self._write_item(taken, task, times, height, width)
            return result._replace(fault=fault, file_bytes=len(data))
        times.append(time.perf_counter_ns())
        composition, needs_bytes = self._pixels.write(rgb, task, target)
        self._check_room(needs_bytes)
        times.append(time.perf_counter_ns())
        stages = self._stages(times)
        return SampleResult(
            task.sample_id, height, width, composition, needs_bytes, fault, file_bytes=len(data), stages_ns=stages
        )

    def _check_room(self, needs_bytes: int) -> None:
        limit = self._spec.memory_limit_bytes
        if limit and needs_bytes > limit:
            reason = (
                f"The sample needs {needs_bytes / 1e6:,.0f} MB, more than memory_limit_bytes = {limit / 1e6:,.0f} MB "
                "allows: raise the limit, or set image_size."
            )
            raise BadFile(ProblemKind.TOO_LARGE, reason)

    # --- what the user's code gives ------------------------------------------------------------------------

    def _load_own(self, task: SampleTask, times: list[int]) -> SampleResult:
        try:
            item = self._item(task)
            times.append(time.perf_counter_ns())
            taken = take_apart(item)
            end_copy(self._pid)
        except BaseException as error:  # see `_guarded`, which would take a tenth of the emptiest sample's time
            self._raise_as_data(_LOADING, error)
        if taken.structure is PAIR and self._as_it_is and (written := self._writer.write_pair(taken.leaves, task)):
            return self._pair_result(taken.leaves, task, times, written)
        if taken.image < 0 and self._spec.pictures:
            raise ShapeError(f"{task.path} came as {in_types(item)}, without an image: {image_advice(item)}")
        times.append(time.perf_counter_ns())  # the stage "decode" is what it takes to see what came
        height = width = 0
        if taken.image >= 0:
            image = taken.leaves[taken.image]
            height, width = size_of(image.shape)
            size = self._spec.image_size
            if size is not None and size != (height, width):
                taken.leaves[taken.image] = resized_as_given(image, size)
            if self._transform is not None:
                taken = self._transformed(taken, task)
        times.append(time.perf_counter_ns())
        return self._write_item(taken, task, times, height, width)

    def _item(self, task: SampleTask) -> Any:
        """What the user's `read_image` or data set has for the sample."""
        if task.epoch != self._epoch_of_dataset:
            self._epoch_of_dataset = task.epoch
            self._tell_epoch(task.epoch, self._spec.dataset)
        if self._read_image is not None:
            return self._patience.call(self._read_image, task.path)
        if self._streams is not None:
            return self._streams.item(task.epoch, task.item, partial(self._beat, task.sample_id))
        return self._patience.call(self._dataset_item, task.file_index if task.item is None else task.item)

    def _pair_result(
        self, leaves: list[Any], task: SampleTask, times: list[int], composition: Composition
    ) -> SampleResult:
        """Of an array and a plain value, where the array is in its place already."""
        height, width = _known_size_of(leaves[0].shape)
        began, fetched = times
        now = time.perf_counter_ns()
        stages = fetched - began, 0, 0, now - fetched
        return SampleResult(task.sample_id, height, width, composition, 0, None, None, (leaves[1],), 0, stages)

    def _transformed(self, taken: Taken, task: SampleTask) -> Taken:
        """The sample with what the user's transform makes of its image."""
        assert self._transform is not None
        rng = np.random.default_rng([self._spec.seed, task.epoch, task.file_index])
        self._guarded("the transform", self._tell_epoch, task.epoch, self._transform)
        made = self._guarded("the transform", self._transform, taken.leaves[taken.image], rng)
        result = self._guarded("the transform", with_image, taken, made)
        if result.image < 0 and self._spec.pictures:
            came = f"what the transform returned came as {in_types(made)}, without an image"
            raise ShapeError(f"{task.path}: {came}: {image_advice(made)}")
        size = self._spec.image_size
        shape = result.leaves[result.image].shape if result.image >= 0 else ()
        if size is not None and len(shape) > 1 and size not in (shape[:2], shape[-2:]):
            raise ShapeError(
                f"{task.path}: the transform returned shape {shape}, and the batch is stacked from images of {size[0]} "
                f"x {size[1]} pixels: return that size, or set image_size=None"
            )
        return result

    def _write_item(self, taken: Taken, task: SampleTask, times: list[int], height: int, width: int) -> SampleResult:
        if taken.image >= 0 and self._changes_images:
            image = taken.leaves[taken.image]
            if self._dtype == np.float32 and image.dtype.kind in "buif":
                image = image.astype(np.float32, copy=False)
            taken.leaves[taken.image] = channels_exchanged(image) if self._spec.deliver_bgr else image
        composed = self._guarded("sending it", self._writer.compose, taken)
        needs_bytes = self._writer.write(composed, task)
        self._check_room(needs_bytes)
        times.append(time.perf_counter_ns())
        return SampleResult(
            task.sample_id,
            height,
            width,
            composed.composition,
            needs_bytes,
            values=composed.values if not needs_bytes else (),
            stages_ns=self._stages(times),
        )

    def _guarded(self, what: str, function: Callable[..., _Result], *arguments: Any) -> _Result:
        """Call the user's code, which may raise anything: it becomes data."""
        try:
            result = function(*arguments)
            end_copy(self._pid)
            return result
        except BaseException as error:  # SystemExit, too: it must not end a worker without a word
            self._raise_as_data(what, error)

    def _raise_as_data(self, what: str, error: BaseException) -> NoReturn:
        """Raise what says that the user's code has raised `error`."""
        end_copy(self._pid, error)
        if isinstance(error, StreamEnd):
            raise error
        if what == _LOADING and isinstance(error, BadFile if self._read_image is None else (BadFile, MemoryError)):
            raise error  # a file may be too large; a data set's code is no file
        if isinstance(error, KeyboardInterrupt) and self._interruptible:
            raise error
        raise UserError(f"{what} raised {in_words(error)}", users_traceback(error)) from error

    def _tell_epoch(self, epoch: int, code: object) -> None:
        """Call the `set_epoch` of the user's code, where it has one, before the first sample of another epoch."""
        if self._epochs.get(id(code)) != epoch:
            self._epochs[id(code)] = epoch
            if callable(set_epoch := getattr(code, "set_epoch", None)):
                set_epoch(epoch)
                self._looks_again = self._seeded

    # --- both ----------------------------------------------------------------------------------------------

    @staticmethod
    def _fault(kind: ProblemKind, reason: str, data: bytes, detail: str = "") -> SampleFault:
        return SampleFault(kind, reason, len(data) if data or kind == ProblemKind.EMPTY else None, detail)

    def _stages(self, times: list[int]) -> tuple[int, ...]:
        """Nanoseconds of each stage; 0 for those that were not reached."""
        stages = tuple(map(sub, times[1:], times))
        return stages + self._no_stages[len(stages) :]
