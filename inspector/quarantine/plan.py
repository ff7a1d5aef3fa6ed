"""What would be moved where: for the user to agree to. Looks at the files and changes nothing."""

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count

from inspector.errors import QuarantineError
from inspector.formatting import readable
from inspector.quarantine.folders import FileId, folder_id


@dataclass(frozen=True, slots=True)
class Move:
    """One file and its new place.

    Attributes:
        path: the file, as the caller named it.
        relative: the file from the plan's `root` on.
        aside: its new place from the plan's `destination` on; mostly the same.
        file_bytes: its size in bytes; of a link, that of the link itself.
        is_link: it is a symbolic link, which is moved itself.
        seen: what the file was when it was looked at; another one of its name is not moved.
    """

    path: str
    relative: str
    aside: str
    file_bytes: int
    is_link: bool
    seen: FileId


@dataclass(frozen=True, slots=True)
class Refusal:
    """A file that is not moved, and why: one sentence."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class MovePlan:
    """What `move_aside` would do.

    Attributes:
        root: the folder that relative paths start from, absolute.
        destination: the folder that the files go to, absolute; made where it is missing.
        new_folders: folders below the destination that have to be made, relative, outer before inner.
        root_seen: device and number of the folder `root`.
    """

    root: str
    destination: str
    moves: tuple[Move, ...]
    refused: tuple[Refusal, ...]
    new_folders: tuple[str, ...]
    root_seen: tuple[int, int]

    @property
    def total_bytes(self) -> int:
        """Size of all files to be moved, in bytes."""
        return sum(move.file_bytes for move in self.moves)


def plan(paths: Iterable[str], destination: str, *, root: str | None) -> MovePlan:
    """Work out what goes where.

    Args:
        paths: the files; one that is named twice is moved once.
        destination: the folder to move them to; each keeps its path from `root` on below it. Where that name is
            taken, a number is put into the name.
        root: the folder that is searched for the data set; None where the data set is a list of files. Then the
            folder that `paths` have in common takes its place.

    Raises:
        QuarantineError: where the destination cannot be used: inside the data set, the files would be found again.
    """
    files = {_absolute(path): path for path in paths}
    target = os.path.abspath(destination)
    start = _common_folder(list(files)) if root is None else os.path.abspath(root)
    if root is not None:
        _refuse_inside(target, start, files)
    elif os.path.realpath(target) == os.path.realpath(start):
        raise QuarantineError(f"{readable(target)}: the files lie in this folder already; choose another one")
    if os.path.lexists(target) and not os.path.isdir(target):
        raise QuarantineError(f"{readable(target)}: this is not a folder; choose one")
    moves: list[Move] = []
    refused: list[Refusal] = []
    taken: set[str] = set()
    for file, path in files.items():
        within = _without_links(file, start)
        if reason := _why_not(file, start) or _why_not_there(within, start):
            refused.append(Refusal(path, reason))
            continue
        status = os.lstat(within)
        relative = os.path.relpath(within, start)
        aside = next(name for name in _names(relative) if _is_free(name, target, taken))
        taken.add(aside)
        moves.append(Move(path, relative, aside, status.st_size, stat.S_ISLNK(status.st_mode), FileId.of(within)))
    new_folders = tuple(_new_folders(target, moves))
    return MovePlan(start, target, tuple(moves), tuple(refused), new_folders, folder_id(start))


def _without_links(file: str, root: str) -> str:
    """The file by a path that has no links to folders below the root; as it is where it has none."""
    folder = os.path.dirname(file)
    real, real_root = os.path.realpath(folder), os.path.realpath(root)
    if real == os.path.normpath(os.path.join(real_root, os.path.relpath(folder, root))):
        return file
    if os.path.join(real, "").startswith(os.path.join(real_root, "")):
        return os.path.join(root, os.path.relpath(real, real_root), os.path.basename(file))
    return os.path.join(real, os.path.basename(file))


def _why_not_there(file: str, root: str) -> str:
    if file.startswith(os.path.join(root, "")):
        return ""
    return (
        f"It lies outside of the data set, in {readable(os.path.dirname(file))}, behind a link to a folder. "
        "Open that folder itself to move it."
    )


def _absolute(path: str) -> str:
    if os.pardir in path.split(os.sep):  # after a link to a folder, ".." is not the folder that the text says
        return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))
    return os.path.abspath(path)


def _common_folder(files: Sequence[str]) -> str:
    try:
        return os.path.commonpath([os.path.dirname(file) for file in files])
    except ValueError as error:
        raise QuarantineError("the files lie on several drives; select those of one drive") from error


def _refuse_inside(target: str, root: str, files: Iterable[str]) -> None:
    """Folders that are reached through links are searched, too: those that lead to the files are looked at."""
    searched = {root}
    for folder in {os.path.dirname(file) for file in files}:
        while folder.startswith(os.path.join(root, "")) and folder not in searched:
            searched.add(folder)
            folder = os.path.dirname(folder)
    place = os.path.join(os.path.realpath(target), "")
    for folder in searched:
        if place.startswith(os.path.join(os.path.realpath(folder), "")):
            raise QuarantineError(
                f"{readable(target)}: this folder is inside the data set, where the files would be found again; "
                "choose one outside of it"
            )


def _why_not(file: str, root: str) -> str:
    """Why the file cannot be moved, as a sentence; "" where it can."""
    try:
        mode = os.lstat(file).st_mode
    except (FileNotFoundError, NotADirectoryError):
        return "The file is not there any more."
    except OSError as error:
        return f"The file cannot be looked at: {error.strerror}."
    if not stat.S_ISREG(mode) and not stat.S_ISLNK(mode):
        return "It is not a regular file (a folder, a pipe or a device) and stays where it is."
    if not file.startswith(os.path.join(root, "")):
        return f"It does not lie in {readable(root)}."
    return ""


def _names(relative: str) -> Iterator[str]:
    """The name itself, then with a number before the extension, cut where it would get too long for a file system."""
    yield relative
    folder, name = os.path.split(relative)
    stem, extension = os.path.splitext(name)
    for number in count(2):
        mark = f" ({number})"
        room = 255 - len(os.fsencode(mark + extension))
        yield os.path.join(folder, os.fsdecode(os.fsencode(stem)[: max(1, room)]) + mark + extension)


def _is_free(name: str, target: str, taken: set[str]) -> bool:
    return name not in taken and not os.path.lexists(os.path.join(target, name))


def _new_folders(target: str, moves: Iterable[Move]) -> Iterator[str]:
    seen: set[str] = set()
    for move in moves:
        above: list[str] = []
        folder = os.path.dirname(move.aside)
        while folder and folder not in seen:
            seen.add(folder)
            above.append(folder)
            folder = os.path.dirname(folder)
        yield from (folder for folder in reversed(above) if not os.path.isdir(os.path.join(target, folder)))
