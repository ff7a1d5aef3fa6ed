"""Which kinds of containers there are. A new one is a module, and its place here."""

import os

from inspector.file_types import without_shard_number
from inspector.sources.containers import arrow, lmdb, mds, parquet, tar, tfrecord, zip
from inspector.sources.containers.container_format import ContainerFormat
from inspector.sources.remote import prefix

FORMATS: tuple[ContainerFormat, ...] = (tar, zip, tfrecord, mds, arrow, lmdb, parquet)


def format_of(path: str) -> ContainerFormat | None:
    """The kind of a file, by its name; None where it is none."""
    name = without_shard_number(path.lower())
    return next((each for each in FORMATS if name.endswith(tuple(f".{suffix}" for suffix in each.SUFFIXES))), None)


def format_named(name: str) -> ContainerFormat | None:
    """The kind with that name, in any case."""
    if name == prefix.NAME:
        return prefix
    return next((each for each in FORMATS if each.NAME.lower() == name.lower()), None)


def folder_format(folder: str) -> tuple[ContainerFormat, list[str]] | None:
    """The kind of a folder that as a whole is a data set, such as MDS, and its files; None where it is none.

    A few names are looked for: a folder may have a million files, and is not listed for this.
    """
    for each in FORMATS:
        recognize = getattr(each, "recognize", None)
        if recognize is not None and (files := recognize(folder)):
            return each, [os.path.join(folder, file) for file in files]
    return None
