"""One annotation as COCO writes it: a box, polygons or run lengths, keypoints; of a JSON file, a shard or a table."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from inspector.annotations.reading import NAN, Reading, flat_box, quoted
from inspector.annotations.records import ShapeFlag, ShapeKind
from inspector.annotations.run_length import fault_of_runs

CocoId = int | str | float | None


UNUSABLE = (msgspec.ValidationError, RecursionError, OverflowError, UnicodeEncodeError)  # what a conversion raises


def is_number(value: object) -> bool:
    """One that fits in 64 bits; true and false are none."""
    return type(value) is float or (type(value) is int and abs(value) < 1 << 63)


class CocoShape(msgspec.Struct):
    """The fields that are read."""

    id: CocoId = None
    image_id: CocoId = None
    category_id: CocoId = None
    bbox: list[float | None] | None = None
    segmentation: list[list[float | None]] | dict[str, Any] | None = None
    keypoints: list[float | None] | None = None
    num_keypoints: int | None = None
    iscrowd: int | bool | None = None
    score: float | None = None


class ShapeAdder:
    """Packs annotations, and says what cannot be used of one. `shown`: the file that they are in, for a person."""

    def __init__(self, reading: Reading, shown: str, path: str = "") -> None:
        self._packer, self._shown, self._path = reading.packer, shown, path

    def add(
        self,
        shape: CocoShape,
        image: int,
        class_number: int,
        which: str,
        *,
        ident: int = -1,
        keypoints: int = 0,
        size: tuple[int, int] = (0, 0),
    ) -> None:
        """Pack one with all its parts.

        Args:
            which: how a person finds it: "annotation 12".
            ident: the same as a number.
            keypoints: how many an object of its class has; 0: unknown.
            size: width and height of its image; 0: unknown.
        """
        if len(values := shape.bbox or ()) not in (0, 4):
            reason = f"{which}: bbox has {len(values)} numbers in place of 4 (x, y, width, height)"
            self.bad(image, f"{reason}: readers stop there, or drop it")
            values = ()
            if not shape.segmentation:
                return
        flags = ShapeFlag.CROWD if shape.iscrowd else 0
        score = NAN if shape.score is None else shape.score
        parts = [*self._polygons(shape, image, which, size)]
        if isinstance(shape.segmentation, dict):
            flags |= ShapeFlag.MASKED
        if values:
            x, y, width, height = [NAN if value is None else value for value in values]
            corners = flat_box(x, y, width, height)
            self._packer.add(image, ShapeKind.BOX, corners, class_number, score=score, flags=flags, ident=ident)
            flags |= ShapeFlag.PART
        for part in parts:
            self._packer.add(image, ShapeKind.POLYGON, part, class_number, score=score, flags=flags, ident=ident)
            flags |= ShapeFlag.PART
        if shape.keypoints:
            points = self._points(shape.keypoints, image, keypoints, which)
            labelled = sum(1 for seen in shape.keypoints[2::3] if seen)
            if points and shape.num_keypoints not in (None, labelled):
                what = f"num_keypoints is {shape.num_keypoints}, and {labelled} are labelled"
                self.bad(image, f"{which}: {what}: COCO's evaluation goes by the number. Correct it")
            if points:
                self._packer.add(image, ShapeKind.KEYPOINTS, points, class_number, flags=flags, ident=ident)
        elif not values and not parts and not isinstance(shape.segmentation, dict) and shape.bbox is None:
            self.bad(image, f"{which} has neither a bbox nor a segmentation: remove it, or write them")

    def usable(self, values: Mapping[str, Any]) -> tuple[CocoShape | None, str]:
        """What can be used of an annotation that is not as it should be, and what is wrong; None: there is no use."""
        found: dict[str, Any] = {}
        wrong = ""
        for name in CocoShape.__struct_fields__:
            value = values.get(name)
            if name == "segmentation" and isinstance(value, list) and value and not isinstance(value[0], list):
                value = [value]
            try:
                msgspec.convert({name: value}, CocoShape)
                found[name] = value
            except UNUSABLE:
                wrong = wrong or f"{name} is {quoted(json.dumps(value, default=str))}"
                if name in ("bbox", "keypoints") and isinstance(value, list):
                    found[name] = [each if is_number(each) else None for each in value]
        shape = msgspec.convert(found, CocoShape)
        return (None if "bbox is" in wrong else shape), f"{wrong}, which is not what belongs there" if wrong else ""

    def bad(self, image: int | None, reason: str) -> None:
        """Say what cannot be read."""
        self.fault(image, "bad-line", reason)

    def fault(self, image: int | None, check: str, reason: str) -> None:
        """Say what is wrong."""
        self._packer.fault(image, check, f"{self._shown}, {reason}.", self._path)

    def _points(self, given: list[float | None], image: int, expected: int, which: str) -> list[float]:
        """x and y of each keypoint, NaN where it is not labelled."""
        if len(given) % 3 or (expected and len(given) != 3 * expected):
            wanted = f"{3 * expected:,}" if expected else "a multiple of 3"
            self.bad(image, f"{which}: keypoints are {len(given):,} numbers in place of {wanted}")
            return []
        points: list[float] = []
        for x, y, seen in zip(given[::3], given[1::3], given[2::3], strict=True):
            if seen and (x is None or y is None or x != x or y != y):
                self.fault(image, "not-a-number", f"{which}: a keypoint is not a number")
            points += (x, y) if seen and x is not None and y is not None else (NAN, NAN)
        return points

    def _polygons(self, shape: CocoShape, image: int, which: str, size: tuple[int, int]) -> Iterator[list[float]]:
        found = shape.segmentation
        if isinstance(found, dict):
            check, reason = fault_of_runs(found, size)
            if check:
                self.fault(image, check, f"{which}: {reason}")
            return
        for part in found or ():
            if len(part) % 2:
                self.bad(image, f"{which}: a polygon has {len(part):,} numbers, which are no pairs of x and y")
            elif part:
                yield [NAN if value is None else value for value in part]
