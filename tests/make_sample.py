"""Makes the sample data set in assets/sample again: `python -m tests.make_sample [--out DIR]`.

The photographs come with scikit-image and scikit-learn (see LICENSES.md there for whose they are). Everything is
written by Pillow and OpenCV, so the same versions of them give the same bytes.
"""

import argparse
import io
import struct
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont
from PIL.Image import Resampling, Transpose

from tests.sample_text import PAGE, TEXT, Words, east

OUT = Path(__file__).resolve().parent.parent / "assets" / "sample"

# The file's name -> the kind of Problem that it must be.
BAD_FILES = {
    "chart/bad-damaged-metadata.png": "DAMAGED",
    "chart/bad-float.tif": "UNSUPPORTED",
    "chart/bad-too-large-20000x20000.png": "TOO_LARGE",
    "chart/bad-truncated.gif": "TRUNCATED",
    "chart/bad-undecodable.png": "UNDECODABLE",
    "photo/bad-damaged-flipped-bytes.jpg": "DAMAGED",
    "photo/bad-empty.jpg": "EMPTY",
    "photo/bad-heic-named.jpg": "UNSUPPORTED",
    "photo/bad-html-error-page.png": "NOT_IMAGE",
    "photo/bad-no-end-marker.jpg": "TRUNCATED",
    "photo/bad-text-named.jpg": "NOT_IMAGE",
    "photo/bad-truncated-half.jpg": "TRUNCATED",
    "photo/bad-truncated-progressive.jpg": "TRUNCATED",
    "photo/bad-truncated.png": "TRUNCATED",
}

PATCHES = (
    ("RED", (255, 0, 0)),
    ("GREEN", (0, 255, 0)),
    ("BLUE", (0, 0, 255)),
    ("CYAN", (0, 255, 255)),
    ("MAGENTA", (255, 0, 255)),
    ("YELLOW", (255, 255, 0)),
    ("WHITE", (255, 255, 255)),
    ("GREY", (128, 128, 128)),
    ("BLACK", (0, 0, 0)),
)
PATCH_WIDTH, PATCH_HEIGHT = 100, 70  # pixels; three in a row, in the order above


def colour_chart() -> Image.Image:
    chart = Image.new("RGB", (3 * PATCH_WIDTH, 3 * PATCH_HEIGHT))
    draw = ImageDraw.Draw(chart)
    font = ImageFont.load_default(size=16)
    for number, (name, colour) in enumerate(PATCHES):
        left, top = number % 3 * PATCH_WIDTH, number // 3 * PATCH_HEIGHT
        draw.rectangle((left, top, left + PATCH_WIDTH - 1, top + PATCH_HEIGHT - 1), fill=colour)
        bright = 0.3 * colour[0] + 0.6 * colour[1] + 0.1 * colour[2] > 110
        centre = (left + PATCH_WIDTH / 2, top + PATCH_HEIGHT / 2)
        draw.text(centre, name, font=font, anchor="mm", fill="black" if bright else "white")
    return chart


def _corners(box: tuple[float, float, float, float], x: float, y: float, margin: int = 2) -> tuple[int, ...]:
    left, top, right, bottom = (
        round(x + box[0]) - margin,
        round(y + box[1]) - margin,
        round(x + box[2]) + margin,
        round(y + box[3]) + margin,
    )
    return left, top, right, top, right, bottom, left, bottom


def up_words() -> Words:
    """The words of `up_chart`, where they stand when it is upright."""
    large, small = ImageFont.load_default(size=26), ImageFont.load_default(size=22)
    return (
        (_corners(large.getbbox("THIS SIDE UP", anchor="mm"), 120, 28), "THIS SIDE UP"),
        (_corners(small.getbbox("LEFT", anchor="lm"), 12, 290), "LEFT"),
        (_corners(small.getbbox("RIGHT", anchor="rm"), 228, 290), "RIGHT"),
    )


def up_chart() -> Image.Image:
    """An upright picture of which each of the eight orientations looks different."""
    chart = Image.new("RGB", (240, 320), (245, 240, 225))
    draw = ImageDraw.Draw(chart)
    draw.rectangle((0, 0, 239, 55), fill=(30, 90, 160))
    draw.text((120, 28), "THIS SIDE UP", font=ImageFont.load_default(size=26), anchor="mm", fill="white")
    draw.polygon([(120, 80), (185, 160), (145, 160), (145, 250), (95, 250), (95, 160), (55, 160)], fill=(200, 60, 40))
    small = ImageFont.load_default(size=22)
    draw.text((12, 290), "LEFT", font=small, anchor="lm", fill="black")
    draw.text((228, 290), "RIGHT", font=small, anchor="rm", fill="black")
    return chart


# What was done to the upright picture before it was stored, so that the EXIF orientation undoes it.
STORED_TURNED: dict[int, Transpose | None] = {
    1: None,
    2: Transpose.FLIP_LEFT_RIGHT,
    3: Transpose.ROTATE_180,
    4: Transpose.FLIP_TOP_BOTTOM,
    5: Transpose.TRANSPOSE,
    6: Transpose.ROTATE_90,
    7: Transpose.TRANSVERSE,
    8: Transpose.ROTATE_270,
}


def encoded(image: Image.Image, format: str, **options: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def by_opencv(image: Image.Image | npt.NDArray[Any], extension: str) -> bytes:
    pixels = np.asarray(image)
    bgr = np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else pixels
    return cv2.imencode(extension, bgr)[1].tobytes()


def sixteen_bit(image: Image.Image) -> npt.NDArray[np.uint16]:
    return np.asarray(image).astype(np.uint16) * 257


def photographs() -> dict[str, Image.Image]:
    from skimage import data
    from sklearn.datasets import load_sample_image

    names = ("astronaut", "brick", "camera", "chelsea", "clock", "coffee", "grass", "gravel", "rocket", "retina")
    photos = {name: Image.fromarray(getattr(data, name)()) for name in (*names, "hubble_deep_field")}
    photos["hubble"] = photos.pop("hubble_deep_field")
    photos["china"] = Image.fromarray(load_sample_image("china.jpg"))
    photos["flower"] = Image.fromarray(load_sample_image("flower.jpg"))
    return photos


def small(image: Image.Image, width: int) -> Image.Image:
    return image.resize((width, round(image.height * width / image.width)), Resampling.LANCZOS)


def with_round_alpha(image: Image.Image) -> Image.Image:
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, image.width - 1, image.height - 1), fill=255)
    image = image.copy()
    image.putalpha(mask)
    return image


def photo_files() -> Iterator[tuple[str, bytes]]:
    photos = photographs()
    china, flower, coffee, chelsea = (photos[name] for name in ("china", "flower", "coffee", "chelsea"))

    yield "china.jpg", encoded(china, "JPEG", quality=85)
    yield "china-cmyk.jpg", encoded(small(china, 400).convert("CMYK"), "JPEG", quality=85)
    yield "china-panorama.jpg", encoded(china.crop((0, 150, 640, 330)), "JPEG", quality=85)
    yield (
        "china-roofs-progressive-444.jpg",
        encoded(china.crop((160, 60, 480, 300)), "JPEG", quality=85, subsampling="4:4:4", progressive=True),
    )
    yield "flower-progressive.jpg", encoded(flower, "JPEG", quality=85, progressive=True)
    yield "flower-portrait.jpg", encoded(flower.crop((220, 0, 500, 427)), "JPEG", quality=85)
    yield "flower.webp", encoded(flower, "WEBP", quality=80)
    yield "flower.bmp", encoded(small(flower, 210), "BMP")
    yield "coffee-optimised.jpg", encoded(coffee, "JPEG", quality=85, optimize=True)
    yield "coffee-444.jpg", encoded(small(coffee, 400), "JPEG", quality=85, subsampling="4:4:4")
    yield "coffee-portrait.jpg", encoded(coffee.crop((150, 0, 430, 400)), "JPEG", quality=85)
    yield "coffee-16-bit.png", by_opencv(sixteen_bit(small(coffee, 240)), ".png")
    yield "chelsea-restart-markers.jpg", encoded(chelsea, "JPEG", quality=85, restart_marker_rows=1)
    yield "chelsea-palette.png", encoded(chelsea.quantize(256), "PNG", optimize=True)
    yield "chelsea-lossless.webp", encoded(small(chelsea, 260), "WEBP", lossless=True)
    yield "chelsea-lzw.tif", encoded(small(chelsea, 260), "TIFF", compression="tiff_lzw")
    yield "chelsea-deflate.tif", encoded(small(chelsea, 260), "TIFF", compression="tiff_adobe_deflate")
    yield "astronaut.jpg", encoded(photos["astronaut"], "JPEG", quality=85)
    yield "astronaut.avif", encoded(photos["astronaut"], "AVIF", quality=70, speed=6, max_threads=1)
    yield "astronaut-rgba.png", encoded(with_round_alpha(small(photos["astronaut"], 240)), "PNG", optimize=True)
    yield "camera-grey.jpg", encoded(photos["camera"], "JPEG", quality=85)
    yield "brick-grey.png", encoded(small(photos["brick"], 256), "PNG", optimize=True)
    yield "grass-grey-alpha.png", encoded(with_round_alpha(small(photos["grass"], 200)), "PNG", optimize=True)
    yield "gravel-1-bit.png", encoded(small(photos["gravel"], 384).convert("1"), "PNG", optimize=True)
    yield "clock-blurred.jpg", encoded(photos["clock"], "JPEG", quality=85)
    yield "rocket.jpg", encoded(photos["rocket"], "JPEG", quality=85)
    yield "rocket-16-bit.tif", by_opencv(sixteen_bit(small(photos["rocket"], 240)), ".tif")
    yield "hubble.jp2", encoded(small(photos["hubble"], 640), "JPEG2000", quality_mode="dB", quality_layers=[40])
    yield "retina-large.jpg", encoded(photos["retina"], "JPEG", quality=85)

    good = encoded(china, "JPEG", quality=85)
    progressive = encoded(chelsea, "JPEG", quality=85, progressive=True)
    yield "bad-empty.jpg", b""
    yield "bad-text-named.jpg", b"The photograph that should be here was never copied.\n"
    yield "bad-html-error-page.png", b"<!DOCTYPE html>\n<html><head><title>404 Not Found</title></head></html>\n"
    yield "bad-truncated-half.jpg", good[: len(good) // 2]
    yield "bad-truncated-progressive.jpg", progressive[: len(progressive) // 3]
    yield "bad-no-end-marker.jpg", encoded(chelsea, "JPEG", quality=85)[:-2]
    png = encoded(small(coffee, 200), "PNG")
    yield "bad-truncated.png", png[: len(png) * 2 // 5]
    middle = len(good) // 2
    yield "bad-damaged-flipped-bytes.jpg", good[:middle] + flipped(good[middle : middle + 64]) + good[middle + 64 :]
    yield "bad-heic-named.jpg", heic_beginning()


def chart_files() -> Iterator[tuple[str, bytes]]:
    chart = colour_chart()
    yield "colours.jpg", encoded(chart, "JPEG", quality=92)
    yield "colours.png", encoded(chart, "PNG", optimize=True)
    yield "colours.bmp", encoded(chart, "BMP")
    yield "colours.webp", encoded(chart, "WEBP", quality=90)
    yield "colours.tif", encoded(chart, "TIFF", compression="tiff_lzw")
    yield "colours.jp2", by_opencv(chart, ".jp2")
    yield "colours.avif", encoded(chart, "AVIF", quality=90, speed=6, max_threads=1)
    yield "colours.gif", encoded(chart.quantize(64, dither=Image.Dither.NONE), "GIF")
    yield "colours.ppm", encoded(chart, "PPM")
    yield "colours-cmyk.jpg", encoded(chart.convert("CMYK"), "JPEG", quality=92)
    yield "colours-progressive.jpg", encoded(chart, "JPEG", quality=92, progressive=True)
    yield "colours-palette.png", encoded(chart.quantize(64, dither=Image.Dither.NONE), "PNG", optimize=True)
    yield "colours-16-bit.png", by_opencv(sixteen_bit(chart), ".png")
    yield "colours-grey.pgm", encoded(chart.convert("L"), "PPM")
    for name, colour in PATCHES[:3]:
        yield f"{name.lower()}.png", encoded(Image.new("RGB", (64, 64), colour), "PNG", optimize=True)
    upright = up_chart()
    for orientation, turn in STORED_TURNED.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = upright if turn is None else upright.transpose(turn)
        yield f"exif-{orientation}.jpg", encoded(stored, "JPEG", quality=88, subsampling="4:4:4", exif=exif)
        yield f"gt_exif-{orientation}.txt", east(up_words())

    png = encoded(chart, "PNG")
    middle = len(png) // 2
    yield "bad-undecodable.png", png[:middle] + flipped(png[middle : middle + 16]) + png[middle + 16 :]
    yield "bad-damaged-metadata.png", with_wrong_checksum(chart)
    yield "bad-float.tif", encoded(chart.convert("F"), "TIFF", compression="tiff_adobe_deflate")
    yield "bad-truncated.gif", encoded(chart.quantize(64, dither=Image.Dither.NONE), "GIF")[:1500]
    yield "bad-too-large-20000x20000.png", black_png(20_000, 20_000)


def text_files() -> Iterator[tuple[str, bytes]]:
    """Pictures of text with a file of polygons beside each, as EAST and ICDAR have them."""
    from skimage import data

    for name, words in (("page", PAGE), ("text", TEXT)):
        yield f"{name}.png", encoded(Image.fromarray(getattr(data, name)()), "PNG", optimize=True)
        yield f"gt_{name}.txt", east(words)


def flipped(data: bytes) -> bytes:
    return bytes(byte ^ 0xFF for byte in data)


def heic_beginning() -> bytes:
    """What a HEIC file begins with; its picture could not be made here, and nothing looks at it."""
    brands = b"heic" + struct.pack(">I", 0) + b"mif1" + b"heic"
    return struct.pack(">I", 8 + len(brands)) + b"ftyp" + brands + struct.pack(">I", 8 + 64) + b"mdat" + bytes(64)


def with_wrong_checksum(image: Image.Image) -> bytes:
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "The checksum of this comment is wrong.")
    data = encoded(image, "PNG", pnginfo=info)
    at = data.index(b"comment is wrong")
    return data[:at] + b"C" + data[at + 1 :]


def black_png(width: int, height: int) -> bytes:
    """A valid 1-bit PNG, made row by row: it would take 1.2 GB as RGB."""
    packer = zlib.compressobj(9)
    row = bytes(1 + (width + 7) // 8)
    pixels = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


CLASSES: dict[str, Callable[[], Iterator[tuple[str, bytes]]]] = {
    "chart": chart_files,
    "photo": photo_files,
    "text": text_files,
}


def make(out: Path) -> list[Path]:
    """Write the class folders below `out`; returns the files."""
    made = []
    for folder, files in CLASSES.items():
        (out / folder).mkdir(parents=True, exist_ok=True)
        for name, data in files():
            path = out / folder / name
            path.write_bytes(data)
            made.append(path)
    return made


def main() -> None:
    parser = argparse.ArgumentParser(description="Make the sample data set again.")
    parser.add_argument("--out", type=Path, default=OUT, help="folder to write into (default: assets/sample)")
    out = parser.parse_args().out
    made = make(out)
    print(f"{len(made)} files, {sum(path.stat().st_size for path in made) / 1e6:.1f} MB, in {out}")


if __name__ == "__main__":
    main()
