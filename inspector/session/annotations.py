"""The annotations of what is open: found in a thread of their own, and put on the batch that is looked at.

source -> open_annotations -> AnnotationIndex --+
batch -> thumbnails, with what their fields give -+-> place -> BatchLabels
"""

import logging
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from inspector.annotations.advice import ORDERED
from inspector.annotations.checks import faulty_shapes
from inspector.annotations.index import AnnotationIndex
from inspector.annotations.mask_reader import MaskClasses, MaskReader
from inspector.annotations.masks import BACKGROUNDS
from inspector.annotations.opening import open_annotations
from inspector.annotations.picture_labels import MASK_PX, BatchLabels, PictureLabels
from inspector.annotations.placing import TURNED_FROM, place, says_stored
from inspector.annotations.records import ImageAnnotations, ShapeFlag
from inspector.annotations.statistics import (
    LabelChart,
    LabelStatistics,
    images_in_part,
    images_with_class,
    images_without_labels,
    label_statistics,
)
from inspector.errors import IndexingCancelled, InspectorError
from inspector.formatting import plural, sentence
from inspector.monitor.records import BatchKey, BatchView, Thumbnail
from inspector.session.annotation_control import (
    MOST_LISTED,
    WITHOUT_LABELS,
    LabelledSamples,
    LabelsPhase,
    LabelsState,
)
from inspector.session.image_headers import ImageHeaders
from inspector.session.job import answered
from inspector.session.thumbnails import ThumbnailMaker
from inspector.settings import LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex
from inspector.switch_interval import short_switch_interval

Answer = TypeVar("Answer")

_log = logging.getLogger(__name__)

UNTRANSFORMED = "Labels are shown untransformed: your transform does not return them."
_NOWHERE = "No annotations were found beside the images; --annotations PATH names others."
_OF_CODE = "The labels are those that your data set gives."


@dataclass(slots=True)
class _Opened:
    """What is open. `transformed`: the user's code changes the images of files, and annotations do not know how."""

    index: SampleIndex | None = None
    found: AnnotationIndex | None = None
    headers: ImageHeaders | None = None
    transformed: bool = False
    all_stored: bool = False
    faults: dict[int, list[tuple[int, str]]] = field(default_factory=dict)
    statistics: LabelStatistics | None = None
    sizes: npt.NDArray[np.int32] | None = None  # of images whose annotations do not give it
    mask_classes: MaskClasses | None = None


_MASKS_S = 0.4  # a batch, while batches stream
_MASKS_PAUSED_S = 20.0
_MOST_NOTES = 3


class LocalAnnotations:
    """Finds and places the labels of a local session. One thread, which ends when it has nothing to do.

    Args:
        thumbnails: they have the batch that is looked at, and what came with its samples.
    """

    def __init__(self, thumbnails: ThumbnailMaker) -> None:
        self._thumbnails = thumbnails
        self._masks = MaskReader()
        self._lock = threading.Lock()
        self._state = LabelsState()
        self._opened = _Opened()
        self._turn = 0  # rises with each source
        self._threads = ThreadPoolExecutor(1, thread_name_prefix="inspector-annotations")

    def state(self) -> LabelsState:
        return self._state

    # --- what the session asks for -------------------------------------------------------------------------

    def open(self, index: object, config: LoaderConfig) -> None:
        """Find the annotations of these samples, in place of those before."""
        with self._lock:
            self._turn += 1
            turn = self._turn
            self._opened = _Opened(transformed=config.transform is not None)
            if not isinstance(index, FileIndex | ContainerIndex):
                self._note(LabelsPhase.NONE, _OF_CODE)
                return
            self._opened.index = index
            self._note(LabelsPhase.OPENING, "Looking for annotations…")
        self._threads.submit(self._find, turn, index, config.annotations)

    def set_transform(self, transformed: bool) -> None:
        """Whether the user's code changes the images."""
        with self._lock:
            if transformed != self._opened.transformed:
                self._opened.transformed = transformed
                self._state = replace(self._state, serial=self._state.serial + 1)

    def close_source(self) -> None:
        """Nothing is open any more."""
        with self._lock:
            self._turn += 1
            self._opened = _Opened()
            self._note(LabelsPhase.CLOSED)

    def close(self) -> None:
        """Stop, and wait until the thread has ended."""
        self.close_source()
        self._masks.interrupt()
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._masks.close()

    def _note(self, phase: LabelsPhase, text: str = "", found: AnnotationIndex | None = None) -> None:
        """With the lock held."""
        self._state = LabelsState(phase, text, serial=self._state.serial + 1)
        if found is not None:
            self._state = replace(
                self._state,
                class_names=found.class_names,
                images=int(found.described.sum()),
                shapes=found.annotations,
                faults=len(found.faults),
            )

    def _find(self, turn: int, index: SampleIndex, choice: str) -> None:
        def over() -> bool:
            return self._turn != turn

        found, phase, text = None, LabelsPhase.NONE, _NOWHERE if choice != "none" else "Annotations are switched off."
        headers = ImageHeaders(index)
        faults: dict[int, list[tuple[int, str]]] = {}
        all_stored = False
        try:
            with short_switch_interval():
                found = open_annotations(index, choice, cancelled=over)
            if found is not None:
                phase, text = LabelsPhase.READY, found.summary
                for fault in found.faults:
                    if fault.image is not None:
                        faults.setdefault(fault.image, []).append((fault.shape, fault.reason))
                all_stored = _ignores_orientation(found, headers, over)
        except IndexingCancelled:
            return
        except InspectorError as error:
            phase, text = LabelsPhase.FAILED, sentence(str(error))
        except Exception as error:  # a file of somebody else's must not end this thread without a word
            _log.exception("annotations could not be read")
            phase, text = LabelsPhase.FAILED, f"Annotations could not be read: {type(error).__name__}: {error}"
        with self._lock:
            if self._turn == turn:
                opened = self._opened
                opened.found, opened.headers, opened.faults, opened.all_stored = found, headers, faults, all_stored
                opened.mask_classes = MaskClasses(found.class_names, BACKGROUNDS) if found is not None else None
                self._note(phase, text, found)

    # --- what a view asks for ------------------------------------------------------------------------------

    def of_batch(self, batch: BatchKey) -> "Future[BatchLabels | None]":
        view = self._thumbnails.view()
        if self._opened.found is None and view is not None and view.key == batch and not _have_labels(view):
            return answered(BatchLabels())  # most batches have none, and no thread need wake up
        return self._ask(self._of_batch, batch)

    def _of_batch(self, batch: BatchKey) -> BatchLabels | None:
        view = self._thumbnails.view()
        if view is None or view.key != batch:
            return None
        with self._lock:
            opened = replace(self._opened)
        if _have_labels(view):
            own = tuple(each.labels for each in view.thumbnails)
            return BatchLabels(own, self._thumbnails.field_classes(), own_note(view))
        if opened.found is None:
            return BatchLabels()
        pictures = _placed(opened, view.thumbnails)
        pictures, missing = self._with_masks(opened, view, pictures)
        notes = [UNTRANSFORMED] if opened.transformed and any(pictures) else []
        said = Counter(each.note for each in pictures if each is not None and each.note)
        notes += [f"{plural(times, 'image')}: {note}." for note, times in said.most_common(_MOST_NOTES)]
        if missing:
            notes.append(f"{plural(missing, 'mask')} of this batch not drawn while batches come: pause to see all.")
        names = opened.mask_classes.names if opened.mask_classes is not None else opened.found.class_names
        return BatchLabels(pictures, names, " ".join(notes))

    def _with_masks(
        self, opened: _Opened, view: BatchView, pictures: tuple[PictureLabels | None, ...]
    ) -> tuple[tuple[PictureLabels | None, ...], int]:
        """The same with masks, and how many there was no time for."""
        until = time.monotonic() + (_MASKS_S if self._thumbnails.streaming else _MASKS_PAUSED_S)
        made, missing = [], 0
        for tile, labels in zip(view.thumbnails, pictures, strict=True):
            if labels is not None and labels.shapes.mask is not None:
                if time.monotonic() < until:
                    labels = self._with_mask(opened, labels, max(tile.pixels.shape[:2]))
                else:
                    missing += 1
            made.append(labels)
        return tuple(made), missing

    def _with_mask(self, opened: _Opened, labels: PictureLabels, longest_px: int) -> PictureLabels:
        path, classes = labels.shapes.mask, opened.mask_classes
        raw = self._masks.read(path, longest_px) if path is not None else None
        if raw is None or classes is None:
            return replace(labels, shapes=replace(labels.shapes, note="the mask cannot be read"))
        return replace(labels, mask=classes.classes(raw))

    def of_image(self, batch: BatchKey, position: int) -> "Future[PictureLabels | None]":
        return self._ask(self._of_image, batch, position)

    def _of_image(self, batch: BatchKey, position: int) -> PictureLabels | None:
        image = self._thumbnails.delivered.image(batch, position)
        if image is None:
            return None
        if image.thumbnail.labels is not None:
            return self._thumbnails.finer(batch, position) or image.thumbnail.labels
        with self._lock:
            opened = replace(self._opened)
        [labels] = _placed(opened, [image.thumbnail]) if opened.found is not None else [None]
        return self._with_mask(opened, labels, MASK_PX) if labels is not None else None

    def statistics(self) -> "Future[LabelStatistics | None]":
        return self._ask(self._statistics)

    def _statistics(self) -> LabelStatistics | None:
        with self._lock:
            turn, opened = self._turn, self._opened
        found, headers = opened.found, opened.headers
        if found is None or headers is None:
            return None
        if opened.statistics is None:
            if not found.shapes.sizes.all():
                unsaid = np.flatnonzero(found.described & ~found.shapes.sizes.all(axis=1))
                opened.sizes = headers.sizes(unsaid, len(found), lambda: self._turn != turn)
            opened.statistics = label_statistics(found, opened.sizes)
        return opened.statistics

    def samples(self, class_number: int) -> "Future[LabelledSamples]":
        return self._ask(self._samples, class_number)

    def _ask(self, work: Callable[..., Answer], *arguments: object) -> "Future[Answer]":
        try:
            return self._threads.submit(work, *arguments)
        except RuntimeError:  # it is closed, and nobody looks any more
            ended: Future[Answer] = Future()
            ended.cancel()
            return ended

    def _samples(self, class_number: int) -> LabelledSamples:
        found = self._opened.found
        if found is None:
            return LabelledSamples()
        if class_number == WITHOUT_LABELS:
            return self._listed(found, images_without_labels(found))
        return self._listed(found, images_with_class(found, class_number))

    def samples_in(self, chart: LabelChart, part: int) -> "Future[LabelledSamples]":
        return self._ask(self._samples_in, chart, part)

    def _samples_in(self, chart: LabelChart, part: int) -> LabelledSamples:
        opened = self._opened
        if opened.found is None or self._statistics() is None:  # which has the sizes found
            return LabelledSamples()
        return self._listed(opened.found, images_in_part(opened.found, opened.sizes, chart, part))

    def _listed(self, found: AnnotationIndex, numbers: npt.NDArray[np.int64]) -> LabelledSamples:
        listed = tuple(numbers[:MOST_LISTED].tolist())
        members = np.zeros(len(found), np.bool_)
        members[numbers] = True
        locations = tuple(map(found.names.relative, listed))
        return LabelledSamples(len(numbers), locations, listed, np.packbits(members).tobytes())


def _have_labels(view: BatchView) -> bool:
    return any(each.labels is not None for each in view.thumbnails)


def own_note(view: BatchView) -> str:
    """What to say of labels that came with the samples: each thing once."""
    notes = dict.fromkeys(each.labels.note for each in view.thumbnails if each.labels is not None and each.labels.note)
    return sentence("; ".join(notes)) if notes else ""


def _placed(opened: _Opened, tiles: Sequence[Thumbnail]) -> tuple[PictureLabels | None, ...]:
    """What the files say of these images; None where they say nothing."""
    assert opened.found is not None
    known = [(tile, found) for tile in tiles if (found := opened.found.of(tile.index)) is not None]
    orientations = [_orientation(opened, tile, found) for tile, found in known]
    frames = [
        (tile.height, tile.width)
        if orientation >= TURNED_FROM and _is_stored(tile, found)
        else (tile.width, tile.height)
        for (tile, found), orientation in zip(known, orientations, strict=True)
    ]
    wrong = faulty_shapes([found for _, found in known], frames, ordered=opened.found.format_name == ORDERED)
    made: dict[int, PictureLabels] = {}
    for (tile, found), orientation, faulty in zip(known, orientations, wrong, strict=True):
        reasons = tuple(opened.faults.get(tile.index, ()))
        faulty[[shape for shape, _ in reasons if 0 <= shape < len(found)]] = True
        flagged = replace(found, flags=np.where(faulty, found.flags | np.uint8(ShapeFlag.FAULTY), found.flags))
        placed = place(flagged, tile.width, tile.height, orientation, all_stored=opened.all_stored)
        made[tile.index] = PictureLabels(placed, None, reasons)
    return tuple(made.get(tile.index) for tile in tiles)


def _is_stored(tile: Thumbnail, found: ImageAnnotations) -> bool:
    return says_stored((found.width, found.height), (tile.width, tile.height))


def _orientation(opened: _Opened, tile: Thumbnail, found: ImageAnnotations) -> int:
    """EXIF's, where it makes a difference."""
    matters = opened.headers is not None and (opened.all_stored or _is_stored(tile, found))
    return opened.headers.orientation(tile.index) if matters and opened.headers is not None else 1


def _ignores_orientation(found: AnnotationIndex, headers: ImageHeaders, over: Callable[[], bool]) -> bool:
    """Whether the images whose files are turned are annotated as they are stored: for a mirrored one, no size says."""
    sized = np.flatnonzero(found.described & (found.shapes.sizes > 1).all(axis=1))
    votes = 0
    for number, size, orientation in headers.looked_at(sized.tolist(), over):
        if orientation >= 5 and size[0] != size[1]:
            recorded = tuple(found.shapes.sizes[number].tolist())
            votes += (recorded == size[::-1]) - (recorded == size)
    return votes > 0
