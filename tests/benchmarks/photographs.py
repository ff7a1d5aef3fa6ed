"""JPEGs made from real photographs, the same in every run."""

from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

_PHOTOGRAPHS = ("astronaut", "cat", "coffee", "rocket", "retina")
PHOTOGRAPHS = len(_PHOTOGRAPHS) + 2  # of which the parts are taken in turn
_GRAIN = 11.0  # a camera has some; without it enlarged crops are smoother, and so smaller, than photographs
_CAMERA_GRAIN = 7.8  # what makes files of 3 MB
Pixels = npt.NDArray[np.uint8]


def make_photographs(folder: Path, count: int) -> list[str]:
    """`count` JPEGs of about 500x375 pixels and 106 KB, as ImageNet has them; their paths."""
    return _make(folder, count, (500, 375), _GRAIN, quality=94)


def make_camera_photographs(folder: Path, count: int) -> list[str]:
    """`count` JPEGs of about 12 megapixels and 3 MB, as telephones and cameras make them; their paths."""
    return _make(folder, count, (4000, 3000), _CAMERA_GRAIN, quality=90)


def make_tiny_photographs(folder: Path, count: int) -> list[str]:
    """`count` JPEGs of about 32x24 pixels, for when the decoder's work must not matter; their paths."""
    return _make(folder, count, (32, 24), 0.0, quality=90)


def mean_kb(paths: list[str]) -> float:
    """Mean size of files in 10**3 bytes."""
    return sum(Path(path).stat().st_size for path in paths) / len(paths) / 1e3


def _make(folder: Path, count: int, size: tuple[int, int], grain: float, quality: int) -> list[str]:
    photographs = _real_photographs()
    random = np.random.default_rng(0)
    paths = []
    for number in range(count):
        crop = _some_part(photographs[number % len(photographs)], random)
        scale = random.uniform(0.9, 1.1)
        photo = cv2.resize(crop, (int(size[0] * scale), int(size[1] * scale)), interpolation=cv2.INTER_CUBIC)
        noise = random.normal(0, grain, photo.shape)
        photo = np.clip(photo + noise, 0, 255).astype(np.uint8)
        paths.append(str(folder / f"{number:05d}.jpg"))
        cv2.imwrite(paths[-1], photo, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return paths


def _real_photographs() -> list[Pixels]:
    """As they come with scikit-image and scikit-learn, RGB."""
    from skimage import data
    from sklearn.datasets import load_sample_images

    return [getattr(data, name)() for name in _PHOTOGRAPHS] + list(load_sample_images().images)


def _some_part(photograph: Pixels, random: np.random.Generator) -> Pixels:
    """A crop of 4:3, BGR."""
    rows, columns = photograph.shape[:2]
    part = random.uniform(0.6, 1.0)
    height = int(min(rows, columns * 3 / 4) * part)
    width = height * 4 // 3
    top, left = random.integers(rows - height + 1), random.integers(columns - width + 1)
    return np.ascontiguousarray(photograph[top : top + height, left : left + width, ::-1])
