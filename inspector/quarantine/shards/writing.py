"""Writes clean shards: each as a whole or not at all, and only what is not done yet."""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from inspector.errors import QuarantineError, SourceError, StaleIndexError
from inspector.file_lock import lock
from inspector.formats.problems import BadFile
from inspector.formatting import plural, readable
from inspector.quarantine.shards.clean_plan import WRITERS, CleanPlan, ShardPlan
from inspector.quarantine.shards.shard_notes import note_of, read_notes, write_notes
from inspector.quarantine.transfer import make_folder, rename_to_free_name, sync_folder
from inspector.sources.containers.blob import open_blob

_PART = ".inspector-part-"
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


@dataclass(frozen=True, slots=True)
class CleanProgress:
    """How far it is. `shards` are done, of `of_shards`; `nbytes` of the sources are read, of `of_nbytes`."""

    shards: int
    of_shards: int
    nbytes: int
    of_nbytes: int


@dataclass(frozen=True, slots=True)
class CleanOutcome:
    """What became of a plan.

    Attributes:
        written: names of shards that are new. unchanged: of those that were done before.
        kept, left_out: samples in the shards that are there now, and those that are not.
        failures: (shard, why) it has no clean one, or one without what could not be read.
    """

    written: tuple[str, ...]
    unchanged: tuple[str, ...]
    kept: int
    left_out: int
    failures: tuple[tuple[str, str], ...]

    def in_words(self, folder: str) -> str:
        """A sentence for a person: how many are in `folder`."""
        done = len(self.written) + len(self.unchanged)
        before = f", {len(self.unchanged):,} of them before" if self.unchanged else ""
        samples = f"{plural(self.kept, 'sample')}, without {self.left_out:,}"
        return f"{plural(done, 'clean shard')} written to {readable(folder)}{before}: {samples}."


class _Cancelled(Exception):
    """Ends the copy of a shard."""


def write(
    plan: CleanPlan,
    *,
    on_progress: Callable[[CleanProgress], None] = lambda _: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> CleanOutcome:
    """Write the shards of a plan that are not done yet; blocks. What it raises leaves finished shards, and no part.

    Args:
        on_progress: called several times a shard. cancelled: asked as often; True ends it.

    Raises:
        QuarantineError: where nothing more can be written, it was cancelled, or another process writes there; the same
            call resumes it.
    """
    try:
        make_folder(plan.folder)
        with _alone(plan.folder):
            return _Writing(plan, on_progress, cancelled).run()
    except OSError as error:
        raise QuarantineError(f"{readable(plan.folder)}: cannot be written: {error.strerror or error}") from error


class _Writing:
    def __init__(
        self, plan: CleanPlan, on_progress: Callable[[CleanProgress], None], cancelled: Callable[[], bool]
    ) -> None:
        self._plan, self._on_progress, self._cancelled = plan, on_progress, cancelled
        self._notes = read_notes(plan.folder)
        self._written: list[str] = []
        self._unchanged: list[str] = []
        self._failures: list[tuple[str, str]] = []
        self._done_bytes = 0
        self._kept = self._left_out = 0

    def run(self) -> CleanOutcome:
        try:
            for shard in self._plan.shards:
                self._step(0)
                kept = self._shard(shard)
                self._kept += kept
                self._left_out += len(shard.source.entries) - (not shard.whole) - kept
                self._done_bytes += shard.source.size
            self._step(0)
        except _Cancelled:
            raise QuarantineError(f"cancelled: {self._so_far()}") from None
        return CleanOutcome(
            tuple(self._written), tuple(self._unchanged), self._kept, self._left_out, tuple(self._failures)
        )

    def _shard(self, shard: ShardPlan) -> int:
        """How many samples its clean one has."""
        path = os.path.join(self._plan.folder, *shard.name.split("/"))
        note = self._notes.get(shard.name)
        ours = note is not None and note.fits(path)
        if not len(shard.kept):
            if ours:
                os.unlink(path)
            why = "could not be read" if not shard.whole and len(shard.source.entries) == 1 else "has no good sample"
            self._failures.append((shard.source.shown, f"It {why}, so there is no clean shard of it."))
            return 0
        if not shard.whole:
            entries = shard.source.entries
            why = next(entries.entry(i).fault for i in entries.faults if not entries.name_bytes(i))
            self._failures.append((shard.source.shown, f"{why} Its clean shard has the samples before that."))
        if ours and note is not None and note.of == shard.of:
            self._unchanged.append(shard.name)
            return len(shard.kept)
        try:
            kept = self._write(shard, path, replace=ours)
        except (BadFile, SourceError) as error:
            reason = error.reason if isinstance(error, BadFile) else f"{error}."
            self._failures.append((shard.source.shown, f"{reason} There is no clean shard of it."))
            return 0
        self._written.append(shard.name)
        return kept

    def _write(self, shard: ShardPlan, path: str, *, replace: bool) -> int:
        make_folder(os.path.dirname(path))
        _remove_parts(os.path.dirname(path))
        part = os.path.join(os.path.dirname(path), f"{_PART}{os.urandom(8).hex()}")
        try:
            source = shard.source
            blob = open_blob(source.location, (source.size, source.etag))
            try:
                if (blob.size, blob.etag) != (source.size, source.etag):
                    raise StaleIndexError.of(readable(source.shown))
                with open(part, "xb") as file:
                    kept = WRITERS[source.format](blob, source.entries, shard.kept, file, self._step)
                    file.flush()
                    os.fsync(file.fileno())
            finally:
                blob.close()
            if replace:
                os.unlink(path)
            self._notes[shard.name] = note_of(part, shard.of)  # before the file has its name: else it would be foreign
            write_notes(self._plan.folder, self._notes)
            _name(part, path)
        except OSError as error:
            why = "the disk is full" if error.errno in _FULL else (error.strerror or str(error)).lower()
            raise QuarantineError(f"{readable(path)}: cannot be written: {why}; {self._so_far()}") from error
        finally:
            with contextlib.suppress(OSError):
                os.unlink(part)
        sync_folder(os.path.dirname(path))
        return kept

    def _so_far(self) -> str:
        done = len(self._written) + len(self._unchanged)
        return f"{done:,} of {plural(len(self._plan.shards), 'shard')} are done, and stay for when it is resumed"

    def _step(self, nbytes: int) -> None:
        if self._cancelled():
            raise _Cancelled
        done = len(self._written) + len(self._unchanged)
        self._on_progress(CleanProgress(done, len(self._plan.shards), self._done_bytes + nbytes, self._plan.nbytes))


@contextlib.contextmanager
def _alone(folder: str) -> Iterator[None]:
    """While no other process of ours writes there, as far as the system can say."""
    descriptor = None
    try:
        try:
            descriptor = os.open(folder, os.O_RDONLY)
            lock(descriptor)
        except BlockingIOError:
            raise QuarantineError(f"{readable(folder)}: another inspector is writing clean shards there") from None
        except OSError:  # Windows, or a file system without locks
            pass
        yield
    finally:
        if descriptor is not None:
            os.close(descriptor)


def _remove_parts(folder: str) -> None:
    """What a process left that was killed."""
    for name in os.listdir(folder):
        path = os.path.join(folder, name)
        if name.startswith(_PART) and os.path.isfile(path) and not os.path.islink(path):
            os.unlink(path)


def _name(part: str, path: str) -> None:
    try:
        rename_to_free_name(part, path)
    except OSError as error:
        if error.errno != errno.EXDEV or os.path.lexists(path):
            raise
        os.rename(part, path)  # there is no other rename on this file system
