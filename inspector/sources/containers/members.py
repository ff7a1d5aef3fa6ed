"""Members of an archive that belong to one sample: what their names say, and labels and fields in them."""

import re
from collections.abc import Hashable
from typing import Any

from inspector.outside_json import OutsideJsonError, parsed
from inspector.sources.containers.entry import Choice

_WHOLE_NUMBER = re.compile(r"[+-]?\d{1,18}")
_MOST_LABEL_BYTES = 1 << 16
MOST_KINDS = 50
MOST_JSON_BYTES = 1 << 26  # of a sample's annotations


def split(name: str) -> tuple[str, str]:
    """Key and kind of a member: ("n01/0001", "jpg"). The kind is "" where it belongs to no sample."""
    folder, slash, base = name.rpartition("/")
    parts = base.split(".")
    if len(parts) < 2 or not parts[0]:
        return name, ""
    end = 1
    while end < len(parts) - 1 and parts[end].isdecimal():
        end += 1
    return folder + slash + ".".join(parts[:end]), ".".join(parts[end:]).lower()


def is_image(kind: str, choice: Choice) -> bool:
    """Whether a member of this kind is the image that is wanted."""
    if choice.image:
        return kind == choice.image.lower()
    return kind.rpartition(".")[2] in choice.extensions


def label_of(kind: str, content: bytes, choice: Choice) -> tuple[int, Hashable | None]:
    """How good a place for a label it is, and the label: a member of its own, "cls" by default, or a name in the JSON.

    0: there is none in it.
    """
    if kind == (choice.label.lower() or "cls"):
        text = content.decode("utf-8", "replace").strip() if len(content) <= _MOST_LABEL_BYTES else ""
        return (2, number_or_text(text)) if text else (0, None)
    if kind == "json":
        found = json_of(content)
        label = found.get(choice.label or "label") if isinstance(found, dict) else None
        if isinstance(label, str | int | float):
            return 1, label
    return 0, None


def number_or_text(text: str) -> int | str:
    """A whole number where the text is one."""
    return int(text) if _WHOLE_NUMBER.fullmatch(text) else text


def json_of(content: bytes) -> Any:
    """What it stands for; None where it is no JSON."""
    try:
        return parsed(content)
    except OutsideJsonError:
        return None


def shown(kind: str, content: bytes | None, size: int) -> Any:
    """A member as a person sees it; `content` is None where there is too much of it."""
    if content is None:
        return f"{size:,} bytes"
    if kind == "json" and (found := json_of(content)) is not None:
        return found
    try:
        text = content.decode().strip()
    except UnicodeDecodeError:
        return f"{size:,} bytes"
    return number_or_text(text) if kind == "cls" else text
