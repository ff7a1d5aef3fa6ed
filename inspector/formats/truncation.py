"""Sentences about files that stop early."""

import struct
from collections.abc import Callable

from inspector.formats.image import FileFault, Header
from inspector.formats.problems import ProblemKind


def stops_early(
    data: bytes, header: Header, needed: Callable[[bytes], int], *, at_least: bool = False
) -> FileFault | None:
    """TRUNCATED where the file is shorter than its structure says; None where nothing shows that it is.

    Args:
        needed: gives the number of bytes that the file should have; raises IndexError or struct.error where the
            structure is itself cut off, ValueError where it is damaged.
        at_least: that number is a lower limit.
    """
    try:
        count = needed(data)
    except (struct.error, IndexError):
        where = "before the picture is complete" if header.height else f"inside its {header.format} header"
        return cut_off(f"The file stops after {size(len(data))}, {where}.")
    except ValueError:
        return None
    if count <= len(data):
        return None
    found, whole = size(len(data)), size(count, at_least=at_least)
    if size(count) == found:  # rounded they are the same
        found, whole = f"{len(data):,}", f"{'at least ' if at_least else ''}{count:,} bytes"
    return cut_off(f"The file stops after {found} of {whole}.")


def cut_off(reason: str) -> FileFault:
    """A fault of a file that lacks its end."""
    return FileFault(ProblemKind.TRUNCATED, reason)


def size(count: int, at_least: bool = False) -> str:
    """A number of bytes for a person."""
    if count < 10_000:
        words = f"{count:,} bytes"
    elif count < 10_000_000:
        words = f"{count / 1000:,.0f} KB"
    else:
        words = f"{count / 1e6:,.0f} MB"
    return f"at least {words}" if at_least else words
