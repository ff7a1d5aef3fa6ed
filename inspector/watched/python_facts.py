"""What a Python is that somebody wants to train with: its version, and that of its PyTorch, which is not imported."""

import subprocess
from collections.abc import Mapping

from inspector import formatting as fmt

_TIMEOUT_S = 20.0
_ASK = """
import sys
print(sys.version.split()[0])
try:
    from importlib.metadata import version
    print(version("torch"))
except Exception:
    from importlib.util import find_spec
    print("" if find_spec("torch") is None else "of an unknown version")
"""


def about(python: str, environ: Mapping[str, str]) -> tuple[str, bool]:
    """(a sentence, whether it can train).

    It is asked in the root folder, so that no module of a script's folder is taken for one of Python's.
    """
    shown = fmt.readable(python)
    try:
        asked = subprocess.run(
            [python, "-c", _ASK],
            env=dict(environ),
            cwd="/",
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except FileNotFoundError:
        return f"{shown}: there is no such Python.", False
    except subprocess.TimeoutExpired:
        return f"{shown} does not answer.", False
    except OSError as error:
        return f"{shown} cannot be run: {error.strerror}.", False
    version, _, torch = asked.stdout.decode("utf-8", "replace").strip().partition("\n")
    if asked.returncode or not version:
        return f"{shown} is no Python that runs.", False
    if not torch:
        return f"Python {fmt.readable(version)}. It has no PyTorch: choose the Python of your environment.", False
    return f"Python {fmt.readable(version)} with PyTorch {fmt.readable(torch)}.", True
