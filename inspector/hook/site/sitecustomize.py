# Runs at the start of every Python of a watched command, whatever its version: no syntax that an old one does not know.
"""Runs the sitecustomize that this one hides, then waits for torch.utils.data to be imported."""

import os
import sys


def _watch(here):
    if sys.version_info < (3, 8) or not os.environ.get("INSPECTOR_RUN_FOLDER") or "_inspector_hook" in sys.modules:
        return
    from importlib import import_module

    package = type(sys)("_inspector_hook")  # a name of its own: `inspector` may be another one in this environment
    package.__path__ = [os.path.dirname(here)]
    sys.modules[package.__name__] = package
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        import_module(package.__name__ + ".finder").install()
    finally:
        sys.dont_write_bytecode = writes


def _run_hidden(here):
    """As Python would without us; our folder stays off the path, nothing else is to be imported from it."""
    ours = sys.modules.pop("sitecustomize", None)
    sys.path[:] = [entry for entry in sys.path if os.path.abspath(entry) != here]
    try:
        import sitecustomize  # noqa: F401
    except ImportError as error:
        if getattr(error, "name", "sitecustomize") != "sitecustomize":
            raise
    finally:
        if ours is not None:
            sys.modules.setdefault("sitecustomize", ours)


_here = os.path.dirname(os.path.abspath(__file__))
try:
    _watch(_here)
except Exception:  # whatever it is, the training must not notice
    pass
_run_hidden(_here)
