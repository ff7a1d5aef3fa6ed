"""An object in a store as a blob: a container of which any range can be read."""

from inspector.errors import StaleIndexError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.remote.address import Address
from inspector.sources.remote.client import client_of
from inspector.sources.remote.faults import bad_file
from inspector.sources.remote.secrets import KnownSecrets, address_of
from inspector.sources.remote.store import FaultKind, StoreFault


class RemoteBlob:
    """See `Blob`. Pickled, it is its location, size and tag: whoever gets it opens a connection of its own.

    Args:
        size, etag: where they are known; else they are asked for.

    Raises:
        BadFile: VANISHED or UNREADABLE.
        SourceError: where the store cannot be opened at all.
    """

    block_bytes = 1 << 20

    def __init__(self, address: Address, size: int | None = None, etag: str = "") -> None:
        self._address = address
        self.location = address.location
        if size is None:
            try:
                found = client_of(address).look(address.key)
            except StoreFault as fault:
                raise self._problem(fault) from None
            size, etag = found.size, found.etag
        self.size = size
        self.etag = etag

    def __reduce__(self) -> tuple[object, ...]:
        return _opened, (self.location, self.size, self.etag, KnownSecrets())

    def __repr__(self) -> str:
        return f"<RemoteBlob {self.location}>"

    def read(self, offset: int, length: int) -> bytes:
        """See `Blob.read`."""
        if offset + length > self.size:
            reason = f"{self.location} ends at byte {self.size:,}, within the sample: it is cut, or was replaced."
            raise BadFile(ProblemKind.TRUNCATED, reason)
        if not length:
            return b""
        try:
            part = client_of(self._address).read(self._address.key, offset, length, self.etag)
        except StoreFault as fault:
            if fault.kind in (FaultKind.REPLACED, FaultKind.PAST_END):
                raise StaleIndexError.of(self.location) from None
            raise self._problem(fault) from None
        if part.size not in (-1, self.size) or (part.etag and self.etag and part.etag != self.etag):
            raise StaleIndexError.of(self.location)
        if len(part.data) < length:
            reason = f"{self.location}: the store sent {len(part.data):,} of {length:,} bytes."
            raise BadFile(ProblemKind.TRUNCATED, reason)
        return part.data

    def close(self) -> None:
        """Nothing: the connections are the client's."""

    def _problem(self, fault: StoreFault) -> BadFile:
        bad = bad_file(fault, self._address.scheme)
        return BadFile(bad.kind, f"{self.location}: {bad.reason}", bad.detail)


def _opened(location: str, size: int, etag: str, secrets: KnownSecrets) -> RemoteBlob:
    return RemoteBlob(address_of(location), size, etag)
