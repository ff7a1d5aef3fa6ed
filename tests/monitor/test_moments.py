"""Mean and standard deviation agree with NumPy's to the last digits, whatever the images are like."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from inspector import Loader
from inspector.monitor.moments import ExactSums, MergedMoments, moments_of

Images = Sequence[npt.NDArray[Any]]


def by_numpy(images: Images) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """All pixels in one array, a channel at a time, which NumPy adds up pairwise; two passes."""
    pixels = np.concatenate([image.reshape(-1, 3) for image in images])
    channels = [pixels[:, channel].astype(np.float64) for channel in range(3)]
    return np.array([channel.mean() for channel in channels]), np.array([channel.std() for channel in channels])


def assert_as_numpy(images: Images, rtol: float, atol: float = 0.0) -> None:
    moments = moments_of(images[0].dtype)
    assert all(moments.add(image) for image in images)
    mean, std = by_numpy(images)
    assert moments.pixels == sum(image.shape[0] * image.shape[1] for image in images)
    np.testing.assert_allclose(moments.mean(), mean, rtol=rtol, atol=atol)
    np.testing.assert_allclose(moments.std(), std, rtol=rtol, atol=atol)


@pytest.fixture(scope="module")
def natural(sample: Path) -> list[npt.NDArray[np.uint8]]:
    """Every good image of the sample, of its own size."""
    with Loader(sample, batch_size=8, engine="serial", epochs=1) as loader:
        return [image.copy() for batch in loader for image in batch.images]


def test_the_whole_sample_as_uint8(natural: Images) -> None:
    assert len(natural) > 40
    assert_as_numpy(natural, rtol=1e-13)


def test_the_whole_sample_as_float32(natural: Images) -> None:
    assert_as_numpy([image.astype(np.float32) for image in natural], rtol=1e-12)


def test_uint8_is_exact_so_the_order_does_not_matter(natural: Images) -> None:
    forwards, backwards = ExactSums(), ExactSums()
    for image, other in zip(natural, reversed(natural), strict=True):
        forwards.add(image)
        backwards.add(other)
    assert forwards.mean().tolist() == backwards.mean().tolist()
    assert forwards.std().tolist() == backwards.std().tolist()


@given(arrays.arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_any_uint8_image(image: npt.NDArray[np.uint8]) -> None:
    assert_as_numpy([image, image[::-1, ::-1]], rtol=1e-13)


@pytest.mark.parametrize("shape", [(1, 300_000, 3), (1500, 1500, 3), (2, 200_001, 3)])
def test_images_larger_than_a_strip(shape: tuple[int, int, int]) -> None:
    assert_as_numpy([np.random.default_rng(0).integers(0, 256, shape, np.uint8)], rtol=1e-13)


@pytest.mark.parametrize("value", [0, 1, 255])
def test_one_pixel_apart_from_all_others(value: int) -> None:
    image = np.full((1000, 1000, 3), value, np.uint8)
    assert_as_numpy([image], rtol=1e-13)
    image[500, 500] = 128
    assert_as_numpy([image], rtol=1e-13)


@pytest.mark.parametrize("offset", [0.0, 255.0, 1e6, -1e6])
def test_a_tiny_deviation_on_a_huge_offset(offset: float) -> None:
    rng = np.random.default_rng(1)
    images = [(offset + rng.normal(0, 0.2, (90, 110, 3))).astype(np.float32) for _ in range(50)]
    assert_as_numpy(images, rtol=1e-8, atol=1e-9)


def test_images_that_lie_far_apart() -> None:
    """The deviation is between the images, not inside them."""
    images = [np.full((7, 9, 3), value, np.float32) for value in (1e-3, 1e6, 5e5, -3.0)]
    assert_as_numpy(images, rtol=1e-9)


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_an_image_that_is_not_finite_leaves_the_figures_alone(bad: float) -> None:
    image = np.random.default_rng(2).uniform(0, 255, (20, 30, 3)).astype(np.float32)
    broken = image.copy()
    broken[3, 4, 1] = bad
    moments = MergedMoments()
    assert moments.add(image)
    before = moments.mean().tolist(), moments.std().tolist(), moments.pixels
    assert not moments.add(broken)
    assert (moments.mean().tolist(), moments.std().tolist(), moments.pixels) == before


def test_before_the_first_image_nothing_is_known() -> None:
    for dtype in (np.uint8, np.float32):
        moments = moments_of(np.dtype(dtype))
        assert np.isnan(moments.mean()).all()
        assert np.isnan(moments.std()).all()
