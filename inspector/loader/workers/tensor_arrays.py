"""Arrays and tensors as C-contiguous arrays of plain numbers, which can be sent apart from a pickle, and back.

They come back with the same strides where nothing else lies between their numbers. Torch is not imported here: where
there is a tensor, somebody has.
"""

import sys
from typing import Any

import numpy as np
import numpy.typing as npt

_KINDS = "buifc"
_INTEGERS = {1: "uint8", 2: "int16", 4: "int32", 8: "int64"}  # torch's, by bytes

Form = tuple[Any, tuple[int, ...] | None]
"""The tensor's type, or None of an array; and the axes to transpose by, or None."""


def flattened(obj: Any) -> tuple[npt.NDArray[Any], Form] | None:
    """The numbers of an array or a tensor, without a copy if they lie side by side, and what `restored` is to know.

    None: it is of another class, or there is more to it, such as a gradient.
    """
    if type(obj) is np.ndarray:
        array, dtype = obj, None
    elif type(obj) is getattr(sys.modules.get("torch"), "Tensor", None):
        numbers = _numbers(obj)
        if numbers is None:
            return None
        array, dtype = numbers, obj.dtype
    else:
        return None
    if array.dtype.kind not in _KINDS:
        return None
    if array.flags.c_contiguous:
        return array, (dtype, None)
    axes = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
    turned = array.transpose(axes)
    if turned.flags.c_contiguous:
        return turned, (dtype, tuple(map(int, np.argsort(axes))))
    return np.ascontiguousarray(array), (dtype, None)


def reduce_tensor(obj: Any) -> Any:
    """How a pickler sends a tensor: torch's own way takes all the memory that it is a part of. Else NotImplemented."""
    flat = flattened(obj) if type(obj) is not np.ndarray else None
    return NotImplemented if flat is None else (restored, flat)


def restored(array: npt.NDArray[Any], form: Form) -> Any:
    """What `flattened` was given; a view of `array`."""
    dtype, axes = form
    if axes is not None:
        array = array.transpose(axes)
    if dtype is None:
        return array
    tensor = sys.modules["torch"].from_numpy(array)
    return tensor if tensor.dtype == dtype else tensor.view(dtype)


def _numbers(tensor: Any) -> npt.NDArray[Any] | None:
    """Integers of the same size where NumPy has no such type, as of bfloat16."""
    torch: Any = sys.modules["torch"]
    if tensor.requires_grad or tensor.layout is not torch.strided or tensor.device.type != "cpu":
        return None
    if tensor.is_quantized or tensor.is_nested or tensor.is_conj() or tensor.is_neg() or tensor.__dict__:
        return None
    if any(step == 0 and length > 1 for step, length in zip(tensor.stride(), tensor.shape, strict=True)):
        return None  # it is larger than what it takes in memory
    try:
        return tensor.numpy()  # type: ignore[no-any-return]
    except TypeError:
        integer = _INTEGERS.get(tensor.element_size())
        return tensor.view(getattr(torch, integer)).numpy() if integer else None
