"""PyTorch, imported when it is first used and not when tests are collected.

Workers import it where the program has, which takes them a second: all tests after that would pay for it.
"""

from importlib import import_module
from typing import Any


class Late:
    """A module that is imported for its first attribute."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # pytest asks everything in a test module for some
            raise AttributeError(name)
        return getattr(import_module(self._name), name)


torch: Any = Late("torch")
torch_data: Any = Late("torch.utils.data")
inspector_torch: Any = Late("inspector.torch")
