"""Waits until `torch.utils.data` is imported, and patches it then: who does not import it pays nothing.

Runs at the start of every Python of the command, so it imports next to nothing itself.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.abc import Loader
    from importlib.machinery import ModuleSpec
    from types import ModuleType
    from typing import Any, Sequence

_PATCHED_BY = {
    "torch.utils.data": "patches",
    "torchdata.stateful_dataloader.stateful_dataloader": "patches",
}


def install() -> None:
    """Begin to wait; at once where it is there already."""
    leave_mark("python")
    sys.meta_path.insert(0, _Finder())
    for name in _PATCHED_BY:
        module = sys.modules.get(name)
        if module is not None:
            _arm(name, module)


def leave_mark(name: str) -> None:
    """An empty file that says how far the hook came in some process of this run."""
    place = os.environ.get("INSPECTOR_RUN_FOLDER")
    if place:
        try:
            os.close(os.open(os.path.join(place, name + ".mark"), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        except OSError:
            pass  # another process was first, or the folder is gone


class _Finder:
    """Lets the others find the module, and looks at it once it is there."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname not in _PATCHED_BY:
            return None
        for finder in sys.meta_path:
            if finder is self or not hasattr(finder, "find_spec"):
                continue
            spec = finder.find_spec(fullname, path, target)
            if spec is not None:
                if spec.loader is not None and hasattr(spec.loader, "exec_module"):
                    _run_after(spec.loader, fullname)
                return spec
        return None


def _run_after(loader: Loader, name: str) -> None:
    original = loader.exec_module

    def exec_module(module: ModuleType) -> Any:
        original(module)
        _arm(name, module)

    loader.exec_module = exec_module  # type: ignore[method-assign]


def _arm(name: str, module: ModuleType) -> None:
    from importlib import import_module

    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        import_module("." + _PATCHED_BY[name], __package__ or "_inspector_hook").arm(name, module)
    except Exception:  # a torch that we do not know: it is not watched
        leave_mark("failed")
    finally:
        sys.dont_write_bytecode = writes
