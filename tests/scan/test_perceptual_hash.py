"""Hashes of real photographs and what is done to them, and pairs of hashes: none is missed, whatever they are."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import PIL.Image
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.scan.measures import Pixels, measure
from inspector.scan.perceptual_hash import NO_HASH, groups, near_pairs


def read(file: Path) -> Pixels:
    return np.array(PIL.Image.open(file).convert("RGB"))


def resized(rgb: Pixels, share: float) -> Pixels:
    height, width = rgb.shape[:2]
    return np.array(PIL.Image.fromarray(rgb).resize((round(width * share), round(height * share))))


def compressed(rgb: Pixels, quality: int) -> Pixels:
    file = io.BytesIO()
    PIL.Image.fromarray(rgb).save(file, "JPEG", quality=quality)
    return np.array(PIL.Image.open(file))


def brighter(rgb: Pixels, share: float) -> Pixels:
    return np.asarray(np.clip(rgb * share, 0, 255), np.uint8)


@pytest.mark.parametrize(
    "change",
    [
        lambda rgb: resized(rgb, 0.5),
        lambda rgb: compressed(rgb, 60),
        lambda rgb: brighter(rgb, 1.1),
        lambda rgb: compressed(resized(rgb, 0.7), 75),
    ],
)
def test_a_changed_photograph_has_nearly_the_same_hash(change: Callable[[Pixels], Pixels], photos: Path) -> None:
    near = []
    for file in sorted(photos.iterdir()):
        rgb = read(file)
        near.append((measure(rgb).hash ^ measure(change(rgb)).hash).bit_count() <= 4)
    assert np.mean(near) >= 0.99


def test_other_photographs_have_other_hashes(sample: Path) -> None:
    names = ("astronaut.jpg", "china.jpg", "coffee-444.jpg", "rocket.jpg", "camera-grey.jpg", "retina-large.jpg")
    hashes = np.array([measure(read(sample / "photo" / name)).hash for name in names], np.uint64)
    differ = np.bitwise_count(hashes[:, None] ^ hashes)[np.triu_indices(len(names), 1)]
    assert differ.min() > 16


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (3, 7), (64, 64), (300, 200)])
def test_an_image_of_any_size_has_a_hash_or_shows_nothing(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, (*shape, 3), np.uint8)
    assert (measure(noise).hash == NO_HASH) == (shape == (1, 1))
    assert measure(np.full((*shape, 3), 77, np.uint8)).hash == NO_HASH


def all_pairs(hashes: npt.NDArray[np.uint64], limit: int) -> set[tuple[int, int]]:
    near = np.triu(np.bitwise_count(hashes[:, None] ^ hashes) <= limit, 1)
    return {(int(a), int(b)) for a, b in zip(*np.nonzero(near), strict=True)}


@given(st.integers(0, 2**32), st.integers(0, 16), st.integers(0, 60))
def test_no_pair_is_missed(seed: int, limit: int, size: int) -> None:
    random = np.random.default_rng(seed)
    bits = random.integers(0, 2, (max(1, size // 6), 64)).astype(bool)
    bits = bits[random.integers(0, len(bits), size)] ^ (random.random((size, 64)) < random.uniform(0, 0.2))
    hashes = np.unique(np.packbits(bits, axis=1).view(np.uint64).ravel())
    found = near_pairs(hashes, limit)
    assert set(zip(*map(np.ndarray.tolist, found), strict=True)) == all_pairs(hashes, limit)


def test_no_pair_is_missed_among_many() -> None:
    random = np.random.default_rng(0)
    hashes = random.integers(0, 2**64, 100_000, np.uint64)
    planted = random.choice(len(hashes), 2000, replace=False)
    flipped = np.zeros(1000, np.uint64)
    for _ in range(4):
        flipped |= np.uint64(1) << random.integers(0, 64, 1000, np.uint64)
    hashes[planted[:1000]] = hashes[planted[1000:]] ^ flipped
    first, second = near_pairs(hashes, 4)
    found = set(zip(first.tolist(), second.tolist(), strict=True))
    wanted = zip(np.minimum(planted[:1000], planted[1000:]), np.maximum(planted[:1000], planted[1000:]), strict=True)
    assert {(int(a), int(b)) for a, b in wanted} <= found


def test_thousands_of_hashes_in_one_bucket() -> None:
    hashes = np.arange(3000, dtype=np.uint64)  # the upper bands are equal in all
    assert set(zip(*map(np.ndarray.tolist, near_pairs(hashes, 2)), strict=True)) == all_pairs(hashes, 2)


@given(st.lists(st.tuples(st.integers(0, 29), st.integers(0, 29))))
def test_groups_are_what_pairs_link(pairs: list[tuple[int, int]]) -> None:
    lowest = list(range(30))
    for _ in range(30):
        for a, b in pairs:
            lowest[a] = lowest[b] = min(lowest[a], lowest[b])
    columns = np.array(pairs, np.int64).reshape(-1, 2)
    assert groups(30, (columns[:, 0], columns[:, 1])).tolist() == lowest


def test_a_long_chain_is_one_group() -> None:
    numbers = np.random.default_rng(0).permutation(20_000)
    assert not groups(20_000, (numbers[:-1], numbers[1:])).any()


def test_an_enlarged_picture_keeps_its_measures(sample: Path) -> None:
    rgb = read(sample / "photo" / "china.jpg")
    larger = np.asarray(cv2.resize(rgb, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8)
    small, large = measure(rgb), measure(larger)
    assert (large.width, large.height) == (3 * small.width, 3 * small.height)
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.3)
    for name in ("highlights", "shadows", "colour", "red", "green", "blue"):
        assert getattr(large, name) == pytest.approx(getattr(small, name), rel=0.1, abs=4), name
