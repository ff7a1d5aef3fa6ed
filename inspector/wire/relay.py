"""Joins standard input and output with a socket, until one of them ends. It holds little and understands nothing."""

import os
import select
import socket
import time
from contextlib import suppress

_HELD_BYTES = 64 << 10
_LAST_WORDS_S = 1.0


def relay(reads: int, writes: int, peer: socket.socket) -> bool:
    """Pass on what comes, both ways, until either side has ended: whether it was the socket's."""
    far = peer.fileno()
    for descriptor in (reads, writes, far):
        os.set_blocking(descriptor, False)
    held = {writes: b"", far: b""}  # what is to be written where
    source = {writes: far, far: reads}
    while True:
        poll = select.poll()
        events = dict.fromkeys((reads, writes, far), 0)
        for target, waiting in held.items():
            if waiting:
                events[target] |= select.POLLOUT
            else:
                events[source[target]] |= select.POLLIN
        for descriptor, wanted in events.items():
            poll.register(descriptor, wanted)  # 0: only whether it has ended
        for descriptor, event in poll.poll():
            if event & select.POLLOUT and held.get(descriptor):
                try:
                    held[descriptor] = held[descriptor][os.write(descriptor, held[descriptor]) :]
                except BrokenPipeError:
                    if descriptor == writes:  # it reads no more, and may have said why
                        _pass_on(reads, held[far], peer)
                    raise
            elif event & select.POLLIN:
                target = far if descriptor == reads else writes
                data = os.read(descriptor, _HELD_BYTES)
                if not data:
                    _flush(writes, held[writes])
                    return descriptor == far
                held[target] += data
            elif event & (select.POLLHUP | select.POLLERR | select.POLLNVAL):
                if descriptor != far:
                    _pass_on(reads, held[far], peer)
                _flush(writes, held[writes])
                return descriptor == far


def _pass_on(reads: int, waiting: bytes, peer: socket.socket) -> None:
    """The last words of a side that has ended, such as a goodbye.

    What the other sends meanwhile is read: a socket that is closed before that takes the goodbye back.
    """
    with suppress(OSError):
        peer.settimeout(_LAST_WORDS_S)
        while waiting or (waiting := os.read(reads, _HELD_BYTES)):
            peer.sendall(waiting)
            waiting = b""
        peer.shutdown(socket.SHUT_WR)
        end_s = time.monotonic() + _LAST_WORDS_S
        while peer.recv(_HELD_BYTES) and time.monotonic() < end_s:
            pass


def _flush(writes: int, waiting: bytes) -> None:
    """The last words, as far as they fit."""
    if waiting:
        os.write(writes, waiting)
