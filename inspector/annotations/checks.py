"""What is wrong with the shapes of images: found in all of them at once, and said once an image and check.

A coordinate may lie half a pixel outside the image, since readers and writers round. What each format's usual reader
does with a fault is in `advice`.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector.annotations import advice
from inspector.annotations.geometry import Bools, Floats, Numbers, ShapeMeasures, crossing, figures, repeated
from inspector.annotations.index import AnnotationIndex, Shapes
from inspector.annotations.masks import mask_faults
from inspector.annotations.reading import shown
from inspector.annotations.records import FAULT_NAMES, AnnotationFault, ImageAnnotations, ShapeFlag, ShapeKind

TOLERANCE = 0.5  # pixels
_EMPTY = 0.01  # pixels
_UNKNOWN_SIDE = 1000
_CHUNK_POINTS = 1 << 20
_CODES = {name: code for code, name in enumerate(FAULT_NAMES)}


@dataclass(frozen=True, slots=True)
class ImageSizes:
    """Of all images, as they are.

    Attributes:
        upright: (images, 2) int32, width and height as delivered; 0: unknown.
        turned: (images,) bool: it is stored with width and height exchanged, and EXIF turns it.
    """

    upright: npt.NDArray[np.int32]
    turned: Bools

    @classmethod
    def unknown(cls, images: int) -> "ImageSizes":
        """Of images that nobody has looked at."""
        return cls(np.zeros((images, 2), np.int32), np.zeros(images, np.bool_))


def frames(sizes: npt.NDArray[np.int32], real: ImageSizes, normalized: bool) -> npt.NDArray[np.int32]:
    """(images, 2) the size that coordinates of each image refer to; 0: unknown.

    The one that the annotations give, unless it is that of the image with width and height exchanged by mistake.
    """
    if normalized:
        return real.upright
    given = (sizes > 0).all(axis=1)
    exchanged = (sizes == real.upright[:, ::-1]).all(axis=1) & ~real.turned
    return np.where((given & ~exchanged)[:, None], sizes, real.upright)


def faulty_shapes(
    images: Sequence[ImageAnnotations], sizes: Sequence[tuple[int, int]], ordered: bool = False
) -> list[Bools]:
    """Of each image (shapes,): whether a check finds something in the shape. All images at once, as that is quick.

    Args:
        sizes: width and height of the images that the coordinates refer to.
        ordered: corners have to go clockwise, as ICDAR's.
    """
    counts = np.array([len(each) for each in images], np.int64)
    starts = np.concatenate([[0], np.cumsum(counts)])
    if not starts[-1]:
        return [np.zeros(0, np.bool_) for _ in images]
    points = np.concatenate([np.diff(each.offsets) for each in images])
    shapes = Shapes(
        starts,
        np.array([(each.width, each.height) for each in images], np.int32),
        np.concatenate([each.points for each in images]),
        np.concatenate([[0], np.cumsum(points)]),
        np.concatenate([each.kinds for each in images]),
        np.concatenate([each.classes for each in images]),
        np.concatenate([each.scores for each in images]),
        np.concatenate([each.flags for each in images]),
        np.concatenate([each.ids for each in images]),
    )
    normalized = any(each.normalized for each in images)
    found = _has(shapes.flags, ShapeFlag.FAULTY)
    found[_look(shapes, 0, len(images), np.array(sizes, np.int32), normalized, ordered)[0]] = True
    return np.split(found, starts[1:-1])


def shape_faults(
    annotations: AnnotationIndex, real: ImageSizes, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[tuple[int, int, str, int]]:
    """Each fault of a shape: the image, its number among all, the check, and the shape that it repeats or -1."""
    shapes = annotations.shapes
    frame = frames(shapes.sizes, real, annotations.normalized)
    images = len(annotations)
    first = 0
    while first < images and not cancelled():
        enough = shapes.offsets[shapes.starts[first]] + _CHUNK_POINTS
        last = max(first + 1, int(np.searchsorted(shapes.offsets[shapes.starts], enough)))
        last = min(last, images)
        numbers, codes, others = _look(
            shapes, first, last, frame[first:last], annotations.normalized, annotations.format_name == advice.ORDERED
        )
        image_of = np.searchsorted(shapes.starts, numbers, side="right") - 1
        for each in zip(image_of.tolist(), numbers.tolist(), codes.tolist(), others.tolist(), strict=True):
            yield each[0], each[1], FAULT_NAMES[each[2]], each[3]
        first = last


def _look(
    shapes: Shapes, first: int, last: int, frame: npt.NDArray[np.int32], normalized: bool, ordered: bool
) -> tuple[Numbers, Numbers, Numbers]:
    """Of the images from `first` to `last`: numbers of shapes with a fault, codes of checks, and shapes repeated."""
    begin, end = int(shapes.starts[first]), int(shapes.starts[last])
    if begin == end:
        return (np.empty(0, np.int64),) * 3
    offsets = shapes.offsets[begin : end + 1]
    points = shapes.points[offsets[0] : offsets[-1]].astype(np.float64)
    offsets = offsets - offsets[0]
    kinds = shapes.kinds[begin:end]
    image_of = np.repeat(np.arange(last - first), np.diff(shapes.starts[first : last + 1]))
    known: Bools = np.logical_and.reduce(frame > 0, axis=1)
    frame_of = np.where(known[:, None], frame, _UNKNOWN_SIDE).astype(np.float64)[image_of]
    if normalized:
        points *= np.repeat(frame_of, np.diff(offsets), axis=0)
    look = _ShapesLookedAt(
        points, offsets, kinds, figures(points, offsets, kinds), frame_of, known[image_of], normalized
    )
    numbers: list[Numbers] = []
    codes: list[Numbers] = []
    for name, which in look.exclusive(ordered):
        numbers.append(np.flatnonzero(which))
        codes.append(np.full(len(numbers[-1]), _CODES[name]))
    others = [np.full(sum(map(len, numbers)), -1)]
    is_main = ~_has(shapes.flags[begin:end], ShapeFlag.PART)
    owners, mains = np.cumsum(is_main) - 1, np.flatnonzero(is_main)
    keys = np.stack([image_of[mains], shapes.classes[begin:end][mains], kinds[mains]], axis=1).astype(np.int64)
    again, of = repeated(points, offsets, np.maximum(owners, 0), keys)
    numbers.append(mains[again])
    codes.append(np.full(len(again), _CODES["duplicate-shape"]))
    others.append(mains[of] + begin)
    return np.concatenate(numbers) + begin, np.concatenate(codes), np.concatenate(others)


def _has(flags: npt.NDArray[np.uint8], flag: ShapeFlag) -> Bools:
    found: Bools = np.bitwise_and(flags, np.uint8(flag)).astype(np.bool_)
    return found


@dataclass(frozen=True, slots=True)
class _ShapesLookedAt:
    points: Floats
    offsets: Numbers
    kinds: npt.NDArray[np.uint8]
    figures: ShapeMeasures
    frame: Floats
    known: Bools
    normalized: bool

    def exclusive(self, ordered: bool) -> Iterator[tuple[str, Bools]]:
        """Checks of which a shape has at most one, in the order in which they count."""
        left = np.ones(len(self.kinds), np.bool_)
        for name, which in self._checks(ordered):
            found = which & left
            left &= ~found
            yield name, found

    def _checks(self, ordered: bool) -> Iterator[tuple[str, Bools]]:
        low, high, extent = self.figures.low, self.figures.high, self.figures.extent
        keypoints = self.kinds == ShapeKind.KEYPOINTS
        with np.errstate(invalid="ignore"):
            yield "not-a-number", ~keypoints & ~(np.isfinite(low) & np.isfinite(high)).all(axis=1)
            yield "wrong-units", self._of_other_units()
            counts = np.diff(self.offsets)
            closed = np.isin(self.kinds, (ShapeKind.POLYGON, ShapeKind.QUAD))
            yield "too-few-points", (closed & (counts < 3)) | ((self.kinds == ShapeKind.LINE) & (counts < 2))
            crossed = np.zeros(len(self.kinds), np.bool_)
            candidates = np.flatnonzero(closed & (counts >= 4))
            crossed[candidates] = crossing(self.points, self.offsets, candidates)
            yield "self-crossing", crossed
            boxes = np.isin(self.kinds, (ShapeKind.BOX, ShapeKind.CIRCLE))
            flat = closed & (np.abs(self.figures.area) < _EMPTY)
            yield "box-empty", (boxes & (extent <= _EMPTY).any(axis=1)) | flat
            low, high = np.minimum(low, high), np.maximum(low, high)
            beyond = self.known & ((high <= _EMPTY) | (low >= self.frame - _EMPTY)).any(axis=1)
            yield "box-outside", beyond
            over = self.known & ((low < -TOLERANCE - 1e-3) | (high > self.frame + TOLERANCE + 1e-3)).any(axis=1)
            yield "box-partly-outside", over
            if ordered:
                yield "wrong-direction", (self.kinds == ShapeKind.QUAD) & (self.figures.area < 0)

    def _of_other_units(self) -> Bools:
        """Pixels where there should be shares, or shares where there should be pixels."""
        sized = ~np.isin(self.kinds, (ShapeKind.KEYPOINTS, ShapeKind.POINT))
        low, high = self.figures.low, self.figures.high
        if self.normalized:
            return sized & ((high - low > 2 * self.frame).all(axis=1) | (high > 20 * self.frame).all(axis=1))
        small = (np.abs(low) <= 1.01).all(axis=1) & (np.abs(high) <= 1.01).all(axis=1)
        return sized & small & (self.frame > 4).all(axis=1) & (high > low).any(axis=1)


def annotation_faults(
    annotations: AnnotationIndex, real: ImageSizes, cancelled: Callable[[], bool] = lambda: False
) -> Iterator[AnnotationFault]:
    """All faults, those from reading first; of each image one for each check, which names the first few shapes."""
    shapes = annotations.shapes
    faulty = np.zeros(len(annotations), np.bool_)
    for fault in _once_an_image(annotations.faults):
        if fault.image is not None:
            faulty[fault.image] = True
        yield fault
    yield from _sizes_of(annotations, real)
    if annotations.masks:
        yield from mask_faults(
            annotations.masks,
            lambda path: shown(path, annotations.names.root),
            lambda image: (int(real.upright[image, 0]), int(real.upright[image, 1])),
            annotations.class_names,
            cancelled,
        )
    found: dict[tuple[int, str], list[tuple[int, int]]] = {}
    image = -1
    for number, shape, check, other in _by_image(shape_faults(annotations, real, cancelled)):
        if number != image:
            yield from _said(annotations, real, found)
            found, image = {}, number
            faulty[number] = True
        found.setdefault((number, check), []).append((shape, other))
        shapes.flags[shape] |= ShapeFlag.FAULTY
    yield from _said(annotations, real, found)
    yield from _without(annotations, faulty)


def _once_an_image(faults: Sequence[AnnotationFault]) -> Iterator[AnnotationFault]:
    first: dict[tuple[int | None, str, str], AnnotationFault] = {}
    count: dict[tuple[int | None, str, str], int] = {}
    for fault in faults:
        key = fault.image, fault.path if fault.image is None else "", fault.check
        first.setdefault(key, fault)
        count[key] = count.get(key, 0) + 1
    for key, fault in first.items():
        more = count[key] - 1
        yield (
            fault
            if not more
            else AnnotationFault(
                fault.image, fault.path, fault.check, f"{fault.reason} And {more:,} more of this kind.", fault.shape
            )
        )


def _by_image(faults: Iterator[tuple[int, int, str, int]]) -> Iterator[tuple[int, int, str, int]]:
    """They come in chunks of images, and in each check by check."""
    yield from sorted(faults, key=lambda each: each[0])


def _said(
    annotations: AnnotationIndex, real: ImageSizes, found: dict[tuple[int, str], list[tuple[int, int]]]
) -> Iterator[AnnotationFault]:
    for (image, check), those in found.items():
        shape, other = those[0]
        size = frames(annotations.shapes.sizes[image : image + 1], _of_one(real, image), annotations.normalized)[0]
        reason = advice.reason(annotations, image, check, shape, other, (int(size[0]), int(size[1])))
        first = int(annotations.shapes.ids[shape])
        ids = [each for number, _ in those[1:] if (each := int(annotations.shapes.ids[number])) != first or each < 0]
        ids = [*dict.fromkeys(ids)] if all(each >= 0 for each in ids) else ids  # parts of one have its id
        if ids:
            reason += f" And {len(ids):,} more in this image: {advice.listing(annotations.format_name, ids)}."
        yield AnnotationFault(image, "", check, reason, shape - int(annotations.shapes.starts[image]))


def _of_one(real: ImageSizes, image: int) -> ImageSizes:
    return ImageSizes(real.upright[image : image + 1], real.turned[image : image + 1])


def _sizes_of(annotations: AnnotationIndex, real: ImageSizes) -> Iterator[AnnotationFault]:
    given, upright = annotations.shapes.sizes, real.upright
    known = (given > 0).all(axis=1) & (upright > 0).all(axis=1)
    for image in np.flatnonzero(known & (given != upright).any(axis=1)).tolist():
        width, height = given[image].tolist()
        real_width, real_height = upright[image].tolist()
        where = f"{annotations.source_of(image)} gives its size as {width:,} x {height:,} pixels"
        if (width, height) == (real_height, real_width) and real.turned[image]:
            reason = (
                f"Annotated as stored: {where}, but EXIF turns it to {real_width:,} x {real_height:,}: a reader that "
                "turns it, as OpenCV does, finds the shapes elsewhere. Store the image upright."
            )
        else:
            turned = "with width and height exchanged" if (width, height) == (real_height, real_width) else "resized"
            reason = f"{where}, but it has {real_width:,} x {real_height:,}: {turned}? Correct the size, or the shapes."
        yield AnnotationFault(image, "", "turned-size", reason)


def _without(annotations: AnnotationIndex, faulty: Bools) -> Iterator[AnnotationFault]:
    """Images without an annotation, in folders where others have some."""
    shapes = annotations.shapes
    some = (np.diff(shapes.starts) > 0) | faulty
    for image in annotations.masks:
        some[image] = True
    if not some.any():
        return
    folders: dict[str, list[int]] = {}
    for image in np.flatnonzero(~some).tolist():
        folders.setdefault(annotations.names.member(image).rpartition("/")[0], []).append(image)
    used = {annotations.names.member(image).rpartition("/")[0] for image in np.flatnonzero(some).tolist()}
    for folder, images in folders.items():
        if folder in used:  # else it is a split without any, or one of masks
            yield from (
                AnnotationFault(image, "", "no-annotation", advice.without(annotations, image)) for image in images
            )
