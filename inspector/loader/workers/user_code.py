"""How the user's own code, a transform or a data set, gets to worker processes.

It is pickled, see `pickling`. What is defined in the program's main script is pickled by name, and that script imported
in the workers, under another name than `__main__`, in the way of `multiprocessing`. It is imported for nothing else: a
script without `if __name__ == "__main__":` works as long as all that it gives to the loader comes from modules. Where
there is no script that could be imported, and for lambdas and the like, the code itself is sent.
"""

import multiprocessing.process
import os
import sys
from multiprocessing.spawn import get_preparation_data, prepare
from typing import Any

from inspector.errors import SettingsError, WorkerStartError
from inspector.loader.workers.messages import WorkerSpec
from inspector.loader.workers.pickling import NotByName, culprit

_MAIN_FROM = ("init_main_from_name", "init_main_from_path")
_OF_A_PROCESS = (
    "Open files, connections, locks and the like belong to the process that made them: open them in the worker, at "
    'the first __getitem__ or call, and leave them out of __getstate__; or use engine="threads", where all workers '
    "share them"
)
_OF_A_FORK = (
    "Only a fork of the program can have what multiprocessing made for forks: make it with "
    'multiprocessing.get_context("spawn"), which has the same functions, and workers share it'
)
_importing_main = ""  # the script, while a process that makes workers imports it


def describe_main() -> dict[str, Any]:
    """The program's script, as `import_main` takes it.

    Raises:
        NotByName: when there is none that could be imported: in a notebook, or where it came from standard input.
    """
    found = get_preparation_data("inspector-worker")
    main = {name: found[name] for name in ("sys_argv", *_MAIN_FROM) if found.get(name)}
    typed_in = sys.flags.interactive or hasattr(sys, "ps1")  # after the script, if there was one
    if typed_in or main.keys().isdisjoint(_MAIN_FROM) or not _is_script(main.get("init_main_from_path")):
        raise NotByName
    return main


def _is_script(path: str | None) -> bool:
    return path is None or (os.path.isfile(path) and not path.endswith(".ipynb"))


def unsendable(spec: WorkerSpec, error: Exception) -> SettingsError:
    """Why the specification cannot be sent to another process."""
    name, place = _not_sendable(spec)
    about = f"{name}{place}: {error}" if place else str(error)
    advice = _OF_A_FORK if "fork context" in str(error) else _OF_A_PROCESS
    return SettingsError(f"{name} cannot be sent to worker processes ({about}). {advice}")


def _not_sendable(spec: WorkerSpec) -> tuple[str, str]:
    for name in ("transform", "read_image", "dataset", "function"):
        if place := culprit((getattr(spec, name),)):
            return name, place.removeprefix("[0]")
    return "a setting", ""


def import_main(main: dict[str, Any]) -> None:
    """Import the program's script, where the user's code needs it.

    Raises:
        Exception: whatever that script raises.
    """
    global _importing_main
    if main:
        _importing_main = next(main[name] for name in _MAIN_FROM if name in main)
        try:
            prepare(main)
        finally:
            _importing_main = ""
            if sys.stdout is not None:  # a worker may be killed at any moment
                sys.stdout.flush()


def check_not_importing_main() -> None:
    """A script that makes a loader when it is imported would make workers that import it, and so on without end.

    Raises:
        WorkerStartError: when that is about to happen.
    """
    spawned = getattr(multiprocessing.process.current_process(), "_inheriting", False)
    if _importing_main or spawned:
        script = _importing_main or sys.argv[0]
        raise WorkerStartError(
            f"{script} makes a Loader when it is imported, and the workers import it for the code that is defined in "
            'it: put the code that runs under `if __name__ == "__main__":`, or move the transform or data set into a '
            "module of its own"
        )
