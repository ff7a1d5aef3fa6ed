"""What a session calls things: sources, settings, errors."""

import os
from collections.abc import Sequence

from inspector import formatting as fmt

Source = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]

_SETTING_NAMES = {
    "num_workers": "workers", "batch_size": "batch", "prefetch_batches": "prefetch", "step_ms": "step",
    "image_size": "size", "dtype": "type", "on_damaged": "damaged", "deliver_bgr": "BGR",
}  # fmt: skip


def source_name(source: Source | None) -> str:
    """The folder or file as given, or how many files a list has; "" for none."""
    if source is None:
        return ""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return f"{len(source)} files"


def setting_name(setting: str) -> str:
    """A setting's name on a mark of the time axis, which has little room."""
    return _SETTING_NAMES.get(setting, setting)


def setting_value(setting: str, value: object) -> str:
    """A setting's value on such a mark."""
    if setting == "image_size":
        return fmt.image_size(value)  # type: ignore[arg-type]  # a size or None, as it was checked
    if setting == "step_ms":
        return f"{value:g} ms"
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else str(value)


def sentence(message: str) -> str:
    """An error's message as a sentence of its own; "" stays ""."""
    return message[:1].upper() + message[1:].rstrip(".") + "." if message else ""
