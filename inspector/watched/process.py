"""The watched command: what it is, whether it runs, how it ended. A view reads it from the run's folder."""

import json
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from inspector.files import read_regular, write_atomically
from inspector.hook.layout import LOCK_NAME
from inspector.watched.ring import exists

_NAME = "command.json"
_MOST_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class CommandState:
    """The command at one moment.

    Attributes:
        words: as it was given. pid: its process. launcher: the process id of `inspector run`.
        ended: whether it has. exit_status: negative: the signal that ended it; None: it runs, or nobody knows.
    """

    words: tuple[str, ...]
    pid: int
    launcher: int
    ended: bool = False
    exit_status: int | None = None


def write_command(folder: Path, state: CommandState) -> None:
    """For whoever watches the run. A full disk is no reason to end a training: then a view knows less."""
    with suppress(OSError):
        write_atomically(folder / _NAME, json.dumps(asdict(state)))


def read_command(folder: Path) -> CommandState | None:
    """As it is now; None where the folder is gone, or not ready yet."""
    try:
        found = json.loads(read_regular(folder / _NAME, _MOST_BYTES, own=True))
        state = CommandState(
            words=tuple(str(word) for word in found["words"]),
            pid=int(found["pid"]),
            launcher=int(found["launcher"]),
            ended=bool(found["ended"]),
            exit_status=None if found["exit_status"] is None else int(found["exit_status"]),
        )
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    if not state.ended and not exists(state.launcher) and not exists(state.pid):
        return replace(state, ended=True)  # nobody was left to note its exit status
    return state


def hold(folder: Path) -> int | None:
    """Keep the folder, also when the training has ended, until the descriptor is closed or its last process ends."""
    with suppress(OSError, ImportError):
        import fcntl

        held_open = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0), 0o600)
        try:
            fcntl.flock(held_open, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            os.close(held_open)
            raise
        return held_open
    return None


def held(folder: Path) -> bool:
    """Whether somebody still uses the folder."""
    with suppress(OSError, ImportError):
        import fcntl

        with open(folder / LOCK_NAME, "ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
    return False
