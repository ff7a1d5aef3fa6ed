"""Samples that are odd, but ordinary with PyTorch. Each worker imports this module."""

from collections import namedtuple
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tests.torch.late import torch

Pair = namedtuple("Pair", "image target")


@dataclass
class Record:
    image: Any
    caption: str


class Measured(np.ndarray[Any, Any]):
    """An array of another class."""


def _frozen(array: Any) -> Any:
    array.setflags(write=False)
    return array


def _large(i: int) -> Any:
    return torch.arange(200_000).reshape(100, 2000)[i]


def _quantised(i: int) -> Any:
    return torch.quantize_per_tensor(torch.full((40, 50), float(i)), 0.1, 3, torch.quint8)


MAKERS: dict[str, Callable[[int], Any]] = {
    "bfloat16": lambda i: torch.full((2, 40, 50), i, dtype=torch.bfloat16),
    "small bfloat16": lambda i: torch.full((2, 4, 5), i, dtype=torch.bfloat16),
    "float8": lambda i: torch.full((40, 200), float(i)).to(torch.float8_e4m3fn),
    "complex": lambda i: torch.full((40, 50), i + 1j),
    "conjugate": lambda i: torch.full((40, 50), i + 1j).conj(),
    "quantised": _quantised,
    "sparse": lambda i: torch.eye(40).mul(i).to_sparse(),
    "sparse rows": lambda i: torch.eye(40).mul(i).to_sparse_csr(),
    "parameter": lambda i: torch.nn.Parameter(torch.full((40, 50), float(i)), requires_grad=False),
    "a row": _large,
    "columns": lambda i: torch.arange(9000).reshape(100, 90).t()[::3],
    "turned": lambda i: torch.arange(6000).reshape(3, 40, 50).permute(1, 2, 0),
    "channels last": lambda i: torch.arange(12_000).reshape(2, 3, 40, 50).contiguous(memory_format=torch.channels_last),
    "expanded": lambda i: torch.full((1, 50), i).expand(400, 50),
    "0-d tensor": lambda i: torch.tensor(i),
    "0-d array": np.array,
    "empty": lambda i: torch.empty(0, 3, 40),
    "NumPy's number": np.float32,
    "masked": lambda i: np.ma.masked_equal(np.arange(5000) % 7, i),
    "structured": lambda i: np.full((40, 50), np.array((i, 2.5), [("id", "i4"), ("score", "f8")])),
    "dates": lambda i: np.full((40, 50), np.datetime64("2026-01-01") + i),
    "objects": lambda i: np.array([i, None]),
    "text": lambda i: np.array(["a", "bcd"]),
    "read-only": lambda i: _frozen(np.full((40, 50), i)),
    "backwards": lambda i: np.arange(6000).reshape(60, 100)[::-1, ::-1],
    "columns first": lambda i: np.asfortranarray(np.arange(6000).reshape(60, 100)),
    "big-endian": lambda i: np.full((40, 50), i, ">i4"),
    "another class": lambda i: np.full((40, 50), i).view(Measured),
    "named tuple": lambda i: Pair(np.full((50, 40), i, np.uint8), i),
    "data class": lambda i: Record(np.full((50, 40), i, np.uint8), f"caption {i}"),
    "None": lambda i: None,
    "str": str,
    "bytes": lambda i: b"x" * i,
    "path": lambda i: Path(f"{i}.jpg"),
}
NAMES = tuple(MAKERS)


class Odds:
    """`count` samples of each kind, one kind after the other."""

    def __init__(self, names: tuple[str, ...] = NAMES, count: int = 1) -> None:
        self.names = names
        self.count = count

    def __len__(self) -> int:
        return len(self.names) * self.count

    def __getitem__(self, i: int) -> Any:
        kind, number = divmod(i, self.count)
        return MAKERS[self.names[kind]](number + 1)


def as_list(samples: list[Any]) -> list[Any]:
    return samples
