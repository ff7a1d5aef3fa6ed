"""The one door: which annotations belong to an index of images, by convention or as the user says."""

import os
from collections.abc import Callable

import numpy as np

from inspector.annotations import coco_files, labelme, masks, sample_records, table, text_labels, voc
from inspector.annotations.image_names import ImageNames
from inspector.annotations.index import AnnotationIndex
from inspector.annotations.odd_classes import odd_classes
from inspector.annotations.packer import ShapePacker
from inspector.annotations.reading import Reading
from inspector.annotations.records import AnnotationFault
from inspector.errors import SettingsError
from inspector.locations import expanded
from inspector.sources.opening import SampleIndex

NONE = "none"  # in place of a path: look for no annotations

# Each packs what it finds, and returns the format's name and where that was; None: nothing. The first that finds some.
_Read = Callable[[Reading, str], tuple[str, str] | None]
_OWN_CLASSES = (voc.NAME, labelme.NAME, table.NAME, sample_records.SHARDS)  # shapes name theirs; nothing lists them
_FORMATS: tuple[_Read, ...] = (
    sample_records.read,
    coco_files.read,
    text_labels.read,
    voc.read,
    labelme.read,
    table.read,
    masks.read,
)


def open_annotations(
    index: SampleIndex, choice: str = "", *, cancelled: Callable[[], bool] = lambda: False
) -> AnnotationIndex | None:
    """The annotations of these images; None: there are none. Reads files: not in the thread of a window.

    Args:
        choice: the file or folder with the annotations; "": look for them where they usually are; `NONE`: none.
        cancelled: asked now and then; True ends the search.

    Raises:
        SettingsError: where `choice` is not there, or nothing that is known.
        IndexingCancelled: where `cancelled` said so.
    """
    if choice == NONE or not len(index):
        return None
    choice = expanded(choice)
    if choice and not os.path.lexists(choice):
        raise SettingsError(f"annotations: there is no {choice}; check the path")
    names = ImageNames(index)
    for read in _FORMATS:
        reading = Reading(names, ShapePacker(len(index)), cancelled)
        found = read(reading, choice)
        if found is not None:
            return _packed(reading, *found)
    if choice:
        raise SettingsError(
            f"annotations: {choice} has none that fit these images: give a COCO JSON, a CSV, or a folder with a file "
            "for each image"
        )
    return None


def _packed(reading: Reading, format_name: str, source: str) -> AnnotationIndex:
    shapes = reading.packer.packed()

    def index(faults: list[AnnotationFault]) -> AnnotationIndex:
        return AnnotationIndex(
            format_name,
            source,
            reading.classes.names,
            reading.names,
            shapes,
            np.frombuffer(bytes(reading.packer.described), np.bool_),
            faults,
            reading.sources,
            reading.masks,
            normalized=reading.normalized,
        )

    found = index(reading.packer.faults)
    odd = [] if reading.classes.fixed or format_name not in _OWN_CLASSES else [*odd_classes(found)]
    return index([*reading.packer.faults, *odd]) if odd else found
