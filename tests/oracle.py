"""The order contract as a plain generator: what any loader with any workers must deliver."""

from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt

from inspector.loader.planning.sampler import epoch_order


def plain_batches(
    length: int,
    read: Callable[[int], npt.NDArray[np.uint8] | None],
    batch_size: Callable[[int], int],
    *,
    seed: int = 0,
    shuffle: bool = True,
    epochs: int = 1,
    drop_last: bool = False,
) -> Iterator[tuple[int, list[int], list[npt.NDArray[np.uint8]], list[int]]]:
    """(epoch, indices, images, indices of the files skipped on the way) of every batch, in order.

    `read` gives None for a bad file; `batch_size` is asked with the number of the batch that is begun.
    """
    number = 0
    skipped: list[int] = []
    for epoch in range(epochs):
        indices: list[int] = []
        images: list[npt.NDArray[np.uint8]] = []
        for index in epoch_order(length, shuffle=shuffle, seed=seed, epoch=epoch).tolist():
            image = read(index)
            if image is None:
                skipped.append(index)
                continue
            indices.append(index)
            images.append(image)
            if len(images) == batch_size(number):
                yield epoch, indices, images, skipped
                number += 1
                indices, images, skipped = [], [], []
        if images and not drop_last:
            yield epoch, indices, images, skipped
            number += 1
            skipped = []
