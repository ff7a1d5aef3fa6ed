"""The watched command: what it is, whether it runs, how it ended. A view reads it from the run's folder."""

import json
import os
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from inspector import formatting as fmt
from inspector.file_lock import locked
from inspector.files import read_regular, write_atomically
from inspector.hook.layout import LOCK_NAME
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.watched.ring import exists

COMMAND_NAME = "command.json"
MOST_COMMAND_BYTES = 1_000_000
VERSION = 1  # of what is in a run's folder; a reader of an older one refuses a newer
_MOST_NAME = 60


@dataclass(frozen=True, slots=True)
class CommandState:
    """The command at one moment.

    Attributes:
        words: as it was given. pid: its process. launcher: the process id of `inspector run`.
        ended: whether it has. exit_status: negative: the signal that ended it; None: it runs, or nobody knows.
        killed: nobody was left to note how it ended.
        name, number: what it is called among all runs of this user on this machine, `host`.
        folder: in which it was started.
        began_at, ended_at: seconds since 1970.
        keep: whether what was seen is kept at the end. kept: it is.
        pid_mark, launcher_mark: see `process_mark`.
        output: the file that its standard output goes to; "": it is none, or that is not known.
        by_window: a window started it, so that no terminal is there to end it from.
    """

    words: tuple[str, ...]
    pid: int
    launcher: int
    ended: bool = False
    exit_status: int | None = None
    killed: bool = False
    version: int = VERSION
    name: str = ""
    number: int = 0
    host: str = ""
    folder: str = ""
    began_at: float = 0.0
    ended_at: float | None = None
    keep: bool = False
    kept: bool = False
    pid_mark: str = ""
    launcher_mark: str = ""
    output: str = ""
    by_window: bool = False


def write_command(folder: Path, state: CommandState) -> None:
    """For whoever watches the run. A full disk is no reason to end a training: then a view knows less."""
    with suppress(OSError):
        write_atomically(folder / COMMAND_NAME, json.dumps(asdict(state)))


def read_command(folder: Path) -> CommandState | None:
    """As it is now; None where the folder is gone, or not ready yet."""
    try:
        state = parse_command(read_regular(folder / COMMAND_NAME, MOST_COMMAND_BYTES, own=True))
    except (OSError, OutsideJsonError):
        return None
    if not state.ended and not lives(state.launcher, state.launcher_mark) and not lives(state.pid, state.pid_mark):
        return replace(state, ended=True, killed=True)
    return state


def parse_command(text: bytes) -> CommandState:
    """What `write_command` wrote.

    Raises:
        OutsideJsonError: where it is something else, or of a newer version.
    """
    found = parsed(text)
    version = found.get("version", VERSION) if isinstance(found, dict) else VERSION
    if isinstance(version, int) and version > VERSION:
        raise OutsideJsonError(f"it was made by a newer inspector: version {version}, and this one reads {VERSION}")
    return checked(found, CommandState)


def script_of(words: Sequence[str]) -> str:
    """A command in a word: its script, its module, or its program."""
    if not words:
        return ""
    if "-m" in words[:-1]:
        return words[list(words).index("-m") + 1]
    return os.path.basename(next((word for word in words if word.endswith(".py")), words[0]))


def name_from(words: Sequence[str]) -> str:
    """A name for a run of this command."""
    return fmt.readable(script_of(words))[:_MOST_NAME].strip() or "training"


def process_mark(pid: int) -> str:
    """Names a process among all that ever had its number; "" where it has ended or the system does not say."""
    with suppress(OSError, ValueError, IndexError):  # not Linux
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b")")[2].split()
        boot = Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
        return "" if fields[0] == b"Z" else f"{boot} {int(fields[19])}"
    return ""


def lives(pid: int, mark: str) -> bool:
    """Whether the process runs that had this mark; without one, whether one of that number does."""
    return exists(pid) and (not mark or process_mark(pid) == mark)


def hold(folder: Path) -> int | None:
    """Keep the folder, also when the training has ended, until the descriptor is closed or its last process ends."""
    with suppress(OSError):
        return locked(folder / LOCK_NAME, shared=True)
    return None


def held(folder: Path) -> bool:
    """Whether somebody still uses the folder."""
    try:
        os.close(locked(folder / LOCK_NAME))
    except BlockingIOError:
        return True
    except OSError:  # nobody can
        pass
    return False
