"""Another decoder than the loader's, which can bear witness: Qt's own image plugins share nothing with OpenCV.

Loaded in the examiner's child process only.
"""

from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from inspector.formats.headers import Header

_QT_NAMES = {
    "JPEG": "jpeg", "PNG": "png", "WebP": "webp", "BMP": "bmp", "GIF": "gif", "TIFF": "tiff", "PNM": "ppm",
}  # fmt: skip
_WITHOUT_ORIENTATION = ("PNG", "WebP")  # Qt's plugins for these do not read their EXIF data
_LOOK_LIMIT_MB = 1024

Rgb = npt.NDArray[np.uint8]  # (H, W, 3)
Known = npt.NDArray[np.bool_] | None  # (H, W)
Scalar = TypeVar("Scalar", bound=np.generic)


def look_at(data: bytes) -> tuple[Rgb | None, str]:
    """(the picture in RGB or None, how it went); also of a damaged file."""
    image, _, message = _read(data, _LOOK_LIMIT_MB)
    if image is None:
        return None, f"gives no picture: {message}"
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rgb = _rows(image)[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    return rgb.copy(), f"gives a picture of {image.width()} × {image.height()} pixels"


def decode(data: bytes, header: Header, limit_mb: int) -> tuple[Rgb, Known]:
    """The picture, turned as EXIF asks, and where its colours are the file's; None: everywhere.

    Raises:
        ValueError: what Qt has to say where it cannot read the file; "" where it has no plugin for the format.
    """
    name = _QT_NAMES.get(header.format, "").encode()
    if name not in [bytes(known.data()) for known in QImageReader.supportedImageFormats()]:
        raise ValueError("")
    image, turned, message = _read(data, limit_mb)
    if image is None:
        raise ValueError(message)
    rgb, known = _as_arrays(image)
    if header.orientation != 1 and header.format in _WITHOUT_ORIENTATION and not turned:
        rgb = _turn(rgb, header.orientation)
        known = _turn(known, header.orientation) if known is not None else None
    return rgb, known


def _read(data: bytes, limit_mb: int) -> tuple[QImage | None, bool, str]:
    """(the image or None, whether Qt turned it as EXIF asks, what Qt reports)."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    reader.setAllocationLimit(limit_mb)
    image = reader.read()
    turned = reader.transformation() != QImageIOHandler.Transformation.TransformationNone
    message = reader.errorString()
    del reader  # before the buffer: its TIFF part needs that to the end
    return (None if image.isNull() else image), turned, message


def _as_arrays(image: QImage) -> tuple[Rgb, Known]:
    formats = QImage.Format
    premultiplied = image.pixelFormat().premultiplied() == image.pixelFormat().AlphaPremultiplied.Premultiplied
    alpha = image.hasAlphaChannel()
    if image.format() not in (formats.Format_RGB32, formats.Format_ARGB32):
        image = image.convertToFormat(formats.Format_ARGB32 if alpha else formats.Format_RGB32)
    bgra = _rows(image)[:, : 4 * image.width()].reshape(image.height(), image.width(), 4)
    rgb = np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB), np.uint8)
    if not alpha:
        return rgb, None
    opacity = bgra[..., 3]
    # Colours multiplied with their opacity cannot be restored exactly; and where it is 0, some plugins have lost them.
    known = opacity == 255 if premultiplied else opacity > 0
    return rgb, None if known.all() else known


def _rows(image: QImage) -> npt.NDArray[np.uint8]:
    """The image's own memory, with the padding of its rows."""
    return np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())


def _turn(stored: npt.NDArray[Scalar], orientation: int) -> npt.NDArray[Scalar]:
    """An image as the EXIF orientation 2 to 8 asks for it."""
    turned = stored.swapaxes(0, 1) if orientation >= 5 else stored
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
