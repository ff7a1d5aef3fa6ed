"""How samples lie in one kind of container; a module a format."""

from collections.abc import Iterator
from typing import Any, Protocol

from inspector.sources.containers.blob import Blob
from inspector.sources.containers.entry import Choice, Entry


class ContainerFormat(Protocol):
    """A module of this package that has these names is a format; its functions are the methods. `formats` lists them.

    It may also have `recognize(folder)`: the names of the files that hold the samples, where the folder as a whole is a
    data set of this format; else None. And `beside(blob)`: of each sample that has some, its record and what may be its
    annotations, as the bytes of a JSON or as a dict of values; all in one pass. And `read_checked(blob, entry)`: what
    `read` gives, after comparing a checksum that `read` has no time for.

    Attributes:
        NAME: for a person: "tar", "Parquet".
        SUFFIXES: of its files, in lower case and without dots.
        RANDOM_ACCESS: one sample can be read without those around it. False: samples come in a block order, and the
            module has BLOCK_SHIFT: the bits of an entry's record from that one on are the number of its block.
    """

    NAME: str
    SUFFIXES: tuple[str, ...]
    RANDOM_ACCESS: bool

    def entries(self, blob: Blob, choice: Choice) -> Iterator[Entry]:
        """The samples of a container in their order, as they are found.

        A sample that cannot be read is an entry with a fault; what cannot be read on ends with an entry that has a
        fault and no name. Nothing in the container decides how much memory
        is taken, and nothing is unpickled.

        Raises:
            SourceError: where it is no such container, has none of what is chosen, or needs an extra that is missing.
        """

    def read(self, blob: Blob, entry: Entry) -> bytes:
        """The bytes of a sample's image.

        Raises:
            BadFile: where they cannot be read, or are not what the index says.
        """

    def fields(self, blob: Blob, entry: Entry) -> dict[str, Any]:
        """What else the sample has, for a person to see: texts and numbers by the names the container gives them."""
