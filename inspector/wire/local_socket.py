"""Where a process of ours listens that only this user may connect to: a socket of mode 0600 in a 0700 folder."""

import os
import re
import socket
import stat
import struct
from contextlib import suppress
from pathlib import Path

from inspector.wire.errors import WireError
from inspector.wire.link import ByteStream

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{3,63}")
_BACKLOG = 8
_MOST_PATH_BYTES = 100  # of a socket's name: 108 on Linux, 104 elsewhere, with the zero at its end


def socket_path(name: str) -> Path:
    """Where the process called `name` listens.

    Not in XDG_RUNTIME_DIR: that is removed when the user's last session on a machine ends, which is what a broken
    line looks like.

    Raises:
        WireError: where there is no such private folder, this is no name, or the system has no such sockets.
    """
    if not hasattr(os, "getuid"):
        raise WireError("serve --run needs Unix domain sockets, which this system lacks.")
    if not _NAME.fullmatch(name):
        raise WireError(f"{name[:80]!r} is no name of a run.")
    folder = _folder(os.environ.get("TMPDIR", ""))
    if len(os.fsencode(folder / f"{name}.sock")) > _MOST_PATH_BYTES:
        folder = _folder("")
    try:
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
        status = folder.lstat()
    except OSError as error:
        raise WireError(f"{folder} cannot be made: {error.strerror}.") from error
    if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.getuid() or status.st_mode & 0o077:
        raise WireError(f"{folder} is not this user's own folder with mode 0700: remove it.")
    return folder / f"{name}.sock"


def _folder(within: str) -> Path:
    """Always the same one, also while a disk is full; so not by `tempfile`, which tries where it can write."""
    place = within if os.path.isabs(within) and os.path.isdir(within) else "/tmp"
    return Path(place, f"inspector-{os.getuid()}")


def connect(path: Path, timeout_s: float = 3.0) -> socket.socket | None:
    """A connection to who listens there; None where nobody does, and then nothing is left of it.

    Raises:
        WireError: where somebody else's process listens, or one that stands still.
    """
    peer = socket.socket(socket.AF_UNIX)
    peer.settimeout(timeout_s)
    try:
        peer.connect(str(path))
    except (FileNotFoundError, ConnectionRefusedError):
        peer.close()
        with suppress(OSError):
            path.unlink()
        return None
    except OSError as error:
        peer.close()
        raise WireError(f"What runs there does not answer: {error.strerror or error}.") from error
    peer.settimeout(None)
    if not is_own_peer(peer):
        peer.close()
        raise WireError(f"{path} belongs to another user.")
    return peer


def sweep(folder: Path) -> None:
    """Remove what killed processes have left there."""
    for path in folder.glob("*.sock"):
        with suppress(WireError):
            peer = connect(path, 0.1)
            if peer is not None:
                peer.close()


def listen(path: Path) -> socket.socket:
    """A socket that listens there.

    Raises:
        OSError: where it cannot be, such as another process listens already.
    """
    listener = socket.socket(socket.AF_UNIX)
    before = os.umask(0o177)
    try:
        listener.bind(str(path))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    finally:
        os.umask(before)
    return listener


def is_own_peer(peer: socket.socket) -> bool:
    """Whether the process at the other end is this user's, where the system says whose it is."""
    option = getattr(socket, "SO_PEERCRED", None)
    if option is None:
        return True  # the folder keeps others out
    _, uid, _ = struct.unpack("3i", peer.getsockopt(socket.SOL_SOCKET, option, struct.calcsize("3i")))
    return bool(uid == os.getuid())


def stream_of(peer: socket.socket) -> ByteStream:
    """The socket for a `Link`, which closes it."""
    return ByteStream(peer.fileno(), peer.fileno(), peer.close)
