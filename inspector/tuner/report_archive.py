"""Earlier sweeps, kept across starts: a small JSON file for each, in the user's folder for data of programs."""

import contextlib
import hashlib
import os
from pathlib import Path

from inspector.files import read_regular, write_atomically
from inspector.outside_json import parsed
from inspector.tuner.report import Report
from inspector.user_folders import user_folder

FOLDER_VARIABLE = "INSPECTOR_DATA_DIR"
KEPT_PER_SOURCE = 20
_MOST_BYTES = 1 << 24


def data_dir() -> Path:
    """The folder that INSPECTOR_DATA_DIR names, else `inspector` where this system's programs keep data.

    Raises:
        OSError: nobody knows where this user's home is.
    """
    if own := os.environ.get(FOLDER_VARIABLE):
        return Path(own)
    return user_folder("data") / "inspector"


class ReportArchive:
    """The sweeps of all data sets.

    Args:
        folder: made when something is kept; default: `data_dir()`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = (folder or data_dir()) / "sweeps"

    def keep(self, report: Report) -> None:
        """Keep a sweep, and let the oldest of the same data set go.

        Raises:
            OSError: where it cannot be written.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        stamp = "".join(char for char in report.measured_at if char.isalnum())
        name = f"{_key(report.source)}-{stamp}.json"
        write_atomically(self._folder / name, report.as_json())
        for old in self._files(report.source)[:-KEPT_PER_SOURCE]:
            with contextlib.suppress(OSError):  # another program was quicker
                old.unlink()

    def earlier(self, source: str) -> list[Report]:
        """The sweeps of a data set, newest first. What cannot be read is left out."""
        reports = []
        for file in reversed(self._files(source)):
            with contextlib.suppress(OSError, ValueError):  # written by another version, or not by us
                reports.append(Report.from_dict(parsed(read_regular(file, _MOST_BYTES))))
        return reports

    def _files(self, source: str) -> list[Path]:
        """Oldest first."""
        return sorted(self._folder.glob(f"{_key(source)}-*.json"), key=lambda file: file.name)


def _key(source: str) -> str:
    """A data set's name in file names: of the same folder the same, however it is written."""
    path = os.path.realpath(source)
    return hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
