"""The child process: looks at files which may be bad enough to end it.

It reads requests from standard input until that ends, and writes answers to standard output. A file is decoded up to
three times: as the loader does it, with `cv2.imread` (which is what a training script without checks gets), and with
the second decoder.
"""

import contextlib
import os
import select
import signal
import sys
import threading
import time

import cv2
import numpy as np
import numpy.typing as npt

from inspector.files import memory_file
from inspector.formats.byte_markers import SHOWN_BYTES, byte_markers
from inspector.formats.decode import BadFile, decode, peek, read_file
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.headers import Header
from inspector.formatting import readable
from inspector.session.examiner import qt_decoder, second_decoder
from inspector.session.examiner.frames import read_frame, write_frame
from inspector.session.examiner.messages import (
    Answer,
    DecodeRequest,
    ExamineRequest,
    Request,
    decode_request,
    encode_answer,
)
from inspector.session.examiner.records import FileExamination, FileFacts, Preview, SecondDecoding
from inspector.sources.containers.location import member_of

PREVIEW_PX = 512  # longest side of the pictures that are handed over
MOST_PIXELS = 1 << 27  # more are not decoded only to be looked at
MOST_MEMORY_BYTES = 6 << 30


def examine(path: str, log: DecoderLog, *, pictures: bool, content: bytes | None = None) -> FileExamination:
    """Look at one file. `content`: of it, where it is no file of its own."""
    try:
        data = read_file(path) if content is None else content
    except BadFile as bad:
        return FileExamination(bad.kind.value, bad.reason)
    kind = reason = ""
    try:
        decode(data, decoder_log=log)
    except BadFile as bad:
        kind, reason = bad.kind.value, bad.reason
    header = peek(data)
    head, tail = data[:SHOWN_BYTES], data[-SHOWN_BYTES:]
    lenient = second = None
    report = ""
    if pictures and header is not None and header.width * header.height > MOST_PIXELS:
        report = "not asked: the image is too large to be decoded only for a look"
    elif pictures:
        lenient = _by_imread(path, content)
        log.take()
        rgb, report = qt_decoder.look_at(data)
        second = _preview(rgb) if rgb is not None else None
        if logged := log.take().strip().partition("\n")[0]:
            report = f"{report}; it logs: {logged}"
    return FileExamination(
        kind=kind,
        reason=reason,
        file_bytes=len(data),
        format=_description(header) if header is not None else "",
        head=head,
        tail=tail,
        markers=tuple(byte_markers(head, tail, len(data), member_of(path))),
        pictures=pictures,
        lenient=lenient,
        second=second,
        second_report=report,
    )


def decode_again(path: str, *, wanted: bool, content: bytes | None = None) -> SecondDecoding:
    """Read one file again; decode it only where that is `wanted`. `content`: see `examine`."""
    try:
        data = read_file(path) if content is None else content
    except BadFile as bad:
        return SecondDecoding(reason=f"The file cannot be read again. {bad.reason}", badge="unreadable")
    header = peek(data)
    if header is None:
        return SecondDecoding(FileFacts(len(data)), reason="The file is no longer an image.", badge="unreadable")
    facts = FileFacts(len(data), header.format, header.height, header.width, header.orientation, header.note)
    return second_decoder.decode_again(data, header, facts) if wanted else SecondDecoding(facts)


def _description(header: Header) -> str:
    size = f"{header.width} × {header.height}" if header.width and header.height else ""
    turned = f"EXIF orientation {header.orientation}" if header.orientation != 1 else ""
    return ", ".join(part for part in (header.format, size, header.note, turned) if part)


def _by_imread(path: str, content: bytes | None) -> Preview | None:
    """From the file, as scripts do: from memory, OpenCV refuses what it takes from a file."""
    descriptor = os.open(path, os.O_RDONLY) if content is None else memory_file("sample")
    try:
        if content is not None:
            with open(descriptor, "wb", closefd=False) as file:
                file.write(content)
        by_number = f"/proc/self/fd/{descriptor}"  # OpenCV takes no name that is not UTF-8
        with contextlib.suppress(cv2.error, UnicodeEncodeError):
            image = cv2.imread(by_number if os.path.exists(by_number) else path, cv2.IMREAD_COLOR_RGB)
            if image is not None:
                return _preview(np.asarray(image, np.uint8))
    finally:
        os.close(descriptor)
    return None


def _preview(rgb: npt.NDArray[np.uint8]) -> Preview:
    height, width = rgb.shape[:2]
    scale = min(1.0, PREVIEW_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = np.asarray(cv2.resize(rgb, size, interpolation=cv2.INTER_AREA), np.uint8) if scale < 1 else rgb
    return Preview(small, height, width)


def _answer(request: Request, body: bytes, log: DecoderLog) -> Answer:
    began_s = time.process_time()
    path = os.fsdecode(request.path)
    content = body if request.sent else None
    examination = decoding = None
    try:
        if isinstance(request, ExamineRequest):
            examination = examine(path, log, pictures=request.pictures, content=content)
        else:
            decoding = decode_again(path, wanted=request.decode, content=content)
            log.take()
    except (OSError, MemoryError) as error:
        reason = f"It could not be examined: {readable(str(error))}."
        if isinstance(request, DecodeRequest):
            decoding = SecondDecoding(reason=reason, badge="unreadable")
        else:
            examination = FileExamination("UNREADABLE", reason)
    return Answer(time.process_time() - began_s, examination, decoding)


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash here is expected, and no news
    with contextlib.suppress(ValueError):  # a lower limit is set already
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def _end_with_parent() -> None:
    """End also in the middle of a file when the parent is gone, and only then: Ctrl+C in a terminal is the parent's."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if not hasattr(select, "poll"):
        return

    def wait() -> None:
        closed = select.poll()
        closed.register(0, 0)  # nobody writes to it any more; what there is to read does not matter
        closed.poll()
        os._exit(0)

    threading.Thread(target=wait, daemon=True).start()


def main() -> None:
    """Answer until standard input ends."""
    _limit_memory()
    _end_with_parent()
    answers = os.fdopen(os.dup(1), "wb")  # what libraries print must not come between them
    os.dup2(2, 1)
    log = DecoderLog()
    try:
        while (frame := read_frame(sys.stdin.buffer)) is not None:
            header, body = frame
            write_frame(answers, *encode_answer(_answer(decode_request(header), body, log)))
    finally:
        log.close()
