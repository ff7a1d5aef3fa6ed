"""One sample of a container, as its index has it, and what to look for in one."""

from collections.abc import Hashable
from typing import NamedTuple

from inspector.file_types import IMAGE_EXTENSIONS
from inspector.formats.problems import ProblemKind


class Entry(NamedTuple):
    """One sample of a container. With the container it is the sample's identity; its name alone is not.

    Attributes:
        name: what the container calls it: a tar's member, a key, a row's number. Names that are no UTF-8 keep their
            bytes ("surrogateescape"). "": it stands for the container itself, see `fault`.
        offset: where the bytes of its image begin in the container; or a number that its format gives a meaning.
        length: of its image, in bytes.
        record: where all that belongs to the sample begins: the header of a tar's first member with its key.
        label: its class, a text or a number; None where it has none.
        fault: why it cannot be read, a sentence; "" for a sample that can. Where a container cannot be read to its
            end, its last entry has no name and this: a sample that is bad stands for what is missing.
        kind: of the fault.
    """

    name: str
    offset: int = 0
    length: int = 0
    record: int = 0
    label: Hashable | None = None
    fault: str = ""
    kind: ProblemKind = ProblemKind.DAMAGED


class Choice(NamedTuple):
    """Which parts of a sample are wanted, where it has several.

    Attributes:
        image: the member, column or feature with the image, such as "jpg" or "image"; "": the first that has one.
        label: the same for the class, such as "cls" or "label"; "": what the format has by convention.
        extensions: of members that are images, in lower case and without dots.
    """

    image: str = ""
    label: str = ""
    extensions: tuple[str, ...] = IMAGE_EXTENSIONS
