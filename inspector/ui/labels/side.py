"""What labels an image has, in words: beside it in the viewer."""

from collections import Counter

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.formatting import sentence
from inspector.session.records import BatchLabels, PictureLabels
from inspector.ui.labels.layer import class_name, count_text, whole
from inspector.ui.widgets import label

_MOST_CLASSES = 12
_MOST_REASONS = 8


class LabelsPart(QWidget):
    """A heading, how many of each class, how they were placed, where they come from, what is wrong with them."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("viewerLabels")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 6, 0, 0)
        column.setSpacing(4)
        column.addWidget(label("LABELS", "section"))
        self._count = self._text("viewerLabelsCount")
        self._classes = self._text("viewerLabelsClasses", "dim")
        self._note = self._text("viewerLabelsNote", "dim")
        self._faults = self._text("viewerLabelsFaults", "error")
        for part in (self._count, self._classes, self._note, self._faults):
            column.addWidget(part)
        self.hide()

    def _text(self, name: str, role: str = "") -> QLabel:
        made = label("", role)
        made.setObjectName(name)
        made.setAccessibleName("About the labels")
        made.setWordWrap(True)
        made.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        made.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        return made

    def show_labels(self, labels: PictureLabels | None, batch: BatchLabels) -> None:
        """None: the image has none."""
        self.setVisible(any(batch.pictures))
        if labels is None:
            self._show(self._count, "This image has no labels.")
            for part in (self._classes, self._note, self._faults):
                self._show(part, "")
            return
        counts = Counter(labels.shapes.classes[whole(labels)].tolist()).most_common()
        named = [f"{class_name(batch.class_names, number)} {count:,}" for number, count in counts if batch.class_names]
        more = [f"{len(named) - _MOST_CLASSES:,} more classes"] if len(named) > _MOST_CLASSES else []
        notes = [sentence(labels.note)] if labels.note else []
        if batch.note and labels.note.casefold() not in batch.note.casefold():
            notes.append(batch.note)
        if labels.shapes.source:
            notes.append(f"From {fmt.readable(labels.shapes.source)}.")
        reasons = [fmt.readable(reason) for _, reason in labels.reasons]
        if len(reasons) > _MOST_REASONS:
            reasons[_MOST_REASONS:] = [f"{len(reasons) - _MOST_REASONS:,} more faults."]
        self._show(self._count, count_text(labels))
        self._show(self._classes, ", ".join([*named[:_MOST_CLASSES], *more]))
        self._show(self._note, " ".join(notes))
        self._show(self._faults, "\n".join(reasons))

    @staticmethod
    def _show(part: QLabel, text: str) -> None:
        part.setText(text)
        part.setVisible(bool(text))
