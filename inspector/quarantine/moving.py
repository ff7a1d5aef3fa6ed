"""The moves themselves, and the way back. May be stopped at any moment; see the package for what then holds."""

import contextlib
import errno
import os
import stat
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from inspector.errors import ManifestError, QuarantineError
from inspector.formatting import readable
from inspector.quarantine.folders import FileId, folder_id, opened
from inspector.quarantine.manifest import Manifest, ManifestEntry, read_manifest, write_manifest
from inspector.quarantine.plan import MovePlan, Refusal
from inspector.quarantine.transfer import (
    MoveCancelled,
    make_folder,
    move_file,
    rename_to_free_name,
    same_content,
    sync_folder,
)

Progress = Callable[[int], None]
_ANOTHER = "The file has changed since it was looked at. Look at it again."
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
    if plan.moves and folder_id(plan.root) != plan.root_seen:
        raise QuarantineError(f"{readable(plan.root)}: this is another folder by now. Nothing was moved.")
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
            _move(manifest, number, (plan.root, entry.path), (plan.destination, entry.aside), move.seen, cancelled)
        except MoveCancelled:
            break
        except QuarantineError as error:
            failed.append(Refusal(move.path, str(error)))
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
    path: str,
    *,
    agreed: Manifest | None = None,
    on_progress: Progress = lambda done: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> MoveOutcome:
    """Put back what lies aside. May be repeated, and finishes what another one, or a move, did not.

    A file that was changed while it lay aside comes back as it is now. Nothing is moved through a link to a folder.

    Args:
        agreed: what the user has seen of the manifest. Without it, the caller answers for where files are put.

    Raises:
        ManifestError: where the manifest cannot be used, or is not what was agreed to; nothing was moved then.
    """
    manifest = read_manifest(path)
    if agreed is not None and agreed != manifest:
        raise ManifestError(f"{readable(path)}: the manifest has changed since it was shown; nothing was moved")
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
    to, away = (manifest.root, entry.path), (manifest.folder, entry.aside)
    for root, relative in (to, away):  # what a copy that was killed left
        with contextlib.suppress(FileNotFoundError, NotADirectoryError), opened(root, os.path.dirname(relative)) as at:
            os.unlink(at.at(manifest.part_name(number)))
    there, aside = _identity(*to), _identity(*away)
    if aside is None:
        if there is not None:
            return False
        raise QuarantineError(
            "It is neither in the data set nor beside the manifest. Was the manifest moved without it?"
        )
    if there is None:
        _move(manifest, number, away, to, aside, cancelled)
        return True
    with opened(away[0], os.path.dirname(away[1])) as first, opened(to[0], os.path.dirname(to[1])) as second:
        ours = first.at(os.path.basename(entry.aside))
        if not same_content(ours, second.at(os.path.basename(entry.path))):
            raise QuarantineError(
                "Another file has its place by now; the one that was moved aside stays "
                f"{readable(manifest.aside(entry))}."
            )
        os.unlink(ours)  # a move was killed between making the second and removing the first
    return True


def _identity(root: str, relative: str) -> FileId | None:
    """What is there, or None. Raises QuarantineError where a link is on the way, or it is no file."""
    try:
        with opened(root, os.path.dirname(relative)) as folder:
            file = folder.at(os.path.basename(relative))
            if stat.S_IFMT(os.lstat(file).st_mode) not in (stat.S_IFREG, stat.S_IFLNK):
                raise QuarantineError(f"{readable(os.path.join(root, relative))} is not a file.")
            return FileId.of(file)
    except (FileNotFoundError, NotADirectoryError):
        return None


def _move(
    manifest: Manifest,
    number: int,
    source: tuple[str, str],
    target: tuple[str, str],
    seen: FileId,
    cancelled: Callable[[], bool],
) -> None:
    """From one place to another, each a root and a path below it; only the file that was seen there."""
    with (
        opened(source[0], os.path.dirname(source[1])) as out,
        opened(target[0], os.path.dirname(target[1]), make=True) as into,
    ):
        old, new = out.at(os.path.basename(source[1])), into.at(os.path.basename(target[1]))
        if FileId.of(old) != seen:
            raise QuarantineError(_ANOTHER)
        move_file(old, new, part=into.at(manifest.part_name(number)), cancelled=cancelled)
        if not FileId.of(new).may_be(seen):  # replaced in the last moment
            with contextlib.suppress(OSError):
                rename_to_free_name(new, old)
            raise QuarantineError(_ANOTHER)


def _settle(manifest: Manifest) -> None:
    """Remove folders that were made for nothing or have become empty, and write all names through to the disk."""
    for made in reversed(manifest.made_folders):
        mostly_not_empty = contextlib.suppress(OSError, QuarantineError)
        with mostly_not_empty, opened(manifest.folder, os.path.dirname(made)) as above:
            os.rmdir(above.at(os.path.basename(made)))
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
