"""A `Partial` as JSON, in what a scan can be resumed from."""

import base64
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from inspector.formats.problems import ProblemKind
from inspector.scan.check_settings import CHECKS
from inspector.scan.checks import DIGEST_BYTES, Finding
from inspector.scan.measures import MEASURE_BYTES
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.partial import SIDES_BYTES, Partial, Row

_PACKED = ("sizes", "digests", "measures", "sides")


class SavedRow(msgspec.Struct):
    """See `Row`."""

    place: Annotated[int, msgspec.Meta(ge=0)]
    findings: list[tuple[str, str]]
    kind: str | None
    reason: str


class SavedPartial(msgspec.Struct):
    """See `Partial`; bytes are base64."""

    first: Annotated[int, msgspec.Meta(ge=0, lt=1 << 32)]
    sizes: str
    digests: str
    measures: str
    sides: str
    rows: list[SavedRow]


def as_saved(partial: Partial) -> dict[str, Any]:
    """For JSON."""
    return {
        "first": partial.first,
        **{name: base64.b64encode(getattr(partial, name)).decode() for name in _PACKED},
        "rows": [row._asdict() for row in partial.rows],
    }


def ahead_of(saved: Sequence[SavedPartial], first: int, files: int) -> Ahead:
    """What was kept of the files from `first` on, of so many.

    Raises:
        ValueError: where it is nothing that `as_saved` gives, or not of these files.
    """
    partials = []
    for each in sorted(saved, key=lambda each: each.first):
        partial = _restored(each)
        if not first <= partial.first < partial.first + partial.files <= files:
            raise ValueError("it is not of these files")
        first = partial.first + partial.files
        partials.append(partial)
    return Ahead(partials)


def _restored(saved: SavedPartial) -> Partial:
    sizes, digests, measures, sides = (base64.b64decode(getattr(saved, name), validate=True) for name in _PACKED)
    count, rest = divmod(len(sizes), 8)
    parts = (digests, DIGEST_BYTES), (measures, MEASURE_BYTES), (sides, SIDES_BYTES)
    if rest or any(len(part) not in (0, width * count) for part, width in parts):
        raise ValueError("it is cut")
    rows = []
    for row in saved.rows:
        if row.place >= count or any(name not in CHECKS for name, _ in row.findings):
            raise ValueError("it has a row of no file, or of no check")
        kind = ProblemKind(row.kind) if row.kind is not None else None
        rows.append(Row(row.place, tuple(Finding(*each) for each in row.findings), kind, row.reason))
    return Partial(saved.first, sizes, digests, measures, sides, tuple(rows))
