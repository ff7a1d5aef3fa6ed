"""A prefix as a container: each image below it is a sample, in the order that a folder of the same files has."""

from collections.abc import Callable, Sequence
from typing import Any

from inspector.errors import SourceError
from inspector.file_types import is_container
from inspector.formats.problems import BadFile, ProblemKind
from inspector.formats.reading import MAX_FILE_BYTES
from inspector.path_advice import about_page
from inspector.sources.remote.address import Address
from inspector.sources.remote.client import client_of
from inspector.sources.remote.faults import bad_file
from inspector.sources.remote.store import FaultKind, StoredObject, StoreFault

_NO_LISTING = (FaultKind.OTHER, FaultKind.GONE, FaultKind.AWAY, FaultKind.FAILED, FaultKind.NO_LENGTH)


def list_objects(
    address: Address,
    extensions: Sequence[str],
    on_progress: Callable[[int], object] = lambda count: None,
) -> list[StoredObject]:
    """The containers below a prefix, and what has one of the extensions, in a folder's order, without what is hidden.

    Args:
        address: its path is taken as a folder's, with or without a slash at its end.
        on_progress: called with how many have been found so far; what it raises ends the search.

    Raises:
        SourceError: where it cannot be listed.
    """
    prefix = address.key.rstrip("/") + "/" if address.key.strip("/") else ""
    suffixes = tuple(f".{extension}" for extension in extensions)
    found: list[StoredObject] = []
    try:
        for chunk in client_of(address).objects(prefix):
            found += [
                each
                for each in chunk
                if (each.key.lower().endswith(suffixes) or is_container(each.key))
                and "/." not in f"/{each.key[len(prefix) :]}"
            ]
            on_progress(len(found))
    except StoreFault as fault:
        raise SourceError(_not_listed(address, fault)) from None
    found.sort(key=lambda each: _place(each.key))
    return found


def read_object(address: Address, nbytes: int = 0) -> bytes:
    """All of an object, as it is now. `nbytes`: about how much it is.

    Raises:
        BadFile: EMPTY, VANISHED, UNREADABLE or TOO_LARGE.
    """
    try:
        data = client_of(address).read(address.key, 0, -1, nbytes=nbytes).data
    except StoreFault as fault:
        raise bad_file(fault, address.scheme) from None
    if len(data) > MAX_FILE_BYTES:
        raise BadFile(ProblemKind.TOO_LARGE, f"It has {len(data) / 1e9:,.1f} GB; decoders take no more than 2.1 GB.")
    if not data:
        raise BadFile(ProblemKind.EMPTY, "The object is empty: 0 bytes.")
    return data


def _place(key: str) -> tuple[Any, ...]:
    """To sort by: a folder's files before its subfolders, both by name as bytes."""
    *folders, name = key.encode("utf-8", "surrogateescape").split(b"/")
    return (*((1, folder) for folder in folders), (0, name))


def _not_listed(address: Address, fault: StoreFault) -> str:
    if address.scheme in ("http", "https") and fault.kind in _NO_LISTING:
        if advice := about_page(address.host, address.path):
            return f"{address.location} is a web page: {advice}."
        return (
            f"{address.location} cannot be listed, as few web servers can: give the URL of a file, or of several, "
            'such as "https://host/train-{000..099}.tar", or a list with a URL a line.'
        )
    bad = bad_file(fault, address.scheme)
    check = " Check the address." if fault.kind is FaultKind.GONE else ""
    return f"{address.location} cannot be listed. {bad.reason}{check}"
