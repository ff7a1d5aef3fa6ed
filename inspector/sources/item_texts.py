"""What is said of an item that has no image in it: what it is made of, and what to give instead."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np

from inspector.sources.structure import container_of, is_masked, is_tensor

_MOST_TYPES = 6


def in_types(item: object) -> str:
    """What an item is, in a few words: "tuple of Tensor (torch.bfloat16), int"."""
    found = container_of(item)
    if found is None or not found[3]:
        return _in_type(item)
    names, parts = found[2], [_in_type(part) for part in found[3][:_MOST_TYPES]]
    named = [f"{name}: {part}" for name, part in zip(names, parts, strict=False)] if names else parts
    more = ", ..." if len(found[3]) > _MOST_TYPES else ""
    return f"{type(item).__name__} of {', '.join(named)}{more}"


def _in_type(value: object) -> str:
    dtype = getattr(value, "dtype", None)
    return type(value).__name__ + ("" if dtype is None else f" ({dtype})")


def image_advice(item: object) -> str:
    """What to give instead of an item without an image, as the end of a sentence."""
    return next(filter(None, map(_advice, _leaves(item))), "give an array or an image")


def _leaves(item: object) -> Iterator[object]:
    found = container_of(item)
    if found is None:
        yield item
    else:
        for part in found[3]:
            yield from _leaves(part)


def _advice(value: Any) -> str:
    """Of a value that is nearly an image; else ""."""
    if is_tensor(value) and value.ndim:
        return f"NumPy has no such arrays: give {_plain(value)}, or set collate, which gets tensors as they are"
    if not isinstance(value, np.ndarray) or not value.ndim:
        return ""
    if is_masked(value):
        return "give .filled(...) of it, and its mask as a part of its own"
    if value.dtype.names:
        return "give each field of the array as an array of its own, in a dict"
    return "give .astype(np.float32) of it" if value.dtype.kind == "V" else ""


def _plain(tensor: Any) -> str:
    if tensor.is_nested:
        return ".to_padded_tensor(0) of it"
    if tensor.is_quantized:
        return ".dequantize() of it"
    dense = tensor.layout is sys.modules["torch"].strided
    return ".float() of it" if dense else ".to_dense() of it"
