"""An export that is written in a thread: as a whole, or not at all."""

from collections.abc import Iterable, Iterator

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.files import write_atomically
from inspector.session.job import Job


def write_export(file: str, pieces: Iterable[str], job: Job[str]) -> str:
    """Write text to `file`; a sentence for the user that it was.

    Raises:
        SettingsError: where it cannot be written, or the window closes meanwhile.
    """
    try:
        write_atomically(file, _until_cancelled(pieces, job))
    except OSError as error:
        why = error.strerror or str(error)
        raise SettingsError(f"{fmt.readable(file)}: cannot be written: {why}; choose another place") from error
    return f"written to {fmt.file_name(file)}"


def _until_cancelled(pieces: Iterable[str], job: Job[str]) -> Iterator[str]:
    for piece in pieces:
        if job.cancelled():
            raise SettingsError("The export was cancelled.")
        yield piece
