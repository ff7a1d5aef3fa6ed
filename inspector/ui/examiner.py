"""A process of its own that looks at files which may be bad enough to end it.

It is told a file a line on standard input and answers with a line on standard output, both JSON. Decoding happens
here three times: as the loader does it, as `cv2.imread` does it (which is what a training script without checks
gets), and with Qt's own decoders. Nothing of it happens in the window's process.
"""

import base64
import contextlib
import json
import os
import sys
from dataclasses import asdict
from typing import Any, TypedDict

import cv2
import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageReader

from inspector.formats.byte_markers import SHOWN_BYTES, byte_markers
from inspector.formats.decode import BadFile, decode, peek, read_file
from inspector.formats.decoder_log import DecoderLog

PICTURE_PX = 512  # longest side of the pictures that are handed over
MOST_PIXELS = 1 << 27  # more are not decoded only to be looked at
MOST_MEMORY_BYTES = 6 << 30


class Preview(TypedDict):
    """A picture, made smaller: RGB of 8 bits, rows without padding, in base64; the original's size in pixels."""

    rgb: str
    width: int
    height: int
    original_width: int
    original_height: int


Answer = dict[str, Any]
"""What was found; a key is missing where the examination did not come so far.

kind, reason: the problem that the loader has with the file now; both "" where it loads.
file_bytes, format: of the whole file; its format, size and peculiarities in words.
head, tail: the first and the last bytes, hexadecimal.
byte_markers: `ByteMarker`s as dictionaries.
lenient, second: a `Preview` or None: what cv2.imread gives, and what Qt gives; second_says: in words.
"""


def examine(path: str, complaints: DecoderLog, pictures: bool) -> Answer:
    """Look at one file."""
    answer: Answer = {}
    try:
        data = read_file(path)
    except BadFile as bad:
        answer.update(kind=bad.kind.value, reason=bad.reason)
        return answer
    header = peek(data)
    head, tail = data[:SHOWN_BYTES], data[-SHOWN_BYTES:]
    answer.update(
        file_bytes=len(data),
        head=head.hex(),
        tail=tail.hex(),
        byte_markers=[asdict(marker) for marker in byte_markers(head, tail, len(data), path)],
    )
    if header is not None:
        size = f"{header.width} × {header.height}" if header.width and header.height else ""
        turned = f"EXIF orientation {header.orientation}" if header.orientation != 1 else ""
        answer["format"] = ", ".join(part for part in (header.format, size, header.note, turned) if part)
    try:
        decode(data, complaints=complaints)
        answer.update(kind="", reason="")
    except BadFile as bad:
        answer.update(kind=bad.kind.value, reason=bad.reason)
    if pictures:
        too_large = header is not None and header.width * header.height > MOST_PIXELS
        answer["lenient"] = None if too_large else _by_imread(path)
        if too_large:
            answer.update(second=None, second_says="not asked: the image is too large to be decoded only for a look")
        else:
            complaints.take()
            answer["second"], says = _by_qt(data)
            logged = complaints.take().strip().partition("\n")[0]
            answer["second_says"] = f"{says}; it logs: {logged}" if logged else says
    return answer


def _by_imread(path: str) -> Preview | None:
    """From the file, as scripts do: from memory, OpenCV refuses what it takes from a file."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        by_number = f"/proc/self/fd/{descriptor}"  # a name that is no UTF-8 cannot be told to OpenCV
        with contextlib.suppress(cv2.error, UnicodeEncodeError):
            image = cv2.imread(by_number if os.path.exists(by_number) else path, cv2.IMREAD_COLOR_RGB)
            if image is not None:
                return _picture(np.asarray(image, np.uint8))
    finally:
        os.close(descriptor)
    return None


def _by_qt(data: bytes) -> tuple[Preview | None, str]:
    """The picture and what there is to say about it."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    image, complaint = _read(buffer)
    if image.isNull():
        return None, f"gives no picture: {complaint}"
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    rgb = rows[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    return _picture(rgb), f"gives a picture of {image.width()} × {image.height()} pixels"


def _read(buffer: QBuffer) -> tuple[QImage, str]:
    """A function of its own, so that the reader is gone before the buffer is: its TIFF part needs it to the end."""
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    reader.setAllocationLimit(1024)  # MB
    return reader.read(), reader.errorString()


def _picture(rgb: NDArray[np.uint8]) -> Preview:
    height, width = rgb.shape[:2]
    scale = min(1.0, PICTURE_PX / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    small = cv2.resize(rgb, size, interpolation=cv2.INTER_AREA) if scale < 1 else np.ascontiguousarray(rgb)
    return {
        "rgb": base64.b64encode(small.tobytes()).decode("ascii"),
        "width": size[0],
        "height": size[1],
        "original_width": width,
        "original_height": height,
    }


def _limit_memory() -> None:
    if sys.platform == "win32":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # a crash here is expected, and no news
    with contextlib.suppress(ValueError):  # a lower limit is set already
        resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY_BYTES, MOST_MEMORY_BYTES))


def main() -> None:
    """Answer until standard input ends."""
    _limit_memory()
    answers = os.fdopen(os.dup(1), "w", encoding="ascii")  # what libraries print must not come between them
    os.dup2(2, 1)
    complaints = DecoderLog()
    try:
        for line in sys.stdin:
            order = json.loads(line)
            try:
                answer = examine(order["path"], complaints, order["pictures"])
            except (OSError, MemoryError) as error:
                answer = {"kind": "UNREADABLE", "reason": f"It could not be examined: {error}."}
            answers.write(json.dumps(answer) + "\n")
            answers.flush()
    finally:
        complaints.close()


if __name__ == "__main__":
    main()
