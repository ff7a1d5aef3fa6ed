"""What is asked of a store of objects, and what can go wrong there."""

import time
from collections.abc import Iterator
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import NamedTuple, Protocol


class FaultKind(StrEnum):
    """What went wrong with a request."""

    GONE = "gone"
    REFUSED = "refused"
    EXPIRED = "expired"
    REPLACED = "replaced"
    THROTTLED = "throttled"
    AWAY = "away"  # no connection, a time-out
    BROKEN_OFF = "broken off"
    FAILED = "failed"  # within the server
    NO_RANGES = "no ranges"
    NO_LENGTH = "no length"
    COMPRESSED = "compressed"
    UNTRUSTED = "untrusted"
    PAST_END = "past the end"
    OTHER = "other"


PASSING = (FaultKind.THROTTLED, FaultKind.AWAY, FaultKind.BROKEN_OFF, FaultKind.FAILED)
_OF_STATUS = {
    401: FaultKind.REFUSED,
    403: FaultKind.REFUSED,
    404: FaultKind.GONE,
    408: FaultKind.AWAY,
    410: FaultKind.GONE,
    412: FaultKind.REPLACED,
    416: FaultKind.PAST_END,
    429: FaultKind.THROTTLED,
    501: FaultKind.OTHER,
    503: FaultKind.THROTTLED,
}


def kind_of_status(status: int) -> FaultKind:
    """What an HTTP status means."""
    return _OF_STATUS.get(status, FaultKind.FAILED if status >= 500 else FaultKind.OTHER)


class StoreFault(Exception):
    """Raised when a request fails.

    Attributes:
        kind: what went wrong.
        said: a status and the name of an error, such as "403 AccessDenied"; nothing secret.
    """

    def __init__(self, kind: FaultKind, said: str) -> None:
        super().__init__(kind, said)
        self.kind = kind
        self.said = said


class ObjectRange(NamedTuple):
    """A range of an object.

    Attributes:
        size, etag: of the whole object now; -1 and "" where they are not known.
        first_byte_s: from the request to the beginning of the answer, seconds.
    """

    data: bytes
    size: int
    etag: str
    first_byte_s: float


class StoredObject(NamedTuple):
    """An object of a listing."""

    key: str
    size: int
    etag: str


class Store(Protocol):
    """Objects by their keys. Safe to use from several threads; not in a process that was forked since."""

    def get(self, key: str, start: int, length: int, etag: str) -> ObjectRange:
        """A range of an object, or less where it ends before.

        Args:
            length: -1: to its end, and then `start` is 0.
            etag: refuse another one; "": any.

        Raises:
            StoreFault: where it cannot be read.
        """

    def look(self, key: str) -> StoredObject:
        """Its size and tag.

        Raises:
            StoreFault: where it cannot be read.
        """

    def objects(self, prefix: str, after: str = "") -> Iterator[list[StoredObject]]:
        """All objects below a prefix, some at a time, in the store's own order. `after`: those behind this key.

        Raises:
            StoreFault: where they cannot be listed.
        """

    def asks_to_wait_s(self, key: str) -> float:
        """How long it asks to be left alone, when it has just asked for fewer requests; 0: it does not say.

        Args:
            key: of the object that was asked for; "": of none.
        """


def retry_after_s(value: str | None) -> float:
    """Of an HTTP header `Retry-After`, a number of seconds or a date; 0 where it is neither."""
    text = (value or "").strip()
    if text.isdecimal():
        return float(text[:9])
    try:
        return max(0.0, parsedate_to_datetime(text).timestamp() - time.time())
    except (ValueError, TypeError):
        return 0.0
