"""What is in a batch: how many samples, and a few small copies of its images.

Everything here takes tensors as they are: nothing is moved, decoded or converted, so that what is shown is what the
model got. The reader decides what the numbers mean.
"""

from __future__ import annotations

import json
import os
import sys
from typing import Any, Iterator

from . import layout, naming, targets
from .rings import allocate

INTERVAL_S = 0.5  # between two batches that are copied
SIDE = 112  # a copied image is made small by leaving pixels out, until no side is above twice this
_PIXELS_ROOM = layout.MOST_PICTURES * SIDE * SIDE * 4 * 3 * 4
ROOM = _PIXELS_ROOM + targets.ROOM
_DEEPEST = 4
_JSON_ROOM = 65536


def count(data: Any, indices: Any, about: dict[str, Any]) -> int:
    """Samples in a batch."""
    if about["map_style"] and indices is not None:
        if not about["collates"]:
            return _leading(data) if is_tensor(data) and len(data.shape) == 4 else 1
        try:
            return len(indices)
        except TypeError:
            return 1
    found = _count(data, about["collates"], 0)
    return 1 if found is None else found


def _leading(tensor: Any) -> int:
    return int(tensor.shape[0])


def _count(data: Any, collated: bool, depth: int) -> int | None:
    if is_tensor(data):
        if len(data.shape) == 4 or (collated and len(data.shape)):
            return _leading(data)
        return None
    if depth >= _DEEPEST:
        return None
    if isinstance(data, dict):
        parts = list(data.values())
    elif isinstance(data, (list, tuple)):
        parts = list(data)
        if collated and parts and all(is_tensor(part) and len(part.shape) == 3 for part in parts):
            return len(parts)  # images of unequal sizes
        if collated and parts and all(isinstance(part, (dict, str)) for part in parts):
            return len(parts)
    else:
        parts = list(vars(data).values()) if hasattr(data, "__dict__") and not callable(data) else []
    for part in parts[:64]:
        found = _count(part, collated, depth + 1)
        if found is not None:
            return found
    return None


def is_tensor(thing: Any) -> bool:
    """Whether it is one of torch's, without importing torch."""
    return hasattr(thing, "data_ptr") and hasattr(thing, "shape")


def _is_array(thing: Any) -> bool:
    return type(thing).__module__ == "numpy" and hasattr(thing, "shape")


class Pictures:
    """Copies of the images of one batch now and then, in a file of their own."""

    def __init__(self, number: int) -> None:
        self.next_at = 0.0
        self._number = number
        self._memory: Any = None
        self._sequence = 0
        self._fails = 0

    def take(self, now: float, data: Any, indices: Any, iterator: Any, batch: int, epoch: int) -> int:
        """Copy up to 16 images of this batch; how many were copied."""
        self.next_at = now + INTERVAL_S
        if self._fails > 3:
            self.next_at = float("inf")
            return 0
        try:
            found = _images(data, indices)
            if found is None:
                self._fails += 1
                return 0
            name, images, source = found
            belongs = _targets(data, source, images)
            return self._copy(name, images, belongs, data, indices, iterator, batch, epoch)
        except Exception:  # a tensor of a kind that we do not know
            self._fails += 1
            return 0

    def _copy(
        self,
        name: str,
        images: list[Any],
        belongs: dict[int, targets.Found],
        data: Any,
        indices: Any,
        iterator: Any,
        batch: int,
        epoch: int,
    ) -> int:
        dataset = getattr(iterator, "_dataset", None)
        taken: list[Any] = []
        about: list[dict[str, Any]] = []
        room, more_room = _PIXELS_ROOM, targets.ROOM
        for position, image in enumerate(images[: layout.MOST_PICTURES]):
            copied, stride = _small(image)
            if copied.nbytes > room:
                break
            room -= copied.nbytes
            index = _at(indices, position)
            path = (naming.path_of(dataset, index) if index is not None else None) or _named(data, position)
            said, arrays = _plain(belongs.get(position, []), stride, more_room)
            more_room -= sum(map(len, arrays))
            about.append(
                {
                    "shape": list(image.shape),
                    "copied": list(copied.shape),
                    "stride": stride,
                    "dtype": str(copied.dtype),
                    "index": index,
                    "path": path,
                    **({"targets": said} if said else {}),
                }
            )
            taken += [copied.reshape(-1).view("uint8"), *arrays]
        text = json.dumps(
            {"name": name, "batch": batch, "epoch": epoch, "count": len(images), "images": about, **_labels(data)}
        ).encode("ascii", "replace")
        if not taken or len(text) > _JSON_ROOM:
            return 0
        if self._memory is None:
            size = layout.PICTURES_AT + _JSON_ROOM + ROOM
            self._memory = allocate(f"pictures-{os.getpid()}-{self._number}.ring", size)
        self._write(text, taken)
        return len(about)

    def _write(self, text: bytes, taken: list[Any]) -> None:
        memory, sizes = self._memory, [len(part) for part in taken]
        head = (layout.PICTURES_MAGIC, len(text), sum(sizes), _JSON_ROOM)
        layout.PICTURES_HEAD.pack_into(memory, 0, head[0], self._sequence + 1, *head[1:])
        memory[layout.PICTURES_AT : layout.PICTURES_AT + len(text)] = text
        at = layout.PICTURES_AT + _JSON_ROOM
        for part, size in zip(taken, sizes):
            memory[at : at + size] = part
            at += size
        self._sequence += 2
        layout.PICTURES_HEAD.pack_into(memory, 0, head[0], self._sequence, *head[1:])


def _at(indices: Any, position: int) -> int | None:
    if isinstance(indices, int):
        return indices
    try:
        value = indices[position]
        return int(value) if value is not None else None
    except Exception:  # no list, or of something else
        return None


def _images(data: Any, indices: Any) -> tuple[str, list[Any], Any] | None:
    """The first thing in a batch that looks like images: (its key, one array an image, the thing itself)."""
    samples = len(indices) if isinstance(indices, (list, tuple)) else 0
    grey = None
    for name, thing in _walk(data, "", 0):
        if isinstance(thing, list):
            few = [_array(each) for each in thing[: layout.MOST_PICTURES]]
            return name, few + thing[layout.MOST_PICTURES :], thing
        shape = thing.shape
        if len(shape) == 4 and _looks_like(shape[1:]):
            whole = _array(thing)
            few = [whole[i] for i in range(min(len(whole), layout.MOST_PICTURES))]
            return name, few + [None] * max(0, len(whole) - layout.MOST_PICTURES), thing
        if len(shape) != 3:
            continue
        if samples > 1 and int(shape[0]) == samples:  # (N, H, W): only where nothing has channels
            if grey is None and _is_grey(thing):
                few = [each[None] for each in _array(thing[: layout.MOST_PICTURES])]
                grey = name, few + [None] * (samples - len(few)), thing
        elif _looks_like(shape):
            return name, [_array(thing)], thing
    return grey


def _is_grey(thing: Any) -> bool:
    height, width = (int(side) for side in thing.shape[1:])
    return min(height, width) >= 8 and max(height, width) <= 16 * min(height, width) and "int64" not in str(thing.dtype)


def _walk(data: Any, name: str, depth: int) -> Iterator[tuple[str, Any]]:
    if is_tensor(data) or _is_array(data):
        if "complex" not in str(data.dtype):
            yield name, data
    elif _is_pil(data):
        yield name, _array(data)
    elif depth < _DEEPEST:
        if isinstance(data, dict):
            for key, value in list(data.items())[:64]:
                yield from _walk(value, str(key), depth + 1)
        elif isinstance(data, (list, tuple)):
            if data and all((is_tensor(each) or _is_array(each)) and len(each.shape) == 3 for each in data):
                if all(_looks_like(each.shape) for each in data):
                    yield name, list(data)
                return
            if data and all(_is_pil(each) for each in data):
                yield name, [_array(each) for each in data[: layout.MOST_PICTURES]]
                return
            fields = getattr(data, "_fields", None)
            for position, value in enumerate(data[:64]):
                yield from _walk(value, fields[position] if fields else str(position), depth + 1)
        elif hasattr(data, "__dict__") and not callable(data):
            for key, value in list(vars(data).items())[:64]:
                yield from _walk(value, key, depth + 1)


def _looks_like(shape: Any) -> bool:
    """(C, H, W) or (H, W, C) of an image that can be seen."""
    first, middle, last = (int(side) for side in shape)
    return (first in (1, 3, 4) and min(middle, last) >= 8) or (last in (1, 3, 4) and min(first, middle) >= 8)


def _is_pil(thing: Any) -> bool:
    """Whether it is an image of Pillow's."""
    return type(thing).__module__.startswith("PIL.") and hasattr(thing, "getbands")


def _array(thing: Any) -> Any:
    """As a NumPy array, which shares its memory where it is a tensor."""
    if _is_array(thing):
        return thing
    if _is_pil(thing):
        array = sys.modules["numpy"].asarray(thing if thing.mode in ("L", "RGB", "RGBA") else thing.convert("RGB"))
        return array if len(array.shape) == 3 else array[:, :, None]
    if thing.device.type != "cpu":
        raise ValueError("copying from a GPU would make it wait")
    base = next(kind for kind in type(thing).__mro__ if kind.__module__ == "torch" and kind.__name__ == "Tensor")
    plain = thing.detach()
    if type(plain) is not base:
        plain = plain.as_subclass(base)
    if "bfloat16" in str(plain.dtype):
        plain = plain.float()
    return plain.numpy()


def _is_planar(shape: Any) -> bool:
    if shape[0] in (1, 3, 4) and shape[-1] in (1, 3, 4):
        return bool(min(shape[1], shape[2]) >= 8)
    return shape[0] in (1, 3, 4)


def _size(shape: Any) -> tuple[int, int]:
    """(height, width) of an image."""
    return (int(shape[1]), int(shape[2])) if _is_planar(shape) else (int(shape[0]), int(shape[1]))


def _small(image: Any) -> tuple[Any, int]:
    """Every n-th pixel of an image, in one piece, and n."""
    height, width = _size(image.shape)
    planar = _is_planar(image.shape)
    stride = max(1, -(-max(height, width) // (2 * SIDE)))
    copied = image[:, ::stride, ::stride] if planar else image[::stride, ::stride]
    return (copied if copied.flags.c_contiguous else copied.copy(order="C")), stride


def _targets(data: Any, source: Any, images: list[Any]) -> dict[int, targets.Found]:
    """What belongs to the images; {} where nothing is recognised."""
    try:
        return targets.find(data, source, len(images), _size(images[0].shape), _array)
    except Exception:  # on a GPU, or of a kind that we do not know
        return {}


def _plain(found: targets.Found, stride: int, room: int) -> tuple[list[dict[str, Any]], list[bytes]]:
    """(what is said of them, their bytes), of those that have room."""
    said, arrays = [], []
    for kind, key, array, form in found:
        copied = targets.small_mask(array, stride) if kind == "masks" else targets.cut(kind, array).astype("float32")
        content = copied.tobytes()
        if len(content) > room:
            continue
        room -= len(content)
        shape, whole = list(copied.shape), list(array.shape)
        said.append({"kind": kind, "key": key, "shape": shape, "whole": whole, "format": form})
        arrays.append(content)
    return said, arrays


def _labels(data: Any) -> dict[str, Any]:
    """Whole numbers beside the images, one a sample: most likely their classes."""
    if isinstance(data, (list, tuple)) and len(data) > 1 and is_tensor(data[1]) and len(data[1].shape) == 1:
        labels = data[1]
        if str(labels.dtype).startswith("torch.int") and labels.device.type == "cpu":
            return {"labels": [int(value) for value in labels[: layout.MOST_PICTURES].tolist()]}
    return {}


def _named(data: Any, position: int) -> str | None:
    """A path that the batch itself has, such as data["path"][3]."""
    if isinstance(data, dict):
        for key in (
            "path",
            "image_path",
            "img_path",
            "file_name",
            "filename",
            "im_file",
            "paths",
            "__key__",
            "__url__",
        ):
            value = data.get(key)
            if isinstance(value, (list, tuple)) and position < len(value) and isinstance(value[position], str):
                return str(value[position])
    return None
