"""What the user's objects hold that was made to be shared by processes, and is shared with workers, too.

That is what `multiprocessing` makes: memory, queues, a manager's dicts; and torch's tensors in shared memory.
It is pickled as for a process that `multiprocessing` spawns: as the numbers of descriptors, which workers inherit.
"""

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from multiprocessing import context, reduction
from typing import Any

_MODULES = ("multiprocessing.connection", "multiprocessing.heap", "multiprocessing.sharedctypes")
_TORCH = "torch.multiprocessing.reductions"


class Descriptor:
    """One that a worker has under the same number."""

    def __init__(self, fd: int) -> None:
        self._fd = fd

    def detach(self) -> int:
        """The number."""
        return self._fd


class _Spawning:
    """What `multiprocessing` asks, while it pickles, of the process that is being started."""

    DupFd = Descriptor

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def duplicate_for_child(self, fd: int) -> int:
        """Have it inherited."""
        self.descriptors.append(fd)
        return fd


@contextmanager
def noted_descriptors() -> Iterator[list[int]]:
    """The descriptors that a process must inherit to unpickle what this thread pickles meanwhile."""
    spawning: Any = _Spawning()
    before = context.get_spawning_popen()
    if sys.platform != "win32":  # it has handles, which are sent in another way
        context.set_spawning_popen(spawning)
    try:
        yield spawning.descriptors
    finally:
        context.set_spawning_popen(before)


def reduce_shared(obj: Any) -> Any:
    """How a pickler sends it; NotImplemented: it is nothing of that sort, or its class says how."""
    if context.get_spawning_popen() is None:
        return NotImplemented
    reducer = reduction.ForkingPickler._extra_reducers.get(type(obj))  # type: ignore[attr-defined]
    module = getattr(reducer, "__module__", "")
    if module in _MODULES or (module == _TORCH and _is_in_shared_memory(obj)):
        return reducer(obj)
    return NotImplemented


def _is_in_shared_memory(obj: Any) -> bool:
    """A tensor or its storage is."""
    torch: Any = sys.modules["torch"]
    storage = getattr(obj, "_untyped_storage", obj)  # of a typed storage, which warns when it is asked
    if not hasattr(storage, "is_shared") or getattr(storage, "layout", torch.strided) is not torch.strided:
        return False
    return storage.device.type == "cpu" and bool(storage.is_shared())


def open_ones(descriptors: Iterable[int]) -> tuple[int, ...]:
    """Those that have not been closed meanwhile, once each."""
    return tuple(fd for fd in dict.fromkeys(descriptors) if _is_open(fd))


def _is_open(fd: int) -> bool:
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True
