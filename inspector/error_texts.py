"""Errors of the user's code as text, of a length that can be kept, sent and shown: they may be as long as they like."""

import os
import traceback
from types import TracebackType

LONGEST_REASON = 2_000  # characters
LONGEST_TRACEBACK = 32_000
_LONGEST_LINE = 4_000
_PACKAGE = os.path.join(os.path.dirname(__file__), "")


def bounded(text: str, most: int) -> str:
    """The text, or its beginning and its end with a note of what is left out between them."""
    if len(text) <= most:
        return text
    half = most // 2
    return f"{text[:half]} ... ({len(text) - 2 * half:,} characters left out) ... {text[-half:]}"


def in_words(error: BaseException) -> str:
    """Its type and text; not even that is certain to be there."""
    try:
        text = str(error)
    except Exception:
        text = "(an error without a text: its __str__ raised, too)"
    return f"{type(error).__name__}: {bounded(text, LONGEST_REASON)}"


def traceback_of(error: BaseException, frames: TracebackType | None) -> str:
    """The error from these frames on, as Python prints it."""
    return bounded_traceback("".join(traceback.format_exception(type(error), error, frames)))


def users_traceback(error: BaseException) -> str:
    """From the user's code on, where it came that far."""
    frames = first = error.__traceback__
    while first is not None and first.tb_frame.f_code.co_filename.startswith(_PACKAGE):
        first = first.tb_next
    return traceback_of(error, first or frames)


def bounded_traceback(text: str) -> str:
    """The first and the last lines of a long one; the last are the error's own."""
    if len(text) <= LONGEST_TRACEBACK:
        return text
    text = "".join(bounded(line, _LONGEST_LINE) for line in text.splitlines(keepends=True))
    return bounded(text, LONGEST_TRACEBACK)
