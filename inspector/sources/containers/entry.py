"""One sample of a container, as its index has it, and what to look for in one."""

from collections.abc import Hashable
from typing import NamedTuple


class Entry(NamedTuple):
    """One sample of a container. With the container it is the sample's identity; its name alone is not.

    Attributes:
        name: what the container calls it: a tar's member, a key, a row's number.
        offset: where the bytes of its image begin in the container; or a number that its format gives a meaning.
        length: of its image, in bytes.
        record: where all that belongs to the sample begins: the header of a tar's first member with its key.
        label: its class; None where it has none.
        fault: why the container cannot be read from `offset` on; "" for a sample that can. An entry with a fault is
            the last of its container. It stands for what is missing: a sample that is bad.
    """

    name: str
    offset: int
    length: int
    record: int = 0
    label: Hashable | None = None
    fault: str = ""


class Choice(NamedTuple):
    """Which parts of a sample are wanted, where it has several.

    Attributes:
        image: the member, column or feature with the image, such as "jpg" or "image"; "": the first that has one.
        label: the same for the class, such as "cls" or "label"; "": what the format has by convention.
    """

    image: str = ""
    label: str = ""
