"""Plain records as bytes and back: msgpack, of known types only, with arrays as (dtype, shape, bytes).

What comes back is of the wanted type in every part, has no number that is not finite but in arrays, and no endless
text. Names of files that are no text (`os.fsdecode` makes lone surrogates of their bytes) survive the way.
"""

import dataclasses
import math
from collections.abc import Callable, Hashable
from functools import cache
from operator import attrgetter
from typing import Any, cast, get_args, get_origin

import msgspec
import numpy as np

from inspector.wire.errors import WireError

MOST_TEXT = 1 << 20  # characters
_MOST_WHOLE = 1 << 62
_MOST_AXES = 4
_DTYPES = frozenset(
    np.dtype(order + kind).str
    for kind in ("u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f2", "f4", "f8", "?")
    for order in "<>"
)
_PLAIN, _ESCAPED = b"\0", b"\1"
_SURROGATES, _PRIVATE = 0xDC80, 0x10FF00  # 128 lone surrogates, as private characters while they travel
_HIDE = {_SURROGATES + number: _PRIVATE + number for number in range(128)}
_SHOW = {private: surrogate for surrogate, private in _HIDE.items()}
_WRONG = (msgspec.MsgspecError, ValueError, TypeError, OverflowError, RecursionError, MemoryError)


def encode(value: Any) -> bytes:
    """`value` as bytes: records, builtins and arrays."""
    try:
        return _PLAIN + _encoder.encode(value)
    except UnicodeEncodeError:
        plain = msgspec.to_builtins(value, enc_hook=_array_parts, builtin_types=(bytes,))
        return _ESCAPED + _encoder.encode(
            _texts(plain, lambda text: text.translate(_HIDE).encode("utf-8", "replace").decode())
        )


def decode(data: bytes | bytearray, kind: Any) -> Any:
    """The value, which is of type `kind` in every part.

    Raises:
        WireError: where it is not.
    """
    try:
        with memoryview(data) as view:
            if data[:1] == _ESCAPED:
                plain = _texts(msgspec.msgpack.decode(view[1:]), lambda text: text.translate(_SHOW))
                value = msgspec.convert(plain, kind, dec_hook=_array, builtin_types=(bytes,))
            elif data[:1] == _PLAIN:
                value = _decoder(kind).decode(view[1:])
            else:
                raise ValueError("it does not begin as a value does")
        _check(value)
    except _WRONG as error:
        raise WireError(f"The other side sent something that is no {_name(kind)}: {_short(error)}.") from error
    return value


def _name(kind: Any) -> str:
    return str(getattr(kind, "__name__", "value"))


def _short(error: BaseException) -> str:
    return (str(error) or type(error).__name__)[:200].rstrip(".")


@cache
def _decoder(kind: Any) -> msgspec.msgpack.Decoder[Any]:
    return msgspec.msgpack.Decoder(kind, dec_hook=_array)


def _array_parts(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.tobytes()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} does not cross")


_encoder = msgspec.msgpack.Encoder(enc_hook=_array_parts)


def _array(kind: Any, value: Any) -> Any:
    if (get_origin(kind) or kind) is not np.ndarray:
        raise ValueError(f"{kind} does not cross")
    dtype_name, shape, data = value
    if not isinstance(dtype_name, str) or not isinstance(data, bytes) or not isinstance(shape, list | tuple):
        raise ValueError("an array is not (dtype, shape, bytes)")
    if dtype_name not in _DTYPES or len(shape) > _MOST_AXES:
        raise ValueError("an array has a dtype or a shape that none of ours has")
    if not all(type(side) is int and 0 <= side <= 1 << 40 for side in shape):
        raise ValueError("an array has an impossible shape")
    dtype = np.dtype(dtype_name)
    if math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError("an array's bytes do not fit its shape")
    wanted = _wanted_dtype(kind)
    if wanted is not None and dtype != wanted:
        raise ValueError(f"an array is of {dtype} where it must be of {wanted}")
    array = np.frombuffer(data, dtype)
    return array.astype(dtype.newbyteorder("="), copy=False).reshape(shape)


@cache
def _wanted_dtype(kind: Any) -> "np.dtype[Any] | None":
    for argument in get_args(kind)[1:]:
        for scalar in get_args(argument):
            if isinstance(scalar, type) and issubclass(scalar, np.generic):
                return np.dtype(scalar)
    return None


def _texts(value: Any, change: Callable[[str], str]) -> Any:
    """A copy of plain values with each text changed."""
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list | tuple):
        return [_texts(each, change) for each in value]
    if isinstance(value, dict):
        return {_texts(key, change): _texts(each, change) for key, each in value.items()}
    return value


def _check(value: Any) -> None:
    """
    Raises:
        ValueError: for a number or a text that no view could show.
    """
    kind = type(value)
    if kind is int:
        if not -_MOST_WHOLE < value < _MOST_WHOLE:
            raise ValueError("a number is too large")
    elif kind is float:
        if not math.isfinite(value):
            raise ValueError("a number is not finite")
    elif kind is str:
        if len(value) > MOST_TEXT:
            raise ValueError("a text is too long")
    elif kind is tuple or kind is list:
        for each in value:
            _check(each)
    elif kind is dict:
        for key, each in value.items():
            _check(key)
            _check(each)
    else:
        parts = _parts_of(cast(Hashable, kind))
        if parts is not None:
            for each in parts(value):
                _check(each)


@cache
def _parts_of(kind: Any) -> Callable[[Any], tuple[Any, ...]] | None:
    """What gives the parts of a record; None for what has none."""
    if issubclass(kind, tuple):
        return tuple
    names: tuple[str, ...] = ()
    if dataclasses.is_dataclass(kind):
        names = tuple(field.name for field in dataclasses.fields(kind))
    elif issubclass(kind, msgspec.Struct):
        names = kind.__struct_fields__
    if not names:
        return None
    if len(names) == 1:
        single = attrgetter(names[0])
        return lambda value: (single(value),)
    return attrgetter(*names)
