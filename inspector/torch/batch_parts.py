"""A batch as its large arrays, which go through shared memory, and a pickle of all else.

The batch comes back as it was: whatever its classes, a tensor as a tensor, an array as an array.
"""

import io
import pickle
from typing import Any

import numpy as np
import torch

_LEAST_APART = 1 << 12  # bytes; smaller ones stay in the pickle

Parts = tuple[bytes, list[np.ndarray[Any, Any]]]


def taken_apart(batch: Any) -> Parts:
    """
    Raises:
        Exception: whatever pickle raises for what cannot be sent.
    """
    arrays: list[np.ndarray[Any, Any]] = []
    file = io.BytesIO()
    _Pickler(file, arrays).dump(batch)
    return file.getvalue(), arrays


def put_together(parts: Parts) -> Any:
    """The batch. Its tensors and arrays view the given ones."""
    content, arrays = parts
    return _Unpickler(io.BytesIO(content), arrays).load()


class _Pickler(pickle.Pickler):
    def __init__(self, file: io.BytesIO, arrays: list[np.ndarray[Any, Any]]) -> None:
        super().__init__(file, protocol=5)
        self._arrays = arrays
        self._known: dict[int, tuple[bool, int]] = {}  # by identity; the batch keeps all of them meanwhile

    def persistent_id(self, obj: Any) -> tuple[bool, int] | None:
        """(it is a tensor, its number) of what is large and plain; None: pickle it."""
        kind = type(obj)
        if kind is not torch.Tensor and kind is not np.ndarray:
            return None
        if id(obj) in self._known:
            return self._known[id(obj)]
        array = _plain_tensor(obj) if kind is torch.Tensor else obj
        if array is None or array.nbytes < _LEAST_APART or array.dtype.kind not in "buifc":
            return None
        self._known[id(obj)] = found = (kind is torch.Tensor, len(self._arrays))
        self._arrays.append(array)
        return found


def _plain_tensor(tensor: torch.Tensor) -> np.ndarray[Any, Any] | None:
    """Its numbers, where NumPy has such; None for one with more to it, such as a gradient."""
    if tensor.requires_grad or tensor.layout is not torch.strided or tensor.device.type != "cpu":
        return None
    if tensor.is_quantized or tensor.is_conj() or tensor.is_neg() or tensor.__dict__:
        return None
    if tensor.ndim in (4, 5) and not tensor.is_contiguous():
        return None  # its strides mean something: channels come last
    try:
        return tensor.numpy()  # type: ignore[no-any-return]
    except TypeError:  # bfloat16
        return None


class _Unpickler(pickle.Unpickler):
    def __init__(self, file: io.BytesIO, arrays: list[np.ndarray[Any, Any]]) -> None:
        super().__init__(file)
        self._made = list[Any](arrays)

    def persistent_load(self, pid: tuple[bool, int]) -> Any:
        """One of the large ones; the same object each time."""
        is_tensor, number = pid
        if is_tensor and isinstance(self._made[number], np.ndarray):
            self._made[number] = torch.from_numpy(self._made[number])
        return self._made[number]
