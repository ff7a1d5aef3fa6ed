"""Names, passwords and tokens of URLs, kept apart from what is shown and written down: in memory only.

A location has none of them. Whoever reads at one gets them back here, by the server or, for a token, by the location.
"""

import os

from inspector.sources.braces import expanded_braces
from inspector.sources.remote.address import Address, is_remote, parse_address

_users: dict[tuple[str, str], str] = {}
_queries: dict[str, str] = {}


def address_of(url: str) -> Address:
    """The parts of a URL, or of a location, with the secrets that are known for it.

    Raises:
        SourceError: where it is none that can be read.
    """
    address = parse_address(url)
    server = (address.scheme, address.host)
    if address.user:
        _users[server] = address.user
    if address.query:
        _queries[address.location] = address.query
    user, query = _users.get(server, ""), _queries.get(address.location, "")
    return Address(address.scheme, address.host, address.path, user, query)


def own_query(location: str) -> str:
    """What is known to follow the "?" of an object's URL; "": nothing."""
    return _queries.get(location, "")


def without_secrets(url: str) -> str:
    """A URL as it may be shown and written down; what was secret in it is known here from now on.

    Raises:
        SourceError: where it is none that can be read.
    """
    location = parse_address(url).location
    for each in expanded_braces(url):
        address_of(each)
    return location


def shown_source(source: str) -> str:
    """What a user has given, as it may be shown and remembered: where it is a URL, or a sample's location at one,
    without what is secret, which is known here from now on.

    Raises:
        SourceError: where it is a URL that cannot be read.
    """
    sample, between, container = source.rpartition("::")
    if between and "://" in sample:
        return f"{sample}::{without_secrets(container)}" if is_remote(container) else source
    return without_secrets(source) if is_remote(source) and not os.path.lexists(source) else source


class KnownSecrets:
    """What is known, on its way to a worker: in memory that both share, never on a disk."""

    def __init__(self) -> None:
        self._users, self._queries = dict(_users), dict(_queries)

    def __repr__(self) -> str:
        return f"<{len(self._users) + len(self._queries)} secrets>"

    def __reduce__(self) -> tuple[object, ...]:
        return _received, (self._users, self._queries)


def _received(users: dict[tuple[str, str], str], queries: dict[str, str]) -> KnownSecrets:
    _users.update(users)
    _queries.update(queries)
    return KnownSecrets()
