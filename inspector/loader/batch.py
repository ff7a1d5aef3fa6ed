"""`Batch`: what the loader delivers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.formats.problems import Problem

Images = npt.NDArray[Any] | list[npt.NDArray[Any]]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """What training would get. The arrays are the receiver's for as long as it keeps them.

    Attributes:
        images: of files RGB: with `image_size` one C-contiguous (B, H, W, 3) array, else a list of B (H, W, 3) arrays.
            What the user's code gives comes as it is: one C-contiguous (B, ...) array where all are alike in shape and
            type, else a list of B arrays; an empty list where there are none.
        paths: (B,) the files.
        indices: (B,) their positions in the index.
        sizes: (B, 2) int, height and width in pixels of the file's image, EXIF-rotated, before any resize.
        labels: B class names from the folders, or what the user's data set gave; None where there are none.
        number: of the batch, from 0; runs on across epochs.
        epoch: from 0.
        skipped: files whose place this batch had to fill, in the order in which they were met.
        damaged: with `on_damaged="keep"`: files that are in the batch although they are damaged.
        last_in_epoch: no batch of this epoch comes after it.
        data: what `collate` made of the samples; without it, one item like those of the data set, each array in which
            is stacked as `images` is, and everything else a list of B values. Of files the images.
        fields: the same by name: the names of a dict, named tuple or data class, or "image", "label", "2" and so on.
    """

    images: Images
    paths: list[str]
    indices: npt.NDArray[np.int64]
    sizes: npt.NDArray[np.int64]
    labels: Sequence[Any] | npt.NDArray[Any] | None
    number: int
    epoch: int
    skipped: tuple[Problem, ...]
    damaged: tuple[Problem, ...] = ()
    last_in_epoch: bool = False
    data: Any = None
    fields: Mapping[str, Any] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.paths)
