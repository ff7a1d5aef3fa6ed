"""Which split and which class each file is in, by the names of its folders: a number for each, packed.

split/class/file, class/split/file, images/split/file, class/file
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.errors import SourceError
from inspector.sources.opening import SampleIndex

NONE = -1
_TRAINING = re.compile(r"train(ing)?([-_ ]?\d+)?", re.IGNORECASE)
_SPLIT = re.compile(r"(train(ing)?|val(id|idation)?|dev|test(ing)?|eval(uation)?|holdout)([-_ ]?\d+)?", re.IGNORECASE)
_DEPTH = 2  # folders deep that a split is looked for

Numbers = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Places:
    """Where the files of an index are.

    Attributes:
        splits: names; that of training first. trains: there is one.
        classes: names, sorted.
        split_of, class_of: (files,) position of each file's in these; NONE where it has none.
        folder_of_class: of each class: a folder that holds it, relative to the root; "" where classes are listed.
    """

    splits: Sequence[str]
    trains: bool
    classes: Sequence[str]
    split_of: Numbers
    class_of: Numbers
    folder_of_class: Sequence[str]

    @classmethod
    def of(cls, index: SampleIndex, splits: Sequence[str] = ()) -> "Places":
        """Of all files.

        Args:
            splits: folders that are splits, the training one first; (): those called train, val, test and the like.

        Raises:
            SourceError: where no file lies in a folder of one of these names.
        """
        folders, folder_of = index.folders()
        parts = [_parts(folder) for folder in folders]
        at = [_place_of_split(each, splits) for each in parts]
        names = _ordered({each[place] for each, place in zip(parts, at, strict=True) if place is not None}, splits)
        if missing := [name for name in splits if name not in names]:
            raise SourceError(f"no image lies in a folder called {missing[0]}, which is said to be a split")
        if not splits and len(names) < 2 and None in at:  # one class of many that happens to be called so
            names, at = [], [None] * len(at)
        trains = bool(splits) or any(map(_TRAINING.fullmatch, names[:1]))
        split_numbers = {name: number for number, name in enumerate(names)}
        split_of_folder = [NONE if p is None else split_numbers[each[p]] for each, p in zip(parts, at, strict=True)]
        labels = index.class_table() if index.has_labels else None
        if labels is not None:
            class_of = labels.of(np.arange(len(index)))
            return cls(
                names, trains, index.classes, _numbers(split_of_folder)[folder_of], class_of, [""] * len(index.classes)
            )
        ends = [_end_of_class(each, place) for each, place in zip(parts, at, strict=True)]
        classes = sorted({each[end - 1] for each, end in zip(parts, ends, strict=True) if end})
        class_numbers = {name: number for number, name in enumerate(classes)}
        class_of_folder = [class_numbers[each[end - 1]] if end else NONE for each, end in zip(parts, ends, strict=True)]
        holders = [""] * len(classes)
        for each, end, number in zip(reversed(parts), reversed(ends), reversed(class_of_folder), strict=True):
            if number != NONE:
                holders[number] = os.sep.join(each[:end])
        split_of, class_of = _numbers(split_of_folder)[folder_of], _numbers(class_of_folder)[folder_of]
        return cls(names, trains, classes, split_of, class_of, holders)

    @property
    def training(self) -> npt.NDArray[np.bool_]:
        """(files,) which are to be trained with: those of the training split, or all where there is none."""
        if self.trains:
            return np.asarray(self.split_of == 0)
        return np.ones(len(self.split_of), np.bool_)


def _numbers(values: Iterable[int]) -> Numbers:
    return np.array(list(values), np.int32)


def _parts(folder: str) -> list[str]:
    """The names of the folders that lead to it; none where it is outside of the root."""
    parts = folder.split(os.sep)[:-1]
    return [] if parts and parts[0] in ("", os.curdir, os.pardir) else parts


def _place_of_split(parts: Sequence[str], splits: Sequence[str]) -> int | None:
    if splits:
        return next((place for place, name in enumerate(parts) if name in splits), None)
    return next((place for place, name in enumerate(parts[:_DEPTH]) if _SPLIT.fullmatch(name)), None)


def _ordered(names: set[str], splits: Sequence[str]) -> list[str]:
    if splits:
        return [name for name in splits if name in names]
    return sorted(names, key=lambda name: (not _TRAINING.fullmatch(name), name))


def _end_of_class(parts: Sequence[str], split: int | None) -> int:
    """How many of the folders lead to the class and name it last; 0: there is none."""
    if split is None:
        return min(1, len(parts))
    return split + 2 if len(parts) > split + 1 else split
