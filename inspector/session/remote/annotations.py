"""The labels of what a session on another machine has open; what comes is checked before anybody draws it."""

from concurrent.futures import Future

import numpy as np

from inspector.annotations.picture_labels import MASK_PX, BatchLabels, PictureLabels
from inspector.annotations.records import ImageAnnotations, ShapeKind
from inspector.annotations.statistics import (
    ASPECT_EDGES,
    GRID,
    PER_IMAGE_EDGES,
    SIZE_EDGES,
    LabelChart,
    LabelStatistics,
)
from inspector.monitor.records import BatchKey
from inspector.session.annotation_control import MOST_LISTED, LabelledSamples, LabelsState
from inspector.session.exchange import ChartRequest, ClassRequest, ImageRequest
from inspector.session.remote.calls import Polled, RemoteCalls, with_default
from inspector.wire.errors import WireError

_MOST_PICTURES = 65_536
_MOST_CLASSES = 1 << 20
_MOST_MEMBERS = 1 << 23  # bytes, a bit for each sample


class RemoteAnnotations:
    """An `AnnotationControl` over a line."""

    def __init__(self, calls: RemoteCalls) -> None:
        self._calls = calls
        self._state = Polled(lambda: calls.ask("labels.state", None, LabelsState), LabelsState(), every_s=0.5)

    def state(self) -> LabelsState:
        return self._state.get()

    def of_batch(self, batch: BatchKey) -> "Future[BatchLabels | None]":
        asked = self._calls.ask("labels.of_batch", ImageRequest(batch), BatchLabels | None, check_batch)
        return with_default(asked, lambda _why: None)

    def of_image(self, batch: BatchKey, position: int) -> "Future[PictureLabels | None]":
        request = ImageRequest(batch, position)
        asked = self._calls.ask("labels.of_image", request, PictureLabels | None, check_picture)
        return with_default(asked, lambda _why: None)

    def statistics(self) -> "Future[LabelStatistics | None]":
        asked = self._calls.ask("labels.statistics", None, LabelStatistics | None, check_figures)
        return with_default(asked, lambda _why: None)

    def samples(self, class_number: int) -> "Future[LabelledSamples]":
        asked = self._calls.ask("labels.samples", ClassRequest(class_number), LabelledSamples, check_samples)
        return with_default(asked, lambda _why: LabelledSamples())

    def samples_in(self, chart: LabelChart, part: int) -> "Future[LabelledSamples]":
        asked = self._calls.ask("labels.samples_in", ChartRequest(chart, part), LabelledSamples, check_samples)
        return with_default(asked, lambda _why: LabelledSamples())


def check_batch(batch: BatchLabels | None) -> BatchLabels | None:
    """
    Raises:
        WireError: for labels that cannot be drawn.
    """
    if batch is not None:
        _refuse_unless(len(batch.pictures) <= _MOST_PICTURES and len(batch.class_names) <= _MOST_CLASSES)
        for picture in batch.pictures:
            check_picture(picture)
    return batch


def check_picture(picture: PictureLabels | None) -> PictureLabels | None:
    """
    Raises:
        WireError: for labels that cannot be drawn.
    """
    if picture is not None:
        _check_shapes(picture.shapes)
        mask = picture.mask
        fits = mask is None or (mask.dtype == np.int16 and mask.ndim == 2 and min(mask.shape) > 0)
        _refuse_unless(fits and (mask is None or max(mask.shape) <= MASK_PX))
    return picture


def _check_shapes(shapes: ImageAnnotations) -> None:
    count = len(shapes.kinds)
    for column, kind in (
        (shapes.kinds, np.uint8),
        (shapes.classes, np.int32),
        (shapes.scores, np.float32),
        (shapes.flags, np.uint8),
        (shapes.ids, np.int64),
    ):
        _refuse_unless(column.shape == (count,) and column.dtype == kind)
    offsets, points = shapes.offsets, shapes.points
    _refuse_unless(offsets.shape == (count + 1,) and offsets.dtype == np.int64)
    _refuse_unless(points.ndim == 2 and points.shape[1] == 2 and points.dtype == np.float32)
    _refuse_unless(int(offsets[0]) == 0 and int(offsets[-1]) == len(points) and bool((np.diff(offsets) >= 0).all()))
    _refuse_unless(not count or int(shapes.kinds.max()) <= max(ShapeKind))


def check_figures(figures: LabelStatistics | None) -> LabelStatistics | None:
    """
    Raises:
        WireError: for figures that do not fit each other.
    """
    if figures is not None:
        classes = len(figures.class_names) + 1
        for counts, shape in (
            (figures.class_shapes, (classes,)),
            (figures.class_images, (classes,)),
            (figures.per_image, (len(PER_IMAGE_EDGES),)),
            (figures.sizes, (len(SIZE_EDGES),)),
            (figures.aspects, (len(ASPECT_EDGES),)),
            (figures.places, (GRID, GRID)),
        ):
            _refuse_unless(counts.shape == shape and counts.dtype == np.int64 and int(counts.min()) >= 0)
    return figures


def check_samples(samples: LabelledSamples) -> LabelledSamples:
    """
    Raises:
        WireError: for more than is ever listed.
    """
    _refuse_unless(len(samples.locations) == len(samples.indices) <= min(MOST_LISTED, samples.count))
    _refuse_unless(len(samples.members) <= _MOST_MEMBERS)
    return samples


def _refuse_unless(makes_sense: bool) -> None:
    if not makes_sense:
        raise WireError("The other side sent labels that cannot be shown.")
