"""The pixels of a file: where they go, and how they come there."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.formats.decode import decode
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.headers import Header
from inspector.formats.image import Decoded
from inspector.loader.memory.slots import Arena
from inspector.loader.workers.messages import SampleTask, WorkerSpec
from inspector.sources.structure import Composition, image_alone

_KEPT_SCRATCH_BYTES = 1 << 26


class FilePixels:
    """Decodes files, in place where that can be; `transformed`: the user's code gets the pixels first."""

    def __init__(self, spec: WorkerSpec, arena: Arena, decoder_log: DecoderLog | None, *, transformed: bool) -> None:
        self._spec = spec
        self._arena = arena
        self._decoder_log = decoder_log
        self._transformed = transformed
        self._dtype = np.dtype(spec.dtype)
        self._dtype_name = self._dtype.str
        self._decodes_in_place = self._dtype == np.uint8 and not transformed
        self._scratch = np.empty(0, np.uint8)

    def target(self, task: SampleTask, header: Header | None) -> npt.NDArray[Any] | None:
        """The array to write, as far as its shape is known; empty where only decoding shows it; None: no room."""
        size = self._spec.image_size
        if size is None and header is not None and header.supported and header.height and not self._transformed:
            if header.height * header.width > self._spec.max_pixels:
                return np.empty(0, np.uint8)  # decode() will call it TOO_LARGE
            size = (header.height, header.width)
        if size is None or self._transformed:
            return np.empty(0, np.uint8)
        if size[0] * size[1] * 3 * self._dtype.itemsize > task.capacity:
            return None
        return self._arena.view(task.offset, (*size, 3), self._dtype)

    def decode(self, data: bytes, header: Header | None, target: npt.NDArray[Any]) -> Decoded:
        out: npt.NDArray[np.uint8] | None = None
        if header is not None and header.height and header.height * header.width <= self._spec.max_pixels:
            shape = (header.height, header.width, 3)
            out = target if self._decodes_in_place and target.shape == shape else self._scratch_array(shape)
        try:
            return decode(
                data,
                out,
                header=header,
                max_pixels=self._spec.max_pixels,
                max_bytes=self._spec.decoding_bytes or None,
                keep_damaged=self._spec.on_damaged == "keep",
                at_least=self._spec.image_size if self._spec.decode == "scaled" else None,
                decoder_log=self._decoder_log,
            )
        finally:
            if self._transformed and self._decoder_log is not None:
                self._decoder_log.take()  # what is written from now on is the user's

    def _scratch_array(self, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
        nbytes = shape[0] * shape[1] * shape[2]
        if nbytes > _KEPT_SCRATCH_BYTES:
            return np.empty(shape, np.uint8)
        if nbytes > self._scratch.size:
            self._scratch = np.empty(nbytes, np.uint8)
        return self._scratch[:nbytes].reshape(shape)

    def resized(self, rgb: npt.NDArray[Any], target: npt.NDArray[Any]) -> npt.NDArray[Any]:
        size = self._spec.image_size
        if size is None or rgb.shape[:2] == size:
            return rgb
        in_place = target.dtype == rgb.dtype and not self._transformed
        return cv2.resize(rgb, (size[1], size[0]), dst=target if in_place else None)

    def write(
        self, rgb: npt.NDArray[Any], task: SampleTask, target: npt.NDArray[Any]
    ) -> tuple[Composition | None, int]:
        """Put the pixels of a file into the arena unless they are there; what was written, or the bytes needed."""
        nbytes = rgb.size * self._dtype.itemsize
        if nbytes > task.capacity:
            return None, nbytes
        if target.shape != rgb.shape:
            target = self._arena.view(task.offset, rgb.shape, self._dtype)
        if rgb is not target and not np.may_share_memory(rgb, target):
            np.copyto(target, rgb)
        if self._spec.deliver_bgr:
            cv2.cvtColor(target, cv2.COLOR_RGB2BGR, dst=target)
        return image_alone(self._dtype_name, rgb.shape), 0
