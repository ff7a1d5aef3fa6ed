"""`inspector serve`: the far side of a window on another machine. It speaks over its standard input and output."""

import argparse
import faulthandler
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from inspector.child_process import start_python
from inspector.commands import values
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.source import SourceCommand, source_of_options
from inspector.errors import SettingsError
from inspector.wire.errors import WireError

if TYPE_CHECKING:
    from inspector.session.protocol import Session
    from inspector.wire.link import ByteStream

_STARTS_S = 60.0


class ServeCommand(SourceCommand):
    """Ends with 0 when its input ends."""

    prog = "inspector serve"
    summary = """\
Load PATH here for a window on another machine, which is connected through standard input and output.
You need not call it: inspector ssh://HOST/PATH does, on HOST."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("--stdio", action="store_true", help="speak over standard input and output")
        parser.add_argument(
            "--run",
            metavar="NAME",
            help="keep loading when the connection breaks; the next connection with this name resumes it",
        )
        parser.add_argument(
            "--linger",
            type=values.positive,
            default=600.0,
            metavar="SECONDS",
            help="with --run, end after this time without a connection; default: 600",
        )
        parser.add_argument("--attach", metavar="RUN", help="instead of PATH, a training that is watched here")
        parser.add_argument("--list-runs", action="store_true", help="list the trainings that are watched, and exit")
        parser.add_argument("--resident", action="store_true", help=argparse.SUPPRESS)
        parser.add_argument("--arguments", metavar="WORD", help=argparse.SUPPRESS)
        add_loader_options(parser)

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Arguments that came through a shell are in one word."""
        options = super().parse(arguments)
        words = list(arguments)
        if options.arguments is not None:
            from inspector.wire.ssh import decoded

            words = ["--stdio", *decoded(options.arguments)]
            options = super().parse(words)
        options.words = words
        return options

    def run(self, options: argparse.Namespace) -> int:
        if options.list_runs:
            return _list_runs()
        if not options.stdio and not options.resident:
            raise SettingsError("serve is for a window on another machine: inspector ssh://HOST/PATH starts it there")
        if options.run is not None:
            from inspector.wire.local_socket import socket_path

            path = socket_path(options.run)
            return self._reside(options, path) if options.resident else self._relay(options, path)
        return self._serve(options)

    def _serve(self, options: argparse.Namespace) -> int:
        """One connection, and the session ends with it."""
        from inspector.session.serving import SessionServer

        begin = _beginning(options)
        stream = _own_stdio()
        session = begin()
        try:
            SessionServer(session, line_kb_per_s=options.line_kb_per_s).serve(stream).over.wait()
        finally:
            session.close()
        return 0

    def _reside(self, options: argparse.Namespace, path: Path) -> int:
        from inspector.session.serving.resident import keep
        from inspector.wire.last_words import bound

        faulthandler.enable()
        begin = _beginning(options)
        keep(
            begin(),
            path,
            linger_s=options.linger,
            line_kb_per_s=options.line_kb_per_s,
            each_look=lambda: bound(sys.stderr.fileno()),
        )
        return 0

    def _relay(self, options: argparse.Namespace, path: Path) -> int:
        """Join our input and output with the process that has the session; start it where it does not run."""
        from inspector.wire import last_words
        from inspector.wire.local_socket import connect, sweep
        from inspector.wire.relay import relay
        from inspector.wire.ssh import ENDED

        peer = connect(path)
        if peer is None:
            sweep(path.parent)
            _beginning(options)  # what is wrong is said here
            peer = _started(["serve", "--resident", *(word for word in options.words if word != "--stdio")], path)
        words = last_words.of_peer(peer)
        stream = _own_stdio()
        try:
            if relay(stream.reads, stream.writes, peer):
                sweep(path.parent)
                if said := last_words.last_words(words):
                    print(f"{ENDED} {said}", file=sys.stderr, flush=True)
        except OSError:
            return 0  # one side has ended in the middle of a word
        finally:
            peer.close()
        return 0


def _beginning(options: argparse.Namespace) -> "Callable[[], Session]":
    """What begins the session, once it is clear that there is something to load or to look at.

    Raises:
        InspectorError: where there is not.
    """
    if options.attach is not None:
        from inspector.session.watched import WatchedSession
        from inspector.watched.runs import chosen

        place = chosen(options.attach).place
        return lambda: WatchedSession(place)
    from inspector.session.local import LocalSession

    settings = settings_of(options)
    source = source_of_options(options, settings.extensions)

    def begin() -> "Session":
        session = LocalSession(settings)
        session.open(source)
        return session

    return begin


def _list_runs() -> int:
    """For `inspector attach` on another machine; what a login shell prints comes before."""
    import json
    from dataclasses import asdict

    from inspector.watched.runs import all_runs
    from inspector.wire.frames import PREAMBLE

    print(PREAMBLE.decode() + json.dumps([asdict(run) for run in all_runs()]))
    return 0


def _own_stdio() -> "ByteStream":
    """Standard input and output for frames alone: what anything else here prints goes to standard error."""
    from inspector.wire.link import ByteStream

    reads, writes = os.dup(0), os.dup(1)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    sys.stdout.flush()
    os.dup2(2, 1)

    def close() -> None:
        os.close(reads)
        os.close(writes)

    return ByteStream(reads, writes, close)


def _started(words: list[str], path: Path) -> socket.socket:
    """Start the process that keeps the session, and connect to it."""
    from inspector.wire.last_words import last_words, memory_file
    from inspector.wire.local_socket import connect

    output = memory_file()
    try:
        command = ("-m", "inspector", *words)
        process = start_python(*command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True)
        end_s = time.monotonic() + _STARTS_S
        while time.monotonic() < end_s:
            if path.exists() and (peer := connect(path)) is not None:
                return peer
            if process.poll() is not None:
                said = last_words(output)
                raise WireError(said or f"inspector ended while it started, with exit status {process.returncode}.")
            time.sleep(0.02)
        process.kill()
        raise WireError("inspector did not start in time.")
    finally:
        os.close(output)
