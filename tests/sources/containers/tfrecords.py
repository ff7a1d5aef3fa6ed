"""TFRecord files as TensorFlow writes them."""

import struct
from collections.abc import Iterable, Mapping
from pathlib import Path

Value = bytes | int | float | list[bytes] | list[int] | list[float]


def write_tfrecord(path: Path, records: Iterable[Mapping[str, Value]]) -> Path:
    path.write_bytes(b"".join(record(example(each)) for each in records))
    return path


def record(message: bytes) -> bytes:
    length = struct.pack("<Q", len(message))
    return length + struct.pack("<I", masked(crc_32c(length))) + message + struct.pack("<I", masked(crc_32c(message)))


def example(features: Mapping[str, Value]) -> bytes:
    """A message `tf.train.Example`."""
    items = [_bytes(1, name.encode()) + _bytes(2, _feature(value)) for name, value in features.items()]
    return _bytes(1, b"".join(_bytes(1, item) for item in items))


def masked(checksum: int) -> int:
    return ((checksum >> 15 | checksum << 17) + 0xA282EAD8) & 0xFFFFFFFF


def crc_32c(data: bytes) -> int:
    """Bit by bit where nothing else is at hand: a byte at a time by a table that is made here."""
    checksum = 0xFFFFFFFF
    for byte in data:
        checksum = checksum >> 8 ^ _TABLE[(checksum ^ byte) & 0xFF]
    return checksum ^ 0xFFFFFFFF


def _step(value: int) -> int:
    for _ in range(8):
        value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value


_TABLE = [_step(value) for value in range(256)]


def _feature(value: Value) -> bytes:
    values = value if isinstance(value, list) else [value]
    if isinstance(values[0], bytes):
        return _bytes(1, b"".join(_bytes(1, each) for each in values if isinstance(each, bytes)))
    if isinstance(values[0], float):
        return _bytes(2, _bytes(1, struct.pack(f"<{len(values)}f", *values)))
    return _bytes(3, _bytes(1, b"".join(_varint(int(each) & (1 << 64) - 1) for each in values)))


def _bytes(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])
