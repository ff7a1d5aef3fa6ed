"""What the viewer shows: canvases in the middle, what is known of the image at the right."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.formatting import sentence
from inspector.session.protocol import Fields
from inspector.session.records import BatchLabels, ColourMatch, PictureLabels
from inspector.ui.icons import LevelSign
from inspector.ui.labels.canvas_labels import CanvasLabels
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.labels.side import LabelsPart
from inspector.ui.theme import Theme, enlarged
from inspector.ui.viewer.canvas import Canvas
from inspector.ui.viewer.fields import FieldsPanel
from inspector.ui.viewer.histogram import Histogram
from inspector.ui.viewer.image_data import ImageData, ImagePyramid
from inspector.ui.viewer.properties import PropertiesPanel
from inspector.ui.viewer.viewpoint import Viewpoint
from inspector.ui.widgets import Card, label

_SIDE_PX = 292
_LEVELS = {ColourMatch.RGB: "good", ColourMatch.SWAPPED: "bad", ColourMatch.DIFFERS: "bad", ColourMatch.UNKNOWN: "info"}
_CHANNEL_NAMES = "RGB"


class Canvases(QWidget):
    """The image as delivered, and where it is compared, the second decoder's and the difference of the two."""

    def __init__(self, viewpoint: Viewpoint, theme: Theme, layer: LabelLayer) -> None:
        super().__init__()
        self._preview: ImagePyramid | None = None
        self._data: ImageData | None = None
        self.delivered = Canvas(viewpoint, theme, "deliveredCanvas", CanvasLabels(layer))
        self._reference = Canvas(viewpoint, theme, "referenceCanvas")
        self._difference = Canvas(viewpoint, theme, "differenceCanvas")
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(4)
        for canvas, name in (
            (self.delivered, "The image as delivered"),
            (self._reference, "The same by a second decoder"),
            (self._difference, "The difference of the two"),
        ):
            canvas.setAccessibleName(name)
            self._row.addWidget(canvas, 1)

    def show_preview(self, preview: ImagePyramid) -> None:
        """Another image, of which no more is known yet."""
        self._preview, self._data = preview, None
        self._arrange()
        self.delivered.show_picture(preview)

    def show_data(self, data: ImageData) -> None:
        """All of it."""
        self._data = data
        self.delivered.show_picture(data.delivered)
        self._reference.show_picture(data.reference)
        self._difference.show_picture(data.difference)

    def clear(self) -> None:
        """Let the image go."""
        self._preview = self._data = None
        for canvas in (self.delivered, self._reference, self._difference):
            canvas.show_picture(None)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _arrange(self) -> None:
        """Put what is compared beside or above each other, whichever shows the image larger."""
        if self._preview is None:
            return
        directions = QBoxLayout.Direction
        room, image = self.size(), self._preview
        beside = min(room.width() / 3 / image.width, room.height() / image.height)
        above = min(room.width() / image.width, room.height() / 3 / image.height)
        self._row.setDirection(directions.TopToBottom if above > beside else directions.LeftToRight)

    def show_colours(self, channel: int | None, *, swapped: bool, compared: bool) -> None:
        """How the same arrays are shown."""
        self._reference.setVisible(compared)
        self._difference.setVisible(compared)
        self.delivered.swapped = swapped
        notes = [] if channel is None else [f"only {_CHANNEL_NAMES[channel]}"]
        if swapped:
            notes.append("R and B exchanged")
        self.delivered.caption = self._delivered_caption("delivered" if compared else "", notes)
        self._reference.caption = "second decoder"
        self._difference.caption = "difference"
        if (data := self._data) is not None:
            if data.reference is None:
                self._reference.caption = "second decoder: nothing to compare with"
            self._difference.caption = _difference_caption(data)
        for canvas in (self.delivered, self._reference, self._difference):
            canvas.channel = channel
            canvas.update()

    def _delivered_caption(self, name: str, notes: list[str]) -> str:
        data = self._data
        if data is not None and data.pixels is None:
            name = "thumbnail; the delivered pixels are no longer kept"
        elif data is not None and data.thumbnail.problem is not None:
            notes = [f"{data.thumbnail.problem.kind}, kept", *notes]
        return ", ".join(part for part in (name, *notes) if part)


class SidePanel(Card):
    """Are the colours right, the histogram, and the image's properties."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setFixedWidth(enlarged(_SIDE_PX))
        self._sign = LevelSign(theme)
        self._proof = label()
        self._proof.setObjectName("viewerProofLabel")
        self._proof.setWordWrap(True)
        self._proof.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._proof.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._proof.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._histogram = Histogram(theme)
        self._properties = PropertiesPanel()
        self._fields = FieldsPanel()
        self._labels = LabelsPart()
        verdict = QHBoxLayout()
        verdict.setSpacing(8)
        verdict.addWidget(self._sign, 0, Qt.AlignmentFlag.AlignTop)
        verdict.addWidget(self._proof, 1)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(label("COLOURS", "section"))
        column.addLayout(verdict)
        column.addSpacing(6)
        column.addWidget(label("HISTOGRAM", "section"))
        column.addWidget(self._histogram)
        column.addSpacing(6)
        column.addWidget(label("IMAGE", "section"))
        column.addWidget(self._properties)
        column.addWidget(self._labels)
        column.addWidget(self._fields)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.column.addWidget(scroll)

    def show_data(self, data: ImageData, place: str) -> None:
        """All that is known. `place`: of the image in its batch."""
        proof = data.look.proof
        self._sign.show_level(_LEVELS[proof.verdict])
        self._sign.setAccessibleName(proof.verdict.value)
        self._proof.setText(f"{sentence(proof.verdict)} {proof.reason}")
        self._histogram.show_counts(data.histogram, data.means)
        self._properties.show_data(data, place)

    def show_fields(self, fields: Fields) -> None:
        """What the sample has beside its image."""
        self._fields.show_fields(fields)

    def show_labels(self, labels: PictureLabels | None, batch: BatchLabels) -> None:
        """What belongs to the image; None: nothing."""
        self._labels.show_labels(labels, batch)


def _difference_caption(data: ImageData) -> str:
    if data.difference is None:
        return "no difference can be shown"
    if not data.look.proof.largest:
        return "no difference"
    return f"difference {fmt.TIMES} {data.gain}"
