"""What the folders of a set say about its classes: the images of each, the splits it is in, and what it is called."""

import unicodedata
from collections import defaultdict
from collections.abc import Iterator

import numpy as np

from inspector.scan.check_settings import CheckSettings
from inspector.scan.places import NONE, Places
from inspector.scan.set_finding import SetFinding

ROOT = "."


def class_findings(places: Places, settings: CheckSettings) -> Iterator[SetFinding]:
    """All that the checks of classes find; nothing where there are fewer than two."""
    if len(places.classes) < 2:
        return
    for name, find in _CHECKS.items():
        if name in settings.names:
            for where, reason in find(places, settings):
                yield SetFinding(where, name, reason)


def _no_class(places: Places, settings: CheckSettings) -> Iterator[tuple[int | str, str]]:
    labelled = np.zeros(len(places.splits) + 1, np.bool_)  # the last one: no split
    labelled[places.split_of[places.class_of != NONE]] = True
    concerned = labelled[places.split_of]  # a test split often has no classes
    without = np.flatnonzero(concerned & (places.class_of == NONE))
    if len(without) * 2 > concerned.sum():  # then the folders are no classes
        return
    for file in without.tolist():
        yield file, "It lies in no class folder, as most others do: a loader that goes by folders skips it, or stops."


def _class_balance(places: Places, settings: CheckSettings) -> Iterator[tuple[int | str, str]]:
    counts = _training_counts(places)
    if not len(present := np.flatnonzero(counts)):
        return
    most, least = present[counts[present].argmax()], present[counts[present].argmin()]
    if counts[most] > settings.max_imbalance * counts[least]:
        yield (
            ROOT,
            f"The largest class, {places.classes[most]}, has {counts[most]:,} images, "
            f"{counts[most] / counts[least]:,.0f} times as many as the smallest, {places.classes[least]}, "
            f"with {counts[least]:,}: weight or resample them.",
        )


def _rare_class(places: Places, settings: CheckSettings) -> Iterator[tuple[int | str, str]]:
    counts = _training_counts(places)
    for number in np.flatnonzero((counts > 0) & (counts < settings.min_class_images)).tolist():
        images = f"{counts[number]:,} image{'s' if counts[number] > 1 else ''}"
        yield _where(places, number), f"The class {places.classes[number]} has only {images} to learn it from."


def _class_names(places: Places, settings: CheckSettings) -> Iterator[tuple[int | str, str]]:
    alike = defaultdict(list)
    for number, name in enumerate(places.classes):
        alike[_without_form(_without_form(name).casefold())].append(number)
    for first, *others in alike.values():
        for number in others:
            name, like = places.classes[number], places.classes[first]
            equal = _without_form(name) == _without_form(like)
            what = "the Unicode form of its letters" if equal else "upper and lower case"
            yield (
                _where(places, number),
                f"The class {name} differs from {like} only in {what}: "
                "here they are two classes, on other systems one folder.",
            )


def _without_form(name: str) -> str:
    return unicodedata.normalize("NFKC", name)


def _class_sets(places: Places, settings: CheckSettings) -> Iterator[tuple[int | str, str]]:
    counts = np.zeros((len(places.splits), len(places.classes)), np.int64)
    known = (places.split_of != NONE) & (places.class_of != NONE)
    np.add.at(counts, (places.split_of[known], places.class_of[known]), 1)
    labelled = np.flatnonzero(counts.any(axis=1)).tolist()  # a test split often has no classes
    for number in np.flatnonzero((counts[labelled] == 0).any(axis=0)).tolist():
        there = [places.splits[split] for split in labelled if counts[split, number]]
        missing = [places.splits[split] for split in labelled if not counts[split, number]]
        if there:
            yield (
                _where(places, number),
                f"The class {places.classes[number]} has images in {' and '.join(there)}, "
                f"but none in {' and '.join(missing)}.",
            )


def _where(places: Places, number: int) -> int | str:
    """The class's folder, or its first file where there is none."""
    return places.folder_of_class[number] or int(np.argmax(places.class_of == number))


def _training_counts(places: Places) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    """Images of each class to be trained with."""
    classes = places.class_of[places.training & (places.class_of != NONE)]
    return np.bincount(classes, minlength=len(places.classes))


_CHECKS = {
    "no-class": _no_class,
    "class-balance": _class_balance,
    "rare-class": _rare_class,
    "class-names": _class_names,
    "class-sets": _class_sets,
}
