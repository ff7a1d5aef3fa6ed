"""Where a worker's time goes, as a strip of its stages and of idle, one beside the other."""

from collections.abc import Iterable, Sequence
from itertools import cycle

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector import formatting as fmt
from inspector.monitor.reads_text import worker_reads_text
from inspector.monitor.records import WorkerRow
from inspector.ui.theme import Theme

USUAL_STAGES = ("read", "decode", "transform", "write")  # until a record names others
_SHORT_NAMES = {"decode": "dec", "transform": "transf"}
SHARES_ROLE = Qt.ItemDataRole.UserRole
STRIP_PX = 3


def stage_shares(row: WorkerRow) -> tuple[float, ...] | None:
    """Shares of the worker's time, 0 to 1, of its stages in order; the rest it was idle. None: not known.

    The time that it is busy is divided as the medians of the stages are.
    """
    if row.busy is None:
        return None
    medians = [stage.p50_ms for stage in row.totals.stages]
    whole = sum(medians)
    return tuple(row.busy * median / whole for median in medians) if whole > 0 else None


def stages_in_words(row: WorkerRow) -> str:
    """A line for each stage: its share, its median and its 95th percentile; then idle, and reads over a network."""
    shares = stage_shares(row)
    if shares is None or row.busy is None:
        return "Where its time goes is not known yet"
    lines = []
    for stage, share in zip(row.totals.stages, shares, strict=True):
        each = f"p50 {fmt.milliseconds(stage.p50_ms)} ms, p95 {fmt.milliseconds(stage.p95_ms)} ms an image"
        lines.append(f"{stage.name}: {fmt.percent(share)} of its time; {each}")
    lines.append(f"idle: {fmt.percent(1 - row.busy)} of its time")
    if row.totals.reads is not None:
        lines.append(f"over the network: {worker_reads_text(row.totals.reads)}")
    return "\n".join(lines)


def stage_heading(names: Iterable[str]) -> str:
    """Such as "read·dec·write", for a narrow column."""
    return "·".join(_SHORT_NAMES.get(name, name) for name in names)


def list_of(words: Sequence[str]) -> str:
    """Such as "to read, to decode and to write"."""
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


class StageDelegate(QStyledItemDelegate):
    """Draws the strip under the text of its cell, from SHARES_ROLE; what is left empty at the right is idle."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().paint(painter, option, index)
        shares = index.data(SHARES_ROLE)
        if not shares:
            return
        colours = self._theme.colours
        place = QRectF(option.rect).adjusted(4, 0, -4, -1)
        place.setTop(place.bottom() - STRIP_PX)
        painter.fillRect(place, QColor(colours.field))
        left = place.left()
        inks = cycle((colours.warn, colours.accent, colours.dim, colours.good))
        for share, ink in zip(shares, inks, strict=False):
            width = place.width() * share
            painter.fillRect(QRectF(left, place.top(), width, place.height()), QColor(ink))
            left += width
