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
from inspector.session.examiner.records import FileFacts, SecondDecoding

_QT_NAMES = {
    "JPEG": "jpeg", "PNG": "png", "WebP": "webp", "BMP": "bmp", "GIF": "gif", "TIFF": "tiff", "PNM": "ppm",
}  # fmt: skip
_WITHOUT_ORIENTATION = ("PNG", "WebP")  # Qt's plugins for these do not read their EXIF data
_LOOK_LIMIT_MB = 1024
_PROOF_LIMIT_MB = 256

Scalar = TypeVar("Scalar", bound=np.generic)


def look_at(data: bytes) -> tuple[npt.NDArray[np.uint8] | None, str]:
    """(the picture in RGB or None, how it went); also of a damaged file."""
    image, _, message = _read(data, _LOOK_LIMIT_MB)
    if image is None:
        return None, f"gives no picture: {message}"
    image = image.convertToFormat(QImage.Format.Format_RGB888)
    rgb = _rows(image)[:, : image.width() * 3].reshape(image.height(), image.width(), 3)
    return rgb.copy(), f"gives a picture of {image.width()} × {image.height()} pixels"


def decode_again(data: bytes, header: Header, facts: FileFacts) -> SecondDecoding:
    """Decode a whole file, to be compared pixel by pixel."""
    name = _QT_NAMES.get(header.format)
    if name is None or name.encode() not in [bytes(known.data()) for known in QImageReader.supportedImageFormats()]:
        reason = f"There is no second decoder for {header.format}."
        return SecondDecoding(facts, reason=reason, badge=header.format)
    if header.height * header.width * (8 if "16-bit" in header.note else 4) > _PROOF_LIMIT_MB << 20:
        megapixels = header.height * header.width / 1e6
        reason = f"With {megapixels:,.0f} megapixels it is too large for the second decoder."
        return SecondDecoding(facts, reason=reason, badge="too large")
    image, turned, message = _read(data, _PROOF_LIMIT_MB)
    if image is None:
        reason = f"The second decoder cannot read this kind of {header.format} file ({message})."
        return SecondDecoding(facts, reason=reason, badge=header.format)
    rgb, known = _as_arrays(image)
    if header.orientation != 1 and header.format in _WITHOUT_ORIENTATION and not turned:
        rgb = _turn(rgb, header.orientation)
        known = _turn(known, header.orientation) if known is not None else None
    return SecondDecoding(facts, rgb, known)


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


def _as_arrays(image: QImage) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_] | None]:
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
