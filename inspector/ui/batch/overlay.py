"""Labels over the pictures of the tiles: drawn when first painted, a few at a time, so that no painting takes long."""

import time

from PySide6.QtCore import QRect, QRectF, QTimer
from PySide6.QtGui import QPainter, QPixmap, QRegion
from PySide6.QtWidgets import QAbstractScrollArea

from inspector.monitor.records import Thumbnail
from inspector.ui.labels.layer import LabelLayer

_AT_ONCE_S = 0.008  # for labels, in one turn of the event loop; the others follow in the next
_LINE_PX = 1.4


class TileOverlay:
    """Keeps each picture with its labels until something else is to be drawn."""

    def __init__(self, view: QAbstractScrollArea, layer: LabelLayer) -> None:
        self._view, self._layer = view, layer
        self._made: dict[Thumbnail, QPixmap] = {}
        self._missing = QRegion()
        self._spent_s = 0.0
        self._next_turn = QTimer(view, singleShot=True, interval=0)
        self._next_turn.timeout.connect(self._continue)

    def forget(self) -> None:
        """All are to be drawn again."""
        self._made.clear()

    def labelled(self, tile: Thumbnail, position: int, picture: QPixmap, square: QRect) -> QPixmap:
        """The picture of a tile with its labels, where they are shown; without them while there was no time yet.

        Args:
            position: of the image in the batch.
            square: where the tile is painted.
        """
        labels = self._layer.of(position) if self._layer.shown else None
        if not labels:
            return picture
        made = self._made.get(tile)
        if made is None:
            if not self._next_turn.isActive():
                self._next_turn.start()
            if self._spent_s > _AT_ONCE_S:
                self._missing += square
                return picture
            began = time.perf_counter()
            made = self._made[tile] = QPixmap(picture)
            size = made.deviceIndependentSize()
            painter = QPainter(made)
            target = QRectF(0, 0, size.width(), size.height())
            outlines = self._layer.outlines(labels)
            width = outlines.line_width(target, _LINE_PX)
            outlines.paint(painter, target, self._layer.undrawn(labels), width=width)
            painter.end()
            self._spent_s += time.perf_counter() - began
        return made

    def _continue(self) -> None:
        self._spent_s = 0.0
        missing, self._missing = self._missing, QRegion()
        if not missing.isEmpty():
            self._view.viewport().update(missing)
