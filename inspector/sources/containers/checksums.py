"""CRC-32C, as TFRecord has it, with NumPy: about a third of a millisecond for 100 kB.

A checksum is linear: what each byte adds depends on itself and on how many follow. So the bytes of a row are looked up
all at once, and the rows of a block are put together in pairs.
"""

from functools import cache

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0x82F63B78
_ALL = 0xFFFF_FFFF
_ROW = 256  # bytes
_BLOCK_LEVEL = 12
_BLOCK = _ROW << _BLOCK_LEVEL  # bytes, so that little memory is taken
_FEW = 64  # bytes

_Words = npt.NDArray[np.uint32]


def crc_32c(data: bytes | memoryview) -> int:
    """The checksum of all bytes."""
    if len(data) < _FEW:
        value = _ALL
        for byte in data:
            value = value >> 8 ^ _BYTES[(value ^ byte) & 0xFF]
        return value ^ _ALL
    first = len(data) % _BLOCK
    first += _BLOCK if first < 4 else 0
    begin = np.frombuffer(data, np.uint8, first).copy()
    begin[:4] ^= 0xFF  # in place of the value that it starts from
    words = _of_block(begin)
    for at in range(first, len(data), _BLOCK):
        block = _of_block(np.frombuffer(data, np.uint8, _BLOCK, at))
        words = _moved(words, _BLOCK_LEVEL) ^ block
    return int(words[0]) ^ _ALL


def _of_block(data: npt.NDArray[np.uint8]) -> _Words:
    """(1,) what these bytes add where nothing follows."""
    rows = -(-len(data) // _ROW)
    padded = np.zeros(rows * _ROW, np.uint8)  # zeros before the first byte add nothing
    padded[len(padded) - len(data) :] = data
    places = padded.reshape(rows, _ROW) + _ROW_STARTS
    values: _Words = np.bitwise_xor.reduce(_by_place()[places], axis=1)
    level = 0
    while len(values) > 1:
        if len(values) % 2:
            values = np.concatenate((np.zeros(1, np.uint32), values))
        values = _moved(values[::2], level) ^ values[1::2]
        level += 1
    return values


def _moved(values: _Words, level: int) -> _Words:
    """What the values become where 2**level rows of zeros follow."""
    table = _moves(level)
    moved: _Words = table[0][values & 0xFF]
    for place in (1, 2, 3):
        moved ^= table[place][values >> np.uint32(8 * place) & np.uint32(0xFF)]
    return moved


def _byte_table() -> tuple[int, ...]:
    table = []
    for value in range(256):
        for _ in range(8):
            value = value >> 1 ^ (_POLYNOMIAL if value & 1 else 0)
        table.append(value)
    return tuple(table)


_BYTES = _byte_table()
_ROW_STARTS = np.arange(0, _ROW * 256, 256, dtype=np.uint16)


@cache
def _by_place() -> _Words:
    """(256 * 256,) what each byte adds at each place of a row."""
    table = np.empty((_ROW, 256), np.uint32)
    bytes_, values = np.array(_BYTES, np.uint32), np.array(_BYTES, np.uint32)
    for place in reversed(range(_ROW)):
        table[place] = values
        values = values >> np.uint32(8) ^ bytes_[values & np.uint32(0xFF)]
    return table.reshape(-1)


@cache
def _moves(level: int) -> _Words:
    """(4, 256) what each byte of a value becomes where 2**level rows of zeros follow."""
    values = np.arange(256, dtype=np.uint32) << np.array([[0], [8], [16], [24]], np.uint32)
    if level:
        return _moved(_moved(values, level - 1), level - 1)
    bytes_ = np.array(_BYTES, np.uint32)
    for _ in range(_ROW):
        values = values >> np.uint32(8) ^ bytes_[values & np.uint32(0xFF)]
    return values
