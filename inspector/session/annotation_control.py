"""What a view may ask of the annotations of what is open, and the records that it gets."""

from concurrent.futures import Future
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from inspector.annotations.picture_labels import BatchLabels, PictureLabels
    from inspector.annotations.statistics import LabelChart, LabelStatistics
    from inspector.monitor.records import BatchKey

MOST_LISTED = 5_000  # samples of a class
WITHOUT_LABELS = -2  # in place of a class


class LabelsPhase(StrEnum):
    """Where the search for annotations is."""

    CLOSED = "closed"  # nothing is open
    OPENING = "opening"
    READY = "ready"
    NONE = "none"  # there are none; `text` says why
    FAILED = "failed"  # `text` says why


@dataclass(frozen=True, slots=True)
class LabelsState:
    """What is known of the annotations of what is open.

    Attributes:
        text: what was found, or why there is nothing; a sentence, or "".
        class_names: of all classes.
        images, shapes, faults: how many images are annotated, how many shapes they have, what was wrong in the files.
        serial: rises whenever the labels of a batch may be others.
    """

    phase: LabelsPhase = LabelsPhase.CLOSED
    text: str = ""
    class_names: tuple[str, ...] = ()
    images: int = 0
    shapes: int = 0
    faults: int = 0
    serial: int = 0


@dataclass(frozen=True, slots=True)
class LabelledSamples:
    """Samples with something in common.

    Attributes:
        count: how many there are.
        locations: of the first of them, at most `MOST_LISTED`, from the root of the data set on.
        indices: their positions in the index.
        members: a bit for each sample of the index, from the highest of a byte down: whether it is one of all `count`.
    """

    count: int = 0
    locations: tuple[str, ...] = ()
    indices: tuple[int, ...] = ()
    members: bytes = b""


class AnnotationControl(Protocol):
    """The labels of what is open. All methods return at once."""

    def state(self) -> LabelsState:
        """What is known by now."""

    def of_batch(self, batch: "BatchKey") -> "Future[BatchLabels | None]":
        """The labels of the batch that is looked at, on its pictures; None where it is another by now."""

    def of_image(self, batch: "BatchKey", position: int) -> "Future[PictureLabels | None]":
        """The labels of one image, its mask as fine as it is shown; None where the batch is forgotten."""

    def statistics(self) -> "Future[LabelStatistics | None]":
        """Of all annotations; None where there are none."""

    def samples(self, class_number: int) -> "Future[LabelledSamples]":
        """The samples with a shape of this class; -1: of no class; -2: without any label."""

    def samples_in(self, chart: "LabelChart", part: int) -> "Future[LabelledSamples]":
        """The samples that count in a part of a chart of the statistics: a bin, or a cell, row by row."""
