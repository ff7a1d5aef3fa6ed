"""How every Python process of ours is started: it takes no module from the current folder.

The current folder may be a downloaded data set, and a `json.py` in it must stay a file like any other. Python looks
there first with `-c` and `-m`, and where PYTHONPATH has an empty or a relative entry.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from multiprocessing import process
from pathlib import Path
from typing import Any

_SAFE_PATH = "PYTHONSAFEPATH"  # as `-P`, and also for what the child starts itself


def start_python(*arguments: str, environ: Mapping[str, str] | None = None, **options: Any) -> subprocess.Popen[Any]:
    """Start this Python as a child; `options` as those of `subprocess.Popen`.

    Args:
        environ: in place of this process's environment.

    Raises:
        OSError: where the system cannot start it.
    """
    return subprocess.Popen([*python_command(), *arguments], env=safe_environment(environ), **options)


def start_detached(module: str, *arguments: str) -> subprocess.Popen[bytes]:
    """Start a module of ours that outlives this process and its terminal. It is spoken to by its standard input alone.

    Raises:
        OSError: where the system cannot start it.
    """
    return start_python(
        "-m",
        module,
        *arguments,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/" if os.name == "posix" else None,  # no folder is kept in use
        start_new_session=True,
    )


def python_command() -> list[str]:
    """This Python, as the start of a command line."""
    return [sys.executable, "-P"]


def python_of(environment: Path) -> Path:
    """Where a virtual environment has its Python, if there is one."""
    return environment / ("Scripts/python.exe" if sys.platform == "win32" else "bin/python")


def safe_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """An environment in which Python finds this package, and nothing that depends on the current folder."""
    given = dict(os.environ if environ is None else environ)
    package = str(Path(__file__).resolve().parents[1])
    entries = filter(os.path.isabs, given.get("PYTHONPATH", "").split(os.pathsep))
    return {**given, "PYTHONPATH": os.pathsep.join([package, *entries]), _SAFE_PATH: "1"}


def module_path() -> list[str]:
    """This process's path for modules. A relative entry means the folder that the program was started in.

    That is where a user's own modules are when Python runs interactively, as it is with `multiprocessing`; a folder
    that became the current one later is not taken.
    """
    started_in: str | None = process.ORIGINAL_DIR  # type: ignore[attr-defined]
    entries = [entry for entry in sys.path if isinstance(entry, str)]  # import ignores all else, such as a `Path`
    if started_in is None:
        return [*filter(os.path.isabs, entries)]
    return [os.path.join(started_in, entry).rstrip(os.sep) or os.sep for entry in entries]


@contextmanager
def safe_spawns() -> Iterator[None]:
    """What `multiprocessing` spawns meanwhile is started as here; it takes no environment but this process's."""
    before = {name: os.environ.get(name) for name in ("PYTHONPATH", _SAFE_PATH)}
    os.environ.update({name: safe_environment()[name] for name in before})
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def users_environment() -> dict[str, str]:
    """This process's environment without what `safe_environment` adds: for a program of the user's."""
    given = dict(os.environ)
    package = safe_environment({})["PYTHONPATH"]
    first, _, rest = given.get("PYTHONPATH", "").partition(os.pathsep)
    if given.get(_SAFE_PATH) == "1" and first == package:
        del given[_SAFE_PATH], given["PYTHONPATH"]
        if rest:
            given["PYTHONPATH"] = rest
    return given
