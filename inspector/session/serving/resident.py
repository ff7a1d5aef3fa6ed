"""A process that keeps a session while the line to its user is broken, and ends when nobody comes again."""

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from inspector.session.protocol import Session
from inspector.session.serving.server import Connection, SessionServer
from inspector.wire.handlers import LinkEnd
from inspector.wire.local_socket import is_own_peer, listen, stream_of

LINGER_S = 600.0
_LOOK_S = 0.2


def keep(
    session: Session,
    path: Path,
    *,
    linger_s: float = LINGER_S,
    line_kb_per_s: int = 0,
    each_look: Callable[[], None] = lambda: None,
) -> None:
    """Serve `session` to this user's processes that connect at `path`, and close it at the end.

    It ends when a client says goodbye and no other is there, when the first one speaks another version, or when there
    was none for `linger_s` seconds.

    Args:
        each_look: called now and then.

    Raises:
        OSError: where nothing can listen at `path`.
    """
    over = threading.Event()
    left_at_s, served = time.monotonic(), False

    def ended(connection: Connection) -> None:
        nonlocal left_at_s, served
        left_at_s, served = time.monotonic(), served or connection.greeted
        is_another_version = not served and connection.end in (LinkEnd.REFUSED, LinkEnd.FAULTY)
        if (connection.said_goodbye or is_another_version) and not server.clients:
            over.set()

    server = SessionServer(session, ended, line_kb_per_s=line_kb_per_s)
    listener = listen(path)
    try:
        listener.settimeout(_LOOK_S)
        while not over.is_set():
            if server.clients:
                left_at_s = time.monotonic()
            elif time.monotonic() - left_at_s > linger_s:
                break
            each_look()
            with suppress(TimeoutError):
                peer, _ = listener.accept()
                _serve(server, peer)
    finally:
        listener.close()
        path.unlink(missing_ok=True)
        server.close("inspector has ended there.")
        session.close()


def _serve(server: SessionServer, peer: socket.socket) -> None:
    if is_own_peer(peer):
        server.serve(stream_of(peer))
    else:
        peer.close()
