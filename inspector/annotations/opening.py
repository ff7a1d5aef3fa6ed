"""The one door: which annotations belong to an index of images, by convention or as the user says."""

import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from inspector.annotations import coco_files, labelme, masks, sample_records, table, text_labels, voc
from inspector.annotations.image_names import ImageNames
from inspector.annotations.index import AnnotationIndex, Shapes
from inspector.annotations.odd_classes import odd_classes
from inspector.annotations.packer import ShapePacker
from inspector.annotations.reading import Reading
from inspector.annotations.records import AnnotationFault, ShapeFlag
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
    known = [*_with_shapes(reading.packer.faults, shapes)]

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

    found = index(known)
    odd = [] if reading.classes.fixed or format_name not in _OWN_CLASSES else [*odd_classes(found)]
    return index([*known, *odd]) if odd else found


def _with_shapes(faults: Sequence[AnnotationFault], shapes: Shapes) -> Iterator[AnnotationFault]:
    """The same; those of an unknown class with the shape that they are about: one of no class, in order."""
    of_image: dict[int, list[int]] = {}
    count = Counter(fault.image for fault in faults if fault.check == "unknown-class")
    for fault in faults:
        if fault.check == "unknown-class" and fault.image is not None and fault.shape < 0:
            if fault.image not in of_image:
                first, last = shapes.starts[fault.image : fault.image + 2].tolist()
                whole = (shapes.flags[first:last] & ShapeFlag.PART) == 0
                without = np.flatnonzero(whole & (shapes.classes[first:last] < 0)).tolist()
                of_image[fault.image] = without if len(without) == count[fault.image] else []
            if of_image[fault.image]:
                fault = replace(fault, shape=of_image[fault.image].pop(0))
        yield fault
