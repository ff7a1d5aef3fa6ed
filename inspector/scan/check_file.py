"""What a worker does with one file: read it, decode it, look at it, and forget the pixels."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.formats.decode import BadFile, decode, read_file
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.headers import Header, peek
from inspector.formats.problems import ProblemKind
from inspector.scan.check_settings import CheckSettings
from inspector.scan.checks import Finding, Image, digest, findings
from inspector.scan.file_groups import FileGroup
from inspector.scan.measures import measure
from inspector.sources.containers.location import member_of
from inspector.sources.dataset import Reader
from inspector.sources.remote.counts import current_counter

_KEPT_SCRATCH_BYTES = 1 << 26
_scratch = threading.local()


class FileReport(NamedTuple):
    """What became of one file.

    Attributes:
        file_bytes: its size in bytes; None where it could not be read.
        digest: of a good file's content; b"" where it was not asked for, or the file is bad.
        measures: of a good file's image, as `Measures.packed` gives them; b"" where no check needs them.
        findings: what the checks say of a good file.
        kind, reason: what is wrong with a bad file; None and "" for a good one.
        size: width and height of a good file's image as delivered, and whether EXIF exchanges them.
        throttled: requests that the store refused because it asks for fewer, while this file and those beside it were
            read; they were made again.
    """

    file_bytes: int | None
    digest: bytes = b""
    measures: bytes = b""
    findings: tuple[Finding, ...] = ()
    kind: ProblemKind | None = None
    reason: str = ""
    size: tuple[int, int, bool] = (0, 0, False)
    throttled: int = 0


def inspect_file(
    path: str,
    checks: CheckSettings,
    *,
    read: Callable[[str], bytes] = read_file,
    max_pixels: int = 1 << 28,
    max_bytes: int | None = None,
    decoder_log: DecoderLog | None = None,
) -> FileReport:
    """Read, decode and check one file; a bad one is part of the report, nothing is raised.

    Args:
        read: gives its content.
        max_pixels, max_bytes, decoder_log: see `inspector.formats.decode.decode`.
    """
    file_bytes = None
    try:
        data = read(path)
        file_bytes = len(data)
        header = peek(data)
        decoded = decode(
            data,
            _room_for(header, max_pixels),
            header=header,
            max_pixels=max_pixels,
            max_bytes=max_bytes,
            decoder_log=decoder_log,
        )
    except BadFile as bad:
        empty = bad.kind is ProblemKind.EMPTY
        return FileReport(0 if empty else file_bytes, kind=bad.kind, reason=bad.reason)
    except MemoryError:
        reason = "There is not enough memory to read the file."
        return FileReport(file_bytes, kind=ProblemKind.TOO_LARGE, reason=reason)
    assert header is not None  # without one it does not decode
    content = digest(data) if checks.need_digests else b""
    measures = measure(decoded.rgb) if checks.need_measures else None
    found = findings(Image(member_of(path), header, decoded.rgb, decoded.notes, measures), checks)
    size = header.width, header.height, header.orientation >= 5
    return FileReport(file_bytes, content, measures.packed() if measures is not None else b"", found, size=size)


def _room_for(header: Header | None, max_pixels: int) -> npt.NDArray[np.uint8] | None:
    """Memory for the pixels that is used again for the next file, since fresh memory costs time."""
    if header is None or not 0 < header.height * header.width <= max_pixels:
        return None
    nbytes = header.height * header.width * 3
    if nbytes > _KEPT_SCRATCH_BYTES:
        return None
    if not hasattr(_scratch, "bytes") or _scratch.bytes.size < nbytes:
        _scratch.bytes = np.empty(nbytes, np.uint8)
    pixels: npt.NDArray[np.uint8] = _scratch.bytes[:nbytes].reshape(header.height, header.width, 3)
    return pixels


@cache
def _decoder_log() -> DecoderLog:
    return DecoderLog()


@dataclass(frozen=True, slots=True)
class CheckFiles:
    """What a worker is given for each group of files: their paths go in, their reports come out.

    Attributes:
        reader: reads samples that are no files.
        reads_in_flight: how many of a group's samples are read at a time where the reader is remote.
        own_process: only one file at a time is decoded in the process, so what decoders write to descriptor 2
            belongs to it.
    """

    checks: CheckSettings
    max_pixels: int
    own_process: bool
    max_bytes: int | None = None
    reader: Reader | None = None
    reads_in_flight: int = 1

    def __call__(self, group: FileGroup) -> tuple[FileReport, ...]:
        reader, numbers = self.reader, range(group.first, group.first + len(group.paths))
        if reader is None:
            return tuple(self._inspect(path, read_file) for path in group.paths)
        before = current_counter().throttled
        first, *others = self._inspect_samples(reader, numbers, group.paths)
        return first._replace(throttled=current_counter().throttled - before), *others

    def _inspect_samples(self, reader: Reader, numbers: range, paths: Sequence[str]) -> tuple[FileReport, ...]:
        if not reader.is_remote or len(numbers) == 1:
            return tuple(map(self._inspect, paths, (_called(reader.read_checked, number) for number in numbers)))
        with ThreadPoolExecutor(min(self.reads_in_flight, len(numbers)), "inspector-read") as threads:
            reads = [threads.submit(reader.read_checked, number) for number in numbers]
            return tuple(map(self._inspect, paths, (_called(read.result) for read in reads)))

    def _inspect(self, path: str, read: Callable[[str], bytes]) -> FileReport:
        return inspect_file(
            path,
            self.checks,
            read=read,
            max_pixels=self.max_pixels,
            max_bytes=self.max_bytes,
            decoder_log=_decoder_log() if self.own_process else None,
        )


def _called(read: Callable[..., bytes], *arguments: int) -> Callable[[str], bytes]:
    """Gives the bytes whatever the path."""
    return lambda _: read(*arguments)
