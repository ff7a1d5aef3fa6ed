"""The badges on the tiles: each says its word, and has a sign of its own, so that its colour is not needed."""

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPainterPath, QPen

from inspector.colours import DARK
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import Thumbnail
from inspector.ui.theme import SHADE

SIGN_PX = 9


@dataclass(frozen=True, slots=True)
class Badge:
    """A word, the sign before it ("", "tick", "swap", "unequal", "question" or "warn") and its colour.

    `frame`: the whole tile has a frame in that colour, since something is wrong with it.
    """

    text: str
    sign: str
    colour: str
    frame: bool = False


def badge_of(tile: Thumbnail, proof: Proof | None, grey: bool) -> Badge | None:
    """What to say of an image: what is wrong with its file, else what is known of its colours.

    The colours are those for a dark ground in both themes, since a badge is dark on any image.
    """
    if tile.problem is not None:
        return Badge(tile.problem.kind.value, "warn", DARK.warn, frame=True)
    if proof is None:
        return Badge("grey", "", DARK.text) if grey else None
    match proof.verdict:
        case ColourMatch.RGB:
            return Badge(proof.badge, "tick", DARK.good)
        case ColourMatch.SWAPPED:
            return Badge(proof.badge, "swap", DARK.bad, frame=True)
        case ColourMatch.DIFFERS:
            return Badge(proof.badge, "unequal", DARK.bad, frame=True)
        case _:
            return Badge(proof.badge, "question", DARK.text)


def paint_badge(painter: QPainter, square: QRect, badge: Badge, font: QFont, frame_colour: str) -> None:
    """At the right upper corner of an image's square; cut where that is narrow."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    if badge.frame:
        pen = QPen(QColor(frame_colour), 2)
        pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(QRectF(square).adjusted(1, 1, -1, -1))
    metrics = QFontMetrics(font)
    sign_width = SIGN_PX + 4 if badge.sign else 0
    text = metrics.elidedText(badge.text, Qt.TextElideMode.ElideRight, square.width() - sign_width - 20)
    width, height = metrics.horizontalAdvance(text) + 12 + sign_width, metrics.height() + 4
    pill = QRect(square.right() - width - 4, square.top() + 5, width, height)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(SHADE))
    painter.drawRoundedRect(pill, height / 2, height / 2)
    colour = QColor(badge.colour)
    if badge.sign:
        pen = QPen(colour, 1.6)
        pen.setCapStyle(Qt.PenCapStyle.RoundCap)
        pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        centre = QRectF(pill).center().y()
        painter.drawPath(_sign(badge.sign).translated(QPointF(pill.left() + 6, centre - SIGN_PX / 2)))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    painter.setFont(font)
    painter.setPen(colour)
    painter.drawText(pill.adjusted(6 + sign_width, 0, -6, 0), Qt.AlignmentFlag.AlignCenter, text)


_STROKES = {  # lines through points in a square of 9
    "tick": (((0.5, 5), (3.2, 7.8), (8.5, 1.5)),),
    "swap": (((0, 2.7), (8.5, 2.7), (6.3, 0.5)), ((9, 6.3), (0.5, 6.3), (2.7, 8.5))),
    "unequal": (((0.5, 3), (8.5, 3)), ((0.5, 6), (8.5, 6)), ((6.3, 0.3), (2.7, 8.7))),
    "warn": (((4.5, 0.8), (8.7, 8.2), (0.3, 8.2), (4.5, 0.8)), ((4.5, 3.8), (4.5, 5.8))),
    "question": (((2.3, 2.6), (2.9, 1.1), (4.5, 0.5), (6.2, 1.1), (6.6, 2.7), (4.6, 4.4), (4.5, 5.8)), ((4.5, 8.4),)),
}


def _sign(name: str) -> QPainterPath:
    path = QPainterPath()
    for points in _STROKES[name]:
        path.moveTo(*points[0])
        for point in points[1:] or (points[0],):
            path.lineTo(point[0] + 0.01, point[1])  # a line without length is not drawn
    return path
