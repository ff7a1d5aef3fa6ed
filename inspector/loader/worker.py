"""The worker: take a task, read, decode, resize, transform, write the pixels in place, report.

The same code runs in a child process, in a thread, and in the consumer's own thread (`num_workers=0`); only who
calls it differs. A worker keeps nothing between samples but scratch memory, so it can be killed at any time.
"""

import importlib
import time
import traceback
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.dataset.complaints import Complaints
from inspector.dataset.decode import BadFile, Decoded, decode, read_file
from inspector.dataset.headers import Header, peek
from inspector.dataset.problems import Problem, ProblemKind
from inspector.errors import ShapeError
from inspector.loader.channel import Channel
from inspector.loader.messages import Hello, LoadSamples, Results, SampleResult, SampleTask, WorkerSpec
from inspector.loader.slots import Arena

_REPORT_EVERY_S = 0.005  # small enough for the supervisor to see progress, large enough to cost nothing
_KEPT_SCRATCH_BYTES = 1 << 26


def resolve_transform(transform: Any) -> Callable[..., Any] | None:
    """The callable behind a transform setting, which may be a `"module:function"` string."""
    if not isinstance(transform, str):
        return transform  # type: ignore[no-any-return]
    module, _, name = transform.partition(":")
    return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]


class SampleLoader:
    """Loads one sample at a time into an arena."""

    def __init__(self, spec: WorkerSpec, arena: Arena, complaints: Complaints | None) -> None:
        self._spec = spec
        self._arena = arena
        self._complaints = complaints
        self._transform = resolve_transform(spec.transform)
        self._itemsize = np.dtype(spec.dtype).itemsize
        self._scratch = np.empty(0, np.uint8)

    def load(self, task: SampleTask) -> SampleResult:
        """Load one sample. Every fault of the file comes back as a Problem, never as an exception."""
        clock = time.perf_counter
        times = [clock()]
        data = b""
        height = width = 0
        shape: tuple[int, ...] | None = None
        needs_bytes = 0
        problem: Problem | None = None
        try:
            data = read_file(task.path)
            times.append(clock())
            header = peek(data)
            target = self._target(task, header)
            if target is None:  # told by the header alone that it will not fit
                assert header is not None
                needs_bytes = header.height * header.width * 3 * self._itemsize
            else:
                decoded = self._decode(data, header, target)
                height, width = decoded.rgb.shape[:2]
                if decoded.damage:
                    problem = self._problem(task, decoded.damage_kind or ProblemKind.DAMAGED, decoded.damage, data)
                times.append(clock())
                rgb = self._transformed(self._resized(decoded.rgb, target), task)
                times.append(clock())
                shape, needs_bytes = self._write(rgb, task, target)
        except BadFile as bad:
            problem = self._problem(task, bad.kind, bad.reason, data, bad.detail)
        except _TransformError as error:
            problem = self._problem(task, ProblemKind.TRANSFORM_FAILED, error.reason, data, error.detail)
        except MemoryError:
            problem = self._problem(task, ProblemKind.TOO_LARGE, "there is not enough memory to decode it", data)
        times.append(clock())
        stages = [1e6 * (after - before) for before, after in pairwise(times)]
        stages += [0.0] * (4 - len(stages))
        return SampleResult(task.sample_id, height, width, shape, needs_bytes, problem, len(data), *stages)

    def _target(self, task: SampleTask, header: Header | None) -> npt.NDArray[Any] | None:
        """The array to write, as far as its shape is known; empty where only decoding will tell; None: no room."""
        size = self._spec.image_size
        if size is None and header is not None and header.supported and header.height and self._transform is None:
            if header.height * header.width > self._spec.max_pixels:
                return np.empty(0, np.uint8)  # decode() will call it TOO_LARGE
            size = (header.height, header.width)
        if size is None:
            return np.empty(0, np.uint8)
        if size[0] * size[1] * 3 * self._itemsize > task.capacity:
            return None
        return self._arena.view(task.offset, (*size, 3), self._spec.dtype)

    def _decode(self, data: bytes, header: Header | None, target: npt.NDArray[Any]) -> Decoded:
        out: npt.NDArray[np.uint8] | None = None
        if header is not None and header.height and header.height * header.width <= self._spec.max_pixels:
            shape = (header.height, header.width, 3)
            if target.shape == shape and target.dtype == np.uint8 and self._transform is None:
                out = target
            else:
                out = self._scratch_array(shape)
        return decode(
            data,
            out,
            header=header,
            max_pixels=self._spec.max_pixels,
            keep_damaged=self._spec.on_damaged == "keep",
            complaints=self._complaints,
        )

    def _scratch_array(self, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
        nbytes = shape[0] * shape[1] * shape[2]
        if nbytes > _KEPT_SCRATCH_BYTES:
            return np.empty(shape, np.uint8)
        if nbytes > self._scratch.size:
            self._scratch = np.empty(nbytes, np.uint8)
        return self._scratch[:nbytes].reshape(shape)

    def _resized(self, rgb: npt.NDArray[np.uint8], target: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        size = self._spec.image_size
        if size is None or rgb.shape[:2] == size:
            return rgb
        in_place = target.dtype == np.uint8 and self._transform is None
        resized = cv2.resize(rgb, (size[1], size[0]), dst=target if in_place else None)
        return resized  # type: ignore[return-value]

    def _transformed(self, rgb: npt.NDArray[np.uint8], task: SampleTask) -> npt.NDArray[Any]:
        if self._transform is None:
            return rgb
        rng = np.random.default_rng([self._spec.seed, task.epoch, task.file_index])
        try:
            result = np.asarray(self._transform(rgb, rng))
            if result.ndim != 3 or result.shape[2] != 3:
                raise ShapeError(f"the transform returned shape {result.shape}, not (height, width, 3)")
            size = self._spec.image_size
            if size is not None and result.shape[:2] != size:
                raise ShapeError(f"the transform returned shape {result.shape}; image_size asks for {(*size, 3)}")
        except Exception as error:  # the user's code may raise anything; it becomes data
            reason = f"the transform raised {type(error).__name__}: {error}"
            raise _TransformError(reason, traceback.format_exc()) from error
        return result

    def _write(
        self, rgb: npt.NDArray[Any], task: SampleTask, target: npt.NDArray[Any]
    ) -> tuple[tuple[int, ...] | None, int]:
        """Put the pixels into the arena unless they are there; the shape written, or the bytes needed."""
        nbytes = rgb.size * self._itemsize
        if nbytes > task.capacity:
            return None, nbytes
        if target.shape != rgb.shape:
            target = self._arena.view(task.offset, rgb.shape, self._spec.dtype)
        if rgb is not target and not np.may_share_memory(rgb, target):
            np.copyto(target, rgb, casting="unsafe")
        return rgb.shape, 0

    @staticmethod
    def _problem(task: SampleTask, kind: ProblemKind, reason: str, data: bytes, detail: str = "") -> Problem:
        size = len(data) if data or kind == ProblemKind.EMPTY else None
        return Problem(task.path, kind, reason, task.file_index, task.epoch, None, size, detail)


class _TransformError(Exception):
    """The user's transform raised; carried out of the stages as data."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.detail = detail


def serve(channel: Channel, loader: SampleLoader, arena: Arena, worker_id: int, pid: int) -> None:
    """Work until the other side closes the channel."""
    channel.send(Hello(pid))
    while True:
        message = channel.receive()
        if not isinstance(message, LoadSamples):
            return
        results: list[SampleResult] = []
        reported = time.monotonic()
        for task in message.tasks:
            arena.begin_sample(worker_id, task.sample_id)
            results.append(loader.load(task))
            now = time.monotonic()
            if now - reported > _REPORT_EVERY_S:
                channel.send(Results(tuple(results)))
                results.clear()
                reported = now
        arena.end_sample(worker_id)
        if results:
            channel.send(Results(tuple(results)))
