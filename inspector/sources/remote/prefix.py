"""What lies below a prefix, as a container whose samples are objects; its place among the formats."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, Protocol

from inspector.errors import SourceError
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.remote.address import Address
from inspector.sources.remote.objects import read_object
from inspector.sources.remote.secrets import own_query

NAME = "objects"
SUFFIXES: tuple[str, ...] = ()
RANDOM_ACCESS = True


class ObjectCache(Protocol):
    """See `ReadCache`."""

    def get(self, *key: str | int) -> bytes | None: ...
    def put(self, data: bytes, *key: str | int) -> None: ...


class RemotePrefix:
    """Stands for all objects below a prefix; fulfils `Blob` as far as a name. Nothing is asked of the store.

    Its samples are read one by one, as they are now: there is no tag of all of them together. The record of an entry
    stands for the tag that its object had in the listing; 0: it was not listed.
    """

    size = 0
    etag = ""
    block_bytes = 0

    def __init__(self, address: Address) -> None:
        self.address = address
        self.location = address.location
        self.cache: ObjectCache | None = None

    def read(self, offset: int, length: int) -> bytes:
        """Never: it has no bytes of its own."""
        raise NotImplementedError

    def close(self) -> None:
        """Nothing."""


def entries(blob: Blob, choice: Choice) -> Iterator[Entry]:
    """Not used: what lies below a prefix is listed when the source is opened, each time."""
    raise SourceError(f"{blob.location} is no container")


def read(blob: Blob, entry: Entry) -> bytes:
    """See `ContainerFormat.read`."""
    assert isinstance(blob, RemotePrefix)
    address = blob.address.at(blob.address.path + entry.name)
    if query := own_query(address.location):  # a token may be for one object alone
        address = replace(address, query=query)
    if blob.cache is None or not entry.record:  # it was not listed: nobody could see that it has changed
        return read_object(address, entry.length)
    key = address.location, entry.length, entry.record
    data = blob.cache.get(*key)
    if data is None:
        data = read_object(address, entry.length)
        if len(data) == entry.length:
            blob.cache.put(data, *key)
    return data


def fields(blob: Blob, entry: Entry) -> dict[str, Any]:
    """None."""
    return {}
