"""The annotations of a set while it is scanned: what sizes its images have, and in the end what is wrong with them."""

import os
from collections.abc import Callable, Iterator

import numpy as np

from inspector.annotations.checks import ImageSizes, annotation_faults
from inspector.annotations.index import AnnotationIndex
from inspector.annotations.opening import open_annotations
from inspector.annotations.records import FAULT_NAMES
from inspector.scan.set_finding import SetFinding
from inspector.sources.opening import SampleIndex

_TURNED = 1 << 31


class SizeTable:
    """Sizes of up to `files` images, 8 bytes each; (0, 0) of those that are bad, or have not been looked at."""

    def __init__(self, files: int) -> None:
        self._sides = np.zeros((files, 2), np.uint32)

    def put(self, first: int, packed: bytes) -> None:
        """Those of the files from `first` on, end to end: of each the width, with a bit for turned, and the height.

        Turned: EXIF exchanges width and height, which are given as delivered.
        """
        found = np.frombuffer(packed, np.uint32).reshape(-1, 2)
        self._sides[first : first + len(found)] = found

    def sizes(self) -> ImageSizes:
        """Of all."""
        return ImageSizes((self._sides & np.uint32(_TURNED - 1)).astype(np.int32), self._sides[:, 0] >= _TURNED)

    def packed(self, files: int) -> bytes:
        """Those of the first `files` files, end to end."""
        return self._sides[:files].tobytes()

    def unpack(self, packed: bytes) -> None:
        """Take over what `packed` gave. Raises ValueError where it is something else."""
        found = np.frombuffer(packed, np.uint32).reshape(-1, 2)
        if len(found) > len(self._sides):
            raise ValueError("these are not the sizes of these files")
        self._sides[: len(found)] = found


class AnnotationChecks:
    """What a scan knows of the annotations; `found` is None where there are none, or no check wants them."""

    def __init__(self, index: SampleIndex, names: tuple[str, ...], choice: str, cancelled: Callable[[], bool]) -> None:
        """
        Raises:
            SettingsError: where `choice` is not there, or nothing that is known.
            IndexingCancelled: where `cancelled` said so.
        """
        self._root, self._names, self._cancelled = index.root, frozenset(names) & {*FAULT_NAMES}, cancelled
        self.found: AnnotationIndex | None = None
        if self._names or choice:
            self.found = open_annotations(index, choice, cancelled=cancelled)

    def findings(self, sizes: SizeTable) -> Iterator[SetFinding]:
        """What the checks asked for find."""
        if self.found is None or self._cancelled():
            return
        for fault in annotation_faults(self.found, sizes.sizes(), self._cancelled):
            if fault.check in self._names:
                yield SetFinding(
                    self._inside(fault.path) if fault.image is None else fault.image, fault.check, fault.reason
                )

    def _inside(self, path: str) -> str:
        """From the root on, where it is inside; `os.path.join` makes the path of it again."""
        root = os.path.join(self._root, "") if self._root else ""
        return path.removeprefix(root) if root and path.startswith(root) else os.path.abspath(path)
