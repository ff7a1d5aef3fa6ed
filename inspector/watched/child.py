"""The watched command as a child: its input, output, signals and exit status are its own."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from inspector import hook
from inspector.child_process import python_of
from inspector.errors import SettingsError
from inspector.hook.layout import FOLDER_VARIABLE
from inspector.system_signals import available

_SI_KERNEL = 0x80  # sent by the terminal's driver, to the whole foreground group
_CAN_WAIT = hasattr(signal, "sigtimedwait")
_PASSED_ON = ("SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT", "SIGUSR1", "SIGUSR2", "SIGCONT", "SIGWINCH")


def command_line(words: Sequence[str]) -> list[str]:
    """What is run: a script and `-m` get the Python of the environment that is active, else ours."""
    if words[0].endswith(".py") or words[0] == "-m":
        return [active_python(), *words]
    return list(words)


def active_python() -> str:
    """The Python of the environment that is active, else ours."""
    active = os.environ.get("VIRTUAL_ENV") or os.environ.get("CONDA_PREFIX") or ""
    if os.path.isabs(active):
        for candidate in (python_of(Path(active)), Path(active, "python.exe")):  # conda has it in the folder itself
            if os.access(candidate, os.X_OK) and candidate.is_file():
                return str(candidate)
    return sys.executable


def hooked_environment(folder: Path, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which every Python runs our `sitecustomize` first, and writes to `folder`."""
    given = dict(os.environ if environ is None else environ)
    assert hook.__file__ is not None
    site = str(Path(hook.__file__).resolve().with_name("site"))
    path = [site, given["PYTHONPATH"]] if given.get("PYTHONPATH") else [site]
    return {**given, "PYTHONPATH": os.pathsep.join(path), FOLDER_VARIABLE: str(folder)}


class Child:
    """A running command. Signals that are sent to us reach it; those of the terminal reach it by themselves."""

    def __init__(self, words: Sequence[str], environ: Mapping[str, str]) -> None:
        """Start it.

        Raises:
            SettingsError: where there is no such program.
        """
        self._signals = set(available(*_PASSED_ON)) if _CAN_WAIT else set()
        before: set[signal.Signals | int] = set()
        if _CAN_WAIT:
            before = set(signal.pthread_sigmask(signal.SIG_BLOCK, self._signals | {signal.SIGCHLD}))
        self._before = before
        sys.stdout.flush()
        try:
            self._process = subprocess.Popen(
                words,
                env=dict(environ),
                preexec_fn=(lambda: signal.pthread_sigmask(signal.SIG_SETMASK, before) and None) if _CAN_WAIT else None,
            )
        except OSError as error:
            self._unblock()
            raise SettingsError(f"{words[0]}: {error.strerror}; check the command's name and its mode") from error

    @property
    def pid(self) -> int:
        return self._process.pid

    def wait(self, timeout_s: float) -> int | None:
        """Its exit status (negative: the signal that ended it), or None where it runs still."""
        if (status := self._process.poll()) is not None:
            self._unblock()
            return status
        if not _CAN_WAIT:
            try:
                return self._process.wait(timeout_s)
            except (subprocess.TimeoutExpired, KeyboardInterrupt):
                return None
        caught = signal.sigtimedwait(self._signals | {signal.SIGCHLD}, timeout_s)
        if caught is not None and caught.si_signo != signal.SIGCHLD and caught.si_code != _SI_KERNEL:
            self._process.send_signal(caught.si_signo)
        if (status := self._process.poll()) is not None:
            self._unblock()
        return status

    def _unblock(self) -> None:
        if _CAN_WAIT:
            signal.pthread_sigmask(signal.SIG_SETMASK, self._before)


def end_as(status: int) -> int:
    """End as the command did: by the same signal, else with the status that is returned."""
    if status >= 0 or os.name != "posix":
        return status
    number = -status
    if number not in (signal.SIGKILL, signal.SIGSTOP):
        signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {number})
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))  # one core is enough
    sys.stdout.flush()
    sys.stderr.flush()
    os.kill(os.getpid(), number)
    return 128 + number
