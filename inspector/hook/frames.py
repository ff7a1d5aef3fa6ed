"""Wrappers that leave no trace: tracebacks and warnings of the training look as they do without us."""

from __future__ import annotations

import ctypes
import functools
import sys
from typing import Any, Callable, TypeVar

_Function = TypeVar("_Function", bound=Callable[..., Any])


def stand_in(original: Callable[..., Any], wrapper: _Function) -> _Function:
    """Make `wrapper` look like `original`, and be skipped where a warning looks for its caller (`stacklevel`)."""
    functools.update_wrapper(wrapper, original)
    code = wrapper.__code__
    # Python skips the frames of its own import system by this name
    wrapper.__code__ = code.replace(co_filename="<frozen importlib._bootstrap>")
    return wrapper


def leave_out_this_frame(error: BaseException) -> None:
    """Call in an `except`, before a bare `raise`: the caller's frame is then not in the traceback."""
    traceback = error.__traceback__
    if traceback is None:
        return
    rest = traceback.tb_next
    if rest is None:
        return
    error.__traceback__ = rest
    if sys.version_info < (3, 11):  # a bare `raise` uses a traceback that is kept elsewhere
        try:
            set_handled = ctypes.pythonapi.PyErr_SetExcInfo
            set_handled.argtypes = [ctypes.py_object] * 3
            set_handled.restype = None
            kept = (type(error), error, rest)
            for each in kept:
                ctypes.pythonapi.Py_IncRef(ctypes.py_object(each))  # it takes a reference of each
            set_handled(*kept)
        except (AttributeError, ctypes.ArgumentError):  # not CPython
            pass
