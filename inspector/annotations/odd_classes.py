"""Classes that nobody meant: their names differ from another one only in how they are written."""

import re
from collections.abc import Iterator

import numpy as np

from inspector.annotations import advice
from inspector.annotations.index import AnnotationIndex
from inspector.annotations.reading import quoted
from inspector.annotations.records import AnnotationFault, ShapeFlag

_OF_VOC = frozenset(
    ("aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
     "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor")
)  # fmt: skip
_ENOUGH = 10  # objects of the classes of VOC that make one of another class remarkable
_RARE = 4  # times as many others


def odd_classes(annotations: AnnotationIndex) -> Iterator[AnnotationFault]:
    """A fault for each such class, at the first shape that has it."""
    shapes, names = annotations.shapes, annotations.class_names
    whole = ((shapes.flags & ShapeFlag.PART) == 0) & (shapes.classes >= 0)
    counts = np.bincount(shapes.classes[whole], minlength=len(names))
    by_form: dict[str, list[int]] = {}
    for number, name in enumerate(names):
        by_form.setdefault(re.sub(r"[\s_-]+", "", name).casefold(), []).append(number)
    of_voc = sum(int(counts[number]) for number, name in enumerate(names) if name in _OF_VOC)
    for numbers in by_form.values():
        best = max(numbers, key=lambda number: int(counts[number]))
        for number in numbers:
            count = int(counts[number])
            if count and number != best and count * _RARE <= counts[best]:
                others = f"{int(counts[best]):,} others are"
                why = f"differs from {quoted(names[best])}, which {others}, only in how it is written"
            elif count == 1 and names[number] not in _OF_VOC and of_voc >= _ENOUGH and of_voc + 1 == counts.sum():
                why = "is none of the 20 of VOC, which all others are"
            else:
                continue
            shape = int(np.flatnonzero(whole & (shapes.classes == number))[0])
            image = int(np.searchsorted(shapes.starts, shape, side="right")) - 1
            where = advice.listing(annotations.format_name, [int(shapes.ids[shape])])
            reason = f"{annotations.source_of(image)}, {where}: the class {quoted(names[number])} {why}"
            yield AnnotationFault(
                image, "", "unknown-class", f"{reason}: it becomes a class of its own. Correct it.",
                shape - int(shapes.starts[image]),
            )  # fmt: skip
