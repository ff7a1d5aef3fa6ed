"""An export that is written in a thread: as a whole, or not at all."""

import os
from collections.abc import Iterable, Iterator

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.files import write_atomically
from inspector.session.job import Job


def write_export(file: str, pieces: Iterable[str | bytes], job: Job[str]) -> str:
    """Write pieces to `file`; a sentence for the user that it was.

    Raises:
        SettingsError: where it cannot be written, or the window closes meanwhile.
    """
    try:
        write_atomically(file, _until_cancelled(pieces, job))
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(f"{fmt.readable(file)}: cannot be written: {why}; choose another place") from error
    return f"written to {fmt.file_name(file)}"


def write_list(file: str, lines: Iterable[str], job: Job[str], *, source: str, good: int, of: int, noun: str) -> str:
    """Write what to keep; a sentence for the user that it was, with how many of those that are good it has.

    Raises:
        SettingsError: see `write_export`; and where `file` is what is open, `source`, which lists something else.
    """
    if os.path.exists(file) and os.path.realpath(file) == os.path.realpath(source):
        raise SettingsError(f"{fmt.readable(file)} is what is open, and is not replaced: choose another name")
    written = 0

    def counted() -> Iterator[str]:
        nonlocal written
        for line in lines:
            written += 1
            yield line

    done = write_export(file, counted(), job)
    left = f"; {good - written:,} with a line break in their names are left out" if written < good else ""
    return f"{written:,} of {fmt.plural(of, noun)} {done}{left}"


def _until_cancelled(pieces: Iterable[str | bytes], job: Job[str]) -> Iterator[str | bytes]:
    for piece in pieces:
        if job.cancelled():
            raise SettingsError("The export was cancelled.")
        yield piece
