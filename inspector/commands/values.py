"""From a word of the command line to a value; what does not fit is an ArgumentTypeError that says what would."""

import argparse
import math
import re
from pathlib import Path

_UNITS = {"": 1, "B": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate("KMGT", start=1)
    for suffix, base in (("", 1000), ("B", 1000), ("IB", 1024))
}


def positive(text: str) -> float:
    """ "2.5" -> 2.5; not 0."""
    value = not_negative(text)
    if value == 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def not_negative(text: str) -> float:
    """ "2.5" -> 2.5."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"must be a number of 0 or more, not {text!r}")
    return value


def count(text: str) -> int:
    """ "3" -> 3; not 0."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, not {text!r}")
    return int(text)


def counts(text: str) -> tuple[int, ...]:
    """ "16,32" -> (16, 32)."""
    return tuple(count(part.strip()) for part in text.split(","))


def words(text: str) -> tuple[str, ...]:
    """ "jpg, png" -> ("jpg", "png")."""
    return tuple(filter(None, re.split(r"[\s,]+", text)))


def image_size(text: str) -> tuple[int, int] | None:
    """ "224x160" -> (224, 160), height first; "native" -> None."""
    if text.lower() == "native":
        return None
    if not (match := re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text)):
        raise argparse.ArgumentTypeError(f"must be HEIGHTxWIDTH, such as 224x224, or native, not {text!r}")
    return int(match[1]), int(match[2])


def byte_count(text: str) -> int:
    """ "2GB" -> 2000000000, "1GiB" -> 1073741824."""
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    if not match or match[2].upper() not in _UNITS or (size := int(float(match[1]) * _UNITS[match[2].upper()])) < 1:
        raise argparse.ArgumentTypeError(f"must be a size such as 512MB or 2GB, not {text!r}")
    return size


def engines(text: str) -> tuple[str, ...]:
    """ "processes,threads" -> ("processes", "threads")."""
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in ("processes", "threads"):
            raise argparse.ArgumentTypeError(f"must be processes, threads or both, not {name!r}")
    return names


def png(text: str) -> Path:
    """The path of a picture to be written."""
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"must be a name that ends in .png, not {text!r}")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: its folder does not exist; make it first")
    return path
