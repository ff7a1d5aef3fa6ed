"""Writes a sample, whatever it is made of: its arrays into shared memory, the rest into the message."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from inspector.loader.memory.slots import Arena, Forms, bytes_in_row, places_in_row
from inspector.loader.workers.messages import SampleTask
from inspector.loader.workers.pickling import dumps, dumps_values
from inspector.sources.structure import PAIR, PLAIN_TYPES, ArrayForm, Composition, Structure, Taken

_SMALL_BYTES = 1 << 12  # an array, other than the image, that is sent in the message
_MOST_SENT_BYTES = 1 << 15  # of all that is pickled
_SHORT = 256  # characters of a text that is sent as it is
_KNOWN = 256  # compositions that are remembered


class Composed(NamedTuple):
    """A sample that can be written.

    Attributes:
        arrays: those to write, in order.
        values: see `SampleResult`.
    """

    composition: Composition
    arrays: list[npt.NDArray[Any]]
    values: tuple[Any, ...] | bytes | None


class SampleWriter:
    """Writes samples one after the other.

    What samples have in common is one object: in a message, pickle sends that once.
    """

    def __init__(self, arena: Arena) -> None:
        self._arena = arena
        self._known: dict[Composition, Composition] = {}
        self._sendable: set[Structure] = set()
        self._pair_dtype: np.dtype[Any] | None = None
        self._pair = Composition(PAIR, PAIR.parts, 0, (0,), ())
        self._pair_forms: Forms | None = None  # of a task, known to be those of `_pair`

    def write_pair(self, leaves: Sequence[Any], task: SampleTask) -> Composition | None:
        """Write the first of two leaves, an array, and leave the plain value beside it; None: it has no place here.

        Most samples are such: fast.
        """
        array = leaves[0]
        if array.dtype is not self._pair_dtype or array.shape != self._pair.forms[0].shape:
            form = ArrayForm(array.dtype.str, array.shape)
            self._pair_dtype, self._pair = array.dtype, self._same(Composition(PAIR, PAIR.parts, 0, (0,), (form,)))
            self._pair_forms = None
        if task.forms is not self._pair_forms:  # one object in a message
            if task.forms != self._pair.forms:
                return None
            self._pair_forms = task.forms
        np.ndarray(array.shape, array.dtype, self._arena.memory, task.offset)[...] = array
        return self._pair

    def compose(self, taken: Taken) -> Composed:
        """
        Raises:
            Exception: when something in it cannot be pickled, whatever its own methods raise.
        """
        placed, rest, arrays = [], [], []
        for number, (leaf, kind) in enumerate(zip(taken.leaves, taken.kinds, strict=True)):
            if kind != "value" and (number == taken.image or leaf.nbytes > _SMALL_BYTES):
                placed.append(number)
                arrays.append(leaf)
            else:
                rest.append(leaf)
        if taken.structure not in self._sendable:  # it may have classes that are found nowhere by their name
            dumps(taken.structure)
            self._sendable.add(taken.structure)
        values: tuple[Any, ...] | bytes | None = tuple(rest)
        if not all(type(value) in PLAIN_TYPES or (type(value) is str and len(value) < _SHORT) for value in rest):
            values = dumps_values(rest)
            if len(values) > _MOST_SENT_BYTES:
                arrays.append(np.frombuffer(values, np.uint8))
                values = None
        forms = tuple(ArrayForm(array.dtype.str, array.shape) for array in arrays)
        composition = Composition(taken.structure, taken.kinds, taken.image, tuple(placed), forms)
        return Composed(self._same(composition), arrays, values)

    def _same(self, composition: Composition) -> Composition:
        if len(self._known) >= _KNOWN:
            self._known.clear()
        return self._known.setdefault(composition, composition)

    def write(self, composed: Composed, task: SampleTask) -> int:
        """Write the arrays; returns the bytes that they need in a place of their own where they do not fit, else 0."""
        forms = composed.composition.forms
        if task.forms:
            places = task.places or (task.offset,)
            if forms != task.forms:
                return max(1, bytes_in_row(forms))
        else:
            places = places_in_row(task.offset, forms)
            if (needs_bytes := bytes_in_row(forms)) > task.capacity:
                return needs_bytes
        for array, place in zip(composed.arrays, places, strict=True):
            self._arena.view(place, array.shape, array.dtype)[...] = array  # in half the time of `copyto`
        return 0
