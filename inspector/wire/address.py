"""`ssh://[user@]host[:port]/path[?python=...]`: a place on another machine."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl, unquote, urlsplit

from inspector.errors import SourceError
from inspector.formatting import readable

SCHEME = "ssh://"
_HOST = re.compile(r"[A-Za-z0-9_:][A-Za-z0-9_.%:-]*")
_URL = re.compile(r"/[a-z][a-z0-9+.-]*://")
_USER = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_.+\\@-]*\$?")


@dataclass(frozen=True, slots=True)
class SshAddress:
    """Where inspector is to run, and on what.

    Attributes:
        host: a name in the user's own ssh configuration, or of the network. user, port: None: as configured.
        path: absolute, or from "~" on, or a URL; "" for none.
        python: the interpreter there that has inspector; "": the one on the PATH there.
    """

    host: str
    user: str | None = None
    port: int | None = None
    path: str = ""
    python: str = ""

    @property
    def destination(self) -> str:
        """As `ssh` takes it."""
        return f"{self.user}@{self.host}" if self.user else self.host


def is_ssh(path: str | None) -> bool:
    """It is such an address."""
    return path is not None and path[: len(SCHEME)].lower() == SCHEME


def parse_address(url: str) -> SshAddress:
    """
    Raises:
        SourceError: where it is none; a sentence.
    """
    shown = readable(url)
    form = "it must be ssh://[user@]host[:port]/path[?python=/path/to/python]"
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
        user = unquote(parts.username) if parts.username is not None else None
        query = dict(parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query)))
    except ValueError as error:
        raise SourceError(f"{shown}: {error}; {form}") from error
    if parts.password is not None:
        raise SourceError(
            f"{parts.hostname}: a password in a URL is seen by others; ssh asks for it where it needs one"
        )
    host = unquote(_as_given(parts.netloc, host))
    if not _HOST.fullmatch(host) or (user is not None and not _USER.fullmatch(user)):
        raise SourceError(f"{shown}: this names no host; {form}")
    if parts.fragment:
        raise SourceError(f"{shown}: '#' must be written as %23 in a URL, and '?' as %3F")
    unknown = query.keys() - {"python"}
    if unknown:
        raise SourceError(f"{shown}: there is no option {readable(min(unknown))!r} in such a URL; {form}")
    python = query.get("python", "")
    if python.startswith("-") or "\0" in python:
        raise SourceError(f"{shown}: python must be the path of an interpreter there")
    path = unquote(parts.path, errors="surrogateescape")
    if path.startswith("/~"):
        path = path[1:]  # the home of the user there
    if _URL.match(path):
        path = path[1:]  # what that machine opens itself: an object store, a sample of a container
    if "\0" in path:
        raise SourceError(f"{shown}: a path has no zero byte")
    return SshAddress(host, user, port, "" if path == "/" and not parts.path.rstrip("/") else path, python)


def _as_given(netloc: str, host: str) -> str:
    """`urlsplit` makes a host's name lower case, but a name in a user's configuration may have capitals."""
    place = netloc.lower().rfind(host.lower())
    return netloc[place : place + len(host)] if host and place >= 0 else host
