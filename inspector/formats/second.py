"""A second decoder for every format, where Pillow is installed; one for HEIC where pillow-heif is."""

import io
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from inspector.formats.image import Pixels

_NAMES = {
    "JPEG": "JPEG", "PNG": "PNG", "WebP": "WEBP", "GIF": "GIF", "BMP": "BMP", "TIFF": "TIFF", "AVIF": "AVIF",
    "JPEG 2000": "JPEG2000", "PNM": "PPM",
}  # fmt: skip


def has_pillow() -> bool:
    """Whether there is a second decoder at all."""
    return find_spec("PIL") is not None


def decode_with_pillow(data: bytes, format: str) -> Pixels:
    """(H, W, 3) uint8 RGB of a file, alpha dropped, and as stored: not turned, but for HEIC, whose decoder does that.

    Args:
        format: as `Header.format` has it.

    Raises:
        ValueError: Pillow is missing, or cannot decode the file; a sentence says so.
    """
    if not has_pillow():
        raise ValueError("Pillow is not installed")
    from PIL import Image

    if format == "HEIC":
        if find_spec("pillow_heif") is None:
            raise ValueError("pillow-heif is not installed")
        import pillow_heif

        pillow_heif.register_heif_opener()
    Image.init()
    factory: Any = Image.OPEN.get("HEIF" if format == "HEIC" else _NAMES.get(format, ""), (None,))[0]
    if factory is None:
        raise ValueError(f"Pillow has no decoder for {format}")
    try:
        with (
            warnings.catch_warnings(),
            factory(io.BytesIO(data), "") as image,
        ):  # no limit on pixels: it has passed ours
            warnings.simplefilter("ignore")
            image.load()
            return _rgb(image)
    except MemoryError:
        raise
    except Exception as error:  # Pillow raises whatever its parsers meet: OSError, SyntaxError, struct.error ...
        raise ValueError(f"{error}".strip(" .") or type(error).__name__) from None


def _rgb(image: Any) -> Pixels:
    if image.mode.startswith("I"):  # 16 bits, which `convert` would cut off
        values = np.asarray(image).astype(np.int64)
        eight = ((values * 255 + 32767) // 65535).clip(0, 255).astype(np.uint8)
        return np.repeat(eight[..., None], 3, 2)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    return np.ascontiguousarray(np.asarray(image.convert("RGB")), np.uint8)
