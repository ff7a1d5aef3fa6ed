"""What only the whole set shows, once each of its files has been looked at: one function each, as in `checks`.

Packed columns go in, one for each measure, and a row comes out for each thing that is found.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.errors import IndexingCancelled
from inspector.scan.alike import Alike
from inspector.scan.check_settings import ALIKE, CONFLICT, LEAK, NEAR_DUPLICATE, CheckSettings
from inspector.scan.class_checks import class_findings
from inspector.scan.digests import DigestTable
from inspector.scan.measure_table import MeasureTable
from inspector.scan.near_pairs import Compare, compare_here
from inspector.scan.outliers import outlier_findings
from inspector.scan.places import Places
from inspector.scan.set_finding import SetFinding
from inspector.sources.opening import SampleIndex


@dataclass(frozen=True, slots=True)
class WholeSet:
    """What is known of all files. `digests` and `measures`: None where no check needs them. `compare`: see `Alike`."""

    index: SampleIndex
    settings: CheckSettings
    digests: DigestTable | None
    measures: MeasureTable | None
    cancelled: Callable[[], bool]
    compare: Compare = compare_here

    def alike(self) -> Alike:
        """Which look alike.

        Raises:
            IndexingCancelled: where `cancelled` said so.
        """
        assert self.digests is not None
        hashes = self.measures.column("hash") if self.measures is not None else None
        limit, mirrored = self.settings.max_distance, self.settings.mirrored
        found = Alike(self.digests.halves, hashes, limit, self.cancelled, mirrored, self.compare)
        if self.cancelled():
            raise IndexingCancelled
        return found


def set_findings(whole: WholeSet) -> Iterator[SetFinding]:
    """All that the checks asked for find, check by check.

    Raises:
        IndexingCancelled: before anything was found.
    """
    names = whole.settings.names
    places = Places.of(whole.index, whole.settings.splits)
    if any(name in names for name in ALIKE):
        alike = whole.alike()
        if NEAR_DUPLICATE in names:
            yield from _near_duplicates(whole, alike)
        if LEAK in names and len(places.splits) > 1:
            yield from _leaks(whole, alike, places)
        if CONFLICT in names and len(places.classes) > 1:
            yield from _conflicts(whole, alike, places)
    if whole.measures is not None:
        yield from outlier_findings(whole.measures, whole.settings)
    yield from class_findings(places, whole.settings)


def _near_duplicates(whole: WholeSet, alike: Alike) -> Iterator[SetFinding]:
    for file in alike.near_duplicates().tolist():
        other, bits = alike.likest(file, _all_but_copies(alike, file))
        like = "the mirror image of" if alike.is_mirrored(file, other) else "the same as"
        reason = f"It looks nearly {like} {whole.index.relative(other)}: {_differ(bits)}."
        yield SetFinding(file, NEAR_DUPLICATE, reason, other, int(alike.group[file]))


def _all_but_copies(alike: Alike, file: int) -> Callable[[npt.NDArray[np.int64]], npt.NDArray[np.bool_]]:
    return lambda members: ~alike.are_copies(members, file)


def _leaks(whole: WholeSet, alike: Alike, places: Places) -> Iterator[SetFinding]:
    """Each image that is not in training and also in another split."""
    splits = places.split_of
    for file in alike.mixed(splits).tolist():
        if places.trains and splits[file] == 0:
            continue
        other, bits = alike.likest(file, _of_another(splits, file))
        what = _in_words(alike, file, other, bits)
        here, there = places.splits[splits[file]], places.splits[splits[other]]
        reason = (
            f"It is in {here}, and {what} in {there}, as {whole.index.relative(other)}: what {here} measures is wrong."
        )
        yield SetFinding(file, LEAK, reason, other, int(alike.group[file]))


def _conflicts(whole: WholeSet, alike: Alike, places: Places) -> Iterator[SetFinding]:
    classes = places.class_of
    for file in alike.mixed(classes).tolist():
        other, bits = alike.likest(file, _of_another(classes, file))
        what = _in_words(alike, file, other, bits)
        here, there = places.classes[classes[file]], places.classes[classes[other]]
        reason = f"It is of the class {here}, and {what} of the class {there}, as {whole.index.relative(other)}."
        yield SetFinding(file, CONFLICT, reason, other, int(alike.group[file]))


def _of_another(values: npt.NDArray[np.int32], file: int) -> Callable[[npt.NDArray[np.int64]], npt.NDArray[np.bool_]]:
    return lambda members: (values[members] != values[file]) & (values[members] >= 0)


def _in_words(alike: Alike, file: int, other: int, bits: int) -> str:
    if alike.are_copies(np.array([other]), file).any():
        return "exactly the same file is"
    what = "its mirror image" if alike.is_mirrored(file, other) else "the same image"
    return f"nearly {what} ({_differ(bits)}) is"


def _differ(bits: int) -> str:
    return f"{bits} of the 64 bits of their hashes differ" if bits else "their hashes are equal"
