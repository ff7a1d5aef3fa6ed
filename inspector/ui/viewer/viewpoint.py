"""Which part of an image is seen, and how large: shared by all canvases that show the same image."""

from PySide6.QtCore import QObject, QPointF, QSizeF, Signal

LARGEST_SCALE = 128.0  # device pixels an image pixel
SMALLEST_SIDE_PX = 16  # an image is not made smaller than that
WHEEL_STEP = 1.25


class Viewpoint(QObject):
    """`scale` in device pixels an image pixel, `centre` in image pixels. While `fits`, it follows the room there is."""

    changed = Signal()
    hovered_changed = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.scale = 1.0
        self.centre = QPointF()
        self.fits = True
        self.hovered: tuple[int, int] | None = None  # x, y of the pixel below the mouse
        self._image = QSizeF(1, 1)
        self._room = QSizeF(1, 1)

    def show_image(self, width: int, height: int) -> None:
        """Another image; the view stays where it has the same size, else it is fitted."""
        if QSizeF(width, height) != self._image:
            self._image = QSizeF(width, height)
            self.fits = True
            self.hover(self.hovered)  # it may lie outside now
        self._settle()

    def set_room(self, room: QSizeF) -> None:
        """The size of a canvas, in device pixels."""
        if room != self._room:
            self._room = room
            self._settle()

    def fit(self) -> None:
        """The whole image, as large as it fits."""
        self.fits = True
        self._settle()

    def one_to_one(self, around: QPointF | None = None) -> None:
        """One device pixel an image pixel; `around` as for `zoom`."""
        self.zoom(1 / self.scale, around)

    def zoom(self, factor: float, around: QPointF | None = None) -> None:
        """What is at `around`, in device pixels from the middle of the canvas, stays there."""
        around = around or QPointF()
        least = min(SMALLEST_SIDE_PX / max(self._image.width(), self._image.height()), 1.0)
        scale = min(max(self.scale * factor, least), LARGEST_SCALE)
        self.centre += around / self.scale - around / scale
        self.scale = scale
        self.fits = False
        self._settle()

    def pan(self, by: QPointF) -> None:
        """Move the image by so many device pixels."""
        self.centre -= by / self.scale
        self.fits = False
        self._settle()

    def hover(self, pixel: tuple[int, int] | None) -> None:
        """The pixel below the mouse; None: outside of the image."""
        if pixel is not None and not (0 <= pixel[0] < self._image.width() and 0 <= pixel[1] < self._image.height()):
            pixel = None
        if pixel != self.hovered:
            self.hovered = pixel
            self.hovered_changed.emit()

    def _settle(self) -> None:
        width, height = self._image.width(), self._image.height()
        if self.fits:
            room = min(self._room.width() / width, self._room.height() / height)
            self.scale = min(max(room, 1e-6), LARGEST_SCALE)
            self.centre = QPointF(width / 2, height / 2)
        else:
            half_x, half_y = self._room.width() / 2 / self.scale, self._room.height() / 2 / self.scale
            self.centre = QPointF(_within(self.centre.x(), half_x, width), _within(self.centre.y(), half_y, height))
        self.changed.emit()


def _within(centre: float, half: float, side: float) -> float:
    """In the middle where the image is smaller than the room, else so that no room is empty."""
    return side / 2 if side <= 2 * half else min(max(centre, half), side - half)
