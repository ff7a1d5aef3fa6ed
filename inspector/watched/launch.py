"""Starts `inspector run` for a window: in a session of its own, which nothing that becomes of the window ends.

window -> launched -> commands.run_from_window, the launcher -> the training, as with `inspector run`
"""

import json
import os
import shlex
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from inspector import formatting as fmt
from inspector.child_process import start_detached, users_environment
from inspector.errors import SettingsError
from inspector.watched.kept import output_file
from inspector.watched.output import last_line
from inspector.watched.process import hold, read_command
from inspector.watched.run_folder import new_run_folder

_LOOK_S = 0.05
_BEGINS_S = 60.0  # on a busy machine


def words_of(command: str, arguments: str, folder: str) -> list[str]:
    """A command line as it was typed in two fields; a script's path may have blanks.

    Raises:
        SettingsError: where there is none, or a quote is not closed.
    """
    command = os.path.expanduser(command.strip())
    if not command:
        raise SettingsError("Choose the script that trains, or write a command.")
    try:
        first = [command] if os.path.exists(os.path.join(folder, command)) else shlex.split(command)
        return [*first, *shlex.split(arguments)]
    except ValueError as error:
        raise SettingsError(f"A quote is not closed in “{fmt.readable(arguments or command)}”.") from error


def with_python(words: Sequence[str], python: str) -> list[str]:
    """A script, and `-m` with a module, are run by this Python; another command as it is."""
    return [python, *words] if words[0].endswith(".py") or words[0] == "-m" else list(words)


def environment_of(python: str) -> dict[str, str]:
    """The user's, with the programs of this Python's virtual environment first, as where that is active."""
    given = users_environment()
    given.setdefault("PYTHONUNBUFFERED", "1")  # its output goes to a file, and is looked at meanwhile
    programs = Path(python).parent
    if os.path.isabs(python) and (programs.parent / "pyvenv.cfg").is_file():
        given["VIRTUAL_ENV"] = str(programs.parent)
        given["PATH"] = os.pathsep.join([str(programs), *filter(None, [given.get("PATH")])])
    return given


def check(words: Sequence[str], folder: str, environ: dict[str, str]) -> None:
    """Before it is started.

    Raises:
        SettingsError: with what is missing.
    """
    if not os.path.isdir(folder):
        raise SettingsError(f"{fmt.readable(folder)}: there is no such folder.")
    _check_program(words[0], folder, environ.get("PATH"))
    script = next((word for word in words[:2] if word.endswith((".py", ".ipynb"))), "")
    path = os.path.join(folder, script)
    if script.endswith(".ipynb"):
        raise SettingsError(
            f"{fmt.readable(script)} is a notebook: call inspector.watch() in its first cell; it is listed here then."
        )
    if script and not os.path.isfile(path):
        what = "this is a folder" if os.path.isdir(path) else "there is no such script"
        raise SettingsError(f"{fmt.readable(path)}: {what}.")


def _check_program(name: str, folder: str, path: str | None) -> None:
    shown = fmt.readable(name)
    if os.path.isdir(os.path.join(folder, name)):
        raise SettingsError(f"{shown} is a folder. To see its images, open it; to train, choose a script.")
    if os.sep not in name:
        if shutil.which(name, path=path) is None:
            there = os.path.isfile(os.path.join(folder, name))
            hint = f" To run the file, write ./{shown}." if there else ""
            raise SettingsError(f"{shown}: there is no such command in this environment.{hint}")
        return
    file = os.path.join(folder, name)
    if not os.path.exists(file):
        raise SettingsError(f"{shown}: there is no such program.")
    if not os.access(file, os.X_OK):
        raise SettingsError(f"{shown} is not executable. Run it with a Python, or make it executable: chmod +x.")


@contextmanager
def launched(words: Sequence[str], folder: str, python: str, cancelled: Callable[[], bool]) -> Iterator[Path]:
    """Start a command; the folder of its run, which stays at least as long as the context.

    `python`: its environment is the command's. `cancelled`: gives the start up where it has not begun yet.

    Raises:
        SettingsError: where it cannot be started.
    """
    environ = environment_of(python)
    check(words, folder, environ)
    program = words[0] if os.sep in words[0] else shutil.which(words[0], path=environ.get("PATH")) or words[0]
    try:
        place = new_run_folder()
    except OSError as error:
        raise SettingsError(f"There is no room for its figures: {error.strerror}.") from error
    lock = hold(place)
    try:
        output = _output(place)
        asked = {"words": [program, *words[1:]], "folder": folder, "output": output, "environ": environ}
        _launch(place, asked, output, cancelled)
        yield place
    except BaseException:
        if read_command(place) is None:
            shutil.rmtree(place, ignore_errors=True)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _output(place: Path) -> str:
    try:
        return str(output_file(place))
    except OSError:  # no home that can be written to
        descriptor, path = tempfile.mkstemp(prefix="inspector-output-", suffix=".log")
        os.close(descriptor)
        return path


def _launch(place: Path, asked: Mapping[str, object], output: str, cancelled: Callable[[], bool]) -> None:
    """Return when the command runs, or has run."""
    try:
        process = start_detached("inspector.commands.run_from_window", str(place))
    except OSError as error:
        raise SettingsError(f"No process could be started: {error.strerror}.") from error
    assert process.stdin is not None
    with suppress(OSError), process.stdin:
        process.stdin.write(json.dumps(asked).encode("ascii"))
    until = time.monotonic() + _BEGINS_S
    while read_command(place) is None:
        if cancelled() or time.monotonic() > until:
            process.terminate()
            raise SettingsError("It did not start in time; try again.")
        with suppress(subprocess.TimeoutExpired):
            process.wait(_LOOK_S)
            if read_command(place) is None:
                said = last_line(output).removeprefix("inspector: ")
                raise SettingsError(fmt.sentence(said or "it could not be started"))
    threading.Thread(target=process.wait, name="inspector-launcher", daemon=True).start()  # it is no zombie then
