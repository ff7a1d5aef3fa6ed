"""Slots of delivered batches, for as long as their receiver holds an array over them."""

import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, Self

import numpy as np

from inspector.loader.memory.slots import Slot


class SlotArray(np.ndarray[Any, Any]):
    """An array over a slot. As its type is another one, NumPy keeps it as the base of every view made of it, so it is
    gone exactly when the last of them is."""


class SlotRelease(weakref.ref[Any]):
    """Called when the last array over a slot is gone, in whatever code that happens.

    Its callback must be a function in C: in one in Python a Ctrl+C could come, and would be lost there.
    """

    __slots__ = ("offset",)

    def __new__(cls, array: SlotArray, callback: Callable[[Self], None], offset: int) -> Self:
        return super().__new__(cls, array, callback)

    def __init__(self, array: SlotArray, callback: Callable[[Self], None], offset: int) -> None:
        super().__init__(array, callback)  # type: ignore[call-arg]  # typeshed knows only of __new__
        self.offset = offset


class HeldSlots:
    """Keeps track of them. Not thread-safe, but an array may be given up in any thread.

    Attributes:
        nbytes: of all that are held.
    """

    def __init__(self) -> None:
        self.nbytes = 0
        self._held: dict[int, tuple[Slot, SlotRelease]] = {}  # by offset
        self._returned: deque[SlotRelease] = deque()

    def hold(self, slot: Slot, array: SlotArray) -> None:
        """The slot is held for as long as `array` lives."""
        self._held[slot.offset] = slot, SlotRelease(array, self._returned.append, slot.offset)
        self.nbytes += slot.nbytes

    def returned(self) -> Iterator[Slot]:
        """Those that are not held any more, each once."""
        while self._returned:
            slot, _ = self._held.pop(self._returned.popleft().offset)
            self.nbytes -= slot.nbytes
            yield slot
