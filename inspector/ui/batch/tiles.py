"""The tiles of the batch: how large they are, and which keys and clicks belong to them."""

from math import ceil

from PySide6.QtCore import QEvent, QModelIndex, Qt, Signal
from PySide6.QtGui import QFocusEvent, QHelpEvent, QKeyEvent, QMouseEvent, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QListView, QStyle

from inspector.monitor.records import BatchView, Thumbnail
from inspector.ui.batch.delegate import GAP, BatchDelegate
from inspector.ui.batch.model import TILE_ROLE, BatchModel
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.plain_text import show_tip
from inspector.ui.theme import Theme, enlarged

TILE_PX = 120  # the least side of a tile where not all fit; logical pixels
LARGEST_TILE_PX = 480
_TILE_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Escape)


class BatchList(QListView):
    """Tiles that fill the width. They grow, up to a limit, while the whole batch stays in sight.

    Space and the arrows are the window's shortcuts. While a tile is chosen, by a click or with Tab, they belong to it:
    the arrows go to its neighbours, Space and Enter open it. Escape, or running on, gives them back.
    """

    tile_px_changed = Signal(int)
    image_opened = Signal(int)  # its position in the batch
    first_painted = Signal()  # the first tiles ever, once

    def __init__(self, theme: Theme, layer: LabelLayer) -> None:
        super().__init__()
        self._layer = layer
        self._painted = False
        self.setObjectName("batchView")
        self.setAccessibleName("Images of the batch")
        self.setToolTip("The batch as training gets it; Enter or a double click opens an image at full size")
        self.setViewMode(QListView.ViewMode.IconMode)
        self.setMovement(QListView.Movement.Static)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QListView.SelectionMode.NoSelection)
        self.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.batch = BatchModel(self)
        self.setModel(self.batch)
        self._tiles = BatchDelegate(self, self.batch, theme, layer)
        self.setItemDelegate(self._tiles)
        self._expected = 1
        theme.changed.connect(self.viewport().update)
        layer.changed.connect(self._filter)
        layer.labels_changed.connect(self._filter)
        self.doubleClicked.connect(self._open)

    def show_batch(self, view: BatchView | None, expected: int) -> None:
        """`expected`: images that a full batch has, so that an epoch's last, short one keeps the size of the tiles."""
        self._tiles.forget()
        if max(expected, 1) != self._expected:
            self._expected = max(expected, 1)
            self._lay_out()
        self.batch.show(view)

    def set_swapped(self, swapped: bool) -> None:
        """Show red and blue exchanged."""
        self._tiles.set_swapped(swapped)
        self.viewport().update()

    def _filter(self) -> None:
        """Show the images that the labels' filter lets through."""
        count = len(self._layer.batch.pictures)
        self.batch.leave_out(frozenset(at for at in range(count) if self._layer.is_filtered_out(at)))
        self._tiles.forget_labels()
        self.viewport().update()

    def choose(self, position: int) -> None:
        """Choose an image of the batch, and scroll to it."""
        index = self.batch.row(position)
        if index.isValid():
            self.setCurrentIndex(index)

    def choose_none(self) -> None:
        """Space and the arrows are the window's again."""
        self.setCurrentIndex(QModelIndex())

    def open_chosen(self) -> None:
        """Ask for the chosen image to be opened, or for the first."""
        chosen = self.currentIndex()
        self._open(chosen if self.batch.position(chosen) is not None else self.batch.row(0))

    def _open(self, index: QModelIndex) -> None:
        position = self.batch.position(index)
        if position is not None:
            self.image_opened.emit(position)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.DevicePixelRatioChange:  # moved to another screen
            self._tiles.forget()
            self._lay_out()
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            plain = event.modifiers() in (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
            if plain and event.key() in _TILE_KEYS and self.currentIndex().isValid():
                event.accept()
                return True
        return super().event(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent) and self._show_label_tip(event):
            return True
        return super().viewportEvent(event)

    def _show_label_tip(self, event: QHelpEvent) -> bool:
        """Say what the shape below the mouse is, where there is one."""
        index = self.indexAt(event.pos())
        position = self.batch.position(index)
        labels = self._layer.of(position) if position is not None and self._layer.shown else None
        tile = index.data(TILE_ROLE)
        if not labels or not isinstance(tile, Thumbnail):
            return False
        picture = self._tiles.picture_at(self.visualRect(index), tile)
        x, y = (event.pos().x() - picture.x()) / picture.width(), (event.pos().y() - picture.y()) / picture.height()
        said = self._layer.said_at(labels, x, y, reach=4 / picture.width())
        if said:
            show_tip(event.globalPos(), said, self.viewport())
        return bool(said)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        match event.key():
            case Qt.Key.Key_Space | Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self._open(self.currentIndex())
            case Qt.Key.Key_Escape:
                self.choose_none()
            case _ if event.text().isprintable() and event.text():
                event.ignore()  # letters are the window's; here they would search for a name
            case _:
                super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        chosen = self.currentIndex().isValid()
        super().focusInEvent(event)  # chooses the first tile where none is
        if not chosen and event.reason() not in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self.choose_none()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if not self.indexAt(event.position().toPoint()).isValid():
            self.choose_none()

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
        """Columns, and the side of a tile in logical pixels: as large as all fit with, or else the standard size."""
        tile_px = (TILE_PX + enlarged(TILE_PX)) // 2  # large words are wanted on it, and still several in sight
        most_columns = max(1, width // (tile_px + GAP))
        caption = self._tiles.cell(0).height()
        best = (0, 0)
        for columns in range(1, most_columns + 1):
            rows = ceil(self._expected / columns)
            side = min(width // columns - GAP, self.height() // rows - caption, LARGEST_TILE_PX)
            best = max(best, (side, columns))
        if best[0] >= tile_px:
            return best[1], best[0]
        return most_columns, max(width // most_columns - GAP, 16)
