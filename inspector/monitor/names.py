"""What a session calls things: sources and errors."""

import os
from collections.abc import Sequence

Source = str | os.PathLike[str] | Sequence[str | os.PathLike[str]]


def source_name(source: Source | None) -> str:
    """The folder or file as given, or how many files a list has; "" for none."""
    if source is None:
        return ""
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return f"{len(source)} files"


def sentence(message: str) -> str:
    """An error's message as a sentence of its own; "" stays ""."""
    return message[:1].upper() + message[1:].rstrip(".") + "." if message else ""
