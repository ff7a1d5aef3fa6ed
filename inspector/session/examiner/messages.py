"""What the two ends of the pipe exchange: requests as JSON, answers as JSON with arrays behind it."""

from collections.abc import Callable
from typing import Any

import msgspec
import numpy as np
import numpy.typing as npt

from inspector.session.examiner.frames import Buffer
from inspector.session.examiner.records import FileExamination, SecondDecoding

_MOST_SIDE = 1 << 20


class ExamineRequest(msgspec.Struct, tag="examine", frozen=True):
    """Examine a file. `path`: as `os.fsencode` gives it. `sent`: its content is the body of the frame."""

    path: bytes
    pictures: bool
    sent: bool = False


class DecodeRequest(msgspec.Struct, tag="decode", frozen=True):
    """Read a file again, and where `decode`, have the second decoder decode it. `sent`: see above."""

    path: bytes
    decode: bool
    sent: bool = False


Request = ExamineRequest | DecodeRequest


class Answer(msgspec.Struct, frozen=True):
    """To one request. `cpu_s`: CPU seconds that it took the child; None: unknown, as it died."""

    cpu_s: float | None
    examination: FileExamination | None = None
    decoding: SecondDecoding | None = None


class _ArrayHeader(msgspec.Struct, frozen=True):
    """An array in the body of a frame: uint8, or bool with a byte a value."""

    offset: int
    shape: tuple[int, ...]
    boolean: bool


def encode_request(request: Request) -> bytes:
    """The header of a frame, whose body is the content of the file where that is sent."""
    return msgspec.json.encode(request)


def decode_request(header: bytes) -> Request:
    """The opposite."""
    request: Request = msgspec.json.decode(header, type=Request)
    return request


def encode_answer(answer: Answer) -> tuple[bytes, list[Buffer]]:
    """Header and parts of the body of a frame."""
    parts: list[Buffer] = []
    length = 0

    def as_header(array: object) -> _ArrayHeader:
        nonlocal length
        assert isinstance(array, np.ndarray)
        header = _ArrayHeader(length, array.shape, array.dtype == np.bool_)
        parts.append(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        length += array.nbytes
        return header

    return msgspec.json.encode(answer, enc_hook=as_header), parts


def decode_answer(header: Buffer, body: Buffer) -> Answer:
    """The opposite; arrays are views of `body`.

    Raises:
        msgspec.ValidationError, msgspec.DecodeError: where the header is no answer, or names what the body lacks.
    """
    try:
        return msgspec.json.decode(header, type=Answer, dec_hook=_arrays_of(body))
    except (UnicodeDecodeError, RecursionError) as error:  # which msgspec lets through
        raise msgspec.DecodeError(str(error)) from None


def _arrays_of(body: Buffer) -> Callable[[type, Any], npt.NDArray[Any]]:
    def as_array(_kind: type, value: object) -> npt.NDArray[Any]:
        found = msgspec.convert(value, _ArrayHeader)
        if not all(0 < side <= _MOST_SIDE for side in found.shape) or found.offset < 0:
            raise ValueError("an array has an impossible shape")
        count = 1
        for side in found.shape:
            count *= side
        if found.offset + count > len(body):
            raise ValueError("an array is cut short")
        values = np.frombuffer(body, np.uint8, count, found.offset).reshape(found.shape)
        return values != 0 if found.boolean else values

    return as_array
