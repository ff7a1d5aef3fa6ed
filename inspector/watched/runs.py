"""The runs of this user on this machine: those that are watched now, and those that were kept of the ended ones."""

import os
import platform
import shutil
import stat
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.file_lock import locked
from inspector.hook.layout import LOCK_NAME
from inspector.watched.deaths import ending
from inspector.watched.kept import (
    RunFigures,
    figures_of,
    keep,
    kept_files,
    kept_folder,
    prune,
    read_kept,
    with_end,
)
from inspector.watched.process import (
    CommandState,
    lives,
    name_from,
    process_mark,
    read_command,
    write_command,
)
from inspector.watched.reader import RunReader
from inspector.watched.run_folder import is_private, places
from inspector.watched.run_names import PREFIX


@dataclass(frozen=True, slots=True)
class WatchedRun:
    """A run, as a list shows it.

    Attributes:
        state: "running", "ended", "killed" (nobody was left to note how it ended) or "damaged".
        exit_status: negative: the signal that ended it; None: it runs, or that is not known.
        pid: of the command. began_at, ended_at: seconds since 1970. host: where it ran.
        place: its folder while it runs, or the file in which it is kept.
        problem: what is wrong with a kept run, a sentence.
    """

    number: int
    name: str
    state: str
    exit_status: int | None
    words: tuple[str, ...]
    pid: int
    host: str
    began_at: float
    ended_at: float | None
    figures: RunFigures
    place: str
    problem: str = ""

    @property
    def runs(self) -> bool:
        return self.state == "running"

    @property
    def state_in_words(self) -> str:
        """Such as "ended", "failed (status 1)", "killed (SIGKILL)"."""
        if self.state != "ended" or not self.exit_status:
            return self.state
        return f"{'killed' if self.exit_status < 0 else 'failed'} ({ending(self.exit_status)})"


def begin(
    folder: Path,
    words: Sequence[str],
    pid: int,
    *,
    name: str | None = None,
    keep: bool = True,
    by_window: bool = False,
) -> CommandState:
    """Note that the command runs, under a name and a number that no other run has."""
    with _naming():
        known = [state for _, state in _folders()] + [state for _, state, *_ in _kept()]
        wanted = name if name is not None else name_from(words)
        state = CommandState(
            words=tuple(words),
            pid=pid,
            launcher=os.getpid(),
            name=_unique(wanted, {state.name for state in known}),
            number=1 + max((state.number for state in known), default=0),
            host=platform.node(),
            folder=os.getcwd(),
            began_at=time.time(),
            keep=keep,
            pid_mark=process_mark(pid),
            launcher_mark=process_mark(os.getpid()),
            output=_output_file(),
            by_window=by_window,
        )
        write_command(folder, state)
    return state


def end(folder: Path, state: CommandState, exit_status: int | None) -> str:
    """Note how it ended, and keep what was seen; "", or a sentence where that is not possible."""
    ended = replace(state, ended=True, exit_status=exit_status, ended_at=time.time())
    write_command(folder, ended)
    return keep(folder)


def live_runs() -> list[tuple[Path, CommandState]]:
    """Folders of those that run, and what they are, the newest first: quick, as no figures are read."""
    live = [(folder, state) for folder, state in _folders() if not state.ended]
    return sorted(live, key=lambda each: (-each[1].began_at, -each[1].number))


def all_runs() -> list[WatchedRun]:
    """Those that run first, then the others; the newest first."""
    prune()
    live = [(folder, state) for folder, state in _folders() if not _is_done_with(folder, state)]
    found = {path.stem: _entry(path, state, figures, problem) for path, state, figures, problem in _kept()}
    for folder, state in live:
        key = folder.name.removeprefix(PREFIX)
        if not (state.ended and key in found):
            run = RunReader(folder).read()
            found[key] = _entry(folder, with_end(state, run), figures_of(run), "")
    return sorted(found.values(), key=lambda run: (not run.runs, -run.began_at, -run.number))


def chosen(wanted: str) -> WatchedRun:
    """The run of this number or name, of those of this machine; for "", the only one that runs.

    Raises:
        SettingsError: where there is none, several may be meant, or it is damaged.
    """
    runs = all_runs()
    live = [run for run in runs if run.runs]
    if wanted:
        found = find(runs, wanted)
    elif len(live) == 1:
        found = live[0]
    else:
        why = f"{len(live)} trainings are watched there" if live else "no training is watched there now"
        names = ", ".join(f"{run.number} ({run.name})" for run in (live or runs)[:8])
        raise SettingsError(f"{why}{f'; give one of these: {names}' if names else ''}")
    if found.problem:
        raise SettingsError(found.problem)
    return found


def find(runs: Sequence[WatchedRun], wanted: str) -> WatchedRun:
    """The run of this number or name; of several runs of one script, the one that runs.

    Raises:
        SettingsError: where there is none, or several may be meant.
    """
    if wanted.isascii() and wanted.isdigit():
        for run in runs:
            if run.number == int(wanted):
                return run
        raise SettingsError(f"there is no run {wanted}; inspector attach --list shows all")
    alike = [run for run in runs if run.name == wanted or _base(run.name) == wanted]
    live = [run for run in alike if run.runs]
    exact = [run for run in alike if run.name == wanted]
    if len(live) > 1:
        exact = [run for run in exact if run.runs]
    if len(live) == 1 or exact or len(alike) == 1:
        return (live if len(live) == 1 else exact or alike)[0]
    if alike:
        names = " or ".join(f"{run.number} ({run.name})" for run in (live or alike)[:8])
        raise SettingsError(f"{fmt.readable(wanted)} may be {names}; give its number")
    raise SettingsError(f"there is no run called {fmt.readable(wanted)}; inspector attach --list shows all")


def check_name(text: str) -> str:
    """A name for a run as a user gives it.

    Raises:
        ValueError: where it is empty, too long, a number, or has what cannot be shown.
    """
    name = text.strip()
    if not name or len(name) > 60 or not name.isprintable() or name.isdigit() or name.startswith("-"):
        raise ValueError("must be 1 to 60 letters, no number and no option")
    return name


def _output_file() -> str:
    """The file that our standard output goes to, as the command's does; "" where it is none, or not known."""
    with suppress(OSError):
        if stat.S_ISREG(os.fstat(1).st_mode):
            return os.readlink("/proc/self/fd/1")
    return ""


def _entry(place: Path, state: CommandState, figures: RunFigures, problem: str) -> WatchedRun:
    status = "running" if not state.ended else "killed" if state.killed else "ended"
    return WatchedRun(
        number=state.number,
        name=fmt.readable(state.name) or fmt.readable(place.name),
        state="damaged" if problem else status,
        exit_status=state.exit_status,
        words=state.words,
        pid=state.pid,
        host=state.host,
        began_at=state.began_at,
        ended_at=state.ended_at,
        figures=figures,
        place=str(place),
        problem=problem,
    )


def _folders() -> Iterator[tuple[Path, CommandState]]:
    """Folders of runs that only this user can read, in the places where they are made."""
    seen = set()
    for place in places():
        try:
            entries = list(os.scandir(place))
        except OSError:
            continue
        for entry in entries:
            folder = Path(entry.path)
            if not entry.name.startswith(PREFIX) or folder in seen or not is_private(folder):
                continue
            seen.add(folder)
            state = read_command(folder)
            if state is not None:
                yield folder, state


def _kept() -> Iterator[tuple[Path, CommandState, RunFigures, str]]:
    """(file, what it says, what is wrong with it)."""
    for path in kept_files():
        try:
            yield path, *read_kept(path), ""
        except SettingsError as error:
            yield path, CommandState((), 0, 0, ended=True), RunFigures(), str(error)


def _is_done_with(folder: Path, state: CommandState) -> bool:
    """Whether nothing of it is to be listed. One whose janitor was killed, too, is kept and removed here."""
    if not state.ended:
        return False
    with suppress(OSError):
        lock = locked(folder / LOCK_NAME)
        try:
            if not lives(state.launcher, state.launcher_mark):
                keep(folder)
                shutil.rmtree(folder, ignore_errors=True)
                return True
        finally:
            os.close(lock)
    return state.kept


@contextmanager
def _naming() -> Iterator[None]:
    """One at a time, where the state folder can be locked."""
    lock = None
    with suppress(OSError):
        lock = locked(kept_folder() / LOCK_NAME, wait=True)
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def _unique(name: str, taken: set[str]) -> str:
    number, found = 2, name
    while found in taken:
        found, number = f"{name}-{number}", number + 1
    return found


def _base(name: str) -> str:
    start, dash, number = name.rpartition("-")
    return start if dash and number.isdigit() else name
