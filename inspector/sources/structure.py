"""What a sample is made of: arrays and other values, in the containers that the user's code gave them in.

    item -> take_apart -> Structure + leaves -> ... -> put_together -> item
                                             -> ... -> collated     -> a batch of items, as one of their structure

Containers are tuples, named tuples, dicts, data classes and, where arrays are in them, lists. All else is a leaf.
"""

import dataclasses
import math
import sys
from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from functools import lru_cache
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

LeafKind = Literal["array", "tensor", "value"]

IMAGE_NAMES = ("image", "images", "img", "pixel_values", "picture", "photo", "rgb")
LABEL_NAMES = ("label", "labels", "target", "targets", "class", "class_id", "category", "y")
CHANNELS = (1, 2, 3, 4)
PLAIN_TYPES = frozenset((int, float, bool, type(None)))
# Of keys that can be sent, whatever they are.
_KEY_TYPES = (str, int, float, complex, bool, bytes, type(None), Enum, np.generic)


class Container(NamedTuple):
    """A container and what is in it.

    Attributes:
        kind: "tuple", "list", "dict", "named" (a named tuple) or "dataclass".
        type: of the container.
        names: keys of a dict, names of fields; () for others.
        parts: `Structure` of each thing in it.
    """

    kind: str
    type: type
    names: tuple[Any, ...]
    parts: tuple[Any, ...]


Structure = Container | LeafKind


class ArrayForm(NamedTuple):
    """Type and shape of an array. `dtype`: as NumPy writes it, with the order of bytes."""

    dtype: str
    shape: tuple[int, ...]

    @property
    def nbytes(self) -> int:
        """Bytes of all its values."""
        return math.prod(self.shape) * np.dtype(self.dtype).itemsize

    @classmethod
    def of(cls, array: npt.NDArray[Any]) -> "ArrayForm":
        """That of an array."""
        return cls(array.dtype.str, array.shape)


class Composition(NamedTuple):
    """How a sample is stored: some of its arrays in shared memory, all else as values beside it.

    Attributes:
        kinds: of each leaf.
        image: the number of the leaf that is the image; -1: there is none.
        placed: numbers of the leaves in shared memory, in order.
        forms: of these; one more than `placed` where the values lie there too, pickled, because they are many.
    """

    structure: Structure
    kinds: tuple[LeafKind, ...]
    image: int
    placed: tuple[int, ...]
    forms: tuple[ArrayForm, ...]

    def __reduce__(self) -> tuple[Any, ...]:
        # a message has as many of these as there are images of different sizes in it
        if self.structure == "array" and self.image == 0 and self.placed == (0,) and len(self.forms) == 1:
            return image_alone, tuple(self.forms[0])
        return Composition, tuple(self)


@lru_cache(maxsize=256)
def image_alone(dtype: str, shape: tuple[int, ...]) -> Composition:
    """Of a sample that is nothing but an image of this type and shape."""
    return Composition("array", ("array",), 0, (0,), (ArrayForm(dtype, shape),))


def as_array(value: Any) -> npt.NDArray[Any] | None:
    """The array behind an array, tensor or image; None for anything else, or where NumPy has no such type.

    Raises:
        Exception: whatever the value raises when it is made an array, as images do that are read only then.
    """
    if isinstance(value, np.ndarray) and not is_masked(value):
        return None if value.dtype.hasobject or value.dtype.kind == "V" else np.asarray(value)
    if isinstance(value, np.generic | np.ndarray | str | int | float | None):
        return None
    if is_tensor(value):
        try:
            return value.detach().cpu().resolve_conj().resolve_neg().numpy()  # type: ignore[no-any-return]
        except (TypeError, RuntimeError):  # bfloat16, sparse ones
            return None
    if isinstance(value, _loaded("PIL.Image", "Image")):
        return np.asarray(_plain(value))
    if hasattr(type(value), "__array__"):
        array = np.asarray(value)
        return None if array.dtype.hasobject or array.dtype.kind == "V" else array
    return None


def _plain(image: Any) -> Any:
    """The image in a mode whose numbers are grey or red, green and blue."""
    if image.mode in ("1", "L", "LA", "RGB", "RGBA", "F", "I") or image.mode.startswith("I;16"):
        return image
    return image.convert("RGBA" if image.mode == "PA" or "transparency" in image.info else "RGB")


def is_masked(value: Any) -> bool:
    """NumPy imports that part only when it is asked for, which takes 13 ms in each worker."""
    masked = sys.modules.get("numpy.ma")
    return masked is not None and isinstance(value, masked.MaskedArray)


def is_tensor(value: Any) -> bool:
    """It is one of torch's; where torch has not been imported, nothing is."""
    return isinstance(value, _loaded("torch", "Tensor"))


def _loaded(module: str, name: str) -> Any:
    """A type of a module, if that was imported to the end, as something for `isinstance`."""
    return getattr(sys.modules.get(module), name, ())


# --- taking apart ------------------------------------------------------------------------------------------


class Taken(NamedTuple):
    """An item taken apart.

    Attributes:
        leaves: in order; arrays, tensors and images as arrays.
        kinds: of each leaf.
        image: the number of the leaf that is the image; -1: there is none.
    """

    structure: Structure
    leaves: list[Any]
    kinds: tuple[LeafKind, ...]
    image: int


_PAIR_KINDS: tuple[LeafKind, ...] = ("array", "value")
PAIR = Container("tuple", tuple, (), _PAIR_KINDS)  # an array and a plain value


def take_apart(item: Any) -> Taken:
    """
    Raises:
        Exception: whatever a value raises when it is made an array.
    """
    if type(item) is tuple and len(item) == 2 and type(item[1]) in PLAIN_TYPES:  # most items: fast
        first = item[0]
        if type(first) is np.ndarray and first.ndim and first.dtype.kind in "buif":
            return Taken(PAIR, [first, item[1]], _PAIR_KINDS, 0)
    leaves: list[Any] = []
    kinds: list[LeafKind] = []
    structure = _take(item, leaves, kinds, outermost=True)
    return Taken(structure, leaves, tuple(kinds), _image_of(structure, leaves, kinds))


def with_image(taken: Taken, made: Any) -> Taken:
    """The item with something else, which may be of several parts, in place of its image.

    Raises:
        Exception: see `take_apart`.
    """
    new = take_apart(made)
    at = taken.image
    leaves = [*taken.leaves[:at], *new.leaves, *taken.leaves[at + 1 :]]
    kinds = (*taken.kinds[:at], *new.kinds, *taken.kinds[at + 1 :])
    structure = _replaced(taken.structure, at, new.structure)
    return Taken(structure, leaves, kinds, at + new.image if new.image >= 0 else -1)


def _replaced(structure: Structure, leaf: int, by: Structure) -> Structure:
    if not isinstance(structure, Container):
        return by if leaf == 0 else structure
    parts = []
    for part in structure.parts:
        count = count_leaves(part)
        parts.append(_replaced(part, leaf, by) if 0 <= leaf < count else part)
        leaf -= count
    return structure._replace(parts=tuple(parts))


def _take(value: Any, leaves: list[Any], kinds: list[LeafKind], *, outermost: bool = False) -> Structure:
    found = container_of(value)
    if found is not None:
        kind, container, names, values = found
        start = len(leaves)
        parts = tuple(_take(each, leaves, kinds) for each in values)
        if kind == "dict" or outermost or any(each != "value" for each in kinds[start:]):
            return Container(kind, container, names, parts)
        del leaves[start:], kinds[start:]  # nothing in it but plain values: it is one
    array = as_array(value) if found is None else None
    leaf: LeafKind = "value" if array is None else "tensor" if is_tensor(value) else "array"
    leaves.append(value if array is None else array)
    kinds.append(leaf)
    return leaf


def container_of(value: Any) -> tuple[str, type, tuple[Any, ...], Sequence[Any]] | None:
    """Its kind, type, names and parts, see `Container`; None: it is a leaf."""
    if isinstance(value, tuple):
        if hasattr(value, "_fields"):
            return "named", type(value), tuple(value._fields), value
        return "tuple", tuple, (), value
    if isinstance(value, list):
        return "list", list, (), value
    if isinstance(value, Mapping):
        if not all(map(_is_sent_as_key, value)):
            return None
        return "dict", OrderedDict if type(value) is OrderedDict else dict, tuple(value), list(value.values())
    if dataclasses.is_dataclass(value) and not isinstance(value, type) and not hasattr(type(value), "__array__"):
        names = tuple(field.name for field in dataclasses.fields(value))
        return "dataclass", type(value), names, [getattr(value, name) for name in names]
    return None


def _is_sent_as_key(key: object) -> bool:
    return isinstance(key, _KEY_TYPES) or (isinstance(key, tuple | frozenset) and all(map(_is_sent_as_key, key)))


def _image_of(structure: Structure, leaves: list[Any], kinds: Sequence[LeafKind]) -> int:
    """Which leaf is the image: by its name, else the first that looks like one, else the first array."""
    arrays = [number for number, kind in enumerate(kinds) if kind != "value" and _may_be_image(leaves[number])]
    if isinstance(structure, Container) and structure.names:
        number = 0
        for name, part in zip(structure.names, structure.parts, strict=True):
            if number in arrays and part in ("array", "tensor") and str(name).lower() in IMAGE_NAMES:
                return number
            number += count_leaves(part)
    return next((number for number in arrays if looks_like_an_image(leaves[number])), arrays[0] if arrays else -1)


def _may_be_image(array: npt.NDArray[Any]) -> bool:
    """It has several numbers, or dates."""
    return array.ndim > 0 and array.dtype.kind not in "SU"


def looks_like_an_image(array: npt.NDArray[Any]) -> bool:
    """It has two dimensions, and channels before or after them."""
    return array.ndim == 3 and (array.shape[0] in CHANNELS or array.shape[2] in CHANNELS)


def channels_first(shape: Sequence[int]) -> bool:
    """An image of this shape is (channels, height, width)."""
    return len(shape) == 3 and shape[2] not in CHANNELS and shape[0] in CHANNELS


def size_of(shape: Sequence[int]) -> tuple[int, int]:
    """(height, width) of an image of this shape; 0 for what it does not have."""
    height, width = (*(shape[1:] if channels_first(shape) else shape), 0, 0)[:2]
    return height, width


def count_leaves(structure: Structure) -> int:
    """How many leaves it has."""
    return sum(map(count_leaves, structure.parts)) if isinstance(structure, Container) else 1


# --- putting together --------------------------------------------------------------------------------------


def put_together(structure: Structure, leaves: Iterator[Any]) -> Any:
    """An item of these leaves; tensors stay arrays if they are."""
    if not isinstance(structure, Container):
        return next(leaves)
    return _make(structure, [put_together(part, leaves) for part in structure.parts])


def collated(structure: Structure, columns: Iterator[Any]) -> Any:
    """The items of a batch as one item, in which each leaf is its column: the values of that leaf in all items.

    What an inner list holds is not collated, since its length is the sample's own matter: it comes as a list of lists.
    """
    return _collated(structure, columns, outermost=True)


def _collated(structure: Structure, columns: Iterator[Any], *, outermost: bool = False) -> Any:
    if not isinstance(structure, Container):
        return next(columns)
    if structure.kind == "list" and not outermost:
        own = [next(columns) for _ in range(count_leaves(structure))]
        return [put_together(structure, iter(leaves)) for leaves in zip(*own, strict=True)]
    return _make(structure, [_collated(part, columns) for part in structure.parts])


def _make(container: Container, values: list[Any]) -> Any:
    if container.kind == "dict":
        return container.type(zip(container.names, values, strict=True))
    if container.kind == "named":
        return container.type._make(values)  # type: ignore[attr-defined]
    if container.kind == "dataclass":
        made: Any = object.__new__(container.type)
        for name, value in zip(container.names, values, strict=True):
            object.__setattr__(made, name, value)
        return made
    return container.type(values)


def part_names(structure: Structure, image: int) -> tuple[str, ...]:
    """Names of the outermost parts: their own, or "image", "label" and numbers by position."""
    if not isinstance(structure, Container):
        return ("image" if image >= 0 else "value",)
    if structure.names:
        return tuple(map(str, structure.names))
    if len(structure.parts) > 1:
        ends = [sum(map(count_leaves, structure.parts[: number + 1])) for number in range(len(structure.parts))]
        at = next((number for number, end in enumerate(ends) if image < end), 0) if image >= 0 else -1
        names = [str(number) for number in range(len(structure.parts))]
        if at >= 0:
            names[at] = "image"
        if at != 1:
            names[1] = "label"
        return tuple(names)
    return ("image" if image >= 0 else "0",)


def parts_of(structure: Structure, item: Any) -> Sequence[Any]:
    """The outermost parts of an item, or of items that were collated."""
    if not isinstance(structure, Container):
        return (item,)
    if structure.kind == "dict":
        return tuple(item.values())
    return tuple(getattr(item, name) for name in structure.names) if structure.kind == "dataclass" else tuple(item)
