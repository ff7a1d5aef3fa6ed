"""A second decoder for every format, where Pillow is installed; one for HEIC where pillow-heif is."""

import io
import warnings
from importlib.util import find_spec
from typing import Any

import numpy as np

from inspector.formats.image import Pixels
from inspector.formats.pixels import turned

_NAMES = {
    "JPEG": "JPEG", "PNG": "PNG", "WebP": "WEBP", "GIF": "GIF", "BMP": "BMP", "TIFF": "TIFF", "AVIF": "AVIF",
    "JPEG 2000": "JPEG2000", "PNM": "PPM",
}  # fmt: skip
_BITS, _COMPRESSION, _PHOTOMETRIC, _PLANES, _EXTRA = 258, 259, 262, 284, 338  # tags of TIFF
_TURNED_BY_PILLOW = ("TIFF", "HEIC")


def has_pillow() -> bool:
    """Whether there is a second decoder at all."""
    return find_spec("PIL") is not None


def decode_with_pillow(data: bytes, format: str, orientation: int = 1) -> Pixels:
    """(H, W, 3) uint8 RGB of a file, alpha dropped, turned.

    Args:
        format: as `Header.format` has it.
        orientation: likewise.

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
            known_faults = _faults_of_pillow(image) if format == "TIFF" else ""
            if known_faults:
                raise ValueError(known_faults)
            inverted = format == "TIFF" and image.mode.startswith("I") and image.tag_v2.get(_PHOTOMETRIC) == 0
            image.load()
            return turned(_rgb(image, inverted), 1 if format in _TURNED_BY_PILLOW else orientation, None)
    except MemoryError:
        raise
    except Exception as error:  # Pillow raises whatever its parsers meet: OSError, SyntaxError, struct.error ...
        raise ValueError(f"{error}".strip(" .") or type(error).__name__) from None


def _faults_of_pillow(tiff: Any) -> str:
    """What Pillow reads wrongly without an error, and does not only refuse."""
    if max(tiff.tag_v2.get(_BITS, (1,))) > 8:
        if tiff.tag_v2.get(_PLANES) == 2 and tiff.tag_v2.get(_COMPRESSION, 1) == 1:
            return "Pillow mixes up planes of 16 bits"
        if tiff.mode == "RGBA" and tiff.tag_v2.get(_EXTRA) == (1,):
            return "Pillow leaves colours of 16 bits multiplied with their opacity"
    return ""


def _rgb(image: Any, inverted: bool) -> Pixels:
    if image.mode.startswith("I"):  # 16 bits, which `convert` would cut off
        values = np.asarray(image).astype(np.int64)
        eight = ((values * 255 + 32767) // 65535).clip(0, 255).astype(np.uint8)
        return np.repeat((255 - eight if inverted else eight)[..., None], 3, 2)
    if image.mode in ("P", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
    return np.ascontiguousarray(np.asarray(image.convert("RGB")), np.uint8)
