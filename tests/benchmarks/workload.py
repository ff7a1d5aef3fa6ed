"""What every contestant has to do: the same files, decoded by the project's own decoder, to the same arrays."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector.formats.decode import decode, peek, read_file
from inspector.settings import DType

QUEUED_BATCHES = 4  # what contestants with a queue of batches may have waiting


@dataclass(frozen=True)
class Workload:
    """Attributes:
    image_size: (height, width) in pixels to resize to and stack, or None: a list of arrays of native size.
    """

    paths: tuple[str, ...]
    image_size: tuple[int, int] | None
    dtype: DType
    batch_size: int
    workers: int

    @property
    def name(self) -> str:
        if self.image_size is None:
            return f"native size, list, {self.dtype}"
        return "{}x{}, stacked, {}".format(*self.image_size, self.dtype)

    def reader(self, *, reuse: bool = False) -> "ImageReader":
        return ImageReader(self.image_size, self.dtype, reuse=reuse)


class ImageReader:
    """Reads, decodes and resizes one file at a time. Keeps scratch memory, so each thread needs its own.

    With `reuse` an image is valid until the next one only.
    """

    def __init__(self, image_size: tuple[int, int] | None, dtype: DType, *, reuse: bool = False) -> None:
        self._image_size = image_size
        self._dtype = dtype
        self._reuse = reuse
        self._scratch = np.empty(0, np.uint8)
        self._results: dict[tuple[int, ...], npt.NDArray[Any]] = {}

    def __call__(self, path: str) -> npt.NDArray[Any]:
        """(H, W, 3) RGB."""
        data = read_file(path)
        header = peek(data)
        assert header is not None
        shape = (header.height, header.width, 3)
        converted = self._dtype != "uint8"
        scratch = self._reuse or converted or self._image_size is not None
        image = decode(data, self._scratch_array(shape) if scratch else np.empty(shape, np.uint8), header=header).rgb
        if self._image_size is not None:
            height, width = self._image_size
            target = None if converted else self._result((height, width, 3))
            image = cv2.resize(image, (width, height), dst=target)  # type: ignore[assignment]
        if not converted:
            return image
        result = self._result(image.shape)
        np.copyto(result, image)
        return result

    def _scratch_array(self, shape: tuple[int, int, int]) -> npt.NDArray[np.uint8]:
        size = shape[0] * shape[1] * shape[2]
        if size > self._scratch.size:
            self._scratch = np.empty(size, np.uint8)
        return self._scratch[:size].reshape(shape)

    def _result(self, shape: tuple[int, ...]) -> npt.NDArray[Any]:
        if not self._reuse:
            return np.empty(shape, self._dtype)
        if shape not in self._results:
            self._results = {shape: np.empty(shape, self._dtype)}
        return self._results[shape]


def shuffled_for_ever(paths: tuple[str, ...], seed: int) -> Iterator[str]:
    """All files in a new order every time."""
    random = np.random.default_rng(seed)
    for order in map(random.permutation, itertools.repeat(len(paths))):
        for position in order:
            yield paths[position]
