"""How the loader learns that nobody uses a delivered slot any more."""

import weakref
from collections.abc import Callable
from typing import Any, Self

import numpy as np


class SlotArray(np.ndarray[Any, Any]):
    """An array over a slot. As its type is another one, NumPy keeps it as the base of every view made of it, so it is
    gone exactly when the last of them is."""


class SlotRelease(weakref.ref[Any]):
    """Told when the last array over a slot is gone, in whatever code that happens.

    Its callback must be a function in C: in one in Python a Ctrl+C could come, and would be lost there.
    """

    __slots__ = ("offset",)

    def __new__(cls, lease: object, callback: Callable[[Self], None], offset: int) -> Self:
        return super().__new__(cls, lease, callback)

    def __init__(self, lease: object, callback: Callable[[Self], None], offset: int) -> None:
        super().__init__(lease, callback)  # type: ignore[call-arg]  # typeshed knows only of __new__
        self.offset = offset
