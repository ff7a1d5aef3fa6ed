"""Which shards are written where, and whether they may be: looked at before anything is."""

import os
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.errors import QuarantineError
from inspector.formatting import readable
from inspector.locations import expanded
from inspector.quarantine.shards import parquet_shard, tar_shard
from inspector.quarantine.shards.shard_notes import digest_of, read_notes
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.containers.reader import IndexedContainer
from inspector.sources.opening import SampleIndex

WRITERS = {"tar": tar_shard.write, "Parquet": parquet_shard.write}
_INSTEAD = "write a list of what to keep with --keep"


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """A shard and its clean one.

    Attributes:
        source: the shard. kept: (samples,) which of its samples are copied, ascending.
        name: of the clean one in the folder, with "/".
        of: stands for the source as it is and what is kept.
        whole: all of its samples could be found.
    """

    source: IndexedContainer
    kept: npt.NDArray[np.int64]
    name: str
    of: str
    whole: bool


@dataclass(frozen=True, slots=True)
class CleanPlan:
    """Clean shards that may be written to a folder."""

    folder: str
    shards: tuple[ShardPlan, ...]

    @property
    def nbytes(self) -> int:
        """Of all the sources."""
        return sum(shard.source.size for shard in self.shards)


def plan(index: SampleIndex, keep: npt.NDArray[np.int64], folder: str) -> CleanPlan:
    """What would be written; nothing is, yet.

    Args:
        keep: (samples,) numbers in the index of the samples to keep, in any order.

    Raises:
        QuarantineError: see `check_target`.
    """
    containers = check_target(index, folder)
    assert isinstance(index, ContainerIndex)
    wanted: dict[str, npt.NDArray[np.int64]] = {}
    for number, places in index.by_container(keep):
        location = index.containers[number].location
        wanted[location] = np.union1d(wanted.get(location, places), places)
    shards = []
    for name, container in containers.items():
        entries = container.entries
        kept = np.setdiff1d(wanted.get(container.location, np.empty(0, np.int64)), list(entries.faults))
        of = digest_of(container.location, container.size, container.etag, entries.checksum, kept.tolist())
        whole = all(entries.name_bytes(i) for i in entries.faults)
        shards.append(ShardPlan(container, kept, name, of, whole))
    return CleanPlan(os.path.abspath(folder), tuple(shards))


def check_target(index: SampleIndex, folder: str) -> dict[str, IndexedContainer]:
    """The names that clean shards of a source get in a folder; nothing is written yet.

    Raises:
        QuarantineError: where the source is none of tars or Parquet files, the folder is the source's own or cannot be
            written to, or files that are not ours are in the way.
    """
    shown = readable(folder)
    if not isinstance(index, ContainerIndex):
        raise QuarantineError(f"clean shards are written of tars and Parquet files, and these are files: {_INSTEAD}")
    for each in index.containers:
        if each.format not in WRITERS:
            kind = "objects" if each.format == "objects" else each.format
            raise QuarantineError(
                f"clean shards are written of tars and Parquet files, and {readable(each.shown)} is {kind}: {_INSTEAD}"
            )
    target = os.path.realpath(folder)
    if os.path.lexists(target) and not os.path.isdir(target):
        raise QuarantineError(f"{shown} is a file: give a folder for the clean shards")
    above = target
    while not os.path.isdir(above):
        above = os.path.dirname(above)
    if not os.access(above, os.W_OK | os.X_OK):
        raise QuarantineError(f"{shown}: no permission to write in {readable(above)}: choose another folder")
    own = {os.path.realpath(os.path.dirname(path)) for path in index.files()}
    source = expanded(index.source)
    whole = os.path.realpath(source) if os.path.isdir(source) else None
    if target in own or (whole is not None and os.path.commonpath([target, whole]) == whole):
        raise QuarantineError(f"{shown} is the folder of the shards themselves: clean ones must go to another folder")
    names = _names(index)
    notes = read_notes(target)
    for name in names:
        path = os.path.join(target, *name.split("/"))
        if os.path.lexists(path) and not (name in notes and notes[name].fits(path)):
            raise QuarantineError(
                f"{readable(path)} exists, and is no clean shard as inspector left it: nothing is replaced; choose "
                "another folder"
            )
    return names


def _names(index: ContainerIndex) -> dict[str, IndexedContainer]:
    """What each shard is called from the folder on that they have in common."""
    names: dict[str, IndexedContainer] = {}
    for each in {container.location: container for container in index.containers}.values():
        name = index.relative_container(each).replace(os.sep, "/")
        parts = [part for part in name.partition("://")[2].split("/") or [] if part] if "://" in name else []
        name = "/".join(parts) or name
        if name in names or ".." in name.split("/"):
            raise QuarantineError(
                f"{readable(each.shown)}: two shards would have one name; give shards of one folder at a time"
            )
        names[name] = each
    return names
