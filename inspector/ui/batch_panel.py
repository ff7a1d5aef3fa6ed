"""The middle of the window: the batch as tiles, or in its place a sentence that says why there is none."""

from math import ceil

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QListView, QPushButton, QStackedWidget, QStyle, QVBoxLayout, QWidget

from inspector import formatting as fmt
from inspector.monitor.snapshot import BatchView, RunState, Snapshot
from inspector.ui.batch_delegate import GAP, BatchDelegate
from inspector.ui.batch_model import BatchModel
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, LiveText, label, scaled_font, section_font

TILE_PX = 120  # the least side of a tile where not all fit; logical pixels
LARGEST_TILE_PX = 480


class BatchList(QListView):
    """Tiles that fill the width. They grow, up to a limit, while the whole batch stays in sight."""

    tile_px_changed = Signal(int)
    first_painted = Signal()  # the first tiles ever, once

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._painted = False
        self.setObjectName("batchView")
        self.setAccessibleName("Images of the batch")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.batch = BatchModel(self)
        self.setModel(self.batch)
        self._tiles = BatchDelegate(self, theme)
        self.setItemDelegate(self._tiles)
        self._expected = 1
        theme.changed.connect(self.viewport().update)

    def show_batch(self, view: BatchView | None, expected: int) -> None:
        """`expected`: images that a full batch has, so that an epoch's last, short one keeps the size of the tiles."""
        self._tiles.forget()
        self._expected = max(expected, 1)
        self._lay_out()
        self.batch.show(view)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if not self._painted and self.batch.rowCount():
            self._painted = True
            self.first_painted.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._lay_out()
        super().resizeEvent(event)

    def changeEvent(self, event: object) -> None:
        super().changeEvent(event)  # type: ignore[arg-type]
        if hasattr(self, "_tiles"):  # Qt sends some before __init__ is through
            self._tiles.forget()

    def _lay_out(self) -> None:
        # Room for the scroll bar is kept even while there is none: the tiles would change size as it comes and goes.
        extent = self.style().pixelMetric(QStyle.PixelMetric.PM_ScrollBarExtent, None, self)
        width = self.width() - max(extent, self.verticalScrollBar().sizeHint().width())
        columns, side = self._best_grid(width)
        cell = self._tiles.cell(side)
        self._tiles.set_side(side)
        if cell != self.gridSize():
            self.setGridSize(cell)
            self.verticalScrollBar().setSingleStep(cell.height() // 3)
        left = max(0, width - columns * cell.width()) // 2
        if left != self.viewportMargins().left():
            self.setViewportMargins(left, 0, 0, 0)
        self.tile_px_changed.emit(side)

    def _best_grid(self, width: int) -> tuple[int, int]:
        """Columns, and the side of a tile in logical pixels: as large as all fit with, or else the usual size."""
        most_columns = max(1, width // (TILE_PX + GAP))
        caption = self._tiles.cell(0).height()
        best = (0, 0)
        for columns in range(1, most_columns + 1):
            rows = ceil(self._expected / columns)
            side = min(width // columns - GAP, self.height() // rows - caption, LARGEST_TILE_PX)
            best = max(best, (side, columns))
        if best[0] >= TILE_PX:
            return best[1], best[0]
        return most_columns, max(width // most_columns - GAP, 16)


class MessagePage(QWidget):
    """A large sentence, a smaller one below, and at most one button."""

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self._title = label("", "message")
        self._title.setFont(scaled_font(self._title.font(), 1.5))
        self._title.setWordWrap(True)
        self._title.setObjectName("messageLabel")
        self._detail = label("", "dim")
        self._detail.setWordWrap(True)
        self.button = QPushButton()
        self.button.setObjectName("messageButton")
        self.button.setProperty("bar", True)
        self.button.setProperty("primary", True)
        self.button.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        column.addStretch(2)
        for text in (self._title, self._detail):
            text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
            column.addWidget(text)
        column.addSpacing(8)
        column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(3)

    def say(self, title: str, detail: str, button: str) -> None:
        self._title.setText(title)
        self._detail.setText(detail)
        self.button.setText(button)
        self.button.setVisible(bool(button))


class BatchPanel(Card):
    """Heading and tiles, or a message. Signals are requests of the user; `thumbnail_px_changed` is in device pixels."""

    open_requested = Signal()
    cancel_requested = Signal()
    thumbnail_px_changed = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.column.setContentsMargins(7, 8, 4, 4)
        self._heading = LiveText(section_font(self.font()), QPalette.ColorRole.PlaceholderText)
        self._heading.setObjectName("batchHeading")
        self._position = label("", "dim")
        heading = QHBoxLayout()
        heading.setContentsMargins(4, 0, 8, 0)
        heading.addWidget(self._heading, 1)
        heading.addWidget(self._position)
        self.column.addLayout(heading)
        self.list = BatchList(theme)
        self._message = MessagePage()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self._message)
        self.column.addWidget(self._pages, 1)
        self._state = RunState.CLOSED
        self._thumbnail_px = 0
        self.list.tile_px_changed.connect(self._ask_for_thumbnails)
        self._message.pressed.connect(self._on_button)

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def show_batch(self, view: BatchView | None, snapshot: Snapshot) -> None:
        """Show another batch; called only when it has changed."""
        self.list.show_batch(view, min(snapshot.settings.batch_size, max(snapshot.files, 1)))
        if view is None:
            return
        _images, _, one = view.shape.partition(fmt.TIMES)
        shape = one or "native sizes"
        skipped = f" · {fmt.plural(len(view.skipped), 'file')} skipped and filled" if view.skipped else ""
        detail = f"{fmt.plural(len(view.thumbnails), 'image')} · {shape}, {view.dtype}{skipped}"
        self._heading.show_text(f"BATCH {view.number:,}", detail)
        back = view.kept - view.position if snapshot.state is not RunState.RUNNING else 0
        self._position.setText(f"{fmt.plural(back, 'batch', 'batches')} back" if back else "")

    def show_state(self, snapshot: Snapshot, has_batch: bool) -> None:
        """Tiles, or the sentence that fits the state."""
        self._state = snapshot.state
        where = fmt.place(snapshot.source)
        match snapshot.state:
            case RunState.CLOSED:
                hint = "Or drop one here. Its batches appear as training would get them."
                self._say("Open a folder of images", snapshot.message or hint, "Open folder…")
            case RunState.INDEXING:
                self._say(
                    f"Looking for images in {where}", f"{fmt.plural(snapshot.files, 'file')} found so far", "Cancel"
                )
            case RunState.FAILED:
                self._say(snapshot.message or "Loading has stopped.", fmt.readable(snapshot.source), "Open folder…")
            case _ if not has_batch:
                found = f"{fmt.plural(snapshot.files, 'file')} found in {where}"
                waits = (
                    "Loading the first batch…"
                    if snapshot.state is RunState.RUNNING
                    else "Paused before the first batch"
                )
                self._say(waits, found, "")
            case _:
                self._pages.setCurrentWidget(self.list)
                return
        self._heading.show_text("BATCH", "")
        self._position.setText("")

    def _say(self, title: str, detail: str, button: str) -> None:
        self._message.say(title, detail, button)
        self._pages.setCurrentWidget(self._message)

    def _on_button(self) -> None:
        if self._state is RunState.INDEXING:
            self.cancel_requested.emit()
        else:
            self.open_requested.emit()

    def _ask_for_thumbnails(self, tile_px: int) -> None:
        wanted = round(tile_px * self.devicePixelRatioF())
        if wanted != self._thumbnail_px:
            self._thumbnail_px = wanted
            self.thumbnail_px_changed.emit(wanted)
