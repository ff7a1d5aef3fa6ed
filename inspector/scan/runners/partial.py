"""`Partial`: what came of some files in a row, packed, on its way from a worker and while it waits for its turn."""

import struct
from array import array
from collections.abc import Iterator, Sequence
from typing import NamedTuple, Self

from inspector.formats.problems import ProblemKind
from inspector.scan.check_file import FileReport
from inspector.scan.checks import DIGEST_BYTES, Finding
from inspector.scan.measures import MEASURE_BYTES

_NO_SIZE = -1
_SIDES = struct.Struct("=II")
SIDES_BYTES = _SIDES.size
_TURNED = 1 << 31


class Row(NamedTuple):
    """What was found in one file. `place`: from the partial's first file on; the others as in `FileReport`."""

    place: int
    findings: tuple[Finding, ...]
    kind: ProblemKind | None
    reason: str


class Partial(NamedTuple):
    """About 60 bytes a file.

    Attributes:
        first: number of the first file in the index.
        sizes: 8 bytes each, -1: unknown. digests: 16 bytes each, zeros: none. measures: of `MEASURE_BYTES` each.
        sides: 8 bytes each: width, with a bit for turned, and height. The last three are empty where no file has any.
        rows: of those files in which something was found.
        worker, host: who did it, for a person.
        seconds: that it took there.
        throttled: requests that a store refused meanwhile because it asks for fewer; they were made again.
    """

    first: int
    sizes: bytes
    digests: bytes
    measures: bytes
    sides: bytes
    rows: tuple[Row, ...]
    worker: str = ""
    host: str = ""
    seconds: float = 0.0
    throttled: int = 0

    @classmethod
    def of(
        cls, first: int, reports: Sequence[FileReport], worker: str = "", host: str = "", seconds: float = 0.0
    ) -> Self:
        """Pack the reports of files in a row."""
        sizes = array("q", (_NO_SIZE if each.file_bytes is None else each.file_bytes for each in reports))
        return cls(
            first,
            sizes.tobytes(),
            _joined([each.digest for each in reports], DIGEST_BYTES),
            _joined([each.measures for each in reports], MEASURE_BYTES),
            _joined([_packed_sides(each.size) for each in reports], SIDES_BYTES),
            tuple(
                Row(place, each.findings, each.kind, each.reason)
                for place, each in enumerate(reports)
                if each.findings or each.kind is not None
            ),
            worker,
            host,
            seconds,
            sum(each.throttled for each in reports),
        )

    @property
    def files(self) -> int:
        """How many there are."""
        return len(self.sizes) // 8

    def file_bytes(self, place: int) -> int | None:
        """Of one of its files; None: unknown."""
        size: int = array("q", self.sizes[8 * place : 8 * (place + 1)])[0]
        return None if size == _NO_SIZE else size

    def reports(self) -> Iterator[FileReport]:
        """What `of` was given."""
        rows = {row.place: row for row in self.rows}
        digests, measures = self.digests, self.measures
        for place, size in enumerate(array("q", self.sizes)):
            row = rows.get(place)
            digest = digests[DIGEST_BYTES * place : DIGEST_BYTES * (place + 1)]
            measure = measures[MEASURE_BYTES * place : MEASURE_BYTES * (place + 1)]
            yield FileReport(
                None if size == _NO_SIZE else size,
                digest if any(digest) else b"",
                measure if any(measure) else b"",
                row.findings if row is not None else (),
                row.kind if row is not None else None,
                row.reason if row is not None else "",
                _unpacked_sides(self.sides[SIDES_BYTES * place : SIDES_BYTES * (place + 1)]),
            )


def _packed_sides(size: tuple[int, int, bool]) -> bytes:
    width, height, turned = size
    return _SIDES.pack(width | _TURNED * turned, height) if 0 < width < _TURNED and 0 < height < _TURNED else b""


def _unpacked_sides(packed: bytes) -> tuple[int, int, bool]:
    if not packed:
        return 0, 0, False
    width, height = _SIDES.unpack(packed)
    return width & ~_TURNED, height, width >= _TURNED


def _joined(parts: Sequence[bytes], size: int) -> bytes:
    """End to end, zeros for those that are empty; nothing where all are."""
    if not any(parts):
        return b""
    empty = bytes(size)
    return b"".join(part or empty for part in parts)
