"""One file's bytes become RGB pixels, or the reason why they do not.

What comes out is uint8 RGB, whatever the file holds: grey is spread over three channels, alpha is dropped (not
blended), a palette is looked up, more bits become 8 (v >> 8 in PNG and PNM of 16 bits, v / 257 rounded in TIFF), the
first frame or page stands for all. The orientation that EXIF (JPEG, PNG, WebP), the TIFF tag or the properties of AVIF
and HEIC ask for is applied.

`peek` finds the format; its module says what the file's structure shows to be wrong, and decodes. What holds for every
format is here: the limits, and that the decoded size is the one in the header. Formats without checksums (BMP, PNM,
WebP, JPEG 2000, some TIFF) cannot show that single bytes are wrong.
"""

import re
import struct
from contextlib import nullcontext

from inspector.formats.decoder_log import DecoderLog
from inspector.formats.foreign_content import describe
from inspector.formats.headers import MODULES, peek
from inspector.formats.image import Decoded, Header, Pixels, Request
from inspector.formats.memory_bound import memory_bound
from inspector.formats.pixels import gave_up
from inspector.formats.problems import BadFile, ProblemKind
from inspector.formats.reading import read_file

__all__ = ["BadFile", "Decoded", "Header", "decode", "peek", "read_file"]

MAX_SIDE = 1 << 20  # OpenCV's own limits, in pixels
MAX_PIXELS = 1 << 30
# Their decoders take memory for what is said deep inside the data, not in the header.
_UNPREDICTABLE = ("AVIF", "HEIC", "JPEG 2000")
_OUT_OF_MEMORY = re.compile(r"memory|alloc|system limits|C\+\+ exception")  # as libaom, OpenJPEG and libheif put it


def decode(
    data: bytes,
    out: Pixels | None = None,
    *,
    header: Header | None = None,
    max_pixels: int = 1 << 28,
    max_bytes: int | None = None,
    keep_damaged: bool = False,
    at_least: tuple[int, int] | None = None,
    decoder_log: DecoderLog | None = None,
) -> Decoded:
    """Decode an image file.

    Args:
        data: the whole file.
        out: (H, W, 3) uint8, C-contiguous; where the image has that shape it is written there, and the result's `rgb`
            is `out` itself. Its content is undefined after an error.
        header: what `peek(data)` gave, where the caller has it already.
        max_pixels: an image with more is refused before any memory is taken for it.
        max_bytes: an image whose decoding may take more memory is refused, too; None: no limit.
        keep_damaged: give what can be had of a damaged or truncated file, and say so in the result.
        at_least: (height, width) that are enough: a JPEG at least twice as large is decoded at the smallest of
            libjpeg's scales (eighths) that still has them, without the pixels that a resize would drop.
        decoder_log: catches what decoders write to descriptor 2, in a process that decodes one file at a time.
            Without it, some damage that leaves a fax TIFF, or a JPEG with rare sampling, decodable stays unseen.

    Raises:
        BadFile: EMPTY, NOT_IMAGE, UNSUPPORTED, TOO_LARGE, TRUNCATED, DAMAGED or UNDECODABLE.
    """
    if not data:
        raise BadFile(ProblemKind.EMPTY, "The file is empty: 0 bytes.")
    header = header or peek(data)
    if header is None:
        raise BadFile(ProblemKind.NOT_IMAGE, f"The file has no known image format: {describe(data)}.")
    _check_support(header)
    module = MODULES[header.format]
    _check_size(header, data, max_pixels, max_bytes)
    fault = module.faults(data, header)
    if fault is not None and not fault.decodable:
        raise BadFile(fault.kind, fault.reason)
    if out is not None and out.shape != (header.height, header.width, 3):
        out = None
    # Only a process that decodes nothing else may be kept within bounds.
    most = max_bytes if decoder_log is not None and header.format in _UNPREDICTABLE else None
    try:
        with memory_bound(most) if most else nullcontext():
            decoded = module.decode(Request(data, header, out, decoder_log, at_least, keep_damaged))
    except MemoryError:
        reason = f"There is not enough memory to decode {header.width:,} x {header.height:,} pixels."
        raise BadFile(ProblemKind.TOO_LARGE, reason) from None
    except BadFile as bad:
        if most and bad.kind is ProblemKind.UNDECODABLE and _OUT_OF_MEMORY.search(bad.reason):
            raise _too_large(
                header, f"decoding them takes more than the {most / 1e6:,.0f} MB that a worker has"
            ) from None
        raise
    except (struct.error, IndexError, ValueError, OverflowError):  # of data that contradict themselves
        raise gave_up(header.format) from None
    if decoded.size != (header.height, header.width):
        height, width = decoded.size
        lie = f"its header claims {header.width:,} x {header.height:,} pixels, and {width:,} x {height:,} came out"
        raise BadFile(ProblemKind.DAMAGED, f"The file has wrong bytes inside: {lie}.")
    if fault is not None and decoded.damage is None:
        decoded = Decoded(decoded.rgb, fault.reason, fault.kind, decoded.full_size)
    if decoded.damage is not None and not keep_damaged:
        assert decoded.damage_kind is not None
        raise BadFile(decoded.damage_kind, decoded.damage)
    return decoded


def _check_support(header: Header) -> None:
    if header.supported:
        return
    note = f" ({header.note})" if header.note else ""
    advice = header.advice or "convert the file, to PNG or JPEG for example"
    raise BadFile(ProblemKind.UNSUPPORTED, f"{header.format}{note} is not supported; {advice}.")


def _check_size(header: Header, data: bytes, max_pixels: int, max_bytes: int | None) -> None:
    height, width = header.height, header.width
    if height < 1 or width < 1:
        if (fault := MODULES[header.format].faults(data, header)) and fault.kind is ProblemKind.TRUNCATED:
            raise BadFile(fault.kind, fault.reason)
        reason = f"The {header.format} header is damaged: it gives no size for the image."
        raise BadFile(ProblemKind.UNDECODABLE, reason)
    most = min(max_pixels, MAX_PIXELS)
    if max(height, width) > MAX_SIDE:
        raise _too_large(header, f"a side may have at most {MAX_SIDE:,}")
    if height * width > most:
        raise _too_large(header, f"at most {most:,} are allowed")
    if max_bytes is not None and (needed := MODULES[header.format].working_bytes(data, header)) > max_bytes:
        what = f"decoding them may take {needed / 1e6:,.0f} MB of memory, and a worker has {max_bytes / 1e6:,.0f} MB"
        raise _too_large(header, what)


def _too_large(header: Header, why: str) -> BadFile:
    pixels = f"{header.width:,} x {header.height:,} = {header.height * header.width:,} pixels"
    return BadFile(ProblemKind.TOO_LARGE, f"The image has {pixels}; {why}.")
