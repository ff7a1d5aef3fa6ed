"""Where a sample lies, as text: `tar://n01/0001.jpg::/data/all.tar`.

Where a container has several samples of a name, the second is `tar://0001.jpg#2::/data/all.tar`.
"""

import os
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

from inspector.locations import expanded
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.containers.formats import format_named
from inspector.sources.remote import prefix

_BETWEEN = "::"
_REPEAT = re.compile(r"(.*)#(\d{1,9})", re.DOTALL)


class Location(NamedTuple):
    """A sample's place, taken apart."""

    format: ContainerFormat
    member: str
    container: str

    def names(self) -> Iterator[tuple[str, int]]:
        """The sample's name and which of those with that name it is: as it can be read, the likeliest first."""
        yield self.member, 1
        if match := _REPEAT.fullmatch(self.member):
            yield match[1], int(match[2])


def text_of(format_name: str, member: str, repeat: int, container: str) -> str:
    """A sample's location; that of the container where it has no name."""
    if not member:
        return container
    if format_name == prefix.NAME:  # an object has an address of its own
        return container + member
    number = f"#{repeat}" if repeat > 1 else ""
    return f"{format_name.lower()}://{member}{number}{_BETWEEN}{container}"


def is_location(text: str) -> bool:
    """It has the form of a sample's location in a container."""
    scheme, found, rest = text.partition("://")
    return bool(found) and _BETWEEN in rest and format_named(scheme) is not None


def parsed_location(text: str, exists: Callable[[str], bool] = os.path.lexists) -> Location:
    """What `is_location` says yes to, taken apart. "::" may be part of a name: what exists is the container.

    Raises:
        ValueError: where it is none.
    """
    scheme, _, rest = text.partition("://")
    found = format_named(scheme)
    if found is None or _BETWEEN not in rest:
        raise ValueError(f"{text} is no sample's location")
    at = len(rest)
    while (at := rest.rfind(_BETWEEN, 0, at)) >= 0:
        container = expanded(rest[at + len(_BETWEEN) :])
        if exists(container):
            return Location(found, rest[:at], container)
    member, _, container = rest.rpartition(_BETWEEN)
    return Location(found, member, expanded(container))


def member_of(text: str) -> str:
    """What the container calls a sample, of its location; a path as it is."""
    if not is_location(text):
        return text
    member = text.partition("://")[2].rpartition(_BETWEEN)[0]
    repeated = _REPEAT.fullmatch(member)
    return repeated[1] if repeated else member
