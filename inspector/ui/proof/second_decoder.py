"""Another decoder than the loader's, which can bear witness: Qt's own image plugins share nothing with OpenCV."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLoggingCategory
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from inspector.formats.headers import Header

_QT_NAMES = {
    "JPEG": "jpeg", "PNG": "png", "WebP": "webp", "BMP": "bmp", "GIF": "gif", "TIFF": "tiff", "PNM": "ppm",
}  # fmt: skip
Scalar = TypeVar("Scalar", bound=np.generic)
_STRIP_PIXELS = 1 << 18  # converted at a time: some milliseconds at most
_WITHOUT_ORIENTATION = ("PNG", "WebP")  # Qt's plugins for these do not read their EXIF data


@dataclass(frozen=True, slots=True, eq=False)
class Second:
    """What the second decoder makes of a file.

    Attributes:
        rgb: (H, W, 3) uint8 RGB, turned as EXIF asks, alpha dropped; None where it cannot decode the file.
        known: (H, W) where the colours are the file's; None: everywhere. Those of transparent pixels may be lost.
        reason: why there is nothing; a sentence. `badge`: the same in a word or two.
    """

    rgb: npt.NDArray[np.uint8] | None
    known: npt.NDArray[np.bool_] | None = None
    reason: str = ""
    badge: str = ""


def keep_quiet() -> None:
    """Qt's plugins would write what they think of a file to the terminal."""
    QLoggingCategory.setFilterRules("qt.imageformats.*=false\nqt.gui.imageio*=false")


def decode_again(data: bytes, header: Header) -> Second:
    """Decode a file's bytes with Qt. May be called in any thread; others run meanwhile."""
    name = _QT_NAMES.get(header.format)
    if name is None or name.encode() not in [bytes(known.data()) for known in QImageReader.supportedImageFormats()]:
        return Second(None, reason=f"There is no second decoder for {header.format}.", badge=header.format)
    limit = QImageReader.allocationLimit() << 20
    taken = header.height * header.width * (8 if "16-bit" in header.note else 4)
    if limit and taken > limit:
        megapixels = header.height * header.width / 1e6
        reason = f"With {megapixels:,.0f} megapixels it is too large for the second decoder."
        return Second(None, reason=reason, badge="too large")
    image, turned, said = _read(data)
    if image is None:
        reason = f"The second decoder cannot read this kind of {header.format} file ({said})."
        return Second(None, reason=reason, badge=header.format)
    rgb, known = _as_arrays(image)
    if header.orientation != 1 and header.format in _WITHOUT_ORIENTATION and not turned:
        rgb = turn(rgb, header.orientation)
        known = turn(known, header.orientation) if known is not None else None
    return Second(rgb, known)


def _read(data: bytes) -> tuple[QImage | None, bool, str]:
    """(the image or None, whether Qt turned it as EXIF asks, what Qt says)."""
    with _as_file(data) as name:
        reader = QImageReader(name)
        reader.setDecideFormatFromContent(True)
        reader.setAutoTransform(True)
        image = reader.read()
        turned = reader.transformation() != QImageIOHandler.Transformation.TransformationNone
        said = reader.errorString()
        del reader  # before its file goes
    return (None if image.isNull() else image), turned, said


@contextmanager
def _as_file(data: bytes) -> Iterator[str]:
    """The name of a file with these bytes.

    Not a QBuffer: one made in Python takes the interpreter's lock whenever it is read, also while Qt looks for a
    plugin under a lock of its own. The GUI thread waits for that one, with the interpreter's, when a dialog loads its
    icons: neither would ever go on.
    """
    if sys.platform == "linux":
        with os.fdopen(os.memfd_create("second-look"), "wb", buffering=0) as file:
            rest = memoryview(data)
            while rest:
                rest = rest[file.write(rest) :]
            yield f"/proc/self/fd/{file.fileno()}"
    else:
        with tempfile.TemporaryDirectory(prefix="inspector-") as folder:
            path = Path(folder, "image")
            path.write_bytes(data)
            yield str(path)


def _as_arrays(image: QImage) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_] | None]:
    formats = QImage.Format
    premultiplied = image.pixelFormat().premultiplied() == image.pixelFormat().AlphaPremultiplied.Premultiplied
    alpha = image.hasAlphaChannel()
    if image.format() == formats.Format_Grayscale8:  # Qt would convert it with the interpreter's lock in its hands
        grey = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return np.asarray(cv2.cvtColor(grey[:, : image.width()], cv2.COLOR_GRAY2RGB), np.uint8), None
    if image.format() not in (formats.Format_RGB32, formats.Format_ARGB32):
        bgra = _converted(image, formats.Format_ARGB32 if alpha else formats.Format_RGB32)
    else:
        bgra = _bgra(image)
    rgb = np.asarray(cv2.cvtColor(bgra, cv2.COLOR_BGRA2RGB), np.uint8)
    if not alpha:
        return rgb, None
    opacity = bgra[..., 3]
    # Colours multiplied with their opacity cannot be had back exactly; and where it is 0, some plugins have lost them.
    known = opacity == 255 if premultiplied else opacity > 0
    return rgb, None if known.all() else known


def _converted(image: QImage, wanted: QImage.Format) -> npt.NDArray[np.uint8]:
    """(H, W, 4) in a format of 32 bits, a strip at a time: Qt converts with the interpreter's lock in its hands."""
    height, width = image.height(), image.width()
    bgra = np.empty((height, width, 4), np.uint8)
    rows = max(1, _STRIP_PIXELS // width)
    for top in range(0, height, rows):
        strip = image.copy(0, top, width, min(rows, height - top)).convertToFormat(wanted)
        bgra[top : top + rows] = _bgra(strip)
    return bgra


def _bgra(image: QImage) -> npt.NDArray[np.uint8]:
    height, width = image.height(), image.width()
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(height, image.bytesPerLine())
    return rows[:, : 4 * width].reshape(height, width, 4)


def turn(stored: npt.NDArray[Scalar], orientation: int) -> npt.NDArray[Scalar]:
    """An image as the EXIF orientation 2 to 8 asks for it."""
    turned = stored.swapaxes(0, 1) if orientation >= 5 else stored
    if orientation in (3, 4, 7, 8):
        turned = turned[::-1]
    if orientation in (2, 3, 6, 7):
        turned = turned[:, ::-1]
    return np.ascontiguousarray(turned)
