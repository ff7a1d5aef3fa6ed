"""Where an object is, with what is secret kept apart from what may be shown."""

from dataclasses import dataclass, field
from urllib.parse import quote, unquote

from inspector.errors import SourceError

OBSTORE_SCHEMES = ("s3", "gs", "az", "https", "http")
DRIVER_SCHEMES = ("hf", "sftp")  # with a driver that the user installs
_WEB = ("https", "http")


@dataclass(frozen=True, slots=True)
class Address:
    """One object, or a prefix that objects have in common.

    Attributes:
        scheme: in lower case.
        host: the bucket, container or server, with its port.
        path: below it, as a person writes it and without a slash at its beginning; "" for all of it.
        user: "name:password" of the URL; a secret. query: what follows "?" in a web address: a token, as a rule.
    """

    scheme: str
    host: str
    path: str
    user: str = field(default="", repr=False)
    query: str = field(default="", repr=False)

    @property
    def location(self) -> str:
        """To show, and to write down: without what is secret."""
        return f"{self.scheme}://{self.host}/{self.path}"

    @property
    def key(self) -> str:
        """The object's name in its store."""
        return unquote(self.path) if self.scheme in _WEB else self.path

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.key.rpartition("/")[2]

    def written(self, key: str) -> str:
        """A key of this store as part of a path."""
        return quote(key) if self.scheme in _WEB else key

    def at(self, path: str) -> "Address":
        """Another object of the same store, with the same secrets."""
        return Address(self.scheme, self.host, path, self.user, self.query)  # `replace` takes three times as long


def is_remote(url: str) -> bool:
    """It begins as the address of something that can be read here."""
    scheme, separator, _ = url.partition("://")
    return bool(separator) and scheme.lower() in (*OBSTORE_SCHEMES, *DRIVER_SCHEMES)


def parse_address(url: str) -> Address:
    """The parts of a URL.

    Raises:
        SourceError: where it is none that can be read; the message has nothing secret.
    """
    scheme, separator, rest = url.partition("://")
    scheme = scheme.lower()
    if not separator or not is_remote(url):
        known = ", ".join(f"{each}://" for each in (*OBSTORE_SCHEMES, *DRIVER_SCHEMES))
        raise SourceError(f"A URL that starts with {scheme!r} cannot be loaded from: give one of {known}.")
    query = ""
    if scheme in _WEB:  # elsewhere a name may have such characters
        rest, _, query = rest.partition("#")[0].partition("?")
    host, _, path = rest.partition("/")
    user, _, host = host.rpartition("@")
    address = Address(scheme, host, path.lstrip("/"), user, query)
    if not host:
        raise SourceError(f"{scheme}:// has no bucket or server behind it: check the URL.")
    if user and scheme not in (*_WEB, "sftp"):
        raise SourceError(
            f"{address.location}: credentials in such a URL are not used. Leave them out, and sign in with the "
            "provider's own tools or environment variables."
        )
    return address
