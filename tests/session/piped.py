"""A session behind a pair of sockets, as it would be on another machine: server, wire and client are the real ones."""

import socket
from typing import cast

from inspector.session.line_state import LineState
from inspector.session.local import LocalSession
from inspector.session.protocol import Session
from inspector.session.remote import RemoteSession
from inspector.session.serving import SessionServer
from inspector.settings import SessionConfig
from inspector.wire.errors import WireError
from inspector.wire.link import ByteStream


class PipeConnector:
    """Connects to a server in this process. `reachable`: whether it can be connected to now."""

    host = "far-machine"

    def __init__(self, server: SessionServer) -> None:
        self.server = server
        self.reachable = True
        self.opened: list[socket.socket] = []

    def open(self, *, again: bool) -> ByteStream:
        if not self.reachable:
            raise WireError("There is no way to it now.")
        near, far = socket.socketpair()
        self.server.serve(ByteStream(far.fileno(), far.fileno(), far.close))
        self.opened.append(near)
        return ByteStream(near.fileno(), near.fileno(), near.close)

    def explain(self, why: str) -> tuple[str, bool]:
        return why, False

    def close(self) -> None:
        pass

    def cut(self) -> None:
        """The line breaks."""
        self.opened[-1].shutdown(socket.SHUT_RDWR)


class PipedSession(RemoteSession):
    """A remote session that closes the one behind it, too."""

    def __init__(self, behind: Session, *, same_machine: bool = True) -> None:
        self.behind = behind
        self.server = SessionServer(behind)
        self.connector = PipeConnector(self.server)
        super().__init__(self.connector, same_machine=same_machine)

    @property
    def line(self) -> LineState:
        return super().line

    def close(self) -> None:
        super().close()
        self.server.close()
        self.behind.close()


def piped(config: SessionConfig | None = None) -> PipedSession:
    """Our own loader behind it."""
    return PipedSession(cast(Session, LocalSession(config or SessionConfig())))
