"""What is kept of an unexpected error: a file with all that a bug report needs, in a place that is shown to the user.

A crash of the whole process, such as a segmentation fault, leaves its trace in a file as well, which the next start
finds. It lies in a folder of this user's alone: in a common one, anybody could leave a pipe or a link of its name.
"""

import faulthandler
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from inspector.error_texts import traceback_of
from inspector.files import read_regular
from inspector.private_folder import state_folder

_RUNNING = "inspector-running-"
_CRASHED = "inspector-crash-"
_MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Kept:
    """Where the details of an error are. `file` is None where they could not be kept; `sentence` says so, too."""

    file: Path | None
    sentence: str


def keep_report(error: BaseException, where: str = "") -> Kept:
    """Write the error's traceback, and on which system it was raised, to a file in the folder for temporary files.

    Args:
        where: in which part of the program, such as a thread's name.
    """
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="inspector-error-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            file.write(f"{about_this_run()}\n{f'in: {where}' if where else ''}\n\n")
            file.write(traceback_of(error, error.__traceback__))
    except OSError as reason:
        return Kept(None, f"its details could not be kept: {reason.strerror}")
    return Kept(Path(file.name), f"the details are in {file.name}")


def about_this_run() -> str:
    """Versions and system, in a line."""
    version = sys.modules["inspector"].__version__  # not imported: it stands above this, and is always loaded
    return f"inspector {version}, Python {platform.python_version()}, {platform.platform()}"


@contextmanager
def crashes_traced() -> Iterator[None]:
    """Until its end, a fatal signal leaves the Python stacks of all threads in a file; none is left where all is well.

    Where that file cannot be written, nothing is traced.
    """
    try:
        file = state_folder() / f"{_RUNNING}{os.getpid()}-{time.time_ns()}.txt"
        trace = open(file, "x", encoding="utf-8")  # noqa: SIM115  closed below
    except OSError:
        yield
        return
    before = faulthandler.is_enabled()
    try:
        faulthandler.enable(trace)
        yield
    finally:
        faulthandler.disable()
        trace.close()
        with suppress(OSError):  # somebody tidied up
            file.unlink()
        if before and sys.__stderr__ is not None:
            faulthandler.enable(sys.__stderr__)


def crashes_before() -> list[tuple[str, Path]]:
    """What earlier runs died of, and the file with its trace; each is reported once.

    A run that was killed from outside has left no trace, and is not mentioned. Runs that have not ended are left alone.
    """
    found = []
    try:
        traces = sorted(state_folder().glob(f"{_RUNNING}*.txt"))
    except OSError:
        return []
    for file in traces:
        pid = file.name.removeprefix(_RUNNING).partition("-")[0]
        if not pid.isdecimal() or _lives(int(pid)):
            continue
        with suppress(OSError):  # another user's, or another start was quicker
            trace = read_regular(file, _MOST_BYTES, own=True).decode("utf-8", "backslashreplace")
            cause = trace.partition("\n")[0].strip()
            if cause:
                found.append((cause, file.replace(file.with_name(file.name.replace(_RUNNING, _CRASHED)))))
            else:
                file.unlink()
    return found


def _lives(pid: int) -> bool:
    import psutil  # here: the terminal's verbs need not wait for it

    return pid == os.getpid() or psutil.pid_exists(pid)
