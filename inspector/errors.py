"""Every exception that inspector raises on purpose.

Each message says what happened, the likely cause and what to do, and names the file or the setting.
"""

from typing import Self


class InspectorError(Exception):
    """Base of all errors below. Raised when nothing more exact applies."""


class SettingsError(InspectorError, ValueError):
    """Raised when a setting has a value that cannot work; the message names the setting."""


class SourceError(InspectorError):
    """Raised when the folder or the list of files to load cannot be read at all."""


class StaleIndexError(SourceError):
    """Raised when a container has changed since its samples were found, so that nothing is where it was."""

    @classmethod
    def of(cls, container: str) -> Self:
        """`container`: its location."""
        return cls(
            f"{container} has changed since its samples were found, so that none of them is where it was: open it "
            "again to find them as they are now"
        )


class IndexingCancelled(InspectorError):
    """Raised when the user cancels the search for files before it is complete."""


class NoImagesError(InspectorError):
    """Raised when there is nothing to deliver: no files, only bad files, or too few for one batch."""


class MemoryLimitError(InspectorError):
    """Raised when a batch does not fit into `memory_limit_bytes`."""


class ShapeError(InspectorError):
    """Raised when images that should be stacked have unequal shapes; names the file and its shape."""


class WorkerStartError(InspectorError):
    """Raised when no worker process can be started, with what the system said."""


class UserCodeError(InspectorError):
    """Raised when the user's data set or transform raised; names the sample, and has the traceback in its message."""

    @property
    def summary(self) -> str:
        """What happened, without the traceback."""
        return " ".join(str(self).partition("\n\n")[0].split())

    @property
    def traceback(self) -> str:
        """Of the user's code, several lines; "" where there is none."""
        return str(self).partition("\n\n")[2].strip("\n")


class BadFileError(InspectorError):
    """Raised for the first bad file where `on_bad_file` is "raise"."""


class TooManyBadFilesError(InspectorError):
    """Raised when more samples could not be loaded than `max_bad_share` allows."""


class BadFileWarning(UserWarning):
    """The first sample that a loader skips."""


class LoaderClosedError(InspectorError):
    """Raised when a closed loader is asked for a batch."""


class QuarantineError(InspectorError):
    """Raised when files cannot be moved aside; says why, and that nothing was moved."""


class ManifestError(QuarantineError):
    """Raised when the manifest of files that were moved aside cannot be used."""
