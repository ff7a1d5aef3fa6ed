"""`Batch`: what the loader delivers."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.formats.problems import Problem

Images = npt.NDArray[Any] | list[npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What training would get. The arrays are the receiver's for as long as it keeps them.

    Attributes:
        images: RGB. With `image_size` one C-contiguous (B, H, W, 3) array, else a list of B (H, W, 3) arrays.
        paths: (B,) the files.
        indices: (B,) their positions in the index.
        sizes: (B, 2) int, height and width in pixels of the file's image, EXIF-rotated, before any resize.
        labels: (B,) class names from the folders, or what the user's data set gave; None where there are none.
        number: of the batch, from 0; runs on across epochs.
        epoch: from 0.
        skipped: files whose place this batch had to fill, in the order in which they were met.
        damaged: with `on_damaged="keep"`: files that are in the batch although they are damaged.
        last_in_epoch: no batch of this epoch comes after it.
    """

    images: Images
    paths: list[str]
    indices: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    labels: list[Any] | None
    number: int
    epoch: int
    skipped: tuple[Problem, ...]
    damaged: tuple[Problem, ...] = ()
    last_in_epoch: bool = False

    def __len__(self) -> int:
        return len(self.paths)
