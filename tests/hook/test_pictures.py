"""What of a batch is taken for images: arrays as they come out of data sets and collate functions."""

from typing import Any

import numpy as np
import pytest
from PIL import Image

from inspector.hook import batches


def found(data: Any, indices: Any = None) -> Any:
    """(key, shape of the first image, images) or None."""
    seen = batches._images(data, indices)
    return None if seen is None else (seen[0], seen[1][0].shape, len(seen[1]))


class Batch:
    """What a collate function of somebody's gives."""

    def __init__(self, images: Any) -> None:
        self.images, self.ids = images, [1, 2]


IMAGES = np.zeros((4, 3, 16, 24), np.float32)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ((IMAGES, np.arange(4)), ("0", (3, 16, 24), 4)),
        ({"name": ["a"] * 4, "image": IMAGES}, ("image", (3, 16, 24), 4)),
        (Batch(IMAGES), ("images", (3, 16, 24), 4)),
        ([[np.zeros((20, 30, 3)), np.zeros((16, 40, 3))], [0, 1]], ("0", (20, 30, 3), 2)),
        ([[Image.new("RGB", (30, 20))] * 2, [0, 1]], ("0", (20, 30, 3), 2)),
        ([[Image.new("1", (30, 20))], [0]], ("0", (20, 30, 3), 1)),
        ([[Image.new("L", (30, 20))], [0]], ("0", (20, 30, 1), 1)),
        (np.zeros((4, 16, 24), np.uint8), ("", (1, 16, 24), 4)),
        (None, None),
        (["some text"] * 4, None),
        (np.zeros((4, 128), np.int64), None),
        (np.zeros((4, 16, 24), np.int64), None),
        (np.zeros((4, 3, 16, 24), np.complex64), None),
        (np.zeros((4, 13, 16, 24), np.float32), None),
    ],
)
def test_what_is_taken_for_images(data: Any, expected: Any) -> None:
    assert found(data, [0, 1, 2, 3]) == expected
