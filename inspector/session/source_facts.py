"""What the views say of a source beside its samples: found out once, when it has been opened."""

from typing import NamedTuple, Self

from inspector.quarantine.shards.clean_plan import WRITERS
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import DatasetIndex
from inspector.sources.file_index import FileIndex

_INSTEAD = "Write a list of what to keep in place of it: it can be opened as a folder is."


class SourceFacts(NamedTuple):
    """Of what is open; see `Snapshot`."""

    classes: int = 0
    outside: int = 0
    noun: str = "file"
    immovable: str = ""
    is_remote: bool = False
    has_shards: bool = False
    left_out: str = ""

    @classmethod
    def of(cls, index: object) -> Self:
        """`index`: of a source, or None."""
        match index:
            case FileIndex():
                return cls(len(index.classes), index.outside, left_out=index.left_out)
            case DatasetIndex():
                why = "The samples of a data set of your own code cannot be moved aside: leave them out there."
                return cls(len(index.classes), noun="sample", immovable=why)
            case ContainerIndex():
                is_remote = index.reader().is_remote
                kind = next((each.format for each in index.containers), "container")
                where = "elsewhere" if is_remote else f"out of {_with_article(kind)}"
                immovable = f"Nothing can be moved {where}. {_INSTEAD}"
                has_shards = all(each.format in WRITERS for each in index.containers)
                return cls(len(index.classes), 0, "sample", immovable, is_remote, has_shards, index.left_out)
        return cls()


def _with_article(kind: str) -> str:
    """Such as "a tar", "an Arrow file"."""
    vowel = kind.startswith(("Arrow", "LMDB", "MDS"))  # as they are spelled
    return f"{'an' if vowel else 'a'} {kind if kind in ('tar', 'zip') else f'{kind} file'}"
