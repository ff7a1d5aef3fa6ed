"""What C libraries say about a file, which they write to file descriptor 2 and nowhere else."""

import os
import re

import cv2

from inspector.files import memory_file
from inspector.redirect import Redirection

_MOST_BYTES = 1 << 24


def identity(fd: int) -> tuple[int, int]:
    """Which file a descriptor leads to."""
    status = os.fstat(fd)
    return status.st_dev, status.st_ino


def take_written(fd: int, own: tuple[int, int]) -> str:
    """What was written to a file of ours since the last call, at most 16 MiB; "" mostly, which costs a microsecond.

    Args:
        own: the file's `identity`; another one, which somebody has led the descriptor to, is left alone.

    Raises:
        OSError: where the descriptor is closed or leads to a pipe.
    """
    length = os.lseek(fd, 0, os.SEEK_CUR)
    if not length or identity(fd) != own:
        return ""
    os.lseek(fd, 0, os.SEEK_SET)
    text = os.read(fd, min(length, _MOST_BYTES)).decode("utf-8", "replace")
    os.lseek(fd, 0, os.SEEK_SET)
    os.ftruncate(fd, 0)
    return text


class DecoderLog:
    """Catches what is written to file descriptor 2 of this process, so that it can be matched to a file.

    For worker processes only: the descriptor belongs to the whole process, so two threads that decode at the same
    time could not be told apart. While it is open, tracebacks that Python prints go into it as well, unless
    `sys.stderr` writes elsewhere.
    """

    def __init__(self, caught: int | None = None) -> None:
        """Point descriptor 2 at a file in memory, or at an unlinked temporary file where there is no memfd.

        Args:
            caught: such a file, made by somebody who wants to read what is left in it; it is closed here.
        """
        if caught is None:
            caught = memory_file("decoder-log")
        self._closed = False
        self._redirection = Redirection(2, caught)
        self._own = identity(caught)
        os.close(caught)
        # Decoders report damage through OpenCV's log at level ERROR; what is less serious is not wanted here.
        self._log_level = cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)

    def take(self) -> str:
        """What was written since the last call; "" mostly."""
        return take_written(2, self._own)

    def close(self) -> None:
        """Point descriptor 2 back to where it was. Closing twice does nothing."""
        if not self._closed:
            self._closed = True
            cv2.utils.logging.setLogLevel(self._log_level)
            self._redirection.close()


# What a line of damage begins with: OpenCV's log (for libtiff, OpenJPEG and its own exceptions), libpng, libjpeg.
_DAMAGE = re.compile(
    r"^\[ERROR:\S+\] global \S+ (?:TIFF_Error |errorLogCallback |.*? error: \(-?\d+:.*?\) )?"
    r"|^libpng error: |^libpng warning: (?=IDAT)|^(?=Corrupt JPEG data|Premature end of JPEG)"
)
_IN_FUNCTION = re.compile(r"\bin function '.*$")


def first_fault(text: str) -> str:
    """The first line that reports damage, without what is about OpenCV itself; "" where there is none.

    Warnings about tags and profiles are left out: they are common in good files.
    """
    for line in text.splitlines():
        words, found = _DAMAGE.subn("", line, count=1)
        if found:
            words = _IN_FUNCTION.sub("", words).strip(" .:")
            return words if " " in words else "an internal check failed"
    return ""


def first_warning(text: str) -> str:
    """The first line of OpenCV's log, be it an error or a warning, without what is about OpenCV itself; "" for none."""
    if fault := first_fault(text):
        return fault
    lines = [line for line in text.splitlines() if line.startswith("[ WARN")]
    return lines[0].partition("global ")[2].partition(" ")[2].strip(" .:") if lines else ""
