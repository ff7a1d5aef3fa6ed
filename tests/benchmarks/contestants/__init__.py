"""Who is compared. Each opens as a context manager that gives a function to measure its throughput.

A contestant whose package is not installed raises `Absent` when it is opened.
"""

import importlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from tests.benchmarks.measure import Absent, Measure


def module_of(package: str, name: str) -> Any:
    """The module of a contestant that needs an optional package.

    Raises:
        Absent: where that is not installed.
    """
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ModuleNotFoundError as error:
        raise Absent(f"{error.name} is not installed (pip install {package})") from None


def from_package(package: str, module: str, name: str) -> Callable[..., AbstractContextManager[Measure]]:
    """A contestant that needs an optional package."""

    def opened(*arguments: Any, **settings: Any) -> AbstractContextManager[Measure]:
        contestant: AbstractContextManager[Measure] = getattr(module_of(package, module), name)(*arguments, **settings)
        return contestant

    return opened
