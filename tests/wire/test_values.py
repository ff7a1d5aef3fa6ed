"""Values come back equal, and of the wanted type, or one sentence."""

import random
from dataclasses import dataclass

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from inspector.wire.errors import WireError
from inspector.wire.values import decode, encode


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    name: str
    pixels: npt.NDArray[np.uint8]
    share: float = 0.5
    sizes: tuple[int, ...] = ()


PICTURE = Picture("a", np.arange(24, dtype=np.uint8).reshape(2, 4, 3), 0.25, (1, 2))


def test_a_record_with_an_array_comes_back() -> None:
    found = decode(encode(PICTURE), Picture)
    assert (found.name, found.share, found.sizes) == ("a", 0.25, (1, 2))
    assert np.array_equal(found.pixels, PICTURE.pixels)


def test_names_that_are_no_text_come_back() -> None:
    name = b"photo-\xff\xe9.jpg".decode("utf-8", "surrogateescape")
    found = decode(encode(Picture(name, PICTURE.pixels)), Picture)
    assert found.name == name
    assert np.array_equal(found.pixels, PICTURE.pixels)


def array(dtype: object, shape: object, data: object) -> bytes:
    return b"\0" + msgspec.msgpack.encode({"name": "a", "pixels": (dtype, shape, data)})


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\2x",
        b"\0",
        b"\0\xdd\xff\xff\xff\xff",
        b"\0" + b"\x91" * 100_000,
        b"\1" + b"\x91" * 100_000,
        array("|u1", (1 << 40, 1 << 40), b""),
        array("|u1", (2, 2), b"12345"),
        array("|u1", (-1,), b""),
        array("|O", (1,), b"12345678"),
        array("V8", (1,), b"12345678"),
        array("<f8", (1,), b"12345678"),
        array("|u1", (1,) * 60, b"1"),
        array("|u1", "1", b"1"),
        array(1, (1,), b"1"),
        b"\0" + msgspec.msgpack.encode({"name": 1, "pixels": ("|u1", (1,), b"1")}),
        b"\0" + msgspec.msgpack.encode({"name": "a", "share": float("nan"), "pixels": ("|u1", (1,), b"1")}),
        b"\0" + msgspec.msgpack.encode({"name": "a", "sizes": [1 << 63], "pixels": ("|u1", (1,), b"1")}),
        b"\0" + msgspec.msgpack.encode({"name": "a" * (2 << 20), "pixels": ("|u1", (1,), b"1")}),
    ],
)
def test_what_is_no_such_value_is_one_sentence(data: bytes) -> None:
    with pytest.raises(WireError, match=r"^The other side sent .*\.$"):
        decode(data, Picture)


def test_keys_of_a_later_version_are_ignored() -> None:
    value = {"name": "a", "pixels": ("|u1", (1,), b"1"), "later": [1, {"x": 2}]}
    assert decode(b"\0" + msgspec.msgpack.encode(value), Picture).name == "a"


def test_mutated_values_are_values_or_a_sentence() -> None:
    chance, sent = random.Random(3), encode(PICTURE)
    for _ in range(3000):
        data = bytearray(sent)
        for _ in range(chance.randrange(1, 5)):
            data[chance.randrange(len(data))] = chance.randrange(256)
        try:
            found = decode(data[: chance.randrange(1, len(data) + 1)], Picture)
        except WireError:
            continue
        assert found.pixels.dtype == np.uint8
