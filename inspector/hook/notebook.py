"""For scripts that `inspector run` cannot reach, and notebooks: one line in them, and a process that sums up."""

from __future__ import annotations

import os
import subprocess
import sys

from . import layout


def watch() -> None:
    """Watch every DataLoader of this process from now on; what was seen is printed to standard error at its end.

    Does nothing where `inspector run` watches already. Loaders that are being iterated are seen from their next epoch.
    """
    if os.environ.get(layout.FOLDER_VARIABLE):
        return
    from importlib import import_module

    package = "_inspector_hook"  # the same as in every other process of this training
    site = os.path.join(os.path.dirname(os.path.abspath(__file__)), "site")
    # It makes the folder, waits until this process has ended, sums up, and cleans up
    keeper = subprocess.Popen(
        [sys.executable, "-P", "-m", "inspector.watched.keeper", str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
        cwd="/",
        env={**os.environ, "PYTHONPATH": os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))},
    )
    assert keeper.stdout is not None
    folder = keeper.stdout.readline().decode("utf-8", "surrogateescape").rstrip("\n")
    keeper.returncode = 0  # nobody waits for it: it outlives this process
    if not folder:
        return
    os.environ[layout.FOLDER_VARIABLE] = folder
    before = os.environ.get("PYTHONPATH", "")
    os.environ["PYTHONPATH"] = site + (os.pathsep + before if before else "")  # for workers that are spawned
    _kept.append(keeper)
    if package not in sys.modules:
        module = type(sys)(package)
        module.__path__ = [os.path.dirname(site)]
        sys.modules[package] = module
    import_module(package + ".finder").install()


_kept: list[subprocess.Popen[bytes]] = []  # its pipe is open until this process ends
