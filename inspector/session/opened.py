"""What a local session has open, for those of its parts that read the files themselves."""

import os
from dataclasses import dataclass

from inspector.formatting import plural
from inspector.named_code import NamedCode
from inspector.session.protocol import Source
from inspector.settings import SessionConfig
from inspector.sources.dataset import DatasetIndex
from inspector.sources.opening import SampleIndex


@dataclass(frozen=True, slots=True, eq=False)
class OpenedSource:
    """A source whose samples are known.

    Attributes:
        name: as the user gave it; a list has a description.
        index: its samples.
        config: the settings asked for last.
        source: as it was asked for.
    """

    name: str
    index: SampleIndex | DatasetIndex
    config: SessionConfig
    source: Source


def source_name(source: Source | None) -> str:
    """The folder, file or code as given, or how many files a list has; "" for none."""
    if source is None or isinstance(source, NamedCode):
        return str(source or "")
    if isinstance(source, (str, os.PathLike)):
        return os.fspath(source)
    return plural(len(source), "file")
