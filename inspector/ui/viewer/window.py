"""The viewer's window: canvases in the middle, what is known at the right, the pixel below, the tools above."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor

from PySide6.QtCore import QEvent, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QButtonGroup,
    QCheckBox,
    QHBoxLayout,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.formatting import sentence
from inspector.monitor.colour_proof import ColourMatch
from inspector.monitor.records import DeliveredImage
from inspector.ui.batch.swap import SWAP_TIP, Swap
from inspector.ui.icons import ICON_PX, LevelSign, icon
from inspector.ui.shell.actions import make_action
from inspector.ui.shell.preferences import Preferences
from inspector.ui.theme import Theme, enlarged
from inspector.ui.viewer.canvas import Canvas
from inspector.ui.viewer.histogram import Histogram
from inspector.ui.viewer.image_data import ImageExamination, ImagePyramid, examine, stand_in
from inspector.ui.viewer.keys import KEYS
from inspector.ui.viewer.probe import Probe
from inspector.ui.viewer.properties import PropertiesPanel
from inspector.ui.viewer.viewpoint import WHEEL_STEP, Viewpoint
from inspector.ui.widgets import Card, label

_POLL_MS = 20
_SIDE_PX = 292
_TOOLS_MARGIN_PX = 36
_LEVELS = {ColourMatch.RGB: "good", ColourMatch.SWAPPED: "bad", ColourMatch.DIFFERS: "bad", ColourMatch.UNKNOWN: "info"}
_ALL = 3
_CHANNELS = (("RGB", "C", None), ("R", "R", 0), ("G", "G", 1), ("B", "B", 2))


class ViewerWindow(QWidget):
    """Shows the images of one batch, one at a time; keeps their memory until it is closed.

    Escape and Space close it, the arrows go to the neighbours.
    """

    moved = Signal(int)  # to the image at that position in the batch
    closed = Signal()

    def __init__(self, parent: QWidget, theme: Theme, swap: Swap, preferences: Preferences) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("viewerWindow")
        self.setAccessibleName("Viewer")
        self._theme = theme
        self._swap = swap
        self._preferences = preferences
        self._images: tuple[DeliveredImage, ...] = ()
        self._position = 0
        self._preview: ImagePyramid | None = None
        self._found: ImageExamination | None = None
        self._examiner: ThreadPoolExecutor | None = None
        self._expected: Future[ImageExamination] | None = None
        self._viewpoint = Viewpoint(self)
        self._delivered = Canvas(self._viewpoint, theme, "deliveredCanvas")
        self._reference = Canvas(self._viewpoint, theme, "referenceCanvas")
        self._difference = Canvas(self._viewpoint, theme, "differenceCanvas")
        for canvas, name in (
            (self._delivered, "The image as delivered"),
            (self._reference, "The same by a second decoder"),
            (self._difference, "The difference of the two"),
        ):
            canvas.setAccessibleName(name)
        self._sign = LevelSign(theme)
        self._proof = label()
        self._histogram = Histogram(theme)
        self._facts = PropertiesPanel()
        self._probe = Probe(theme)
        self._lay_out()
        self._connect()
        self._add_keys()
        self._timer = QTimer(self, interval=_POLL_MS)
        self._timer.timeout.connect(self._take)
        self.setMinimumSize(720, 480)
        self.resize(QSize(1180, 780).boundedTo(self.screen().availableSize() - QSize(40, 60)))
        if geometry := preferences.viewer_geometry:
            self.restoreGeometry(geometry)

    # --- putting together

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 6)
        column.setSpacing(8)
        column.addLayout(self._make_tools())
        canvases = self._canvases = QHBoxLayout()
        canvases.setSpacing(4)
        for canvas in (self._delivered, self._reference, self._difference):
            canvases.addWidget(canvas, 1)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addLayout(canvases, 1)
        middle.addWidget(self._make_side())
        column.addLayout(middle, 1)
        column.addWidget(self._probe)
        self._show_compared(False)

    def _make_tools(self) -> QBoxLayout:
        """In one row, or in three where the window is too narrow for their words."""
        tools = self._tools = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        tools.setSpacing(8)
        self._tool_rows = (QHBoxLayout(), QHBoxLayout(), QHBoxLayout())
        for row in self._tool_rows:
            row.setSpacing(6)
            tools.addLayout(row)
        tools.addStretch(1)
        row = self._tool_rows[0]
        self._previous = self._button("previousImageButton", "Previous image", "Previous image of the batch (Left)")
        self._next = self._button("nextImageButton", "Next image", "Next image of the batch (Right)")
        self._fit = self._button("fitButton", "Fit", "The whole image in the window (0)")
        self._one = self._button("oneToOneButton", "1:1", "One pixel of the screen for each of the image (1)")
        self._zoom = label("", "dim")
        self._zoom.setObjectName("zoomLabel")
        self._zoom.setMinimumWidth(self.fontMetrics().horizontalAdvance("12,800 %"))
        for widget in (self._previous, self._next, self._fit, self._one, self._zoom):
            row.addWidget(widget)
        row.addStretch(1)
        row = self._tool_rows[1]
        self._channels = QButtonGroup(self)
        for name, key, channel in _CHANNELS:
            tip = "All channels" if channel is None else f"Only the channel {name}, in grey"
            button = self._button(f"channel{name}Button", name, f"{tip} ({key})")
            button.setCheckable(True)
            button.setChecked(channel is None)
            self._channels.addButton(button, _ALL if channel is None else channel)
            row.addWidget(button)
        row.addStretch(1)
        row = self._tool_rows[2]
        self._swap_check = QCheckBox("Swap R and B")
        self._swap_check.setObjectName("viewerSwapCheck")
        self._swap_check.setAccessibleName("Swap red and blue on the screen")
        self._swap_check.setToolTip(SWAP_TIP)
        self._compare = QCheckBox("Compare")
        self._compare.setObjectName("compareCheck")
        self._compare.setAccessibleName("Compare with a second decoder")
        self._compare.setToolTip("Beside what a second decoder, Qt's own, makes of the file, and their difference (D)")
        for check in (self._swap_check, self._compare):
            check.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            row.addWidget(check)
            row.addSpacing(4)
        row.addStretch(1)
        return tools

    def _button(self, name: str, text: str, tip: str) -> QToolButton:
        button = QToolButton()
        button.setObjectName(name)
        button.setText(text)
        button.setAccessibleName(text)
        button.setToolTip(tip)
        button.setProperty("bar", True)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        return button

    def _make_side(self) -> QWidget:
        card = Card()
        card.setFixedWidth(enlarged(_SIDE_PX))
        self._proof.setObjectName("viewerProofLabel")
        self._proof.setWordWrap(True)
        self._proof.setAlignment(Qt.AlignmentFlag.AlignTop)
        self._proof.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self._proof.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
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
        column.addWidget(self._facts)
        column.addStretch(1)
        scroll = QScrollArea()
        scroll.setWidget(page)
        scroll.setWidgetResizable(True)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        card.column.addWidget(scroll)
        return card

    def _connect(self) -> None:
        self._previous.clicked.connect(lambda: self._go(self._position - 1))
        self._next.clicked.connect(lambda: self._go(self._position + 1))
        self._fit.clicked.connect(self._viewpoint.fit)
        self._one.clicked.connect(lambda: self._viewpoint.one_to_one())
        self._channels.idToggled.connect(lambda _number, _on: self._show_colours())
        self._swap_check.toggled.connect(self._swap.check)
        self._swap.changed.connect(lambda _on: self._show_colours())
        self._compare.toggled.connect(self._show_compared)
        self._viewpoint.changed.connect(self._show_zoom)
        self._viewpoint.hovered_changed.connect(self._show_pixel)
        self._theme.changed.connect(self._wear_colours)
        self._wear_colours()
        self._show_colours()

    def _add_keys(self) -> None:
        view, go = self._viewpoint, self._go
        acts: dict[str, Callable[[], object]] = {
            "previousImage": lambda: go(self._position - 1),
            "nextImage": lambda: go(self._position + 1),
            "firstImage": lambda: go(0),
            "lastImage": lambda: go(len(self._images) - 1),
            "fitImage": view.fit,
            "oneToOneImage": view.one_to_one,
            "zoomIn": lambda: view.zoom(WHEEL_STEP),
            "zoomOut": lambda: view.zoom(1 / WHEEL_STEP),
            "compareImage": self._compare.toggle,
            "closeImage": self.close,
        }
        for (name, _key, _channel), button in zip(_CHANNELS, self._channels.buttons(), strict=True):
            acts[f"show{name}"] = button.click
        for entry in KEYS:
            make_action(self, entry).triggered.connect(lambda _checked=False, act=acts[entry.name]: act())

    def _wear_colours(self) -> None:
        colours = self._theme.colours
        for button, shape in ((self._previous, "previous"), (self._next, "next")):
            button.setIcon(icon(shape, colours.text, colours.border))
            button.setIconSize(QSize(enlarged(ICON_PX), enlarged(ICON_PX)))
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonIconOnly)

    # --- which image

    def open_images(self, images: tuple[DeliveredImage, ...], position: int) -> None:
        """Show one image of a batch, and its neighbours on request."""
        self._images = images
        if self._examiner is None:
            self._examiner = ThreadPoolExecutor(1, thread_name_prefix="inspector-examiner")
        self.show()
        self.raise_()
        self.activateWindow()
        self._delivered.setFocus()
        self._go(position)

    def _go(self, position: int) -> None:
        if not 0 <= position < len(self._images) or self._examiner is None:
            return
        self._position = position
        image = self._images[position]
        self.setWindowTitle(
            f"{fmt.file_name(image.thumbnail.path)} – image {position + 1:,} of {image.count:,}, batch {image.number:,}"
        )
        self._previous.setEnabled(position > 0)
        self._next.setEnabled(position + 1 < len(self._images))
        self._found = None
        preview = self._preview = stand_in(image)
        self._arrange()
        self._viewpoint.show_image(preview.width, preview.height)
        self._delivered.show_picture(preview)
        self._show_pixel()
        if self._expected is not None:
            self._expected.cancel()
        self._expected = self._examiner.submit(examine, image)
        self._timer.start()
        self.moved.emit(position)

    def _arrange(self) -> None:
        """Put what is compared beside or above each other, whichever shows the image larger."""
        directions = QBoxLayout.Direction
        needed = sum(row.minimumSize().width() for row in self._tool_rows) + _TOOLS_MARGIN_PX
        self._tools.setDirection(directions.LeftToRight if needed <= self.width() else directions.TopToBottom)
        if self._preview is None:
            return
        room, image = self._canvases.geometry(), self._preview
        beside = min(room.width() / 3 / image.width, room.height() / image.height)
        above = min(room.width() / image.width, room.height() / 3 / image.height)
        self._canvases.setDirection(directions.TopToBottom if above > beside else directions.LeftToRight)

    def _take(self) -> None:
        """Show what the examiner has found, once it has."""
        if self._expected is None or not self._expected.done():
            return
        self._timer.stop()
        expected, self._expected = self._expected, None
        found = self._found = expected.result()
        self._delivered.show_picture(found.delivered)
        self._reference.show_picture(found.reference)
        self._difference.show_picture(found.difference)
        proof = found.look.proof
        self._sign.show_level(_LEVELS[proof.verdict])
        self._sign.setAccessibleName(proof.verdict.value)
        self._proof.setText(f"{sentence(proof.verdict)} {proof.reason}")
        self._histogram.show_counts(found.histogram, found.means)
        self._facts.show_facts(found)
        self._show_colours()
        self._show_pixel()

    # --- how it is shown

    def _show_colours(self) -> None:
        channel = self._channels.checkedId()
        alone = None if channel == _ALL else channel
        self._swap_check.setChecked(self._swap.checked)
        notes = [] if alone is None else [f"only {_CHANNELS[alone + 1][0]}"]
        if self._swap.on:
            notes.append("R and B exchanged")
        for canvas in (self._delivered, self._reference, self._difference):
            canvas.channel = alone
        self._delivered.swapped = self._swap.on
        found = self._found
        name = "delivered" if self._compare.isChecked() else ""
        if found is not None and found.pixels is None:
            name = "thumbnail; the delivered pixels are no longer kept"
        elif found is not None and found.image.thumbnail.problem is not None:
            notes.insert(0, f"{found.image.thumbnail.problem.kind}, kept")
        self._delivered.caption = ", ".join(part for part in (name, *notes) if part)
        self._reference.caption = "second decoder"
        self._difference.caption = "difference"
        if found is not None:
            if found.reference is None:
                self._reference.caption = "second decoder: nothing to compare with"
            if found.difference is None:
                self._difference.caption = "no difference can be shown"
            elif not found.look.proof.largest:
                self._difference.caption = "no difference"
            else:
                self._difference.caption = f"difference {fmt.TIMES} {found.gain}"
        for canvas in (self._delivered, self._reference, self._difference):
            canvas.update()

    def _show_compared(self, compared: bool) -> None:
        self._reference.setVisible(compared)
        self._difference.setVisible(compared)
        self._show_colours()
        self._show_pixel()

    def _show_zoom(self) -> None:
        percent = self._viewpoint.scale * 100
        self._zoom.setText(f"{percent:,.0f} %" if percent >= 9.95 else f"{percent:.1f} %")

    def _show_pixel(self) -> None:
        self._probe.show_pixel(self._found, self._viewpoint.hovered, self._compare.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    # --- keys

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=True):
            super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if not self._swap.follow_key(event, pressed=False):
            super().keyReleaseEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and not self.isActiveWindow():
            self._swap.hold(False)  # its release would go to another window

    def closeEvent(self, event: QCloseEvent) -> None:
        self._timer.stop()
        self._preferences.viewer_geometry = self.saveGeometry()
        if self._examiner is not None:
            self._examiner.shutdown(wait=True, cancel_futures=True)
        self._examiner = self._expected = self._found = self._preview = None
        self._images = ()
        for canvas in (self._delivered, self._reference, self._difference):
            canvas.show_picture(None)
        super().closeEvent(event)
        self.closed.emit()
