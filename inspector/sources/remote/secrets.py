"""Names, passwords and tokens of URLs, kept apart from what is shown and written down: in memory only.

A location has none of them. Whoever reads at one gets them back here, by the server or, for a token, by the location.
"""

from inspector.errors import SourceError
from inspector.sources.braces import expanded_braces
from inspector.sources.remote.address import Address, parse_address

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


def without_secrets(url: str) -> str:
    """A URL as it may be shown and written down; what was secret in it is known here from now on.

    Raises:
        SourceError: where it is none that can be read.
    """
    location = parse_address(url).location
    for each in expanded_braces(url):
        address_of(each)
    return location


def to_remember(url: str) -> str:
    """As `without_secrets`; of what cannot be read as a URL, what is surely none of its secrets."""
    try:
        return without_secrets(url)
    except SourceError:
        scheme, _, rest = url.partition("://")
        return f"{scheme}://{rest.partition('?')[0].rpartition('@')[2]}"


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
