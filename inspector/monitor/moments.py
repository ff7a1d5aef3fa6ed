"""Mean and standard deviation of the pixels of many images, channel by channel, without losing digits.

uint8 images are summed up in whole numbers, so the result is exact. For float32 images the mean and the sum of
squared distances from it are merged image by image, after Chan, Golub and LeVeque, "Algorithms for computing the
sample variance" (1983), which stays accurate where a large mean would swallow a small deviation.
"""

from typing import Any, Protocol

import cv2
import numpy as np
import numpy.typing as npt

CHANNELS = 3
_STRIP_PIXELS = 1 << 18  # one channel of it fits into a core's cache
_CANCELLED = 1e-6  # of the squared mean: a smaller variance is worth a second look at the image


class Moments(Protocol):
    """What is known of the pixels so far. `mean` and `std` are (3,) and NaN before the first; `std` divides by n."""

    pixels: int

    def add(self, image: npt.NDArray[Any]) -> bool:
        """Take in an (H, W, 3) image; False, and nothing is taken in, where a value of it is not finite."""

    def mean(self) -> npt.NDArray[np.float64]: ...

    def std(self) -> npt.NDArray[np.float64]: ...


def moments_of(dtype: np.dtype[Any]) -> Moments:
    """Empty ones, of the kind that fits images of this type."""
    return ExactSums() if dtype == np.uint8 else MergedMoments()


class ExactSums:
    """Sums and sums of squares of uint8 pixels, in whole numbers of any length."""

    def __init__(self) -> None:
        self.pixels = 0
        self._sums = [0] * CHANNELS
        self._squares = [0] * CHANNELS
        self._planes = np.empty((CHANNELS, _STRIP_PIXELS), np.uint8)

    def add(self, image: npt.NDArray[Any]) -> bool:
        height, width = image.shape[:2]
        rows = max(1, _STRIP_PIXELS // width)
        for top in range(0, height, rows):
            self._add_strip(image[top : top + rows])
        self.pixels += height * width
        return True

    def _add_strip(self, strip: npt.NDArray[Any]) -> None:
        """OpenCV is several times faster on a plane of one channel than on three channels side by side."""
        shape = strip.shape[:2]
        pixels = shape[0] * shape[1]
        if pixels > self._planes.shape[1]:  # a single row that is very long
            self._planes = np.empty((CHANNELS, pixels), np.uint8)
        planes = [plane[:pixels].reshape(shape) for plane in self._planes]
        cv2.split(strip, planes)
        for channel, plane in enumerate(planes):
            mean, std = (float(value[0, 0]) for value in cv2.meanStdDev(plane))
            # OpenCV sums in whole numbers; rounding undoes what its division lost, up to 10**10 pixels.
            self._sums[channel] += round(mean * pixels)
            self._squares[channel] += round((std * std + mean * mean) * pixels)

    def mean(self) -> npt.NDArray[np.float64]:
        return np.array([total / self.pixels if self.pixels else np.nan for total in self._sums])

    def std(self) -> npt.NDArray[np.float64]:
        n = self.pixels
        if not n:
            return np.full(CHANNELS, np.nan)
        pairs = zip(self._sums, self._squares, strict=True)
        return np.sqrt([(n * squares - total * total) / (n * n) for total, squares in pairs])


class MergedMoments:
    """Mean, and sum of squared distances from it, of float pixels."""

    def __init__(self) -> None:
        self.pixels = 0
        self._mean = np.zeros(CHANNELS)
        self._distances = np.zeros(CHANNELS)

    def add(self, image: npt.NDArray[Any]) -> bool:
        mean, std = _of_image(image)
        if not (np.isfinite(mean).all() and np.isfinite(std).all()):
            return False
        pixels = image.shape[0] * image.shape[1]
        total = self.pixels + pixels
        apart = mean - self._mean
        self._distances += std * std * pixels + apart * apart * (self.pixels * (pixels / total))
        self._mean += apart * (pixels / total)
        self.pixels = total
        return True

    def mean(self) -> npt.NDArray[np.float64]:
        return self._mean.copy() if self.pixels else np.full(CHANNELS, np.nan)

    def std(self) -> npt.NDArray[np.float64]:
        return np.sqrt(self._distances / self.pixels) if self.pixels else np.full(CHANNELS, np.nan)


def _of_image(image: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """(mean, std), (3,) each. OpenCV subtracts the squared mean from the mean square: fine, unless they are alike."""
    mean, std = _mean_std(image)
    if not (std * std < _CANCELLED * mean * mean).any():
        return mean, std
    near = mean.astype(image.dtype)  # values close to it lose nothing when it is subtracted
    rest, std = _mean_std(image - near)
    return near + rest, std


def _mean_std(image: npt.NDArray[Any]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    mean, std = cv2.meanStdDev(image)
    return mean[:, 0].astype(np.float64), std[:, 0].astype(np.float64)
