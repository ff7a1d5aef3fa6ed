"""One file's bytes become RGB pixels, or the reason why they do not.

What comes out is uint8 RGB, whatever the file holds: grey is spread over three channels, alpha is dropped (not
blended), a palette is looked up, 16 bits are scaled to 8 (v >> 8, or v / 257 rounded in TIFF), the first frame or page
stands for all. The orientation that EXIF (JPEG, PNG, WebP), the TIFF tag or AVIF's own properties ask for is applied.

JPEG goes through libjpeg-turbo in its strict mode, which names every fault. The other formats go through OpenCV, which
refuses most damaged files; what remains, decoders only tell in text on file descriptor 2, see `complaints`. Formats
without checksums (BMP, PNM, WebP, JPEG 2000, uncompressed TIFF) cannot show that single bytes are wrong. Variants that
OpenCV decodes to wrong pixels are UNSUPPORTED here, see `headers`.
"""

import os
import stat
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import simplejpeg
from numpy.typing import NDArray

from inspector.formats.decoder_log import DecoderLog, first_fault
from inspector.formats.foreign_content import describe
from inspector.formats.headers import Header, peek
from inspector.formats.integrity import fault_inside, lacks_end_marker, missing, webp_picture
from inspector.formats.problems import ProblemKind
from inspector.formats.tiff_tags import as_stored

__all__ = ["BadFile", "Decoded", "Header", "decode", "peek", "read_file"]

Pixels = NDArray[np.uint8]

# Without someone who reads them, OpenCV's log lines about broken files would only clutter the terminal.
if "OPENCV_LOG_LEVEL" not in os.environ:
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_SILENT)

MAX_SIDE = 1 << 20  # OpenCV's own limits, in pixels
MAX_PIXELS = 1 << 30
MAX_FILE_BYTES = (1 << 31) - 1  # OpenCV counts the bytes of a buffer in 32 bits
_OPEN_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_LEAST_SCALE = 2
_AS_STORED = cv2.IMREAD_COLOR_RGB | cv2.IMREAD_IGNORE_ORIENTATION


class BadFile(Exception):
    """Raised when a file cannot be delivered.

    Attributes:
        kind: what sort of problem.
        reason: one sentence for a person, without the path.
        detail: more than a sentence; often empty.
    """

    def __init__(self, kind: ProblemKind, reason: str, detail: str = "") -> None:
        super().__init__(kind, reason, detail)
        self.kind = kind
        self.reason = reason
        self.detail = detail

    def __str__(self) -> str:
        return f"{self.kind}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded image.

    Attributes:
        rgb: (H, W, 3) uint8 RGB, C-contiguous.
        damage: what is wrong with a file that was kept all the same; None for a good one.
        damage_kind: DAMAGED or TRUNCATED where `damage` is set.
        full_size: (height, width) of the file's image where it was decoded at a fraction of that; else None.
    """

    rgb: Pixels
    damage: str | None = None
    damage_kind: ProblemKind | None = None
    full_size: tuple[int, int] | None = None

    @property
    def size(self) -> tuple[int, int]:
        """(height, width) of the file's image in pixels, turned as EXIF asks."""
        return self.full_size or (self.rgb.shape[0], self.rgb.shape[1])


def read_file(path: str) -> bytes:
    """The content of a regular file; a pipe or device is refused and never waited for.

    Raises:
        BadFile: EMPTY, VANISHED, UNREADABLE or TOO_LARGE.
    """
    try:
        descriptor = os.open(path, _OPEN_FLAGS)
        try:
            status = os.fstat(descriptor)
            if not stat.S_ISREG(status.st_mode):
                raise BadFile(ProblemKind.UNREADABLE, f"It is {_sort_of_file(status.st_mode)}, not a regular file.")
            if status.st_size > MAX_FILE_BYTES:
                reason = f"The file has {status.st_size / 1e9:,.1f} GB; decoders take no more than 2.1 GB."
                raise BadFile(ProblemKind.TOO_LARGE, reason)
            data = _read_to_end(descriptor, status.st_size)
        finally:
            os.close(descriptor)
    except FileNotFoundError:
        raise BadFile(ProblemKind.VANISHED, "The file was listed, but is no longer there.") from None
    except IsADirectoryError:
        raise BadFile(ProblemKind.UNREADABLE, "It is a folder, not a regular file.") from None
    except PermissionError as error:
        reason = f"The system does not let this user read the file ({error.strerror}); check its permissions."
        raise BadFile(ProblemKind.UNREADABLE, reason) from None
    except (OSError, ValueError) as error:  # ValueError: a zero byte in the name
        reason = f"The file could not be read: {getattr(error, 'strerror', None) or error}."
        raise BadFile(ProblemKind.UNREADABLE, reason) from None
    if not data:
        raise BadFile(ProblemKind.EMPTY, "The file is empty: 0 bytes.")
    return data


def _read_to_end(descriptor: int, size: int) -> bytes:
    data = os.read(descriptor, size + 1)  # one more than there is, so that one call also shows the end
    if len(data) == size:
        return data
    parts = [data]
    while part := os.read(descriptor, 1 << 20):
        parts.append(part)
    return b"".join(parts)


def _sort_of_file(mode: int) -> str:
    for test, words in (
        (stat.S_ISDIR, "a folder"),
        (stat.S_ISFIFO, "a named pipe"),
        (stat.S_ISSOCK, "a socket"),
        (stat.S_ISCHR, "a device"),
        (stat.S_ISBLK, "a device"),
    ):
        if test(mode):
            return words
    return "something special"


def decode(
    data: bytes,
    out: Pixels | None = None,
    *,
    header: Header | None = None,
    max_pixels: int = 1 << 28,
    keep_damaged: bool = False,
    at_least: tuple[int, int] | None = None,
    complaints: DecoderLog | None = None,
) -> Decoded:
    """Decode an image file.

    Args:
        data: the whole file.
        out: (H, W, 3) uint8, C-contiguous; where the image has that shape it is written there, and the result's `rgb`
            is `out` itself. Its content is undefined after an error.
        header: what `peek(data)` gave, where the caller has it already.
        max_pixels: an image with more is refused before any memory is taken for it.
        keep_damaged: give what can be had of a damaged or truncated file, and say so in the result.
        at_least: (height, width) that are enough: a JPEG at least twice as large is decoded at the smallest of
            libjpeg's scales (eighths) that still has them, without the pixels that a resize would drop.
        complaints: catches what decoders write to descriptor 2. Without it, some damage that leaves a TIFF, or a
            JPEG with rare sampling, decodable stays unseen; every other fault is found just the same.

    Raises:
        BadFile: EMPTY, NOT_IMAGE, UNSUPPORTED, TOO_LARGE, TRUNCATED, DAMAGED or UNDECODABLE.
    """
    if not data:
        raise BadFile(ProblemKind.EMPTY, "The file is empty: 0 bytes.")
    header = header or peek(data)
    if header is None:
        raise BadFile(ProblemKind.NOT_IMAGE, f"The file has no known image format: {describe(data)}.")
    _check(header, data, max_pixels)
    if out is not None and out.shape != (header.height, header.width, 3):
        out = None
    decoded = None
    try:
        if at_least is not None and header.format == "JPEG":
            decoded = _scaled_jpeg(data, header, at_least)
        if decoded is None:
            decoded = (_jpeg if header.format == "JPEG" else _other)(data, header, out, complaints)
    except MemoryError:
        reason = f"There is not enough memory to decode {header.width:,} x {header.height:,} pixels."
        raise BadFile(ProblemKind.TOO_LARGE, reason) from None
    if decoded.damage is not None and not keep_damaged:
        assert decoded.damage_kind is not None
        raise BadFile(decoded.damage_kind, decoded.damage)
    return decoded


def _check(header: Header, data: bytes, max_pixels: int) -> None:
    if not header.supported:
        note = f" ({header.note})" if header.note else ""
        reason = f"{header.format}{note} is not supported; convert the file, to PNG or JPEG for example."
        raise BadFile(ProblemKind.UNSUPPORTED, reason)
    height, width = header.height, header.width
    if height < 1 or width < 1:
        if lacking := missing(data, header):
            raise BadFile(ProblemKind.TRUNCATED, lacking)
        reason = f"The {header.format} header is damaged: it gives no size for the image."
        raise BadFile(ProblemKind.UNDECODABLE, reason)
    most = min(max_pixels, MAX_PIXELS)
    if max(height, width) <= MAX_SIDE and height * width <= most:
        return
    size = f"The image has {width:,} x {height:,} = {height * width:,} pixels"
    if max(height, width) > MAX_SIDE:
        raise BadFile(ProblemKind.TOO_LARGE, f"{size}; a side may have at most {MAX_SIDE:,}.")
    raise BadFile(ProblemKind.TOO_LARGE, f"{size}; at most {most:,} are allowed.")


# --- JPEG


def _jpeg(data: bytes, header: Header, out: Pixels | None, complaints: DecoderLog | None) -> Decoded:
    target = out if header.orientation == 1 else None
    try:
        stored = simplejpeg.decode_jpeg(data, "RGB", buffer=target)
    except ValueError as error:
        if "subsampling" in str(error) and not lacks_end_marker(data):
            # A legal one that this library does not know, such as 3x1; or a damaged header.
            return _other(data, header, out, complaints)
        return _faulty_jpeg(data, header, out, str(error), complaints)
    if target is not None and stored.shape == target.shape:
        return Decoded(target)  # it is `stored`, which the library made a new array object for
    return Decoded(_turned(stored, header.orientation, out))


def _scaled_jpeg(data: bytes, header: Header, at_least: tuple[int, int]) -> Decoded | None:
    """The image at a fraction of its size; None where that is not worth it, or where something is wrong with the file.

    At more than half of the size it takes longer than at the full size.
    """
    height, width = at_least
    if min(header.height // height, header.width // width) < _LEAST_SCALE:
        return None
    if header.orientation >= 5:
        height, width = width, height
    try:
        stored = simplejpeg.decode_jpeg(data, "RGB", min_height=height, min_width=width, min_factor=_LEAST_SCALE)
    except ValueError:
        return None  # the exact path finds out what it is
    return Decoded(_turned(stored, header.orientation, None), full_size=(header.height, header.width))


# Warnings about values that do not touch the pixels; libjpeg goes on with the values that every reader takes.
_HARMLESS_JPEG = ("Warning: unknown JFIF revision", "Invalid SOS parameters", "Unknown Adobe color transform")


def _faulty_jpeg(
    data: bytes, header: Header, out: Pixels | None, complaint: str, complaints: DecoderLog | None
) -> Decoded:
    """What can be had of a JPEG that the strict decoder refused, and the reason."""
    if complaint.startswith(_HARMLESS_JPEG):
        repaired = _with_usual_values(data)
        if repaired != data:
            return _jpeg(repaired, header, out, complaints)
    stored = _lenient_jpeg(data)
    if lacks_end_marker(data):
        reason = _where_jpeg_stops(data, header, stored)
        if stored is None:
            raise BadFile(ProblemKind.TRUNCATED, reason)
        return Decoded(_turned(stored, header.orientation, out), reason, ProblemKind.TRUNCATED)
    if stored is None:
        unsupported = complaint.startswith("Unsupported") and "lossless" in header.note
        kind = ProblemKind.UNSUPPORTED if unsupported else ProblemKind.UNDECODABLE
        raise BadFile(kind, f"The JPEG decoder gave up: {complaint}.")
    rgb = _turned(stored, header.orientation, out)
    if complaint.startswith(_HARMLESS_JPEG):
        return Decoded(rgb)
    return Decoded(rgb, f"The file has wrong bytes inside; the JPEG decoder says: {complaint}.", ProblemKind.DAMAGED)


def _with_usual_values(data: bytes) -> bytes:
    """The same file with a JFIF version that every decoder knows, to see what else there is to complain about."""
    at = data.find(b"JFIF\0", 0, 64)
    return data[: at + 5] + b"\1" + data[at + 6 :] if at >= 0 else data


def _lenient_jpeg(data: bytes) -> Pixels | None:
    try:
        return np.asarray(simplejpeg.decode_jpeg(data, "RGB", strict=False), np.uint8)
    except ValueError:
        return _by_opencv(data)  # it also accepts rubbish between the header's segments


def _where_jpeg_stops(data: bytes, header: Header, stored: Pixels | None) -> str:
    if stored is None:
        return missing(data, header) or "The JPEG data stop before the picture begins."
    ended = data + (b"\xd9" if data.endswith(b"\xff") else b"\xff\xd9")
    try:
        simplejpeg.decode_jpeg(ended, "RGB")
    except ValueError:
        pass  # more than the end marker is missing, which is what this was to find out
    else:
        if "progressive" in header.note:
            return "The JPEG data stop without an end marker; every row is there, but detail may be missing."
        return "The JPEG data stop before the end marker; all rows are there, only the marker is missing."
    if "progressive" in header.note:
        return "The progressive JPEG data stop before the end marker; rows or detail are missing."
    # libjpeg fills what it did not get with mid grey.
    there = np.flatnonzero((stored != 128).any(axis=(1, 2)))
    percent = min(99, 100 * (int(there[-1]) + 1) // len(stored)) if len(there) else 0
    return f"The JPEG data stop before the end marker; about {percent} % of the rows are there."


# --- the other formats


def _other(data: bytes, header: Header, out: Pixels | None, complaints: DecoderLog | None) -> Decoded:
    fault = fault_inside(data, header)
    if fault and fault[0] is not ProblemKind.DAMAGED and header.format == "PNG":
        raise BadFile(*fault)
    if complaints is not None:
        complaints.take()  # what somebody else left there
    if header.format == "AVIF" and "alpha" in header.note:
        stored = _avif_with_alpha(data, header)
    elif header.format == "TIFF" and (header.orientation != 1 or "alpha" in header.note):
        stored = _by_opencv(as_stored(data))
    elif header.format == "WebP":
        stored = _by_opencv(webp_picture(data))
    else:
        stored = _by_opencv(data)
    said = first_fault(complaints.take()) if complaints is not None else ""
    if stored is None:
        raise _why_undecodable(data, header, said)
    rgb = _turned(stored, header.orientation, out)
    if fault:
        return Decoded(rgb, fault[1], fault[0])
    if said:
        reason = f"The file has wrong bytes inside; the {header.format} decoder says: {said}."
        return Decoded(rgb, reason, ProblemKind.DAMAGED)
    return Decoded(rgb)


def _why_undecodable(data: bytes, header: Header, said: str) -> BadFile:
    if lacking := missing(data, header):
        return BadFile(ProblemKind.TRUNCATED, lacking)
    because = f": {said}" if said else "; bytes inside the file are wrong, or it uses a rare variant of the format"
    return BadFile(ProblemKind.UNDECODABLE, f"The {header.format} decoder gave up{because}.")


def _avif_with_alpha(data: bytes, header: Header) -> Pixels | None:
    """OpenCV gives wrong colours where it should drop the alpha of an AVIF itself."""
    image = _by_opencv(data, cv2.IMREAD_UNCHANGED)
    if image is None or image.ndim != 3:
        return None
    if image.dtype != np.uint8:
        image = (image >> (4 if "12-bit" in header.note else 2)).astype(np.uint8)
    return np.ascontiguousarray(image[..., 2::-1])  # from BGRA


def _by_opencv(data: bytes, flags: int = _AS_STORED) -> NDArray[Any] | None:
    try:
        image = cv2.imdecode(np.frombuffer(data, np.uint8), flags)
    except cv2.error:  # its text is about OpenCV's source; the caller finds out what is wrong with the file
        return None
    return image


# --- orientation


def _turned(stored: Pixels, orientation: int, out: Pixels | None) -> Pixels:
    """The stored image turned as the EXIF orientation asks, in `out` where that has the shape."""
    if orientation == 1:
        if out is None or out.shape != stored.shape:
            return stored
        np.copyto(out, stored)
        return out
    height, width = stored.shape[:2]
    shape = (width, height, 3) if orientation >= 5 else (height, width, 3)
    turned = out if out is not None and out.shape == shape else np.empty(shape, np.uint8)
    if orientation in (2, 3, 4):
        cv2.flip(stored, {2: 1, 3: -1, 4: 0}[orientation], dst=turned)
    elif orientation in (6, 8):
        code = cv2.ROTATE_90_CLOCKWISE if orientation == 6 else cv2.ROTATE_90_COUNTERCLOCKWISE
        cv2.rotate(stored, code, dst=turned)
    else:
        cv2.transpose(stored, dst=turned)
        if orientation == 7:
            cv2.flip(turned, -1, dst=turned)
    return turned
