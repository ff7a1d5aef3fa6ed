"""Messages over one socket between the parent and one worker.

The parent never blocks on it: a worker that is stopped or killed in the middle of a message leaves an incomplete
frame behind and nothing else. A frame is a 4-byte length and a pickle.
"""

import contextlib
import pickle
import select
import socket
import struct
from typing import cast

from inspector.loader.workers.messages import Message
from inspector.loader.workers.pickling import dumps

_LENGTH = struct.Struct("<I")
_READ_BYTES = 1 << 16


class Channel:
    """One end of the socket; owns it."""

    def __init__(self, sock: socket.socket) -> None:
        self.socket = sock
        self.sending = False  # a signal's handler must not send in the middle of a message
        self._received = bytearray()
        self._buffer = memoryview(bytearray(_READ_BYTES))  # kept: a new one for each read costs page faults

    def fileno(self) -> int:
        """The socket's descriptor, for a selector."""
        return self.socket.fileno()

    def send(self, message: Message) -> None:
        """Send one message; waits while the other side's buffer is full.

        Raises:
            OSError: when the other side is gone.
        """
        payload = dumps(message)
        self.sending = True
        try:
            self.socket.sendall(_LENGTH.pack(len(payload)) + payload)
        finally:
            self.sending = False

    def receive(self) -> Message | None:
        """The next message, waiting for it; None when the other side is gone."""
        while True:
            message = self._next_frame()
            if message is not None:
                return message
            if not self._read(flags=0):
                return None

    def receive_ready(self) -> tuple[list[Message], bool]:
        """All messages that are here already, without waiting, and whether the other side is still there."""
        alive = True
        flags = getattr(socket, "MSG_DONTWAIT", None)
        while flags is not None or select.select([self.socket], [], [], 0)[0]:  # Windows has no such flag
            before = len(self._received)
            alive = self._read(flags=flags or 0)
            if not alive or len(self._received) - before < _READ_BYTES:
                break
        messages = []
        while (message := self._next_frame()) is not None:
            messages.append(message)
        return messages, alive

    def close(self) -> None:
        """Close this end; the other side's `receive` then gives None."""
        with contextlib.suppress(OSError):  # a process that the user forked may hold the same socket
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def _read(self, flags: int) -> bool:
        try:
            count = self.socket.recv_into(self._buffer, 0, flags)
        except (BlockingIOError, InterruptedError):
            return True
        except OSError:  # reset by a killed peer: the same as its end
            return False
        self._received += self._buffer[:count]
        return count > 0

    def _next_frame(self) -> Message | None:
        if len(self._received) < _LENGTH.size:
            return None
        (length,) = _LENGTH.unpack_from(self._received)
        end = _LENGTH.size + length
        if len(self._received) < end:
            return None
        message = pickle.loads(self._received[_LENGTH.size : end])
        del self._received[:end]
        return cast("Message", message)
