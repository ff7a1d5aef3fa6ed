"""What can be wrong with a file, as data that can be shown, counted and sent between processes."""

from dataclasses import dataclass
from enum import StrEnum


class ProblemKind(StrEnum):
    """Why a file could not be delivered as it is. The names are part of the public interface."""

    EMPTY = "EMPTY"  # 0 bytes
    NOT_IMAGE = "NOT_IMAGE"  # no known image format
    TRUNCATED = "TRUNCATED"  # the file stops early
    DAMAGED = "DAMAGED"  # decodes, but with wrong bytes inside
    UNDECODABLE = "UNDECODABLE"  # a known format, but nothing usable comes out
    UNSUPPORTED = "UNSUPPORTED"  # a sound file that the decoder has no support for
    TOO_LARGE = "TOO_LARGE"  # more pixels than allowed
    VANISHED = "VANISHED"  # listed, then gone
    UNREADABLE = "UNREADABLE"  # permission, I/O error, or not a regular file
    CRASHED = "CRASHED"  # killed its worker repeatedly
    TIMED_OUT = "TIMED_OUT"  # took longer than the time-out, twice
    TRANSFORM_FAILED = "TRANSFORM_FAILED"  # the user's own code raised


@dataclass(frozen=True, slots=True)
class Problem:
    """One file that was skipped (or, with `on_damaged="keep"`, delivered and marked).

    Attributes:
        path: the file, as `os.fsdecode` gives it.
        kind: what sort of problem.
        reason: one sentence for a person, without the path.
        index: position of the file in the index; -1 where there is none.
        epoch: epoch in which it was met, counted from 0.
        batch: number of the batch whose place it left, or None while that is open.
        file_bytes: size of the file in bytes, or None where it could not be had.
        detail: more than a sentence, such as a traceback; often empty.
    """

    path: str
    kind: ProblemKind
    reason: str
    index: int = -1
    epoch: int = 0
    batch: int | None = None
    file_bytes: int | None = None
    detail: str = ""


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
