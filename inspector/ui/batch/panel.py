"""The middle of the window: the batch as tiles, or in its place a sentence that says why there is none."""

import re
from collections.abc import Sequence
from math import ceil

from PySide6.QtCore import QEvent, QModelIndex, QSize, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent, QMouseEvent, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QListView,
    QPushButton,
    QStackedWidget,
    QStyle,
    QVBoxLayout,
    QWidget,
)

from inspector import formatting as fmt
from inspector.monitor.colour_proof import Proof, summarise
from inspector.monitor.records import BatchView, RunState, Snapshot
from inspector.ui.batch.delegate import GAP, BatchDelegate
from inspector.ui.batch.model import BatchModel
from inspector.ui.batch.swap import SWAP_TIP, Swap
from inspector.ui.icons import LevelSign
from inspector.ui.key_filters import KeyFilters
from inspector.ui.theme import Theme, enlarged
from inspector.ui.widgets import Card, LiveText, label, scaled_font, section_font

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

    def __init__(self, theme: Theme) -> None:
        super().__init__()
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
        self._tiles = BatchDelegate(self, self.batch, theme)
        self.setItemDelegate(self._tiles)
        self._expected = 1
        theme.changed.connect(self.viewport().update)
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
        """Columns, and the side of a tile in logical pixels: as large as all fit with, or else the usual size."""
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
        self.button.setToolTip("Do what the sentence above says")
        self.button.setAccessibleName("Open folder…")
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
        if button:
            self.button.setAccessibleName(f"{button} – {title}")
        self.button.setVisible(bool(button))


class BatchPanel(Card):
    """Heading and tiles, or a message. Signals are requests of the user; `thumbnail_px_changed` is in device pixels."""

    open_requested = Signal()
    cancel_requested = Signal()
    thumbnail_px_changed = Signal(int)

    def __init__(self, theme: Theme, swap: Swap) -> None:
        super().__init__()
        self.column.setContentsMargins(7, 8, 4, 4)
        self._heading = LiveText(section_font(self.font()), QPalette.ColorRole.PlaceholderText)
        self._heading.setObjectName("batchHeading")
        self._position = label("", "dim")
        self._position.setObjectName("batchesBackLabel")
        heading = QHBoxLayout()
        heading.setContentsMargins(4, 0, 8, 0)
        heading.addWidget(self._heading, 1)
        heading.addWidget(self._position)
        heading.addWidget(self._make_swap_check(swap))
        self.column.addLayout(heading)
        self.column.addWidget(self._make_colours(theme))
        self.list = BatchList(theme)
        swap.changed.connect(self.list.set_swapped)
        self._message = MessagePage()
        self._pages = QStackedWidget()
        self._pages.addWidget(self.list)
        self._pages.addWidget(self._message)
        self.column.addWidget(self._pages, 1)
        self._state = RunState.CLOSED
        self._view: BatchView | None = None
        self._thumbnail_px = 0
        self.list.tile_px_changed.connect(self._ask_for_thumbnails)
        self._message.pressed.connect(self._on_button)
        self._show_colours(False)

    def _make_swap_check(self, swap: Swap) -> QCheckBox:
        check = self._swap_check = QCheckBox("Swap R and B")
        check.setObjectName("swapCheck")
        check.setAccessibleName("Swap red and blue on the screen")
        check.setToolTip(SWAP_TIP)
        check.toggled.connect(swap.check)
        swap.changed.connect(lambda: check.setChecked(swap.checked))
        KeyFilters(self).teach(check)
        return check

    def _make_colours(self, theme: Theme) -> QWidget:
        """The line below the heading: are the colours right?"""
        self._sign = LevelSign(theme)
        self._proof = LiveText(self.font())
        self._proof.setObjectName("proofLabel")
        self._proof.setAccessibleName("Proof of the colours")
        self._colours = QWidget()
        line = QHBoxLayout(self._colours)
        line.setContentsMargins(4, 0, 8, 2)
        line.addWidget(self._sign)
        line.addWidget(self._proof, 1)
        return self._colours

    def sizeHint(self) -> QSize:
        return QSize(720, 560)

    def show_proofs(self, proofs: Sequence[Proof | None]) -> None:
        """What is known by now of the colours of the batch that is shown."""
        self.list.batch.show_proofs(proofs)
        found = summarise(proofs)
        self._sign.show_level(found.level)
        self._sign.setAccessibleName(found.level)
        headline, *rest = re.split("(?<=[:;]) ", found.sentence, maxsplit=1)
        self._proof.show_text(headline, *rest)

    def show_batch(self, view: BatchView | None, snapshot: Snapshot) -> None:
        """Show another batch; called only when it has changed."""
        self.list.show_batch(view, min(snapshot.batch_size, max(snapshot.files, 1)))
        self._view = view

    def show_heading(self, snapshot: Snapshot) -> None:
        """What is shown, how far back that is, and what is asked for from the next batch on."""
        view = self._view
        if view is None or not self.list.isVisible():
            return
        paused = snapshot.state is RunState.PAUSED
        _images, _, one = view.shape.partition(fmt.TIMES)
        shape = one or "native sizes"
        size = snapshot.batch_size
        waits = paused and snapshot.last_batch_size not in (0, size)
        pending = f", {size:,} from the next batch on" if waits else ""
        skipped = f" · {fmt.plural(len(view.skipped), 'file')} skipped and filled" if view.skipped else ""
        detail = f"{fmt.plural(len(view.thumbnails), 'image')}{pending} · {shape}, {view.dtype}{skipped}"
        self._heading.show_text(f"BATCH {view.number:,}", detail)
        back = view.kept - view.position if snapshot.state is not RunState.RUNNING else 0
        self._position.setText(f"{fmt.plural(back, 'batch', 'batches')} back" if back else "")

    def show_state(self, snapshot: Snapshot, has_batch: bool) -> None:
        """Tiles, or the sentence that fits the state."""
        if snapshot.state is RunState.RUNNING and self._state is not RunState.RUNNING:
            self.list.choose_none()
        self._state = snapshot.state
        where = fmt.place(snapshot.source)
        match snapshot.state:
            case RunState.CLOSED:
                self._say("No folder is open", "Open one, or drop it on the window.", "Open folder…")
            case RunState.INDEXING:
                self._say(
                    f"Looking for images in {where}", f"{fmt.plural(snapshot.files, 'file')} found so far", "Cancel"
                )
            case RunState.FAILED:
                self._say(snapshot.message or "Loading has stopped.", fmt.readable(snapshot.source), "Open folder…")
            case _ if not has_batch:
                found = f"{fmt.plural(snapshot.files, 'file')} found in {where}"
                self._say("Loading the first batch…", found, "")
            case _:
                self._pages.setCurrentWidget(self.list)
                self._show_colours(True)
                return
        self._heading.show_text("BATCH", "")
        self._position.setText("")

    def _show_colours(self, shown: bool) -> None:
        self._colours.setVisible(shown)
        self._swap_check.setVisible(shown)

    def _say(self, title: str, detail: str, button: str) -> None:
        self._show_colours(False)
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
