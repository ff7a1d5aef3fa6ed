"""`ssh://` in place of PATH: the same verb, with what it works on on another machine."""

import argparse
import sys
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from inspector.commands.parser import Parser, say
from inspector.errors import SettingsError
from inspector.wire.address import SshAddress

if TYPE_CHECKING:
    from inspector.session.remote import RemoteSession


def far_words(arguments: Sequence[str], path: str, own: Callable[[argparse.ArgumentParser], None]) -> list[str]:
    """What of a command line is for the other side: all but the URL and the options that `own` adds."""
    parser = Parser(add_help=False, allow_abbrev=False)
    own(parser)
    _, words = parser.parse_known_args(list(arguments))
    words.remove(path)
    return words


def far_session(
    address: SshAddress, words: Sequence[str], *, ask_in_window: bool, linger_s: float = 600.0
) -> "RemoteSession":
    """A session there, which is kept while the line is broken.

    Raises:
        InspectorError: where it cannot be reached, or nothing can be started there.
    """
    from inspector.session.remote import RemoteSession
    from inspector.wire.askpass import asking_environment
    from inspector.wire.ssh import SshConnector

    if not address.path:
        raise SettingsError(f"say what to load there: inspector ssh://{address.destination}/PATH")
    if sys.stderr.isatty():
        say(f"connecting to {address.host} …")
    name = uuid.uuid4().hex
    path = f"./{address.path}" if address.path.startswith("-") else address.path
    arguments = [path, *words, "--run", name, "--linger", str(linger_s)]
    environ = asking_environment() if ask_in_window else {}
    return RemoteSession(SshConnector(address, arguments, environ=environ))
