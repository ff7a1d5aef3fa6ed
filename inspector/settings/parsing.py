"""From a word of the command line to a value; what does not fit is a ValueError that says what would."""

import math
import re

_UNITS = {"": 1, "B": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate("KMGT", start=1)
    for suffix, base in (("", 1000), ("B", 1000), ("IB", 1024))
}


def whole(text: str) -> int:
    """ "-3" -> -3."""
    try:
        return int(text)
    except ValueError:
        raise ValueError(f"must be a whole number, not {text!r}") from None


def count(text: str) -> int:
    """ "3" -> 3; not 0."""
    if not text.isdecimal() or int(text) < 1:
        raise ValueError(f"must be a whole number of 1 or more, not {text!r}")
    return int(text)


def not_negative(text: str) -> float:
    """ "2.5" -> 2.5."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"must be a number of 0 or more, not {text!r}")
    return value


def byte_count(text: str) -> int:
    """ "2GB" -> 2000000000, "1GiB" -> 1073741824."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    if not match or match[2].upper() not in _UNITS or (size := int(float(match[1]) * _UNITS[match[2].upper()])) < 1:
        raise ValueError(f"must be a size such as 512MB or 2GB, not {text!r}")
    return size


def image_size(text: str) -> tuple[int, int] | None:
    """ "224x160" -> (224, 160), height first; "native" -> None."""
    if text.lower() == "native":
        return None
    if not (match := re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text)):
        raise ValueError(f"must be HEIGHTxWIDTH, such as 224x224, or native, not {text!r}")
    return int(match[1]), int(match[2])


def names(text: str) -> tuple[str, ...]:
    """ "jpg, png" -> ("jpg", "png")."""
    return tuple(filter(None, re.split(r"[\s,]+", text)))
