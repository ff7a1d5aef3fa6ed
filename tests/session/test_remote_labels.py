"""Labels that another machine sends are checked before they are drawn."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from inspector.annotations.picture_labels import BatchLabels, PictureLabels, no_shapes
from inspector.session.annotation_control import LabelledSamples
from inspector.session.remote.annotations import check_batch, check_picture, check_samples
from inspector.wire.errors import WireError

GOOD = replace(
    no_shapes(),
    points=np.zeros((2, 2), np.float32),
    offsets=np.array([0, 2]),
    kinds=np.zeros(1, np.uint8),
    classes=np.zeros(1, np.int32),
    scores=np.zeros(1, np.float32),
    flags=np.zeros(1, np.uint8),
    ids=np.zeros(1, np.int64),
)


def test_labels_that_fit_are_taken() -> None:
    batch = BatchLabels((PictureLabels(GOOD, np.zeros((3, 4), np.int16)), None), ("cat",))
    assert check_batch(batch) is batch
    assert check_batch(None) is None


@pytest.mark.parametrize(
    "wrong",
    [
        {"offsets": np.array([0, 1])},
        {"offsets": np.array([0, -1])},
        {"offsets": np.array([2, 2])},
        {"offsets": np.zeros((0,), np.int64)},
        {"kinds": np.full(1, 200, np.uint8)},
        {"kinds": np.zeros((1, 1), np.uint8)},
        {"classes": np.zeros(2, np.int32)},
        {"classes": np.zeros(1, np.int64)},
        {"points": np.zeros((2, 3), np.float32)},
        {"points": np.zeros((2, 2), np.float64)},
        {"flags": np.zeros(0, np.uint8)},
    ],
)
def test_labels_that_do_not_fit_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(WireError):
        check_picture(PictureLabels(replace(GOOD, **wrong)))


@pytest.mark.parametrize(
    "mask", [np.zeros((0, 4), np.int16), np.zeros((3, 4), np.int32), np.zeros((1, 5000), np.int16)]
)
def test_a_mask_of_labels_that_does_not_fit_is_refused(mask: Any) -> None:
    with pytest.raises(WireError):
        check_picture(PictureLabels(GOOD, mask))


def test_a_list_with_labels_that_does_not_fit_is_refused() -> None:
    with pytest.raises(WireError):
        check_samples(LabelledSamples(1, ("a", "b"), (1, 2)))
