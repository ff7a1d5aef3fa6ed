"""Where a worker's time goes, as a strip of read, decode, transform, write and idle, one beside the other."""

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, Qt
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QStyledItemDelegate, QStyleOptionViewItem, QWidget

from inspector import formatting as fmt
from inspector.loader.counters import StageTimes
from inspector.monitor.records import WorkerRow
from inspector.ui.theme import Theme

STAGES = ("read", "decode", "transform", "write")
SHARES_ROLE = Qt.ItemDataRole.UserRole
STRIP_PX = 3


def stage_shares(row: WorkerRow) -> tuple[float, ...] | None:
    """Shares of the worker's time, 0 to 1, in the order of STAGES; the rest it was idle. None: not known.

    The time that it is busy is divided as the medians of the stages are.
    """
    times = _times(row)
    if row.busy is None or all(time is None for time in times):
        return None
    medians = [0.0 if time is None else time.p50_ms for time in times]
    whole = sum(medians)
    return tuple(row.busy * median / whole for median in medians) if whole > 0 else None


def stages_in_words(row: WorkerRow) -> str:
    """A line for each stage: its share, its median and its 95th percentile; then idle."""
    shares = stage_shares(row)
    if shares is None or row.busy is None:
        return "Where its time goes is not known yet"
    lines = []
    for name, share, time in zip(STAGES, shares, _times(row), strict=True):
        if time is not None:
            each = f"p50 {fmt.milliseconds(time.p50_ms)} ms, p95 {fmt.milliseconds(time.p95_ms)} ms an image"
            lines.append(f"{name}: {fmt.percent(share)} of its time; {each}")
    return "\n".join([*lines, f"idle: {fmt.percent(1 - row.busy)} of its time"])


def _times(row: WorkerRow) -> tuple[StageTimes | None, ...]:
    totals = row.totals
    return totals.read, totals.decode, totals.transform, totals.write


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
        for share, ink in zip(shares, (colours.warn, colours.accent, colours.dim, colours.good), strict=True):
            width = place.width() * share
            painter.fillRect(QRectF(left, place.top(), width, place.height()), QColor(ink))
            left += width
