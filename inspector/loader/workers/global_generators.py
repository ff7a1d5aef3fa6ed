"""Seeds the global generators of `random` and NumPy, in a third of the time that their own `seed` takes.

Both are Mersenne Twisters. NumPy's is seeded by its own function. `random` gets the same 624 words in the opposite
order, and so draws other numbers; they are written where its generator has them, as `random.setstate` takes 20 µs.
"""

import ctypes
import random
import struct
import sys
from typing import Any

import numpy as np

_WORDS = 624
_MASK, _ODD = (1 << 32) - 1, 0x9E3779B1


class GlobalGenerators:
    """Those of this process; they are found once."""

    def __init__(self) -> None:
        self._python: Any = random._inst
        self._bits = np.random.mtrand._rand._bit_generator
        self._reversed = _words_at(self._bits.ctypes.state_address, _WORDS)[::-1]
        self._index_and_words = _place_of_state(self._python)
        self._words = self._index_and_words[1:] if self._index_and_words is not None else None

    def seed(self, number: int) -> None:
        """`number`: 0 or more, below 2**63."""
        numpys = np.random.mtrand._rand
        if numpys._bit_generator is not self._bits:  # the user has set another
            random.seed(number)
            seed_bits(numpys._bit_generator, number)
            return
        numpys.seed((number ^ number >> 31) * _ODD & _MASK)  # torch's is such a generator, too, and seeded by `number`
        if self._words is None:
            self._python.setstate((3, (*map(int, self._reversed), _WORDS), None))
            return
        self._words[...] = self._reversed
        self._index_and_words[0] = _WORDS
        self._python.gauss_next = None


def seed_bits(bits: Any, number: int) -> None:
    """Seed any of NumPy's bit generators."""
    bits.state = type(bits)(number).state


def _words_at(address: int, count: int) -> Any:
    """(count,) uint32: the memory itself. It must live as long."""
    return np.ctypeslib.as_array((ctypes.c_uint32 * count).from_address(address))


def _place_of_state(generator: random.Random) -> Any:
    """(625,) uint32: the generator's index and words in its own memory; None where they are not found there."""
    if sys.implementation.name != "cpython":
        return None
    begin = _offset_of_state()
    if begin is None:
        return None
    return _words_at(id(generator) + begin, 1 + _WORDS)


def _offset_of_state() -> int | None:
    """Where CPython has them in each such object, as one shows in which they are known."""
    probe = random.Random(1)
    *words, index = probe.getstate()[1]
    memory = ctypes.string_at(id(probe), random.Random.__basicsize__)
    begin = memory.find(struct.pack(f"={1 + _WORDS}I", index, *words))
    if begin < 0:
        return None
    place = _words_at(id(probe) + begin, 1 + _WORDS)
    place[1:] = words[::-1]  # it is no copy of what is used
    return begin if probe.getstate()[1] == (*words[::-1], index) else None
