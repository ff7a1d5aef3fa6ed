"""Questions to a child process: it may crash, hang or miss a library, and the answer says so."""

import json
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inspector.child_process import module_path, python_command, safe_environment

TIMEOUT_S = 60.0
_ENDINGS = 1  # lines of an error's end that are shown: the exception itself


@dataclass(frozen=True, slots=True)
class ChildAnswer:
    """What the child printed as JSON, or why there is nothing.

    Attributes:
        said: the last line that it wrote to standard error, or how it ended.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    said: str = ""


def ask(code: str, environ: Mapping[str, str] | None = None, timeout_s: float = TIMEOUT_S) -> ChildAnswer:
    """Run `code`, which prints one JSON object as its last line, in this Python and with its path for modules."""
    command = [*python_command(), "-c", f"import sys; sys.path[:] = {module_path()!r}\n{code}"]
    try:
        done = subprocess.run(
            command,
            env=safe_environment(environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=timeout_s,
        )
    except subprocess.TimeoutExpired:
        return ChildAnswer(said=f"no answer within {timeout_s:g} s")
    except OSError as error:
        return ChildAnswer(said=f"no process could be started for it: {error.strerror}")
    if done.returncode == 0 and done.stdout.strip():
        return ChildAnswer(json.loads(done.stdout.strip().splitlines()[-1]))
    written = " ".join(done.stderr.strip().splitlines()[-_ENDINGS:])
    return ChildAnswer(said="; ".join(filter(None, (_ending(done.returncode), written))))


def _ending(status: int) -> str:
    if status >= 0:
        return "" if status == 1 else f"it ended with status {status}"
    try:
        return f"it was ended by {signal.Signals(-status).name}"
    except ValueError:  # a number without a name, such as a real-time signal's
        return f"it was ended by signal {-status}"
