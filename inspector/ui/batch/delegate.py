"""Paints one tile of the batch: the image whole, a badge, its name, size and class; or why it was skipped."""

from dataclasses import dataclass
from functools import cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QAbstractScrollArea, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from inspector import formatting as fmt
from inspector.monitor.colour_proof import Proof
from inspector.monitor.records import Thumbnail
from inspector.session.records import Problem, ProblemKind
from inspector.ui.batch.badge import badge_of, paint_badge
from inspector.ui.batch.model import BatchModel, MoreSkipped, tile_name
from inspector.ui.batch.overlay import TileOverlay
from inspector.ui.labels.layer import LabelLayer
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

GAP = 8  # between tiles, logical pixels
# Some fonts draw an underscore a pixel below their descent.
LEFT = int(Qt.AlignmentFlag.AlignLeft) | int(Qt.TextFlag.TextDontClip)
RIGHT = int(Qt.AlignmentFlag.AlignRight) | int(Qt.TextFlag.TextDontClip)
PIXELATED_FROM = 2.0  # images enlarged at least so much show their pixels as squares


@dataclass(frozen=True, slots=True)
class _Prepared:
    """What does not change while a batch is shown. `left`, `top`: of the picture in its square, logical pixels."""

    pixmap: QPixmap
    left: int
    top: int
    fills: bool  # the square
    grey: bool
    name: str
    dimensions: str
    label: str


class BatchDelegate(QStyledItemDelegate):
    """Tiles of one size. Pixmaps and cut texts are made when first painted, once a batch and tile size."""

    def __init__(self, view: QAbstractScrollArea, batch: BatchModel, theme: Theme, layer: LabelLayer) -> None:
        super().__init__(view)
        self._view = view
        self._overlay = TileOverlay(view, layer)
        self._batch = batch
        self._theme = theme
        self._side = 136
        self._swapped = False
        self._prepared: dict[Thumbnail, _Prepared] = {}
        self._small = scaled_font(view.font(), 0.86)
        self._small_metrics = QFontMetrics(self._small)
        self._badge_font = scaled_font(view.font(), 0.76)
        self._badge_font.setWeight(QFont.Weight.DemiBold)
        self._kind_font = scaled_font(view.font(), 0.9)
        self._kind_font.setBold(True)

    def set_side(self, side: int) -> None:
        """Side of the square that an image is fitted into, logical pixels."""
        if side != self._side:
            self._side = side
            self.forget()

    def set_swapped(self, swapped: bool) -> None:
        """Show red and blue exchanged."""
        self._swapped = swapped
        self.forget()

    def forget(self) -> None:
        """Drop what was prepared: another batch, tile size or screen."""
        self._prepared.clear()
        self._overlay.forget()

    def forget_labels(self) -> None:
        """They are to be drawn again."""
        self._overlay.forget()

    def picture_at(self, cell: QRect, tile: Thumbnail) -> QRectF:
        """Where the picture of a tile is, in a cell of the view."""
        square = self._square(cell)
        height, width = tile.pixels.shape[:2]
        scale = self._side / max(height, width)
        size = QSizeF(width * scale, height * scale)
        return QRectF(
            square.left() + (self._side - size.width()) / 2,
            square.top() + (self._side - size.height()) / 2,
            size.width(),
            size.height(),
        )

    def _square(self, cell: QRect) -> QRect:
        return QRect(cell.left() + GAP // 2, cell.top() + GAP // 2, self._side, self._side)

    def cell(self, side: int) -> QSize:
        """A tile of that side with its two lines of caption and its share of the gaps."""
        return QSize(side + GAP, side + 3 + 2 * self._small_metrics.height() + GAP)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return self.cell(self._side)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        tile, proof = self._batch.tile(index.row())
        cell: QRect = option.rect
        square = self._square(cell)
        if isinstance(tile, Thumbnail):
            self._paint_image(painter, square, tile, proof)
        else:
            self._paint_skipped(painter, square, tile)
        if self._view.hasFocus() and option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(QColor(self._theme.colours.accent), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(cell.adjusted(2, 2, -1, -1))

    def _paint_image(self, painter: QPainter, square: QRect, tile: Thumbnail, proof: Proof | None) -> None:
        colours = self._theme.colours
        ready = self._prepared.get(tile)
        if ready is None:
            ready = self._prepared[tile] = self._prepare(tile)
        if not ready.fills:
            painter.fillRect(square, _ink(colours.field))
        picture = self._overlay.labelled(tile, self._batch.position_of(tile), ready.pixmap, square)
        painter.drawPixmap(square.left() + ready.left, square.top() + ready.top, picture)
        badge = badge_of(tile, proof, ready.grey)
        if badge is not None:
            paint_badge(painter, square, badge, self._badge_font, colours.warn if tile.problem else colours.bad)
        self._paint_caption(painter, square, ready)

    def _paint_caption(self, painter: QPainter, square: QRect, ready: _Prepared) -> None:
        colours = self._theme.colours
        painter.setFont(self._small)
        height = self._small_metrics.height()
        line = QRect(square.left(), square.bottom() + 4, square.width(), height)
        painter.setPen(_ink(colours.text))
        painter.drawText(line, LEFT, ready.name)
        painter.setPen(_ink(colours.dim))
        line.translate(0, height)
        if ready.label:
            painter.drawText(line, LEFT, ready.label)
        painter.drawText(line, RIGHT if ready.label else LEFT, ready.dimensions)

    def _paint_skipped(self, painter: QPainter, square: QRect, tile: Problem | MoreSkipped) -> None:
        colours = self._theme.colours
        colour = QColor(colours.warn if isinstance(tile, Problem) and tile.kind is ProblemKind.DAMAGED else colours.bad)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        pen = QPen(colour, 1)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.setBrush(QColor(colours.field))
        painter.drawRoundedRect(QRectF(square).adjusted(0.5, 0.5, -0.5, -0.5), 3, 3)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        inner = square.adjusted(8, 6, -8, -6)
        title, reason = (tile.kind.value, tile.reason) if isinstance(tile, Problem) else (f"+{tile.count:,}", "skipped")
        painter.setFont(self._kind_font)
        title_height = painter.fontMetrics().height()
        painter.setFont(self._small)
        wrap = int(Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)
        room = QRect(inner.left(), 0, inner.width(), inner.height() - title_height - 4)
        reason_height = min(painter.boundingRect(room, wrap, reason).height(), room.height())
        top = inner.top() + (inner.height() - title_height - 4 - reason_height) // 2
        painter.setPen(QColor(colours.dim))
        painter.drawText(QRect(inner.left(), top + title_height + 4, inner.width(), reason_height), wrap, reason)
        painter.setFont(self._kind_font)
        painter.setPen(colour)
        title = painter.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, inner.width())
        painter.drawText(QRect(inner.left(), top, inner.width(), title_height), Qt.AlignmentFlag.AlignHCenter, title)
        if isinstance(tile, Problem):
            size = fmt.byte_size(tile.file_bytes)
            name, note = self._cut(tile_name(tile)), self._cut("skipped", beside=size)
            self._paint_caption(painter, square, _Prepared(QPixmap(), 0, 0, False, False, name, size, note))

    def _prepare(self, tile: Thumbnail) -> _Prepared:
        dimensions = f"{tile.width}{fmt.TIMES}{tile.height}"
        label = self._cut(fmt.readable(tile.label or ""), beside=dimensions)
        pixmap = self._pixmap(tile)
        size = pixmap.deviceIndependentSize()
        width, height, side = size.width(), size.height(), self._side
        return _Prepared(
            pixmap,
            left=(side - round(width)) // 2,
            top=(side - round(height)) // 2,
            fills=width >= side - 1 and height >= side - 1,
            grey=_is_grey(tile),
            name=self._cut(tile_name(tile)),
            dimensions=dimensions,
            label=label,
        )

    def _cut(self, text: str, beside: str = "") -> str:
        """Cut in the middle to what room the line has, when `beside` stands in it too."""
        metrics = self._small_metrics
        room = self._side - (metrics.horizontalAdvance(beside) + 8 if beside else 0)
        return metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)

    def _pixmap(self, tile: Thumbnail) -> QPixmap:
        height, width = tile.pixels.shape[:2]
        # Converted, as a pixmap will be: the image then owns its bytes, whatever becomes of the array.
        image = QImage(tile.pixels.data, width, height, tile.pixels.strides[0], QImage.Format.Format_RGB888)
        image = image.convertToFormat(QImage.Format.Format_RGB32)
        if self._swapped:
            image.rgbSwap()
        ratio = self._view.devicePixelRatioF()
        factor = self._side * ratio / max(height, width)
        if abs(factor - 1) * max(height, width) >= 1:
            mode = Qt.TransformationMode
            image = image.scaled(
                max(1, round(width * factor)),
                max(1, round(height * factor)),
                Qt.AspectRatioMode.IgnoreAspectRatio,
                mode.FastTransformation if factor >= PIXELATED_FROM else mode.SmoothTransformation,
            )
        pixmap = QPixmap.fromImage(image)
        pixmap.setDevicePixelRatio(ratio)
        return pixmap


@cache
def _ink(colour: str) -> QColor:
    return QColor(colour)


def _is_grey(tile: Thumbnail) -> bool:
    """A few rows are enough to recognise a coloured image."""
    return all(
        (pixels[..., 0] == pixels[..., other]).all() for pixels in (tile.pixels[::16], tile.pixels) for other in (1, 2)
    )
