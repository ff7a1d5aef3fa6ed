"""What is kept of runs that have ended: last totals, pictures, errors, verdict; a file each in the user's state folder.

    a run's folder -> keep -> ID.run, a zip -> opened -> RunFiles -> reader.RunReader, as of a live run

Few and small: the oldest go first. Only regular files of this user's are read, and nothing in one is believed before
it is checked: whatever is wrong with it is a sentence.
"""

import io
import json
import os
import struct
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.files import open_regular, write_atomically
from inspector.hook import layout
from inspector.outside_json import OutsideJsonError, checked, parsed
from inspector.private_folder import state_folder
from inspector.watched.process import (
    COMMAND_NAME,
    MOST_COMMAND_BYTES,
    CommandState,
    parse_command,
    read_command,
    write_command,
)
from inspector.watched.reader import NAMES_NAME, RunReader, pictures_name
from inspector.watched.records import Run
from inspector.watched.run_files import FolderFiles, KeptFiles
from inspector.watched.run_names import SUFFIX
from inspector.watched.verdict import main_loader, verdict

KEPT_S = 7 * 24 * 3600.0
MOST_RUNS = 50
MOST_BYTES = 64_000_000  # of all of them
OUTPUT_SUFFIX = ".log"  # of what a training printed that a window started
_MOST_FILE_BYTES = 32_000_000  # of one, as it lies there
_MOST_UNPACKED_BYTES = 64_000_000
_MOST_PICTURES_BYTES = 12_000_000
_MOST_MEMBERS = 4096
_MOST_SUMMARY_BYTES = 100_000
_SUMMARY_NAME = "summary.json"
_OURS = (".ring", ".json", ".mark")
_PARTS_S = 3600.0  # so old is what was left of writing one


@dataclass(frozen=True, slots=True)
class RunFigures:
    """What a list says of a run. None: not known.

    Attributes:
        loaders: how many. batches, images, errors: of all of them.
        data_wait: of the loader that training spends its time with, 0 to 1. headline, cause: of the verdict.
    """

    loaders: int = 0
    batches: int = 0
    images: int = 0
    errors: int = 0
    data_wait: float | None = None
    headline: str = ""
    cause: str = ""


def figures_of(run: Run) -> RunFigures:
    """As it was read."""
    main, said = main_loader(run), verdict(run)
    return RunFigures(
        loaders=len(run.loaders),
        batches=sum(loader.totals.batches for loader in run.loaders),
        images=sum(loader.totals.images for loader in run.loaders),
        errors=sum(loader.totals.errors for loader in run.loaders),
        data_wait=None if main is None else main.shared.data_wait,
        headline=said.headline,
        cause=said.cause.value,
    )


def kept_folder() -> Path:
    """Where kept runs are; made where missing.

    Raises:
        OSError: where it cannot be made, or is not this user's own.
    """
    folder = state_folder() / "runs"
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def kept_files() -> list[Path]:
    """All kept runs, the oldest first."""
    try:
        found = [entry for entry in os.scandir(kept_folder()) if entry.name.endswith(SUFFIX)]
        return [Path(entry) for entry in sorted(found, key=lambda entry: entry.stat(follow_symlinks=False).st_mtime)]
    except OSError:
        return []


def output_file(folder: Path) -> Path:
    """Where the output goes of a training that a window starts, with this folder for its run.

    Raises:
        OSError: see `kept_folder`.
    """
    return kept_folder() / f"{_id(folder)}{OUTPUT_SUFFIX}"


def keep(folder: Path) -> str:
    """Keep what is in the folder of a run that has ended, once; "", or a sentence where that is not possible."""
    state = read_command(folder)
    if state is None or not state.ended or not state.keep or state.kept:
        return ""
    run = RunReader(folder).read()
    state = replace(with_end(state, run), kept=True)
    try:
        write_atomically(kept_folder() / f"{_id(folder)}{SUFFIX}", _packed(folder, state, run), mode=0o600)
    except OSError as error:
        return f"what was seen of this run is not kept: {error.strerror or error}"
    write_command(folder, state)
    prune()
    return ""


def _id(folder: Path) -> str:
    return folder.name.rpartition("-")[2]


def with_end(state: CommandState, run: Run) -> CommandState:
    """Where nobody noted when it ended: after the last batch that was seen."""
    if not state.ended or state.ended_at is not None:
        return state
    last_s = max((loader.totals.last_s for loader in run.loaders), default=0.0)
    ended_at = time.time() - (time.monotonic() - last_s) if last_s else state.began_at
    return replace(state, ended_at=max(state.began_at, ended_at))


def _packed(folder: Path, state: CommandState, run: Run) -> bytes:
    """Whole files, but for pictures, of which only what is used is taken, while there is room."""
    files = FolderFiles(folder)
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        archive.writestr(_SUMMARY_NAME, json.dumps(asdict(figures_of(run))))
        archive.writestr(COMMAND_NAME, json.dumps(asdict(state)))
        archive.writestr(NAMES_NAME, json.dumps({pictures_name(loader.key): loader.name for loader in run.loaders}))
        names = [name for name in files.names() if name.endswith(_OURS) and not name.startswith("pictures-")]
        for name in names[: _MOST_MEMBERS // 2]:
            if name != COMMAND_NAME:
                with suppress(OSError):  # it went away just now
                    archive.writestr(name, files.read(name, max(layout.SIZE, _MOST_SUMMARY_BYTES)))
        room = _MOST_PICTURES_BYTES
        for loader in sorted(run.loaders, key=lambda each: -each.totals.seconds)[: _MOST_MEMBERS // 4]:
            name = pictures_name(loader.key)
            with suppress(OSError, struct.error):
                pictures = _used(files.read(name, _MOST_FILE_BYTES))
                if 0 < len(pictures) <= room:
                    room -= len(pictures)
                    archive.writestr(name, pictures, compresslevel=1)
    return content.getvalue()


def _used(content: bytes) -> bytes:
    """A file of pictures without its unused room; b"" where it was being written."""
    magic, sequence, length, pixels, room = layout.PICTURES_HEAD.unpack_from(content)
    if magic != layout.PICTURES_MAGIC or sequence % 2 or not sequence:
        return b""
    head = layout.PICTURES_HEAD.pack(magic, sequence, length, pixels, length).ljust(layout.PICTURES_AT, b"\0")
    at = layout.PICTURES_AT + room
    return head + content[layout.PICTURES_AT : layout.PICTURES_AT + length] + content[at : at + pixels]


def read_kept(path: Path) -> tuple[CommandState, RunFigures]:
    """What a list says of a kept run.

    Raises:
        SettingsError: where it is damaged, of another user, or no kept run.
    """
    with _archive(path) as archive:
        state = parse_command(_member(archive, COMMAND_NAME, MOST_COMMAND_BYTES))
        return state, checked(parsed(_member(archive, _SUMMARY_NAME, _MOST_SUMMARY_BYTES)), RunFigures)


def open_kept(path: Path) -> tuple[CommandState, KeptFiles]:
    """All of a kept run.

    Raises:
        SettingsError: see `read_kept`.
    """
    with _archive(path) as archive:
        members = archive.infolist()
        if len(members) > _MOST_MEMBERS or sum(member.file_size for member in members) > _MOST_UNPACKED_BYTES:
            raise ValueError("it is too large")
        files = KeptFiles({each.filename: _member(archive, each.filename, each.file_size) for each in members})
        reader = RunReader(files)
        run = reader.read()  # what is in it is looked at here, so that nothing surprises whoever shows it
        verdict(run)
        for loader in run.loaders:
            reader.pictures(loader.key)
        checked(parsed(files.read(_SUMMARY_NAME, _MOST_SUMMARY_BYTES)), RunFigures)
        return parse_command(files.read(COMMAND_NAME, MOST_COMMAND_BYTES)), files


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with open(open_regular(path, own=True), "rb") as file:
            if os.fstat(file.fileno()).st_size > _MOST_FILE_BYTES:
                raise ValueError("it is too large")
            with zipfile.ZipFile(file) as archive:
                yield archive
    except OutsideJsonError as error:
        raise SettingsError(f"{fmt.readable(path.name)}: this kept run cannot be read: {error}") from error
    except FileNotFoundError as error:
        raise SettingsError(f"{fmt.readable(path.name)}: this run is not kept any more") from error
    except Exception as error:  # whatever a stranger's file makes of `zipfile` and of what reads rings
        raise damaged(path, error) from error


def damaged(path: Path, error: Exception) -> SettingsError:
    """What to say of a kept run that cannot be shown."""
    why = f": {error.strerror}" if isinstance(error, OSError) and error.strerror else ""
    return SettingsError(
        f"{fmt.readable(path.name)}: this kept run is damaged{why}; `inspector attach --clear` removes it"
    )


def _member(archive: zipfile.ZipFile, name: str, most_bytes: int) -> bytes:
    info = archive.getinfo(name)
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError("it is packed in another way")
    with archive.open(info) as file:
        content = file.read(most_bytes + 1)
    if len(content) > most_bytes:
        raise ValueError("it is larger than it says")
    return content


def prune() -> None:
    """Remove the oldest: those older than a week, and those that are too many or too large together."""
    sizes: list[tuple[Path, float, int]] = []
    for path in kept_files():
        with suppress(OSError):
            status = path.lstat()
            sizes.append((path, status.st_mtime, status.st_size))
    room, now = MOST_BYTES, time.time()
    for position, (path, changed, size) in enumerate(reversed(sizes)):
        room -= size
        if position >= MOST_RUNS or room < 0 or now - changed > KEPT_S:
            forget(path)
    with suppress(OSError):
        for pattern, most_s in ((".inspector-*.part", _PARTS_S), (f"*{OUTPUT_SUFFIX}", KEPT_S)):
            for file in kept_folder().glob(pattern):
                if now - file.lstat().st_mtime > most_s:
                    forget(file)


def forget(path: Path) -> bool:
    """Remove a kept run, and what it printed; whether it is gone."""
    with suppress(OSError):
        path.with_suffix(OUTPUT_SUFFIX).unlink(missing_ok=True)
        path.unlink()
        return True
    return not os.path.lexists(path)
