"""`ssh://` in place of PATH: the same verb, with what it works on on another machine."""

import argparse
import sys
import uuid
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from inspector.commands.parser import Parser, say
from inspector.errors import SettingsError
from inspector.wire.address import SshAddress
from inspector.wire.errors import WireError

if TYPE_CHECKING:
    from inspector.session.remote import RemoteSession
    from inspector.watched.runs import WatchedRun

_MOST_LIST_BYTES = 4_000_000


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
    if not address.path:
        raise SettingsError(
            f"say what to load there: inspector ssh://{address.destination}/PATH; inspector attach "
            f"ssh://{address.destination} opens a training"
        )
    path = f"./{address.path}" if address.path.startswith("-") else address.path
    return _connected(address, [path, *words], ask_in_window=ask_in_window, linger_s=linger_s)


def far_training(address: SshAddress, wanted: str, *, ask_in_window: bool, line_kb_per_s: int = 0) -> "RemoteSession":
    """The training of this number or name there; for "", the only one that runs.

    Args:
        line_kb_per_s: how much may come; 0: what the line takes.

    Raises:
        InspectorError: where it cannot be reached, or there is no such one.
    """
    words = [f"--attach={wanted}", *(["--line-rate", str(line_kb_per_s)] if line_kb_per_s else [])]
    return _connected(address, words, ask_in_window=ask_in_window, linger_s=600.0)


def far_runs(address: SshAddress) -> "list[WatchedRun]":
    """The trainings that are watched there.

    Raises:
        InspectorError: where it cannot be reached.
    """
    from inspector.outside_json import OutsideJsonError, checked, parsed
    from inspector.watched.runs import WatchedRun
    from inspector.wire.frames import PREAMBLE
    from inspector.wire.ssh import SshConnector

    connector = SshConnector(address, ["--list-runs"])
    stream = connector.open(again=False)
    try:
        with open(stream.reads, "rb", closefd=False) as output:
            text = output.read(_MOST_LIST_BYTES).rpartition(PREAMBLE)[2]
        why, _ = connector.explain("")
        if not text:
            raise WireError(why or f"{address.host}: the other side ended without an answer")
        return checked(parsed(text), list[WatchedRun])
    except OutsideJsonError as error:
        raise WireError(f"{address.host}: the other side sent no list of trainings: {error}") from error
    finally:
        connector.close()


def _connected(address: SshAddress, words: Sequence[str], *, ask_in_window: bool, linger_s: float) -> "RemoteSession":
    from inspector.session.remote import RemoteSession
    from inspector.wire.askpass import asking_environment
    from inspector.wire.ssh import SshConnector

    if sys.stderr.isatty():
        say(f"connecting to {address.host} …")
    arguments = [*words, "--run", uuid.uuid4().hex, "--linger", str(linger_s)]
    environ = asking_environment() if ask_in_window else {}
    return RemoteSession(SshConnector(address, arguments, environ=environ))
