"""Real photographs in many variants of the formats, to see whether two decoders agree on them."""

import io
import struct
import zlib
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import simplejpeg
from PIL import Image, ImageCms

Rgb = npt.NDArray[np.uint8]


def write_variants(photos: Path, folder: Path) -> int:
    """Write six photographs in every variant that Qt can read, too; how many files that are."""
    folder.mkdir()
    count = 0
    for number, file in enumerate(sorted(photos.glob("*-00[0-5].jpg"))):
        pixels = cv2.imread(str(file))
        assert pixels is not None
        top, left = 40 + 13 * number, 60 + 29 * number
        crop = pixels[top : top + 97 + number, left : left + 131 - number, ::-1]  # sides that no block size divides
        for name, data in _variants(np.ascontiguousarray(crop)):
            (folder / f"{file.stem}-{name}").write_bytes(data)
            count += 1
    return count


def write_for_pillow_alone(photo: Path, folder: Path) -> set[str]:
    """Write a photograph in formats or variants that Qt cannot read and Pillow can; their names."""
    folder.mkdir()
    with Image.open(photo) as opened:
        image = opened.resize((128, 96))
    exif = Image.Exif()
    exif[274] = 6
    alpha = Image.fromarray(np.tile(np.arange(128, dtype=np.uint8) * 2, (96, 1)))
    see_through = image.copy()
    see_through.putalpha(alpha)
    files: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "a.avif": (image, {}),
        "b.jp2": (image, {}),
        "c.tif": (image, {"compression": "jpeg"}),
        "d.avif": (image, {"exif": exif.tobytes()}),  # turned
        "e.avif": (see_through, {}),
        "f.jp2": (see_through, {}),
        "g.tif": (image, {"compression": "jpeg", "exif": exif}),
        "h.avif": (image, {"subsampling": "4:2:0", "quality": 40}),
    }
    if find_spec("pillow_heif") is not None:
        import pillow_heif

        pillow_heif.register_heif_opener()
        files |= {"i.heic": (image, {"format": "HEIF"}), "j.heic": (image, {"format": "HEIF", "exif": exif.tobytes()})}
    for name, (picture, options) in files.items():
        picture.save(folder / name, **options)
    return set(files)


def _variants(rgb: Rgb) -> Iterator[tuple[str, bytes]]:
    image = Image.fromarray(rgb)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    fading = np.tile(np.linspace(1, 255, rgb.shape[1]).astype(np.uint8), (rgb.shape[0], 1))
    rgba = Image.fromarray(np.dstack([rgb, fading]))
    opaque = Image.fromarray(np.dstack([rgb, np.full_like(fading, 255)]))

    for sampling in ("444", "422", "420", "440", "411"):
        for quality in (25, 92):
            data = simplejpeg.encode_jpeg(rgb, quality=quality, colorsubsampling=sampling)
            yield f"{sampling}-{quality}.jpg", data
    yield "progressive.jpg", _saved(image, "JPEG", progressive=True)
    yield "cmyk.jpg", _saved(image.convert("CMYK"), "JPEG", quality=90)
    yield "stored-as-rgb.jpg", _saved(image, "JPEG", keep_rgb=True)
    yield "profile.jpg", _saved(image, "JPEG", icc_profile=srgb)
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[274] = orientation
        for extension, format_name in (("jpg", "JPEG"), ("png", "PNG"), ("webp", "WEBP"), ("tif", "TIFF")):
            yield f"exif-{orientation}.{extension}", _saved(image, format_name, exif=exif)

    png = _saved(image, "PNG")
    yield "plain.png", png
    yield "gamma.png", _with_chunk(png, b"gAMA", struct.pack(">I", 100_000))
    yield "palette.png", _saved(image.quantize(64), "PNG")
    yield "alpha.png", _saved(rgba, "PNG")
    yield "16-bit.png", _by_opencv(".png", rgb, bits=16)
    yield "lossy-20.webp", _saved(image, "WEBP", quality=20)
    yield "lossy-90.webp", _saved(image, "WEBP", quality=90)
    yield "lossless.webp", _saved(image, "WEBP", lossless=True)
    yield "alpha.webp", _saved(rgba, "WEBP")
    yield "plain.tif", _saved(image, "TIFF")
    yield "lzw.tif", _saved(image, "TIFF", compression="tiff_lzw")
    yield "cmyk.tif", _saved(image.convert("CMYK"), "TIFF")
    yield "opaque.tif", _saved(opaque, "TIFF")
    yield "16-bit.tif", _by_opencv(".tif", rgb, bits=16)
    yield "plain.bmp", _saved(image, "BMP")
    yield "palette.bmp", _saved(image.quantize(64), "BMP")
    yield "plain.gif", _saved(image, "GIF")
    yield "see-through.gif", _saved(image.quantize(32), "GIF", transparency=3)
    yield "plain.ppm", _saved(image, "PPM")
    yield "16-bit.ppm", _by_opencv(".ppm", rgb, bits=16)


def _saved(image: Image.Image, format_name: str, **options: object) -> bytes:
    file = io.BytesIO()
    image.save(file, format_name, **options)
    return file.getvalue()


def _by_opencv(extension: str, rgb: Rgb, bits: int) -> bytes:
    wide = rgb.astype(np.uint16) * 257 if bits == 16 else rgb
    noise = np.random.default_rng(0).integers(0, 200, wide.shape, np.uint16)  # so that the low bits are not the high
    good, data = cv2.imencode(extension, np.minimum(wide, 65_300)[..., ::-1] + noise)
    assert good
    return data.tobytes()


def _with_chunk(png: bytes, kind: bytes, body: bytes) -> bytes:
    after_header = 8 + 25
    chunk = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return png[:after_header] + chunk + png[after_header:]
