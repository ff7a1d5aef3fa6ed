"""Trainings of this machine, for a window: those that run, a session over one of them, and a start of another.

Not for the GUI thread: files are read, and processes started.
"""

import os
import shlex
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from inspector import formatting as fmt
from inspector.child_process import python_of
from inspector.errors import SettingsError
from inspector.session.watched import WatchedSession
from inspector.watched.child import active_python
from inspector.watched.launch import environment_of, launched, with_python, words_of
from inspector.watched.process import read_command
from inspector.watched.python_facts import about
from inspector.watched.runs import live_runs

_UP = 3  # folders above the script in which a virtual environment is looked for
_ENVIRONMENTS = (".venv", "venv", "env")


@dataclass(frozen=True, slots=True)
class LiveTraining:
    """One that runs. `place`: for `attach`. `since`: seconds since 1970."""

    name: str
    place: str
    pid: int
    since: float

    @property
    def age_s(self) -> float:
        return max(0.0, time.time() - self.since)


@dataclass(frozen=True, slots=True)
class LookedAt:
    """A choice, looked at. `command`: for a terminal, "" where there is none yet. `problem`: why it would not train."""

    folder: str
    pythons: tuple[str, ...]
    about: str
    command: str
    problem: bool


@dataclass(frozen=True, slots=True)
class TrainingChoice:
    """What is to be started, as it was typed. `folder`: "" for that of the script."""

    command: str
    arguments: str = ""
    python: str = ""
    folder: str = ""

    def start_folder(self) -> str:
        """The folder to start it in."""
        if self.folder.strip():
            return str(Path(self.folder.strip()).expanduser().absolute())
        script = Path(self.command.strip()).expanduser()
        return str(script.parent if script.is_absolute() and script.is_file() else Path.cwd())

    def chosen_python(self) -> str:
        """The one that was chosen, or the likeliest."""
        return os.path.expanduser(self.python.strip()) or pythons_for(self.start_folder())[0]

    def words(self) -> list[str]:
        """The command line.

        Raises:
            SettingsError: where there is none.
        """
        typed = words_of(self.command, self.arguments, self.start_folder())
        return with_python(typed, self.chosen_python())


def look_at(choice: TrainingChoice) -> LookedAt:
    """What would be started. Takes as long as a Python takes to start."""
    folder = choice.start_folder()
    pythons = pythons_for(folder)
    python = choice.chosen_python()
    said, good = about(python, environment_of(python))
    command = ""
    with suppress(SettingsError):
        command = f"cd {shlex.quote(folder)} && inspector run -- {shlex.join(choice.words())}"
    return LookedAt(folder, tuple(pythons), said, command, not good)


def live_trainings() -> list[LiveTraining]:
    """The newest first."""
    return [
        LiveTraining(fmt.readable(state.name) or "training", str(folder), state.pid, state.began_at)
        for folder, state in live_runs()
    ]


def attach(place: str) -> WatchedSession:
    """A session over a training that runs.

    Raises:
        SettingsError: where it has ended, and is gone.
    """
    if read_command(Path(place)) is None:
        raise SettingsError("It has ended. What was kept of it: inspector attach --list.")
    return WatchedSession(place)


def start(words: Sequence[str], folder: str, python: str, cancelled: Callable[[], bool]) -> WatchedSession:
    """Start a training, with the environment of this Python, and a session over it.

    Raises:
        SettingsError: where it cannot be started; nothing runs then.
    """
    with launched(words, folder, python, cancelled) as place:
        return WatchedSession(place)


def pythons_for(folder: str) -> list[str]:
    """Those to choose from, the likeliest first: of environments near the script, of the active one, the system's."""
    near = [Path(folder), *Path(folder).parents[:_UP]]
    found = [str(python_of(place / name)) for place in near for name in _ENVIRONMENTS]
    found = [python for python in found if Path(python).is_file()]
    return list(dict.fromkeys([*found, active_python(), *filter(None, [shutil.which("python3")])]))
