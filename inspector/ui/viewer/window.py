"""The viewer's window: tools above, canvases and properties in the middle, the pixel below; and which image it is."""

from collections.abc import Callable

from PySide6.QtCore import QEvent, QSize, Qt, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.locations import file_of
from inspector.session.protocol import Session
from inspector.session.records import BatchLabels, BatchView, DeliveredImage, PictureLabels
from inspector.ui.batch.swap import Swap
from inspector.ui.future_watcher import FutureWatcher
from inspector.ui.labels.layer import LabelLayer, has_mask
from inspector.ui.plain_text import copy_paths
from inspector.ui.problems.file_manager import reveal
from inspector.ui.shell.actions import make_action
from inspector.ui.shell.preferences import Preferences
from inspector.ui.theme import Theme
from inspector.ui.viewer.content import Canvases, SidePanel
from inspector.ui.viewer.image_data import ImageData, stand_in
from inspector.ui.viewer.keys import KEYS
from inspector.ui.viewer.loading import ImageLoader
from inspector.ui.viewer.probe import Probe
from inspector.ui.viewer.toolbar import CHANNELS, ViewerToolbar
from inspector.ui.viewer.viewpoint import WHEEL_STEP, Viewpoint


class ViewerWindow(QWidget):
    """Shows the images of one batch, one at a time; keeps their memory until it is closed.

    Escape and Space close it, the arrows go to the neighbours.
    """

    moved = Signal(int)  # to the image at that position in the batch
    closed = Signal()

    def __init__(
        self,
        parent: QWidget,
        session: Session,
        theme: Theme,
        swap: Swap,
        layer: LabelLayer,
        preferences: Preferences,
    ) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setObjectName("viewerWindow")
        self.setAccessibleName("Viewer")
        self._swap = swap
        self._layer = layer
        self._labels = BatchLabels()
        self._annotations = session.annotations
        self._finer = FutureWatcher(self)
        self._preferences = preferences
        self._has_files = "files" in session.capabilities
        self._batch: BatchView | None = None
        self._position = 0
        self._data: ImageData | None = None
        self._loader = ImageLoader(session, self)
        self._viewpoint = Viewpoint(self)
        self._tools = ViewerToolbar(theme, session.capabilities)
        self._canvases = Canvases(self._viewpoint, theme, layer)
        self._side = SidePanel(theme)
        self._probe = Probe(theme)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 6)
        column.setSpacing(8)
        column.addWidget(self._tools)
        middle = QHBoxLayout()
        middle.setSpacing(8)
        middle.addWidget(self._canvases, 1)
        middle.addWidget(self._side)
        column.addLayout(middle, 1)
        column.addWidget(self._probe)
        self._connect()
        self._add_keys()
        self._show_colours()
        self.setMinimumSize(720, 480)
        self.resize(QSize(1180, 780).boundedTo(self.screen().availableSize() - QSize(40, 60)))
        if geometry := preferences.viewer_geometry:
            self.restoreGeometry(geometry)

    def _connect(self) -> None:
        tools, view = self._tools, self._viewpoint
        tools.previous.clicked.connect(lambda: self._go(self._position - 1))
        tools.next.clicked.connect(lambda: self._go(self._position + 1))
        tools.fit.clicked.connect(view.fit)
        tools.one_to_one.clicked.connect(lambda: view.one_to_one())
        tools.channels.idToggled.connect(lambda _number, _on: self._show_colours())
        tools.swap.toggled.connect(self._swap.check)
        tools.labels.setChecked(self._layer.shown)
        tools.labels.toggled.connect(self._layer.show)
        self._layer.shown_changed.connect(tools.labels.setChecked)
        self._layer.changed.connect(self._show_labels)
        self._layer.labels_changed.connect(self._take_labels)
        tools.compare.toggled.connect(lambda _on: self._show_colours())
        self._swap.changed.connect(lambda _on: self._show_colours())
        view.changed.connect(lambda: tools.show_zoom(view.scale))
        view.hovered_changed.connect(self._show_pixel)
        self._loader.delivered.connect(self._show_preview)
        self._loader.ready.connect(self._show_data)
        self._loader.fields_read.connect(self._side.show_fields)

    def _add_keys(self) -> None:
        view, go, tools = self._viewpoint, self._go, self._tools
        acts: dict[str, Callable[[], object]] = {
            "previousImage": lambda: go(self._position - 1),
            "nextImage": lambda: go(self._position + 1),
            "firstImage": lambda: go(0),
            "lastImage": lambda: go(len(self._batch.thumbnails) - 1 if self._batch is not None else 0),
            "fitImage": view.fit,
            "oneToOneImage": view.one_to_one,
            "zoomIn": lambda: view.zoom(WHEEL_STEP),
            "zoomOut": lambda: view.zoom(1 / WHEEL_STEP),
            "compareImage": tools.compare.click,
            "labelsImage": tools.labels.click,
            "copyLocation": self._copy_location,
            "revealImage": self._reveal,
            "closeImage": self.close,
        }
        for (name, _key, _channel), button in zip(CHANNELS, tools.channels.buttons(), strict=True):
            acts[f"show{name}"] = button.click
        actions = {entry.name: make_action(self, entry) for entry in KEYS}
        for name, action in actions.items():
            action.triggered.connect(lambda _checked=False, act=acts[name]: act())
        self._reveal_action = actions["revealImage"]
        for place in (self._canvases, self._side):
            place.addActions([actions["copyLocation"], self._reveal_action])
            place.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    # --- which image

    def open_image(self, batch: BatchView, position: int) -> None:
        """Show one image of a batch, and its neighbours on request."""
        self._batch = batch
        self._labels = BatchLabels()
        self._take_labels()
        self.show()
        self.raise_()
        self.activateWindow()
        self._canvases.delivered.setFocus()
        self._go(position)

    def _go(self, position: int) -> None:
        batch = self._batch
        if batch is None or not 0 <= position < len(batch.thumbnails):
            return
        self._position = position
        name = fmt.file_name(batch.thumbnails[position].path)
        self.setWindowTitle(f"{name} – image {position + 1:,} of {len(batch.thumbnails):,}, batch {batch.number:,}")
        self._tools.show_place(position, len(batch.thumbnails))
        self._reveal_action.setEnabled(self._has_files and bool(file_of(self._location())))
        self._data = None
        self._side.show_fields(())
        self._loader.load(batch, position)
        self._show_labels()
        self.moved.emit(position)

    def _location(self) -> str:
        return self._batch.thumbnails[self._position].path if self._batch is not None else ""

    def _copy_location(self) -> None:
        copy_paths([self._location()])

    def _reveal(self) -> None:
        reveal([file_of(self._location())], self, self._probe.say)

    def _take_labels(self) -> None:
        """Those of the batch in the window, while that is the one that is looked at here."""
        if self._batch is not None and self._layer.key == self._batch.key:
            self._labels = self._layer.batch
            self._show_labels()

    def _show_labels(self) -> None:
        """Of the image that is shown."""
        pictures = self._labels.pictures
        labels = pictures[self._position] if self._position < len(pictures) else None
        self._tools.show_labels(any(pictures))
        self._tools.fit_width(self.width())
        self._side.show_labels(labels, self._labels)
        self._canvases.delivered.labels.show(labels, self._labels.class_names)
        self._finer.forget()
        if labels is not None and self._batch is not None and self._annotations is not None and has_mask(labels):
            found = self._annotations.of_image(self._batch.key, self._position)
            self._finer.watch(found, self._show_finer)

    def _show_finer(self, labels: PictureLabels | None) -> None:
        """The mask of the image, finer than for a tile."""
        if labels is not None:
            self._canvases.delivered.labels.show(labels, self._labels.class_names)

    def _show_preview(self, image: DeliveredImage | None) -> None:
        if self._batch is None:
            return
        preview = stand_in(self._batch.thumbnails[self._position], image)
        self._canvases.show_preview(preview)
        self._viewpoint.show_image(preview.width, preview.height)
        self._show_pixel()

    def _show_data(self, data: ImageData) -> None:
        batch = self._batch
        if batch is None:
            return
        self._data = data
        self._canvases.show_data(data)
        place = f"{self._position + 1:,} of {len(batch.thumbnails):,}, batch {batch.number:,}, epoch {batch.epoch:,}"
        self._side.show_data(data, place)
        self._show_colours()

    # --- how it is shown

    def _show_colours(self) -> None:
        tools = self._tools
        tools.swap.setChecked(self._swap.checked)
        self._canvases.show_colours(tools.channel, swapped=self._swap.on, compared=tools.compare.isChecked())
        self._show_pixel()

    def _show_pixel(self) -> None:
        self._probe.show_pixel(self._data, self._viewpoint.hovered, self._tools.compare.isChecked())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tools.fit_width(self.width())

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
        self._preferences.viewer_geometry = self.saveGeometry()
        self._loader.stop()
        self._batch = self._data = None
        self._labels = BatchLabels()
        self._show_labels()
        self._canvases.clear()
        super().closeEvent(event)
        self.closed.emit()
