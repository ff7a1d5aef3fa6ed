"""Loads one sample: read, decode, resize, transform, and write the pixels in place."""

import importlib
import time
import traceback
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.errors import InspectorError, SettingsError, ShapeError
from inspector.formats.decode import BadFile, Decoded, decode, read_file
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.headers import Header, peek
from inspector.formats.problems import ProblemKind
from inspector.loader.memory.slots import Arena
from inspector.loader.workers.messages import SampleFault, SampleResult, SampleTask, WorkerSpec
from inspector.loader.workers.patience import Patience
from inspector.loader.workers.pickling import dumps
from inspector.loader.workers.random_state import seed_sample

_KEPT_SCRATCH_BYTES = 1 << 26
_RESIZABLE = (np.uint8, np.uint16, np.int16, np.float32, np.float64)  # by OpenCV


def resolve(function: Any) -> Callable[..., Any] | None:
    """The callable behind a setting that may be a `"module:function"` string.

    Raises:
        SettingsError: when there is no such module or function.
    """
    if not isinstance(function, str):
        return function  # type: ignore[no-any-return]
    module, _, name = function.partition(":")
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise SettingsError(f'{function!r} is unavailable ({error}): it must be "module:function"') from error


class SampleLoader:
    """Loads one sample at a time into an arena.

    Args:
        seeded: seed the global random generators before each sample that the user's code has a part in.
    """

    def __init__(
        self,
        spec: WorkerSpec,
        arena: Arena,
        decoder_log: DecoderLog | None,
        patience: Patience,
        *,
        seeded: bool = False,
    ) -> None:
        self._spec = spec
        self._arena = arena
        self._patience = patience
        self._decoder_log = decoder_log
        self._transform = resolve(spec.transform)
        self._read_image = resolve(spec.read_image)
        self._own_source = spec.dataset is not None or self._read_image is not None
        self._seeded = seeded and (self._own_source or self._transform is not None)
        self._dtype = np.dtype(spec.dtype)
        self._scratch = np.empty(0, np.uint8)
        self._epochs: dict[int, int] = {}  # what each part of the user's code was given last

    def run(self, task: SampleTask) -> SampleResult:
        """Load one sample. What is wrong with the file comes back as a fault, and what no batch can be made of as an
        error; nothing is raised."""
        times = [time.perf_counter()]
        data = b""
        try:
            if self._seeded:
                seed_sample(self._spec.seed, task.epoch, task.file_index)
            if self._own_source:
                return self._load_own(task, times)
            data = self._patience.call(read_file, task.path)
            times.append(time.perf_counter())
            return self._load_file(task, data, times)
        except BadFile as bad:
            fault = self._fault(bad.kind, bad.reason, data, bad.detail)
        except _UserError as error:
            fault = self._fault(ProblemKind.TRANSFORM_FAILED, error.reason, data, error.detail)
        except MemoryError:
            fault = self._fault(ProblemKind.TOO_LARGE, "there is not enough memory to decode it", data)
        except InspectorError as error:
            return SampleResult(task.sample_id, error=error)
        times.append(time.perf_counter())
        return SampleResult(task.sample_id, fault=fault, file_bytes=len(data), stages_us=self._stages(times))

    # --- a file --------------------------------------------------------------------------------------------

    def _load_file(self, task: SampleTask, data: bytes, times: list[float]) -> SampleResult:
        header = peek(data)
        target = self._target(task, header)
        if target is None:  # the header alone says that it will not fit
            assert header is not None
            needs_bytes = header.height * header.width * 3 * self._dtype.itemsize
            self._check_room(needs_bytes)
            return SampleResult(task.sample_id, needs_bytes=needs_bytes, file_bytes=len(data))
        decoded = self._decode(data, header, target)
        fault = None
        if decoded.damage:
            fault = self._fault(decoded.damage_kind or ProblemKind.DAMAGED, decoded.damage, data)
        times.append(time.perf_counter())
        rgb = self._transformed(self._resized(decoded.rgb, target), task)
        times.append(time.perf_counter())
        shape, needs_bytes = self._write(rgb, task, target)
        self._check_room(needs_bytes)
        times.append(time.perf_counter())
        height, width = decoded.size
        stages = self._stages(times)
        return SampleResult(task.sample_id, height, width, shape, needs_bytes, fault, None, None, len(data), stages)

    def _check_room(self, needs_bytes: int) -> None:
        limit = self._spec.memory_limit_bytes
        if limit and needs_bytes > limit:
            reason = (
                f"The image needs {needs_bytes / 1e6:,.0f} MB, more than memory_limit_bytes = {limit / 1e6:,.0f} MB "
                "allows: raise the limit, or set image_size."
            )
            raise BadFile(ProblemKind.TOO_LARGE, reason)

    def _target(self, task: SampleTask, header: Header | None) -> npt.NDArray[Any] | None:
        """The array to write, as far as its shape is known; empty where only decoding will tell; None: no room."""
        size = self._spec.image_size
        if size is None and header is not None and header.supported and header.height and self._transform is None:
            if header.height * header.width > self._spec.max_pixels:
                return np.empty(0, np.uint8)  # decode() will call it TOO_LARGE
            size = (header.height, header.width)
        if size is None:
            return np.empty(0, np.uint8)
        if size[0] * size[1] * 3 * self._dtype.itemsize > task.capacity:
            return None
        return self._arena.view(task.offset, (*size, 3), self._dtype)

    def _decode(self, data: bytes, header: Header | None, target: npt.NDArray[Any]) -> Decoded:
        out: npt.NDArray[np.uint8] | None = None
        if header is not None and header.height and header.height * header.width <= self._spec.max_pixels:
            shape = (header.height, header.width, 3)
            if target.shape == shape and target.dtype == np.uint8 and self._transform is None:
                out = target
            else:
                out = self._scratch_array(shape)
        try:
            return decode(
                data,
                out,
                header=header,
                max_pixels=self._spec.max_pixels,
                max_bytes=self._spec.decoding_bytes or None,
                keep_damaged=self._spec.on_damaged == "keep",
                at_least=self._spec.image_size if self._spec.decode == "scaled" else None,
                complaints=self._decoder_log,
            )
        finally:
            if self._decoder_log is not None:
                self._decoder_log.take()  # what is written from now on is the user's

    def _scratch_array(self, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
        nbytes = shape[0] * shape[1] * shape[2]
        if nbytes > _KEPT_SCRATCH_BYTES:
            return np.empty(shape, np.uint8)
        if nbytes > self._scratch.size:
            self._scratch = np.empty(nbytes, np.uint8)
        return self._scratch[:nbytes].reshape(shape)

    # --- the user's own source -----------------------------------------------------------------------------

    def _load_own(self, task: SampleTask, times: list[float]) -> SampleResult:
        item = self._item(task)
        times.append(time.perf_counter())
        image, label = (item[0], (item[1],)) if isinstance(item, tuple) and len(item) == 2 else (item, None)
        rgb = np.asarray(image)
        if rgb.ndim != 3 or rgb.shape[2] != 3:
            raise ShapeError(f"{task.path} came {_kind_of(image, rgb)}, not as an image of shape (height, width, 3)")
        if rgb.dtype not in _RESIZABLE:
            raise SettingsError(f"{task.path} came as {rgb.dtype}: give uint8 or float32")
        height, width = rgb.shape[:2]
        size = self._spec.image_size
        target = np.empty(0, np.uint8)
        if size is not None:
            target = self._arena.view(task.offset, (*size, 3), self._dtype)
        times.append(time.perf_counter())  # the stage "decode" is what it takes to see what came
        rgb = self._transformed(self._resized(rgb, target), task)
        times.append(time.perf_counter())
        shape, needs_bytes = self._write(rgb, task, target)
        times.append(time.perf_counter())
        return SampleResult(
            task.sample_id, height, width, shape, needs_bytes, None, None, label, 0, self._stages(times)
        )

    def _item(self, task: SampleTask) -> Any:
        """What the user's `read_image` or data set has for the sample."""
        try:
            self._tell_epoch(task.epoch, self._spec.dataset)
            if self._read_image is not None:
                item = self._patience.call(self._read_image, task.path)
            else:
                assert self._spec.dataset is not None
                dataset = self._spec.dataset
                item = self._patience.call(lambda _: dataset[task.file_index], task.path)
            if isinstance(item, tuple) and not isinstance(item[-1], int | float | str | None):
                dumps(item[-1])  # a label that cannot be sent must be known before it is
        except (BadFile, MemoryError):
            raise
        except Exception as error:  # the user's code may raise anything; it becomes data
            reason = f"loading it raised {type(error).__name__}: {error}"
            raise _UserError(reason, traceback.format_exc()) from error
        return item

    def _tell_epoch(self, epoch: int, code: object) -> None:
        """Call the `set_epoch` of the user's code, where it has one, before the first sample of another epoch."""
        if self._epochs.get(id(code)) != epoch:
            self._epochs[id(code)] = epoch
            if callable(set_epoch := getattr(code, "set_epoch", None)):
                set_epoch(epoch)

    # --- both ----------------------------------------------------------------------------------------------

    def _resized(self, rgb: npt.NDArray[Any], target: npt.NDArray[Any]) -> npt.NDArray[Any]:
        size = self._spec.image_size
        if size is None or rgb.shape[:2] == size:
            return rgb
        in_place = target.dtype == rgb.dtype and self._transform is None
        return cv2.resize(rgb, (size[1], size[0]), dst=target if in_place else None)

    def _transformed(self, rgb: npt.NDArray[Any], task: SampleTask) -> npt.NDArray[Any]:
        if self._transform is None:
            return rgb
        rng = np.random.default_rng([self._spec.seed, task.epoch, task.file_index])
        try:
            self._tell_epoch(task.epoch, self._transform)
            made = self._transform(rgb, rng)
            result = np.asarray(made)
        except Exception as error:  # the user's code may raise anything; it becomes data
            reason = f"the transform raised {type(error).__name__}: {error}"
            raise _UserError(reason, traceback.format_exc()) from error
        size = self._spec.image_size
        if result.ndim != 3 or result.shape[2] != 3:
            raise ShapeError(
                f"{task.path}: what the transform returned came {_kind_of(made, result)}; "
                "it must have shape (height, width, 3)"
            )
        if size is not None and result.shape[:2] != size:
            raise ShapeError(
                f"{task.path}: the transform returned shape {result.shape}, and the batch is stacked from images of "
                f"shape {(*size, 3)}: return that shape, or set image_size=None to get a list of arrays"
            )
        return result

    def _write(
        self, rgb: npt.NDArray[Any], task: SampleTask, target: npt.NDArray[Any]
    ) -> tuple[tuple[int, ...] | None, int]:
        """Put the pixels into the arena unless they are there; the shape written, or the bytes needed."""
        nbytes = rgb.size * self._dtype.itemsize
        if nbytes > task.capacity:
            return None, nbytes
        if target.shape != rgb.shape:
            target = self._arena.view(task.offset, rgb.shape, self._dtype)
        if rgb is not target:
            self._copy(rgb, target, task)
        if self._spec.deliver_bgr:
            cv2.cvtColor(target, cv2.COLOR_RGB2BGR, dst=target)
        return rgb.shape, 0

    def _copy(self, rgb: npt.NDArray[Any], target: npt.NDArray[Any], task: SampleTask) -> None:
        if rgb.dtype != target.dtype and not np.can_cast(rgb.dtype, target.dtype, "same_kind"):
            advice = 'set dtype="float32", or return uint8' if rgb.dtype.kind == "f" else f"return {target.dtype}"
            raise SettingsError(f"{task.path} came as {rgb.dtype}, but dtype is {self._spec.dtype!r}: {advice}")
        if not np.may_share_memory(rgb, target):
            np.copyto(target, rgb, casting="same_kind")

    @staticmethod
    def _fault(kind: ProblemKind, reason: str, data: bytes, detail: str = "") -> SampleFault:
        return SampleFault(kind, reason, len(data) if data or kind == ProblemKind.EMPTY else None, detail)

    def _stages(self, times: list[float]) -> tuple[float, ...]:
        """Microseconds of each stage; 0 for those that were not reached."""
        stages = [1e6 * (after - before) for before, after in pairwise(times)]
        return (*stages, *[0.0] * (len(self._spec.stages) - len(stages)))


class _UserError(Exception):
    """The user's code raised; carried out of the stages as data."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def _kind_of(made: object, array: npt.NDArray[Any]) -> str:
    """What the user's code gave, in words."""
    return f"in shape {array.shape}" if array.ndim else f"as {type(made).__name__}"
