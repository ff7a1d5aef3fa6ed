"""What goes over the pipe: it comes out as it went in, and what a hostile child could send is refused."""

import contextlib
import io
import struct

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.formats.byte_markers import ByteMarker
from inspector.session.examiner.frames import FrameError, lengths, read_frame, write_frame
from inspector.session.examiner.messages import (
    Answer,
    DecodeRequest,
    ExamineRequest,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from inspector.session.examiner.records import FileExamination, FileFacts, Preview, SecondDecoding


def test_requests_keep_names_that_are_no_text() -> None:
    for request in (ExamineRequest(b"/data/caf\xe9\n.jpg", True), DecodeRequest(b"x", False)):
        pipe = io.BytesIO()
        write_frame(pipe, encode_request(request), (b"pixels",))
        pipe.seek(0)
        frame = read_frame(pipe)
        assert frame is not None
        assert (decode_request(frame[0]), frame[1]) == (request, b"pixels")
        assert read_frame(pipe) is None


def test_answers_come_out_as_they_went_in() -> None:
    random = np.random.default_rng(0)
    picture = Preview(random.integers(0, 255, (7, 5, 3), np.uint8), 70, 50)
    examination = FileExamination(
        "DAMAGED", "why", 9, "JPEG", b"\xff\xd8", b"\xff\xd9", (ByteMarker("what", "found", True),), True, picture, None
    )
    known = random.integers(0, 2, (4, 6), np.uint8) != 0
    decoding = SecondDecoding(FileFacts(9, "PNG", 4, 6, 3, "16-bit"), np.zeros((4, 6, 3), np.uint8)[:, ::-1], known)
    header, parts = encode_answer(Answer(0.5, examination, decoding))
    got = decode_answer(header, b"".join(parts))
    assert got.cpu_s == 0.5
    assert got.examination is not None
    assert got.examination.lenient is not None
    assert (got.examination.lenient.rgb == picture.rgb).all()
    assert (got.examination.markers, got.examination.head) == (examination.markers, examination.head)
    assert got.decoding is not None
    assert got.decoding.facts == decoding.facts
    assert got.decoding.rgb is not None
    assert got.decoding.rgb.shape == (4, 6, 3)
    assert got.decoding.known is not None
    assert got.decoding.known.dtype == np.bool_
    assert (got.decoding.known == known).all()


@pytest.mark.parametrize(
    "array",
    [
        {"offset": 0, "shape": [4, 4, 3], "boolean": False},  # longer than the body
        {"offset": -9, "shape": [1, 1, 3], "boolean": False},
        {"offset": 0, "shape": [1 << 40, 1 << 40, 3], "boolean": False},
        {"offset": 0, "shape": [0, 3, 3], "boolean": False},
        {"offset": 0, "shape": "large", "boolean": False},
        {"offset": 10**30, "shape": [1, 1, 3], "boolean": False},
        [1, 2, 3],
    ],
)
def test_an_array_that_the_body_does_not_have_is_refused(array: object) -> None:
    header = msgspec.json.encode({"cpu_s": 0.0, "decoding": {"rgb": array}})
    with pytest.raises(msgspec.ValidationError):
        decode_answer(header, b"123456789")


@given(st.binary(max_size=60) | st.binary(max_size=20).map(lambda name: b'{"cpu_s": 0.1, "' + name + b'": 1}'))
def test_any_bytes_are_an_answer_or_refused(header: bytes) -> None:
    with contextlib.suppress(msgspec.MsgspecError):
        decode_answer(header, b"123456789")


def test_a_frame_that_would_take_too_much_memory_is_refused() -> None:
    for prefix in (struct.pack(">II", 1 << 31, 0), struct.pack(">II", 2, 1 << 31)):
        with pytest.raises(FrameError):
            lengths(prefix)
