"""What code that is sent by value has beside it, and what each worker makes for itself: locks and caches.

A lock of a class or a module is of use within one process only, and a new one is what a worker that imports the module
has, too. A lock that a data set itself holds is another matter: it may guard something that was opened.
"""

import functools
import threading
from collections.abc import Callable, Iterator, Mapping
from types import FunctionType
from typing import Any

_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())
_CACHED = type(functools.lru_cache(len))


class FreshState:
    """Used by one pickler."""

    def __init__(self, by_value: Callable[[Any], bool]) -> None:
        self._by_value = by_value
        self._seen: set[int] = set()  # classes and modules' names
        self._fresh: set[int] = set()  # locks and the like found in them

    def reduce(self, obj: Any) -> Any:
        """How to make it again in the worker; NotImplemented: that is not our matter."""
        if isinstance(obj, type):
            self._look_into(obj, vars(obj))
        elif isinstance(obj, FunctionType):
            self._look_into(obj.__globals__, obj.__globals__)
        elif isinstance(obj, functools.cached_property) and type(obj) is functools.cached_property:
            return functools.cached_property, (obj.func,), {"attrname": obj.attrname}
        elif isinstance(obj, _CACHED) and self._by_value(obj.__wrapped__):
            return _cached_again, (obj.__wrapped__, obj.cache_parameters())
        elif id(obj) in self._fresh:
            return _factory_of(obj), ()
        return NotImplemented

    def _look_into(self, holder: object, names: Mapping[str, Any]) -> None:
        if id(holder) not in self._seen:
            self._seen.add(id(holder))
            for value in list(names.values()):
                self._fresh.update(map(id, _locks_in(value)))


def _locks_in(value: Any) -> Iterator[Any]:
    if isinstance(value, _LOCK | _RLOCK | threading.local):
        yield value
    elif isinstance(value, threading.Event | threading.Condition | threading.Semaphore):
        for part in vars(value).values():
            yield from _locks_in(part)


def _factory_of(obj: Any) -> Callable[[], Any]:
    if isinstance(obj, _LOCK):
        return threading.Lock
    return threading.RLock if isinstance(obj, _RLOCK) else threading.local


def _cached_again(function: Callable[..., Any], parameters: dict[str, Any]) -> Any:
    return functools.lru_cache(**parameters)(function)
