"""Small folders of images for the loader's tests, and how the plain generator would read them."""

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from inspector.formats.decode import BadFile, decode, read_file
from inspector.sources.file_index import FileIndex


def make_folder(folder: Path, good: list[bool]) -> FileIndex:
    """Small images of different sizes, each with its own colours; where not good, a cut-off file."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, is_good in enumerate(good):
        rng = np.random.default_rng(number)
        image = rng.integers(0, 256, (5 + number % 4, 6 + number % 3, 3), np.uint8)
        encoded = cv2.imencode(".png", image)[1].tobytes()
        (folder / f"{number:03}.png").write_bytes(encoded if is_good else encoded[: len(encoded) // 2])
    return FileIndex.scan(folder)


def reader(index: FileIndex, size: tuple[int, int] | None) -> Callable[[int], npt.NDArray[np.uint8] | None]:
    """A function that reads one file of the index; it gives None for a bad one."""

    def read(position: int) -> npt.NDArray[np.uint8] | None:
        try:
            rgb = decode(read_file(index.path(position))).rgb
        except BadFile:
            return None
        return rgb if size is None else cv2.resize(rgb, (size[1], size[0])).astype(np.uint8)

    return read
