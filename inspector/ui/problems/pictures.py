"""What other decoders make of a skipped file: two pictures side by side, with their titles below."""

from PySide6.QtCore import QRect, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPalette, QPen
from PySide6.QtWidgets import QWidget

from inspector.session.records import FileExamination, Preview
from inspector.ui.theme import Theme
from inspector.ui.widgets import scaled_font

GAP_PX = 8


class ProblemPictures(QWidget):
    """Paints them as large as the room allows, and a dashed frame with a text where there is none."""

    titles = ("training gets", "Qt gives")

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._images: list[QImage | None] = [None, None]
        self._placeholder = ""
        self.setFont(scaled_font(self.font(), 0.86))
        self.setObjectName("problemPictures")
        self.setAccessibleName("What other decoders make of the file")
        self.setToolTip(
            "Left: what cv2.imread gives, so what a training script that does not check would have got. "
            "Right: a second opinion, from Qt's own decoder."
        )
        theme.changed.connect(self.update)

    def show_examination(self, examination: FileExamination | None) -> None:
        """None: it is still to come."""
        self.show_pictures(None if examination is None else (examination.lenient, examination.second))

    def show_pictures(self, pictures: tuple[Preview | None, Preview | None] | None) -> None:
        """None: they are still to come."""
        self._images = [None if picture is None else _image(picture) for picture in pictures or (None, None)]
        self._placeholder = "…" if pictures is None else "no picture"
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(240, 120)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        caption = self.fontMetrics().height() + 3
        stacked = self.height() > self.width()
        width = self.width() if stacked else (self.width() - GAP_PX) // 2
        height = (self.height() // 2 if stacked else self.height()) - caption
        for number, (image, title) in enumerate(zip(self._images, self.titles, strict=True)):
            place = QRect(0, number * (height + caption), width, height)
            if not stacked:
                place.moveTo(number * (width + GAP_PX), 0)
            place = self._paint_one(painter, place, image)
            below = QRect(place.left(), place.bottom() + 2, width, caption)
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            text = self.fontMetrics().elidedText(title, Qt.TextElideMode.ElideRight, width)
            painter.drawText(below, Qt.AlignmentFlag.AlignCenter, text)
        painter.end()

    def _paint_one(self, painter: QPainter, place: QRect, image: QImage | None) -> QRect:
        """Paint at the upper end of `place`; what that took, in its full width."""
        if image is None:
            place.setHeight(min(place.height(), place.width() * 3 // 4))
            painter.setPen(QPen(QColor(self._theme.colours.border), 1, Qt.PenStyle.DashLine))
            painter.drawRect(place.adjusted(0, 0, -1, -1))
            painter.setPen(self.palette().color(QPalette.ColorRole.PlaceholderText))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self._placeholder)
            return place
        size = image.size().scaled(place.size(), Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QSize(1, 1))
        place.setHeight(size.height())
        target = QRect(place.topLeft(), size)
        target.moveCenter(place.center())
        painter.drawImage(target, image)
        return place


def _image(picture: Preview) -> QImage:
    height, width = picture.rgb.shape[:2]
    return QImage(picture.rgb.data, width, height, 3 * width, QImage.Format.Format_RGB888).copy()  # owns its pixels
