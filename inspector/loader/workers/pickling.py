"""Pickling of what is the user's: by name where another process can import it, and else with its code.

The standard library sends functions and classes by name. That cannot be done with lambdas, with what is defined inside
a function, in a notebook, in a script that is read from standard input, or in a module that was loaded from a file by
hand. `cloudpickle` sends those by value; it is imported only when it is needed.
"""

import contextlib
import importlib.machinery
import io
import os
import pickle
import sys
from collections.abc import Callable
from functools import partial
from types import FunctionType, ModuleType
from typing import Any, Protocol

from inspector.loader.workers.fresh_state import FreshState
from inspector.loader.workers.shared_objects import reduce_shared
from inspector.loader.workers.tensor_arrays import reduce_tensor

_MOST_DEEP = 4


class _Writable(Protocol):
    def write(self, data: Any, /) -> object: ...


class NotByName(Exception):
    """Raised for code that another process could not import."""


Reduce = Callable[[Any], Any]
"""Called with each object; what `reducer_override` returns for it."""


def dumps(obj: object) -> bytes:
    """The object for another process that has the same code already.

    Raises:
        Exception: when it cannot be sent at all.
    """
    with contextlib.suppress(Exception):  # it may raise anything; the other way raises what is to be said of it
        return pickle.dumps(obj, protocol=5)
    import cloudpickle

    return cloudpickle.dumps(obj, protocol=5)  # type: ignore[no-any-return]


def dumps_values(obj: object) -> bytes:
    """`dumps`, for the user's values: a tensor among them that is a part of a larger one is sent without that.

    Raises:
        Exception: when it cannot be sent at all.
    """
    if "torch" in sys.modules:
        with contextlib.suppress(Exception):  # as above
            file = io.BytesIO()
            _Values(file, protocol=5).dump(obj)
            return file.getvalue()
    return dumps(obj)


def dump_by_name(file: _Writable, obj: object, apart: Callable[[pickle.PickleBuffer], Any], reduce: Reduce) -> None:
    """
    Raises:
        Exception: when something in it cannot be sent this way.
    """
    _ByName(file, apart, reduce).dump(obj)


def dump_by_value(file: _Writable, obj: object, apart: Callable[[pickle.PickleBuffer], Any], reduce: Reduce) -> None:
    """
    Raises:
        Exception: when something in it cannot be sent at all.
    """
    import cloudpickle

    fresh = FreshState(_is_sent_by_value)

    class ByValue(cloudpickle.Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            if (found := reduce(obj)) is not NotImplemented or (found := fresh.reduce(obj)) is not NotImplemented:
                return found
            if (module := _module_to_send(obj)) is not None:
                cloudpickle.register_pickle_by_value(module)
            return super().reducer_override(obj)

    ByValue(file, protocol=5, buffer_callback=apart).dump(obj)


class _Values(pickle.Pickler):
    reducer_override = staticmethod(reduce_tensor)


class _ByName(pickle.Pickler):
    def __init__(self, file: _Writable, apart: Callable[[pickle.PickleBuffer], Any], reduce: Reduce) -> None:
        super().__init__(file, protocol=5, buffer_callback=apart)
        self._reduce = reduce

    def reducer_override(self, obj: Any) -> Any:
        if _module_to_send(obj) is not None:
            raise NotByName
        return self._reduce(obj)


def _module_to_send(obj: object) -> ModuleType | None:
    """The module of a function or a class, if another process cannot import it; the main script is another matter."""
    if not isinstance(obj, FunctionType | type):
        return None
    module = sys.modules.get(obj.__module__) if isinstance(obj.__module__, str) else None
    if module is None or obj.__module__ in ("__main__", "__mp_main__") or _can_be_imported(module):
        return None
    return module


def _is_sent_by_value(function: Any) -> bool:
    """So is what is in the main script, or within a function; by name, other code's cache is found, too."""
    names = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
    return names[0] in ("__main__", "__mp_main__") or "<locals>" in names[1] or _module_to_send(function) is not None


def _can_be_imported(module: ModuleType) -> bool:
    """Python finds it where it was found here, or it is none that has a file."""
    file = getattr(module, "__file__", None)
    if module.__name__ in sys.builtin_module_names or (file is None and getattr(module, "__spec__", None) is not None):
        return True
    found = _found(module.__name__)
    if found is None:
        return False
    return file is None or not found.has_location or found.origin is None or _same(found.origin, file)


def _found(name: str) -> importlib.machinery.ModuleSpec | None:
    parent = sys.modules.get(name.rpartition(".")[0])
    path = getattr(parent, "__path__", None) if "." in name else None
    if "." in name and path is None:
        return None
    for finder in sys.meta_path:
        if (find := getattr(finder, "find_spec", None)) is not None and (spec := find(name, path)) is not None:
            return spec  # type: ignore[no-any-return]
    return None


def _same(one: str, other: str) -> bool:
    return os.path.realpath(one) == os.path.realpath(other)


# --- what cannot be sent ---------------------------------------------------------------------------------------


class _Nowhere:
    def write(self, data: Any, /) -> int:
        return len(data)


def culprit(obj: object) -> str:
    """Which part of it cannot be sent, as Python code behind its name: ".file", ".parts[3].lock"; "" where unknown."""
    place = ""
    for _ in range(_MOST_DEEP):
        found = next(((name, part) for name, part in _parts(obj) if not _can_be_sent(part)), None)
        if found is None:
            break
        name, obj = found
        place += name
    return place


def _parts(obj: object) -> list[tuple[str, object]]:
    if isinstance(obj, dict):
        return [(f"[{key!r}]", part) for key, part in obj.items()]
    if isinstance(obj, list | tuple):
        return [(f"[{number}]", part) for number, part in enumerate(obj)]
    if isinstance(obj, partial):
        return [(".func", obj.func), (".args", obj.args), (".keywords", obj.keywords)]
    return [(f".{name}", part) for name, part in getattr(obj, "__dict__", {}).items()]


def _can_be_sent(obj: object) -> bool:
    try:
        dump_by_value(_Nowhere(), obj, lambda _: False, reduce_shared)
    except Exception:  # which is what is being looked for
        return False
    return True
