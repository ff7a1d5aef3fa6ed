"""The fields of a sample, such as boxes, masks, captions and targets, as short texts for a person."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from inspector.formatting import TIMES, readable

MOST_TEXT = 300  # characters of a field that a tile's tool tip or the like has
MOST_READ = 4000  # of a field that is looked at by itself
_MOST_FIELDS = 64
_MOST_NAME = 80  # characters
_MOST_ITEMS = 8  # of a container
_MOST_NUMBERS = 16  # of an array


def field_text(value: object, most: int = MOST_TEXT) -> str:
    """What a value is, in one line; arrays by shape and type, and small ones by their numbers. `most`: characters."""
    if isinstance(value, str):
        value = value[: 2 * most]
    text = readable(" ".join((value if isinstance(value, str) else _text(value, 3)).split()))
    return text if len(text) <= most else f"{text[: most - 1]}…"


def field_texts(fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """Name and text of each, where they are looked at by themselves; no more of them than a person reads."""
    found = [(field_text(name, _MOST_NAME), field_text(value, MOST_READ)) for name, value in _first_of(fields)]
    left = len(fields) - len(found)
    return (*found, ("…", f"and {left:,} more")) if left > 0 else tuple(found)


def _first_of(fields: Mapping[str, object]) -> list[tuple[str, object]]:
    return [each for each, _ in zip(fields.items(), range(_MOST_FIELDS), strict=False)]


def _text(value: object, depth: int) -> str:
    if isinstance(value, str):
        return value[: 2 * MOST_TEXT]
    if isinstance(value, bool | int | None):
        return str(value) if not isinstance(value, int) or value.bit_length() < 512 else "a large number"
    if isinstance(value, float | np.floating):
        return f"{value:.6g}"
    if isinstance(value, np.generic):
        return str(value.item())
    if isinstance(value, np.ndarray):
        return _array_text(value)
    if isinstance(value, bytes):
        return f"{len(value):,} bytes"
    if depth and isinstance(value, Mapping):
        items = [f"{_text(key, 1)}: {_text(each, depth - 1)}" for key, each in _first(value.items())]
        return f"{{{_listed(items, len(value))}}}"
    if depth and isinstance(value, Sequence):
        return f"[{_listed([_text(each, depth - 1) for each in _first(value)], len(value))}]"
    if _is_tensor(value):
        return _array_text(value.detach().cpu().numpy())  # type: ignore[attr-defined]
    return type(value).__name__  # what its own text says is the user's code, which runs in workers


def _is_tensor(value: object) -> bool:
    return type(value).__module__ == "torch" and hasattr(value, "detach")


def _array_text(array: "np.ndarray[Any, Any]") -> str:
    kind = f"{array.dtype} {TIMES.join(map(str, array.shape))}" if array.ndim else str(array.dtype)
    if array.dtype.kind not in "buif" or not array.size:
        return kind
    if array.size <= _MOST_NUMBERS:
        return f"{np.array2string(array, precision=4, separator=', ', threshold=_MOST_NUMBERS)}  {kind}"
    return f"{kind}, {_text(array.min().item(), 0)} to {_text(array.max().item(), 0)}"


def _first(values: Any) -> list[Any]:
    return [each for each, _ in zip(values, range(_MOST_ITEMS), strict=False)]


def _listed(items: list[str], count: int) -> str:
    return ", ".join([*items, "…"] if count > len(items) else items)
