"""What a local session has open, for those of its parts that read the files themselves."""

from dataclasses import dataclass

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
