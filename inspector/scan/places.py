"""Which split and which class each file is in, by the names of its folders: a number for each, packed.

split/class/file, class/split/file, images/split/file, class/file, data/set/split/class/file
"""

import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.errors import SettingsError
from inspector.sources.opening import SampleIndex

NONE = -1
_TRAINING = re.compile(r"train(ing)?([-_ ]?\d+)?", re.IGNORECASE)
_SPLIT = re.compile(r"(train(ing)?|val(id|idation)?|dev|test(ing)?|eval(uation)?|holdout)([-_ ]?\d+)?", re.IGNORECASE)
_DEPTH = 4  # folders deep that a split is looked for
_NO_CLASS = re.compile(r"(jpe?g|png)?(images?|imgs?|pictures|photos|data(set)?s?)", re.IGNORECASE)  # by habit

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
            splits: folders that are splits, the training one first, by name or path; (): those called train, val, test
                and the like.

        Raises:
            SettingsError: where no file lies in a folder of one of these names.
        """
        folders, folder_of = index.folders()
        parts = [_parts(folder) for folder in folders]
        wanted = [_parts_of_split(name, index.root) for name in splits]
        found = [_split_in(each, wanted, splits) if splits else _split_called_so(each) for each in parts]
        at = [place for place, _ in found]
        names = _ordered({name for _, name in found if name}, splits)
        if missing := [name for name in splits if name not in names]:
            raise SettingsError(f"no image lies in a folder called {missing[0]}, which is said to be a split")
        if not splits and len(names) < 2 and None in at:  # one class of many that happens to be called so
            names, at, found = [], [None] * len(at), [(None, "")] * len(at)
        trains = bool(splits) or any(map(_TRAINING.fullmatch, names[:1]))
        split_numbers = {name: number for number, name in enumerate(names)}
        split_of_folder = [split_numbers.get(name, NONE) for _, name in found]
        labels = index.class_table() if index.has_labels else None
        if labels is not None:
            class_of = labels.of(np.arange(len(index)))
            return cls(
                names, trains, index.classes, _numbers(split_of_folder)[folder_of], class_of, [""] * len(index.classes)
            )
        inside = any(_is_class_inside(each, place) for each, place in zip(parts, at, strict=True))
        ends = [_end_of_class(each, place, inside) for each, place in zip(parts, at, strict=True)]
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


def _parts_of_split(name: str, root: str) -> list[str]:
    """The folders of a split that is named by a user: "fold1", "data/train/", or a path that leads into the root."""
    path = os.path.abspath(name)
    if os.sep in name and path.startswith(os.path.join(os.path.abspath(root), "")):
        name = os.path.relpath(path, root)
    return [part for part in name.split(os.sep) if part not in ("", os.curdir)]


def _split_in(parts: Sequence[str], wanted: Sequence[Sequence[str]], splits: Sequence[str]) -> tuple[int | None, str]:
    """Where the outermost of the named splits ends in a path, and which it is."""
    for place in range(len(parts)):
        for names, split in zip(wanted, splits, strict=True):
            if names and parts[place : place + len(names)] == names:
                return place + len(names) - 1, split
    return None, ""


def _split_called_so(parts: Sequence[str]) -> tuple[int | None, str]:
    return next(((place, name) for place, name in enumerate(parts[:_DEPTH]) if _SPLIT.fullmatch(name)), (None, ""))


def _ordered(names: set[str], splits: Sequence[str]) -> list[str]:
    if splits:
        return [name for name in splits if name in names]
    return sorted(names, key=lambda name: (not _TRAINING.fullmatch(name), name))


def _is_class_inside(parts: Sequence[str], split: int | None) -> bool:
    return split is not None and len(parts) > split + 1 and not _NO_CLASS.fullmatch(parts[split + 1])


def _end_of_class(parts: Sequence[str], split: int | None, inside: bool) -> int:
    """How many of the folders lead to the class and name it last; 0: there is none.

    Args:
        inside: of some splits the classes are folders inside; then no folder around a split is a class.
    """
    if split is None:
        return min(1, len(parts))
    if inside:
        return split + 2 if _is_class_inside(parts, split) else 0
    return 0 if not split or _NO_CLASS.fullmatch(parts[split - 1]) else split
