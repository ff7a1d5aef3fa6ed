"""Which images look nearly the same: a hash of 64 bits for each; see `near_pairs`.

The hash is that of the discrete cosine transform: the 64 coarsest waves of a small grey picture, without the mean, and
for each whether it is stronger than the median. It stays nearly the same when an image is resized, compressed again, or
made somewhat brighter.
"""

from functools import lru_cache

import numpy as np
import numpy.typing as npt

NO_HASH = 0  # of an image that shows nothing; half of the bits of any other are set
BITS = 64
_SIDE = 32  # of the small picture
_WAVES = 11  # in each direction, of which the coarsest are taken
_FLAT = 1.0  # standard deviation of grey levels, as far as these waves make it, that shows nothing

Hashes = npt.NDArray[np.uint64]
Numbers = npt.NDArray[np.int64]


@lru_cache(maxsize=512)
def _waves_along(length: int) -> npt.NDArray[np.float32]:
    """(_WAVES, length) the coarsest of the transform's of _SIDE means, taken of so many pixels at once."""
    places = (np.arange(_SIDE) + 0.5) * np.pi / _SIDE
    waves = np.cos(np.arange(_WAVES)[:, None] * places) * np.sqrt(2 / _SIDE)
    waves[0] /= np.sqrt(2)
    edges, pixels = np.arange(_SIDE + 1) * length / _SIDE, np.arange(length)
    shared = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.asarray(waves @ (np.maximum(0, shared) * _SIDE / length), np.float32)


def _coarsest() -> Numbers:
    """Where they are in a flattened transform: by the sum of their frequencies."""
    waves = sorted((row + column, row, column) for row in range(_WAVES) for column in range(_WAVES))
    return np.array([row * _WAVES + column for _, row, column in waves[1 : BITS + 1]])


def _odd_across() -> int:
    """Bits of the waves that a mirror turns round."""
    odd = np.array([place % _WAVES % 2 == 1 for place in _coarsest().tolist()])
    return int.from_bytes(np.packbits(odd).tobytes(), "little")


MIRROR = np.uint64(_odd_across())  # a hash and this: nearly the hash of the mirrored picture
_PLACES = _coarsest()


def perceptual_hash(grey: npt.NDArray[np.uint8]) -> int:
    """Of (h, w) grey levels; NO_HASH where they hardly differ."""
    height, width = grey.shape
    waves = (_waves_along(height) @ grey.astype(np.float32) @ _waves_along(width).T).ravel()[_PLACES]
    if waves @ waves < (_FLAT * _SIDE) ** 2:
        return NO_HASH
    bits = waves > np.partition(waves, BITS // 2)[BITS // 2 - 1]
    return int.from_bytes(np.packbits(bits).tobytes(), "little")
