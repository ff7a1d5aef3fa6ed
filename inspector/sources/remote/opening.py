"""What a URL leads to: a container, an object, or all that lies below a prefix."""

import hashlib
import re
from collections.abc import Callable, Sequence

from inspector.errors import SourceError
from inspector.file_types import is_container
from inspector.path_advice import about_left_out
from inspector.sources.braces import expanded_braces
from inspector.sources.containers.blob import Blob
from inspector.sources.containers.entry import Entry
from inspector.sources.remote.address import Address, is_remote
from inspector.sources.remote.objects import list_objects
from inspector.sources.remote.prefix import RemotePrefix
from inspector.sources.remote.remote_blob import RemoteBlob
from inspector.sources.remote.secrets import address_of
from inspector.sources.remote.store import StoredObject

__all__ = ["Found", "is_remote", "look_at", "open_remote_blob"]

Found = tuple[str, list[Entry] | None, str]
"""A location; the objects below it that are samples, None: it is a container itself; and what is to be said of others.
"""


def open_remote_blob(url: str, known: tuple[int, str] | None = None) -> Blob:
    """The object at a URL, or at a location whose secrets are known; what ends with a slash is a prefix.

    Raises:
        BadFile: VANISHED or UNREADABLE.
        SourceError: where the URL is none that can be read, or the store cannot be opened.
    """
    address = address_of(url)
    if not address.path or address.path.endswith("/"):
        return RemotePrefix(address)
    return RemoteBlob(address) if known is None else RemoteBlob(address, *known)


def look_at(urls: Sequence[str], images: Sequence[str], on_progress: Callable[[int], object]) -> list[Found]:
    """What some URLs stand for, with their brace ranges and patterns, in their order.

    Args:
        images: extensions of images.
        on_progress: called with how many objects have been found; what it raises ends the search.

    Raises:
        SourceError: where nothing that can be loaded is there.
    """
    found: list[Found] = []
    queries: dict[str, str] = {}
    for url in (each for text in urls for each in expanded_braces(text)):
        address = address_of(url)
        _refuse_twins(address, queries)
        if is_container(address.path) and not _is_pattern(address):
            found.append((address.location, None, ""))
        elif _ends_in(address.path, images) and not _is_pattern(address):
            _add_image(found, address)
            if len(found[-1][1] or ()) % 1000 == 0:
                on_progress(len(found[-1][1] or ()))
        else:
            found += _below(address, images, on_progress)
    return found


def _refuse_twins(address: Address, queries: dict[str, str]) -> None:
    """What a URL has behind its "?" may be secret, and is no part of a location: two such URLs would be one sample."""
    if address.query and queries.setdefault(address.location, address.query) != address.query:
        raise SourceError(
            f"{address.location} is given twice, with different text behind its '?'. That may be secret, so it is no "
            "part of a sample's location: give one of them, or download the other."
        )


def _add_image(found: list[Found], address: Address) -> None:
    """Images of one store that follow each other are samples of one container: all of that store."""
    top = address.at("").location
    if not found or found[-1][0] != top or found[-1][1] is None:
        found.append((top, [], ""))
    samples = found[-1][1]
    assert samples is not None
    samples.append(Entry(address.path))


def _below(address: Address, images: Sequence[str], on_progress: Callable[[int], object]) -> list[Found]:
    """The images below a prefix, or of a pattern; where there are none, the containers."""
    pattern, asked = None, address.location
    if _is_pattern(address):
        if "?versionId=" in asked:
            what = "objects are read as they are now: leave it out, or give a signed https:// URL of that version"
            raise SourceError(f"{asked} names a version, but {what}.")
        pattern = re.compile(_expression(address.path))
        fixed = re.split(r"[*?\[]", address.path, maxsplit=1)[0]
        address = address.at(fixed.rpartition("/")[0])
    top = address.at(address.path.rstrip("/") + "/" if address.path.strip("/") else "")
    listed = list_objects(top, images, on_progress)
    if pattern is not None:
        listed = [each for each in listed if pattern.fullmatch(each.key)]
    images_only = [each for each in listed if not is_container(each.key)]
    if images_only:
        start, others = len(top.key), [each for each in listed if is_container(each.key)]
        shown = (top.at(top.written(each.key)).location for each in others)
        left_out = about_left_out(len(others), "container", "images", shown)
        return [(top.location, [_sample(top.written(each.key[start:]), each) for each in images_only], left_out)]
    if not listed and pattern is not None:
        raise SourceError(f"{asked} fits no image and no container: check the pattern.")
    if not listed:
        raise SourceError(f"{address.location} has no images and no containers below it: check the address.")
    return [(top.at(top.written(each.key)).location, None, "") for each in listed]


def _ends_in(name: str, extensions: Sequence[str]) -> bool:
    return name.lower().endswith(tuple(f".{extension}" for extension in extensions))


def _sample(name: str, found: StoredObject) -> Entry:
    digest = hashlib.blake2b(found.etag.encode("utf-8", "surrogatepass"), digest_size=7).digest() if found.etag else b""
    return Entry(name, length=found.size, record=int.from_bytes(digest, "big"))


def _is_pattern(address: Address) -> bool:
    return address.scheme not in ("http", "https") and any(sign in address.path for sign in "*?[")


def _expression(pattern: str) -> str:
    """Of a shell's pattern, where "*" stays within a folder."""
    parts = re.split(r"(\*\*/?|\*|\?|\[[^]/]+\])", pattern)
    meanings = {"*": "[^/]*", "?": "[^/]", "**": ".*", "**/": "(?:.*/)?"}
    return "".join(
        meanings.get(part) or (part.replace("[!", "[^", 1) if number % 2 else re.escape(part))
        for number, part in enumerate(parts)
    )
