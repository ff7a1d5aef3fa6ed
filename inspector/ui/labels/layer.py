"""What all views of labels share: whether they are shown, of which classes, and what the batch has."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QObject, Signal

from inspector import formatting as fmt
from inspector.session.records import (
    WITHOUT_LABELS,
    BatchKey,
    BatchLabels,
    LabelChart,
    PictureLabels,
    ShapeFlag,
    ShapeKind,
)
from inspector.ui.labels.outlines import Outlines

LABELS_TIP = "Show or hide boxes, polygons, keypoints and masks (L)"
_SHORTEST = 80  # characters of a text that is read below the mouse


@dataclass(frozen=True, slots=True)
class ChosenPart:
    """A part of a chart, and the samples that count in it; `members`: see `LabelledSamples`."""

    chart: LabelChart
    number: int
    text: str
    members: bytes = b""

    def has(self, sample: int) -> bool:
        """Whether a sample counts in it."""
        return 0 <= sample < 8 * len(self.members) and bool(self.members[sample // 8] & 128 >> sample % 8)


class LabelLayer(QObject):
    """`changed`: something else is to be drawn. `labels_changed`: the labels of the batch are others.

    Attributes:
        shown: labels are drawn.
        hidden: classes that are not.
        only: the class that was chosen, -1 for that of no class, `WITHOUT_LABELS`; None: none was.
        part: what a part of a chart was chosen for: the samples that count in it; None: none was.
        batch: the labels of the batch in the window, whose key is `key`.
    """

    changed = Signal()
    labels_changed = Signal()
    shown_changed = Signal(bool)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.shown = True
        self.hidden: frozenset[int] = frozenset()
        self.only: int | None = None
        self.part: ChosenPart | None = None
        self._indices: tuple[int, ...] = ()
        self.batch = BatchLabels()
        self.key: BatchKey | None = None
        self._outlines: dict[PictureLabels, Outlines] = {}

    def show(self, shown: bool) -> None:
        """Draw labels, or none."""
        if shown != self.shown:
            self.shown = shown
            self.shown_changed.emit(shown)
            self.changed.emit()

    def hide_classes(self, hidden: frozenset[int]) -> None:
        """Draw all classes but these."""
        if hidden != self.hidden or self.is_filtered:
            self.hidden, self.only, self.part = hidden, None, None
            self.changed.emit()

    def toggle_class(self, number: int) -> None:
        """Draw this class, or do not."""
        self.hide_classes(self.hidden ^ {number})

    def choose(self, number: int | None) -> None:
        """Only the images with this class, and only its shapes; None: all again."""
        if number != self.only or self.part is not None:
            self.only, self.part = number, None
            self.changed.emit()

    def choose_part(self, part: "ChosenPart") -> None:
        """Only the images that count in a part of a chart, with all their labels."""
        self.only, self.part = None, part
        self.changed.emit()

    @property
    def is_filtered(self) -> bool:
        """Not all images of the batch may be shown."""
        return self.only is not None or self.part is not None

    @property
    def chosen_text(self) -> str:
        """What the images that are shown have: "with cat", "with 3 to 4 labels"."""
        if self.part is not None:
            return self.part.text
        return f"with {self.class_name(self.only)}" if self.only is not None else ""

    def take(self, key: BatchKey | None, batch: BatchLabels, indices: tuple[int, ...] = ()) -> None:
        """The labels of the batch that is shown now; `indices`: of its samples in the data set."""
        needed = self.is_filtered or any(each.pictures or each.note for each in (self.batch, batch))
        before, now = self.batch.class_names, batch.class_names
        if before and now and before[: len(now)] != now[: len(before)]:
            self.hidden, self.only, self.part = frozenset(), None, None  # another set: the numbers mean other classes
        self.key, self.batch, self._indices = key, batch, indices
        self._outlines = {}
        if needed:  # without any labels, now and before, each batch would be painted twice
            self.labels_changed.emit()

    def undrawn(self, labels: PictureLabels) -> frozenset[int]:
        """The classes of a picture that are not drawn."""
        if self.only is None:
            return self.hidden
        return classes_of(labels) - {self.only}

    def of(self, position: int) -> PictureLabels | None:
        """The labels of an image of the batch."""
        return self.batch.pictures[position] if 0 <= position < len(self.batch.pictures) else None

    def outlines(self, labels: PictureLabels) -> Outlines:
        """What can be painted of them; made once."""
        made = self._outlines.get(labels)
        if made is None:
            made = self._outlines[labels] = Outlines(labels)
        return made

    def is_filtered_out(self, position: int) -> bool:
        """An image without the class that was chosen, or not in the part of the chart."""
        if self.part is not None:
            return position < len(self._indices) and not self.part.has(self._indices[position])
        if self.only is None:
            return False
        labels = self.of(position)
        if self.only == WITHOUT_LABELS:
            return bool(labels)
        return labels is None or self.only not in classes_of(labels)

    def said_at(self, labels: PictureLabels, x: float, y: float, reach: float) -> str:
        """What to say of the shape or the part of a mask at a point of a picture; "": nothing is there."""
        outlines, undrawn = self.outlines(labels), self.undrawn(labels)
        shape = outlines.at(x, y, undrawn, reach)
        if shape >= 0:
            return self.description(labels, shape)
        number = outlines.class_at(x, y, undrawn)
        return f"{self.class_name(number)}\nmask" if number >= 0 else ""

    def class_name(self, number: int) -> str:
        """Readable."""
        return class_name(self.batch.class_names, number)

    def description(self, labels: PictureLabels, i: int) -> str:
        """What shape `i` of a picture is, a line each: its class, text, score, what is special, what is wrong."""
        return describe(labels, i, self.batch.class_names)


def class_name(names: tuple[str, ...], number: int) -> str:
    """Readable; where it has none, "no class", or "label" where there are no classes at all."""
    if number == WITHOUT_LABELS:
        return "no labels"
    if 0 <= number < len(names):
        return fmt.readable(names[number])
    return "no class" if names else "label"


def classes_of(labels: PictureLabels) -> frozenset[int]:
    """The classes that a picture's shapes and mask have."""
    found = set(labels.shapes.classes.tolist())
    if labels.mask is not None:
        found.update(number for number in set(labels.mask.ravel().tolist()) if number >= 0)
    return frozenset(found)


def describe(labels: PictureLabels, i: int, names: tuple[str, ...]) -> str:
    """See `LabelLayer.description`."""
    shapes = labels.shapes
    number = int(shapes.classes[i])
    head = class_name(names, number) if number >= 0 or names else ""
    text = fmt.readable(shapes.texts[i]) if i < len(shapes.texts) else ""
    if text:
        head = f"{head}: “{text[:_SHORTEST]}”" if head else f"“{text[:_SHORTEST]}”"
    flags = int(shapes.flags[i])
    kind = ShapeKind(int(shapes.kinds[i])).name.lower()
    special = [kind]
    if shapes.scores[i] == shapes.scores[i]:  # it has one
        special.append(f"score {shapes.scores[i]:.2f}")
    for flag, said in ((ShapeFlag.IGNORE, "ignored"), (ShapeFlag.CROWD, "crowd"), (ShapeFlag.MASKED, "box of a mask")):
        if flags & flag:
            special.append(said)
    reasons = [fmt.readable(reason) for number, reason in labels.reasons if number == i]
    return "\n".join([head or kind, ", ".join(special), *reasons] if head else [", ".join(special), *reasons])


def has_mask(labels: PictureLabels) -> bool:
    """It has a mask, or there is a file with one."""
    return labels.mask is not None or labels.shapes.mask is not None


def faulty_count(labels: PictureLabels) -> int:
    """How many shapes something is wrong with."""
    return int(((labels.shapes.flags & ShapeFlag.FAULTY) != 0).sum())


def whole(labels: PictureLabels) -> npt.NDArray[np.bool_]:
    """Which of the shapes stand for a label: another of the same object, as a polygon beside its box, does not."""
    counted: npt.NDArray[np.bool_] = (labels.shapes.flags & ShapeFlag.PART) == 0
    return counted


def count_text(labels: PictureLabels) -> str:
    """How many there are: "46 labels, 1 ignored"."""
    flags, counted = labels.shapes.flags, whole(labels)
    parts = [fmt.plural(int(counted.sum()), "label")] if len(flags) or labels.mask is None else []
    if ignored := int((counted & ((flags & ShapeFlag.IGNORE) != 0)).sum()):
        parts.append(f"{ignored:,} ignored")
    if labels.mask is not None:
        parts.append("a mask")
    if labels.reasons:
        parts.append(fmt.plural(len(labels.reasons), "fault"))
    return ", ".join(parts)
