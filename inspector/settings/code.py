"""Settings that are the user's code."""

import importlib
from collections.abc import Callable
from typing import Any

from inspector.errors import SettingsError


def resolve_code(function: Any) -> Callable[..., Any] | None:
    """The callable behind a setting that may be a `"module:function"` string.

    Raises:
        SettingsError: when there is no such module or function.
    """
    if not isinstance(function, str):
        return function  # type: ignore[no-any-return]
    module, _, name = function.partition(":")
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except (ImportError, AttributeError) as error:
        raise SettingsError(f'{function!r} is unavailable ({error}): it must be "module:function"') from error
