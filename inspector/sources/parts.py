"""What a source's containers have of each sample, to choose image and label from before it is opened."""

import re
from collections.abc import Callable
from itertools import islice
from typing import Any, NamedTuple

from inspector.errors import SourceError
from inspector.formats.problems import BadFile
from inspector.settings import LoaderConfig
from inspector.sources.containers.blob import open_blob
from inspector.sources.containers.entry import Choice, Entry
from inspector.sources.containers.members import split
from inspector.sources.opening import first_container

_LOOKED_AT = 8  # samples
_SIZE = re.compile(r"[\d,]+ bytes")


class SourceParts(NamedTuple):
    """Names for the settings `image` and `label`; () where there is nothing to choose from.

    Attributes:
        kind: of the containers, such as "tar"; "" where there are none.
        fault: why no sample could be looked at, a sentence; "".
    """

    kind: str = ""
    images: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    fault: str = ""


def parts_of(
    source: str, config: LoaderConfig | None = None, cancelled: Callable[[], bool] = lambda: False
) -> SourceParts:
    """Look at the first samples of the first container.

    Raises:
        SourceError: where `source` does not exist, or may not be read.
        IndexingCancelled: where `cancelled` said so.
    """
    config = config or LoaderConfig()
    found = first_container(source, config, cancelled)
    if found is None:
        return SourceParts()
    location, kind = found
    images, labels = dict[str, None](), dict[str, None]()
    try:
        blob = open_blob(location)
        try:
            for entry in islice(kind.entries(blob, Choice(extensions=config.extensions)), _LOOKED_AT):
                if not entry.fault:
                    _look(entry, kind.fields(blob, entry), kind.NAME, config, images, labels)
        finally:
            blob.close()
    except BadFile as bad:
        return SourceParts(kind.NAME, fault=bad.reason)
    except SourceError as error:  # such as no column that is known to hold images: it can be named
        return SourceParts(kind.NAME, fault=f"{error}.")
    return SourceParts(kind.NAME, tuple(images), tuple(name for name in labels if name not in images))


def _look(
    entry: Entry,
    fields: dict[str, Any],
    kind: str,
    config: LoaderConfig,
    images: dict[str, None],
    labels: dict[str, None],
) -> None:
    others = [
        name for name, value in fields.items() if name.rpartition(".")[2] in config.extensions or _may_be_image(value)
    ]
    if others:
        own = [split(entry.name)[1]] if kind in ("tar", "zip") else []
        images |= dict.fromkeys([*own, *others])
    for name, value in fields.items():
        if name in others:
            continue
        if name == "json" and isinstance(value, dict):
            labels |= dict.fromkeys(key for key, each in value.items() if isinstance(each, str | int | float))
        elif isinstance(value, str | int | float) and name != "json":
            labels[name] = None


def _may_be_image(value: Any) -> bool:
    if isinstance(value, dict):
        value = value.get("bytes")
    return isinstance(value, str) and _SIZE.fullmatch(value) is not None
