"""Hashes of real photographs, and of what is done to them."""

import io
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import PIL.Image
import pytest

from inspector.scan.measures import Pixels, measure
from inspector.scan.perceptual_hash import NO_HASH


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


def test_an_enlarged_picture_keeps_its_measures(sample: Path) -> None:
    rgb = read(sample / "photo" / "china.jpg")
    larger = np.asarray(cv2.resize(rgb, None, fx=3, fy=3, interpolation=cv2.INTER_CUBIC), np.uint8)
    small, large = measure(rgb), measure(larger)
    assert (large.width, large.height) == (3 * small.width, 3 * small.height)
    assert large.sharpness == pytest.approx(small.sharpness, rel=0.3)
    for name in ("highlights", "shadows", "colour", "red", "green", "blue"):
        assert getattr(large, name) == pytest.approx(getattr(small, name), rel=0.1, abs=4), name
