"""The middle of the window: the batch as tiles, or in its place a sentence that says why there is none."""

import re
from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QStackedWidget, QWidget

from inspector import formatting as fmt
from inspector.locations import is_url
from inspector.monitor.colour_proof import ColourMatch, Proof, agreed, summarise
from inspector.monitor.records import BatchView, RunState, Snapshot
from inspector.session.protocol import Capabilities
from inspector.ui.batch.message_page import MessagePage
from inspector.ui.batch.swap import SWAP_TIP, Swap
from inspector.ui.batch.tiles import BatchList
from inspector.ui.icons import LevelSign
from inspector.ui.key_filters import KeyFilters
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.labels.legend import LabelsBar
from inspector.ui.theme import Theme
from inspector.ui.widgets import Card, LiveText, label, section_font


class BatchPanel(Card):
    """Heading and tiles, or a message. Signals are requests of the user; `thumbnail_px_changed` is in device pixels."""

    open_requested = Signal()
    location_requested = Signal()  # another one, of what is elsewhere
    cancel_requested = Signal()
    run_again_requested = Signal()
    skip_requested = Signal()  # the samples that the user's code fails for
    thumbnail_px_changed = Signal(int)

    def __init__(self, theme: Theme, swap: Swap, layer: LabelLayer, capabilities: Capabilities) -> None:
        super().__init__()
        self._can_open = "open" in capabilities
        self._can_pause = "pause" in capabilities
        self._can_prove = "proof" in capabilities
        self.column.setContentsMargins(7, 8, 4, 4)
        self._heading = LiveText(section_font(self.font()), QPalette.ColorRole.PlaceholderText)
        self._heading.setObjectName("batchHeading")
        self._position = label("", "dim")
        self._position.setObjectName("batchesBackLabel")
        heading = QHBoxLayout()
        heading.setContentsMargins(4, 0, 8, 0)
        heading.addWidget(self._heading, 1)
        heading.addWidget(self._position)
        heading.addSpacing(8)
        heading.addWidget(self._make_swap_check(swap))
        self.column.addLayout(heading)
        self.column.addWidget(self._make_colours(theme))
        self.labels_bar = LabelsBar(theme, layer)
        self.column.addWidget(self.labels_bar)
        self.list = BatchList(theme, layer)
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
        self._message.second_pressed.connect(self._on_second_button)
        self._is_code = self._is_elsewhere = False
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
        if not self._can_prove:
            self._show_compared(proofs)
            return
        self.list.batch.show_proofs(proofs)
        found = summarise(proofs)
        self._sign.show_level(found.level)
        self._sign.setAccessibleName(found.level)
        headline, *rest = re.split("(?<=[:;]) ", found.sentence, maxsplit=1)
        self._proof.show_text(headline, *rest)

    def _show_compared(self, proofs: Sequence[Proof | None]) -> None:
        """Of pictures as a model got them, some of which were compared with their files."""
        together = agreed(Counter(proof.badge for proof in proofs if proof is not None))
        if self._view is None or together is ColourMatch.UNKNOWN:
            return
        self.list.batch.show_proofs(proofs)
        if together is ColourMatch.SWAPPED:
            self._sign.show_level("bad")
            self._sign.setAccessibleName("bad")
        found = fmt.sentence(summarise(proofs).sentence)
        self._proof.show_text("As the model got it:", f"{self._view.note} {found}")

    def show_batch(self, view: BatchView | None, snapshot: Snapshot) -> None:
        """Show another batch; called only when it has changed."""
        self.list.show_batch(view, min(snapshot.batch_size, snapshot.files or snapshot.batch_size))
        self._view = view
        if view is not None and view.note:
            level = "good" if view.proved else "info"
            self._sign.show_level(level)
            self._sign.setAccessibleName(level)
            self._proof.show_text("As the model got it:", view.note)

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
        images = fmt.plural(len(view.thumbnails), "image")
        if view.count is not None and view.count != len(view.thumbnails):
            images = f"{len(view.thumbnails):,} of {fmt.plural(view.count, 'image')}"
        detail = f"{images}{pending} · {shape}, {view.dtype}{skipped}"
        self._heading.show_text(f"BATCH {view.number:,}", detail)
        streams = snapshot.state is RunState.RUNNING and self._can_pause
        back = 0 if streams else view.kept - view.position
        self._position.setText(f"{fmt.plural(back, 'batch', 'batches')} back" if back else "")

    def show_state(self, snapshot: Snapshot, has_batch: bool) -> None:
        """Tiles, or the sentence that fits the state."""
        if snapshot.state is RunState.RUNNING and self._state is not RunState.RUNNING:
            self.list.choose_none()
        self._state = snapshot.state
        self._is_code, self._is_elsewhere = snapshot.is_code, is_url(snapshot.source)
        where = fmt.place(snapshot.source)
        match snapshot.state:
            case RunState.CLOSED:
                if self._can_open:
                    self._show_message("No folder is open", "Open one, or drop it on the window.", "Open folder…")
                else:
                    self._show_message("Nothing is loaded yet", snapshot.message, "")
            case RunState.INDEXING if snapshot.is_code:
                self._show_message("Making the data set…", fmt.readable(snapshot.source), "Cancel")
            case RunState.INDEXING:
                found = f"{fmt.plural(snapshot.files, 'image')} found so far"
                if is_url(snapshot.source) and not snapshot.files:
                    found = "Waiting for the first answer, for at most 20 s"
                self._show_message(f"Looking for images in {where}", found, "Cancel")
            case RunState.FAILED if snapshot.is_code:
                second = "Skip such samples" if snapshot.traceback and snapshot.files else ""
                title, detail = snapshot.message or "Loading has stopped.", fmt.readable(snapshot.source)
                self._show_colours(False)
                self._message.show_message(title, detail, "Run again", second=second, traceback=snapshot.traceback)
                self._pages.setCurrentWidget(self._message)
            case RunState.FAILED if self._can_open and is_url(snapshot.source):
                title = snapshot.message or "Loading has stopped."
                self._show_message(title, fmt.readable(snapshot.source), "Retry", second="Change the location…")
            case RunState.FAILED:
                button = "Open folder…" if self._can_open else ""
                title, detail = snapshot.message or "Loading has stopped.", fmt.readable(snapshot.source)
                self._show_message(title, detail, button, second="Retry" if self._can_open else "")
            case _ if not has_batch and not self._can_open and snapshot.message:
                self._show_message(snapshot.message, "", "")
            case _ if not has_batch:
                found = f"{fmt.plural(snapshot.files, snapshot.noun)} found in {where}"
                self._show_message("Loading the first batch…", found, "")
            case _:
                self._pages.setCurrentWidget(self.list)
                self._show_colours(True)
                return
        self._heading.show_text("BATCH", "")
        self._position.setText("")

    def _show_colours(self, shown: bool) -> None:
        noted = self._view is not None and bool(self._view.note)
        self._colours.setVisible(shown and (self._can_prove or noted))
        self._swap_check.setVisible(shown)
        self.labels_bar.show_page(shown)

    def _show_message(self, title: str, detail: str, button: str, *, second: str = "") -> None:
        self._show_colours(False)
        self._message.show_message(title, detail, button, second=second)
        self._pages.setCurrentWidget(self._message)

    def _on_button(self) -> None:
        if self._state is RunState.INDEXING:
            self.cancel_requested.emit()
        elif (self._is_code or self._is_elsewhere) and self._state is RunState.FAILED:
            self.run_again_requested.emit()
        else:
            self.open_requested.emit()

    def _on_second_button(self) -> None:
        if self._is_code:
            self.skip_requested.emit()
        elif self._is_elsewhere:
            self.location_requested.emit()
        else:
            self.run_again_requested.emit()

    def _ask_for_thumbnails(self, tile_px: int) -> None:
        wanted = round(tile_px * self.devicePixelRatioF())
        if wanted != self._thumbnail_px:
            self._thumbnail_px = wanted
            self.thumbnail_px_changed.emit(wanted)
