"""What a process in the background writes to its standard error, kept in memory: on no disk, which may be full."""

import os
import socket
import struct
from contextlib import suppress

from inspector import files

_NAME = "inspector-stderr"
_MOST_BYTES, _SHOWN_BYTES = 1 << 20, 4096
_LAST = ("inspector: ", "Fatal Python error: ")


def memory_file() -> int:
    """The descriptor of a file for it; the caller closes it.

    Raises:
        OSError: where there is no room.
    """
    import fcntl  # here: Windows, which has no use for this, has none

    made = files.memory_file(_NAME)
    fcntl.fcntl(made, fcntl.F_SETFL, os.O_APPEND)
    return made


def bound(descriptor: int) -> None:
    """Begin again where it has become long; nothing else is bounded in what a user's code prints."""
    with suppress(OSError):
        if os.fstat(descriptor).st_size > _MOST_BYTES:
            os.ftruncate(descriptor, 0)


def of_peer(peer: socket.socket) -> int | None:
    """That of the process at the other end, where the system shows it; the caller closes it."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return None
    pid, _, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    try:
        name = f"/proc/{pid}/fd/2"
        return os.open(name, os.O_RDONLY) if _NAME in os.readlink(name) else None
    except OSError:
        return None


def last_words(descriptor: int | None) -> str:
    """Why a process ended, as far as it has said so; else ""."""
    if descriptor is None:
        return ""
    with suppress(OSError):
        size = os.fstat(descriptor).st_size
        text = os.pread(descriptor, _SHOWN_BYTES, max(0, size - _SHOWN_BYTES)).decode("utf-8", "replace")
        for line in reversed(text.splitlines()):
            if line.startswith(_LAST):
                return line.removeprefix(_LAST[0]).strip()
    return ""
