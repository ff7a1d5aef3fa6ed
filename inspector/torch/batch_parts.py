"""A batch as its large arrays, which go through shared memory, and a pickle of all else.

The batch comes back as it was: whatever its classes, a tensor as a tensor, an array as an array.
"""

import io
import pickle
from typing import Any

import numpy as np
import torch

from inspector.loader.workers.tensor_arrays import Form, flattened, reduce_tensor, restored

_LEAST_APART = 1 << 12  # bytes; smaller ones stay in the pickle

Parts = tuple[bytes, list[np.ndarray[Any, Any]]]


def taken_apart(batch: Any) -> Parts:
    """
    Raises:
        Exception: whatever pickle raises for what cannot be sent.
    """
    try:
        return _dumped(_BatchByName, batch)
    except Exception:  # its classes may be found nowhere by their names, as those of a notebook
        import cloudpickle

        class BatchByValue(_Apart, cloudpickle.Pickler):  # type: ignore[misc]
            def reducer_override(self, obj: Any) -> Any:
                found = reduce_tensor(obj)
                return super().reducer_override(obj) if found is NotImplemented else found

        return _dumped(BatchByValue, batch)


def put_together(parts: Parts) -> Any:
    """The batch. Its tensors and arrays view the given ones."""
    content, arrays = parts
    return _Unpickler(io.BytesIO(content), arrays).load()


def _dumped(pickler: Any, batch: Any) -> Parts:
    file, arrays = io.BytesIO(), list[np.ndarray[Any, Any]]()
    pickler(file, arrays).dump(batch)
    return file.getvalue(), arrays


class _Apart:
    """Part of a pickler."""

    def __init__(self, file: io.BytesIO, arrays: list[np.ndarray[Any, Any]]) -> None:
        super().__init__(file, protocol=5)  # type: ignore[call-arg]
        self._arrays = arrays
        self._known: dict[int, tuple[int, Form]] = {}  # by identity; the batch keeps all of them meanwhile

    def persistent_id(self, obj: Any) -> tuple[int, Form] | None:
        """The number of what is large and plain, and how to make it again; None: pickle it."""
        kind = type(obj)
        if kind is not torch.Tensor and kind is not np.ndarray:
            return None
        if id(obj) in self._known:
            return self._known[id(obj)]
        flat = flattened(obj)
        if flat is None or flat[0].nbytes < _LEAST_APART:
            return None
        array, form = flat
        self._known[id(obj)] = found = (len(self._arrays), form)
        self._arrays.append(array)
        return found


class _BatchByName(_Apart, pickle.Pickler):
    reducer_override = staticmethod(reduce_tensor)


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, arrays: list[np.ndarray[Any, Any]]) -> None:
        super().__init__(file)
        self._arrays = arrays
        self._made: dict[int, Any] = {}

    def persistent_load(self, pid: tuple[int, Form]) -> Any:
        """One of the large ones; the same object each time."""
        number, form = pid
        if number not in self._made:
            self._made[number] = restored(self._arrays[number], form)
        return self._made[number]
