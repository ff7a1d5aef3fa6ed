"""The moves themselves, and the way back. May be stopped at any moment; see the package for what then holds."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inspector.errors import ManifestError, QuarantineError
from inspector.formatting import readable
from inspector.quarantine.manifest import Manifest, ManifestEntry, read_manifest, write_manifest
from inspector.quarantine.plan import MovePlan, Refusal
from inspector.quarantine.transfer import MoveCancelled, make_folder, move_file, same_content, sync_folder

Progress = Callable[[int], None]
_ENDS_ALL = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)  # the next file would meet the same


@dataclass(frozen=True, slots=True)
class MoveOutcome:
    """What became of a move or a restore.

    Attributes:
        manifest: the manifest's path.
        moved: paths of the data set whose file changed its place.
        in_place: files of a manifest that were in the data set already (restore only).
        failed: files that could not be moved, and why; each is still where it was.
        left: files that were not reached, because the move was stopped or the disk was full.
    """

    manifest: str
    moved: tuple[str, ...]
    in_place: int
    failed: tuple[Refusal, ...]
    left: int


def move_aside(
    plan: MovePlan, *, on_progress: Progress = lambda done: None, cancelled: Callable[[], bool] = lambda: False
) -> MoveOutcome:
    """Do what the plan says; the manifest's path is in the outcome.

    Args:
        on_progress: called with the number of files that are done.
        cancelled: asked before every file and every megabyte of a copy; True ends the move, and no file is lost.

    Raises:
        QuarantineError: where the destination or the manifest in it cannot be written; nothing was moved then.
    """
    entries = [ManifestEntry(move.relative, move.aside, move.file_bytes) for move in plan.moves]
    try:
        make_folder(plan.destination)
        manifest = write_manifest(plan.destination, plan.root, plan.new_folders, entries)
    except OSError as error:
        raise QuarantineError(f"{readable(plan.destination)}: {_sentence(error)} Nothing was moved.") from error
    moved: list[str] = []
    failed: list[Refusal] = []
    reached = 0
    for number, (move, entry) in enumerate(zip(plan.moves, entries, strict=True)):
        if cancelled():
            break
        try:
            _move(manifest, number, manifest.original(entry), manifest.aside(entry), cancelled)
        except MoveCancelled:
            break
        except OSError as error:
            failed.append(Refusal(move.path, _sentence(error)))
            if error.errno in _ENDS_ALL:
                reached += 1
                break
        else:
            moved.append(move.path)
        reached += 1
        on_progress(reached)
    _settle(manifest)
    return MoveOutcome(manifest.file, tuple(moved), 0, tuple(failed), len(entries) - reached)


def restore(
    path: str, *, on_progress: Progress = lambda done: None, cancelled: Callable[[], bool] = lambda: False
) -> MoveOutcome:
    """Put back what lies aside. May be repeated, and finishes what another one, or a move, did not.

    A file that was changed while it lay aside comes back as it is now.

    Raises:
        ManifestError: where the manifest cannot be used; nothing was moved then.
    """
    manifest = read_manifest(path)
    if not os.path.isdir(manifest.root):
        raise ManifestError(
            f"{readable(manifest.root)}: the data set's folder is not there; connect its drive or make the folder"
        )
    moved: list[str] = []
    failed: list[Refusal] = []
    in_place = reached = 0
    for number, entry in enumerate(manifest.entries):
        if cancelled():
            break
        original = manifest.original(entry)
        try:
            if _bring_back(manifest, number, entry, cancelled):
                moved.append(original)
            else:
                in_place += 1
        except MoveCancelled:
            break
        except QuarantineError as error:
            failed.append(Refusal(original, str(error)))
        except OSError as error:
            failed.append(Refusal(original, _sentence(error)))
            if error.errno in _ENDS_ALL:
                reached += 1
                break
        reached += 1
        on_progress(reached)
    _settle(manifest)
    return MoveOutcome(manifest.file, tuple(moved), in_place, tuple(failed), len(manifest.entries) - reached)


def _bring_back(manifest: Manifest, number: int, entry: ManifestEntry, cancelled: Callable[[], bool]) -> bool:
    """Whether the file had to be moved. Raises QuarantineError with a sentence where it cannot be."""
    original, aside = manifest.original(entry), manifest.aside(entry)
    for place in (original, aside):  # what a copy that was killed left
        with contextlib.suppress(FileNotFoundError, NotADirectoryError):
            os.unlink(os.path.join(os.path.dirname(place), manifest.part_name(number)))
    if not os.path.lexists(aside):
        if os.path.lexists(original):
            return False
        raise QuarantineError(
            "It is neither in the data set nor beside the manifest. Was the manifest moved without it?"
        )
    if not os.path.lexists(original):
        _move(manifest, number, aside, original, cancelled)
        return True
    if not same_content(aside, original):
        raise QuarantineError(
            f"Another file has its place by now; the one that was moved aside stays {readable(aside)}."
        )
    os.unlink(aside)  # a move was killed between making the second and removing the first
    return True


def _move(manifest: Manifest, number: int, source: str, target: str, cancelled: Callable[[], bool]) -> None:
    folder = os.path.dirname(target)
    make_folder(folder)
    move_file(source, target, part=os.path.join(folder, manifest.part_name(number)), cancelled=cancelled)


def _settle(manifest: Manifest) -> None:
    """Remove folders that were made for nothing or have become empty, and write all names through to the disk."""
    beside = os.path.dirname(manifest.file)
    for folder in reversed(manifest.made_folders):
        with contextlib.suppress(OSError):  # mostly: it is not empty
            os.rmdir(os.path.join(beside, folder))
    places = [place(entry) for entry in manifest.entries for place in (manifest.original, manifest.aside)]
    _sync(os.path.dirname(place) for place in places)


def _sync(folders: Iterable[str]) -> None:
    for folder in set(folders):
        with contextlib.suppress(OSError):  # it is gone, or may not be read; the moves in it are done all the same
            sync_folder(folder)


def _sentence(error: OSError) -> str:
    """The system's error, as a sentence with what to do."""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return "There is no room left on the disk of the destination. Make room, or choose another folder."
        case errno.EROFS:
            return "The disk cannot be written to (read-only file system). Choose another folder, or have it remounted."
        case errno.EACCES | errno.EPERM:
            return "The system does not let this user move it; the file's folder and the destination must be writable."
        case errno.EEXIST:
            return "By now there is a file of that name; nothing was overwritten."
        case errno.ENOENT:
            return "The file or its folder is not there any more."
        case errno.ENAMETOOLONG:
            return "The path would be too long for the destination. Choose a folder with a shorter path."
        case errno.ENOTDIR:
            return "A file has the name of a folder on the way to its place."
    return f"The system says: {error.strerror}."
