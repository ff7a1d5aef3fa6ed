"""ssh's questions, where there is no terminal to ask them in: a small program of ours shows them in a window."""

import os
import shlex
from collections.abc import Mapping

from inspector.child_process import python_command, safe_environment
from inspector.files import write_atomically
from inspector.private_folder import cache_folder


def asking_environment(environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """What `ssh` needs in its environment to ask in a window; nothing where the user has such a program already."""
    given = os.environ if environ is None else environ
    if given.get("SSH_ASKPASS") or not (given.get("DISPLAY") or given.get("WAYLAND_DISPLAY")):
        return {}
    try:
        program = cache_folder() / "ask-for-ssh"
        command = shlex.join([*python_command(), "-m", "inspector.ui.ask_for_ssh"])
        python_path = shlex.quote(safe_environment()["PYTHONPATH"])
        write_atomically(program, f'#!/bin/sh\nPYTHONPATH={python_path} PYTHONSAFEPATH=1 exec {command} "$@"\n')
        program.chmod(0o700)
    except OSError:  # then it asks in the terminal, if there is one
        return {}
    return {"SSH_ASKPASS": str(program), "SSH_ASKPASS_REQUIRE": "force"}
