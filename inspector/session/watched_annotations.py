"""The labels of a training's batches, as the training gets them: boxes, keypoints and masks of its targets."""

from collections.abc import Callable
from concurrent.futures import Future

from inspector.annotations.picture_labels import BatchLabels, PictureLabels
from inspector.annotations.statistics import LabelChart, LabelStatistics
from inspector.monitor.records import BatchKey, BatchView
from inspector.session.annotation_control import LabelledSamples, LabelsPhase, LabelsState
from inspector.session.annotations import own_note
from inspector.session.job import answered

_OF_BATCHES = "The labels are those of the training's batches."
_MOST_CLASSES = 30_000


class WatchedAnnotations:
    """Of the batch that is looked at. Figures of all there are none: nobody has seen the whole data set."""

    def __init__(self, view: Callable[[], BatchView | None]) -> None:
        self._view = view

    def state(self) -> LabelsState:
        return LabelsState(LabelsPhase.NONE, _OF_BATCHES)

    def of_batch(self, batch: BatchKey) -> "Future[BatchLabels | None]":
        view = self._view()
        if view is None or view.key != batch:
            return answered(None)
        own = tuple(each.labels for each in view.thumbnails)
        if not any(own):
            return answered(BatchLabels())
        return answered(BatchLabels(own, tuple(map(str, range(_class_count(own)))), own_note(view)))

    def of_image(self, batch: BatchKey, position: int) -> "Future[PictureLabels | None]":
        view = self._view()
        known = view is not None and view.key == batch and 0 <= position < len(view.thumbnails)
        return answered(view.thumbnails[position].labels if view is not None and known else None)

    def statistics(self) -> "Future[LabelStatistics | None]":
        return answered(None)

    def samples(self, class_number: int) -> "Future[LabelledSamples]":
        return answered(LabelledSamples())

    def samples_in(self, chart: LabelChart, part: int) -> "Future[LabelledSamples]":
        return answered(LabelledSamples())


def _class_count(own: tuple[PictureLabels | None, ...]) -> int:
    """One more than the greatest number of a class."""
    numbers = [int(each.shapes.classes.max(initial=-1)) for each in own if each is not None]
    numbers += [int(each.mask.max(initial=-1)) for each in own if each is not None and each.mask is not None]
    return min(max(numbers, default=-1) + 1, _MOST_CLASSES)
