"""Data sets of samples of any structure. Each worker imports this module: it must not take long."""

import threading
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

LENGTH = 40


class Side(Enum):
    LEFT = 1
    RIGHT = "r"


class KeysOfAnyType:
    def __len__(self) -> int:
        return 4

    def __getitem__(self, index: int) -> Any:
        return {
            ("cam", 0): full(index, 3, 4, 3),
            7: full(index, 2),
            Side.LEFT: index,
            (Side.RIGHT, 1.5, None): {np.int64(3): full(index, 5), frozenset({1}): "text"},
        }


class Pair(NamedTuple):
    picture: Any
    label: int


@dataclass
class Record:
    image: Any
    boxes: Any
    caption: str


class Words(Exception):
    def __str__(self) -> str:
        raise ValueError("no words")


class Unreadable:
    """As one of Pillow's images whose file turns out to be cut short only when it is read."""

    def __array__(self, *_: Any, **__: Any) -> Any:
        raise OSError("image file is truncated")


class Picklish:
    """Cannot be made again from its pickle."""

    def __reduce__(self) -> Any:
        return refuse, ()


def refuse() -> None:
    raise LookupError("cannot be made again")


def full(i: int, *shape: int, dtype: str = "uint8") -> npt.NDArray[Any]:
    return np.full(shape, i, dtype)


def raise_(error: BaseException) -> None:
    raise error


MAKERS: dict[str, Callable[[int], Any]] = {
    "array": lambda i: full(i, 4, 5, 3),
    "grey": lambda i: full(i, 4, 5),
    "channels first": lambda i: full(i, 3, 4, 5, dtype="float32"),
    "rgba": lambda i: full(i, 4, 5, 4),
    "list": lambda i: [full(i, 4, 5, 3), i],
    "three": lambda i: (full(i, 4, 5, 3), i, f"name {i}"),
    "named": lambda i: Pair(full(i, 4, 5, 3), i),
    "record": lambda i: Record(full(i, 4, 5, 3), full(i, i % 3, 4, dtype="float64"), f"caption {i}"),
    "dict": lambda i: {"image": full(i, 3, 4, 5), "mask": full(i, 80, 90), "id": {"n": i, "box": full(i, 4)}},
    "ragged": lambda i: {"image": full(i, 20 + i % 3, 30, 3), "mask": full(i, 100 + i, 90), "label": i},
    "crops": lambda i: ([full(i, 3, 40, 50), full(i, 3, 60, 70)], i),
    "one odd": lambda i: (full(i, 4, 5, 4 if i == 7 else 3), i),
    "another structure": lambda i: (full(i, 4, 5, 3), i) if i % 4 else {"image": full(i, 4, 5, 3), "label": i},
    "many values": lambda i: (full(i, 4, 5, 3), {"polygon": [float(i)] * (9000 if i % 2 else 3)}),
    "empty": lambda i: (full(i, 0, 5, 3), i),
}


class Items:
    """What one of the makers makes."""

    def __init__(self, kind: str) -> None:
        self.kind = kind

    def __len__(self) -> int:
        return LENGTH

    def __getitem__(self, index: int) -> Any:
        return MAKERS[self.kind](index)


ODD: dict[str, Callable[[], Any]] = {
    "SystemExit": lambda: raise_(SystemExit("no such label")),
    "GeneratorExit": lambda: raise_(GeneratorExit("closed")),
    "Words": lambda: raise_(Words()),
    "Unreadable": Unreadable,
    "unsendable": threading.Lock,
    "Picklish": Picklish,
}


class Odd(Items):
    """There is something odd in sample 5."""

    def __init__(self, odd: str) -> None:
        super().__init__("three")
        self.odd = odd

    def __getitem__(self, index: int) -> Any:
        image, label, name = super().__getitem__(index)
        return (image, label, ODD[self.odd]()) if index == 5 else (image, label, name)


class Masks:
    """Small images with masks of 1 MB, or with other values of that size."""

    def __init__(self, how: str) -> None:
        self.how = how

    def __len__(self) -> int:
        return 100

    def __getitem__(self, index: int) -> Any:
        mask = full(index, 1000, 1000)
        return full(index, 4, 5, 3), mask if self.how == "array" else mask.tobytes()


def halves(rgb: npt.NDArray[np.uint8], rng: np.random.Generator) -> Any:
    """An image as a training takes it, and something beside."""
    return {"image": np.moveaxis(rgb, 2, 0).astype(np.float32) / 2, "drawn": float(rng.random())}


def stacked_and_drawn(samples: list[Any]) -> Any:
    """A collate function with an augmentation of the batch."""
    return np.stack([image for image, *_ in samples]), [rest for _, *rest in samples], np.random.random()


class Numbers:
    """Items without any array."""

    def __len__(self) -> int:
        return LENGTH

    def __getitem__(self, index: int) -> Any:
        return index, "x" * 40_000 if index % 2 else "y"


class Tensors:
    """What torch's data sets give."""

    def __len__(self) -> int:
        return LENGTH

    def __getitem__(self, index: int) -> Any:
        import torch

        image = torch.full((3, 8, 9), float(index), requires_grad=True)
        return image, torch.tensor(index), torch.full((2,), index, dtype=torch.bfloat16)


def list_of(samples: list[Any]) -> list[Any]:
    return samples
