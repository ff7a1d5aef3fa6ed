"""Decoding real files: the right pixels, or the right kind of fault, whatever the bytes are."""

import base64
import io
import json
import os
import random
import struct
import subprocess
import sys
import threading
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, PngImagePlugin

from inspector.formats.decode import BadFile, decode, peek, read_file
from inspector.formats.problems import ProblemKind
from tests.make_sample import BAD_FILES, PATCH_HEIGHT, PATCH_WIDTH, PATCHES, up_chart

SAMPLE = Path(__file__).resolve().parent.parent.parent / "assets" / "sample"
GOOD_FILES = sorted(
    path.relative_to(SAMPLE).as_posix() for path in SAMPLE.glob("*/*") if not path.name.startswith(("bad-", "gt_"))
)
KINDS_OF_BYTES = {
    ProblemKind.NOT_IMAGE,
    ProblemKind.TRUNCATED,
    ProblemKind.DAMAGED,
    ProblemKind.UNDECODABLE,
    ProblemKind.UNSUPPORTED,
    ProblemKind.TOO_LARGE,
}

Pixels = NDArray[np.uint8]


def photograph(height: int = 90, width: int = 123) -> Pixels:
    """A cut of a real photograph with detail in it."""
    rgb = decode(read_file(str(SAMPLE / "photo" / "china.jpg"))).rgb
    return rgb[100 : 100 + height, 200 : 200 + width].copy()


PHOTOGRAPH = photograph()


def pil(format: str, pixels: Pixels | Image.Image = PHOTOGRAPH, **options: Any) -> bytes:
    image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
    file = io.BytesIO()
    image.save(file, format, **options)
    return file.getvalue()


def opencv(extension: str, pixels: NDArray[Any] = PHOTOGRAPH, options: tuple[int, ...] = ()) -> bytes:
    bgr = np.ascontiguousarray(pixels[..., ::-1]) if pixels.ndim == 3 else pixels
    return cv2.imencode(extension, bgr, options)[1].tobytes()


def tiff(pixels: NDArray[Any], **options: Any) -> bytes:
    file = io.BytesIO()
    tifffile.imwrite(file, pixels, **options)
    return file.getvalue()


def exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


def as_opencv_has_it(data: bytes) -> Pixels:
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR_RGB)
    assert image is not None
    return image.astype(np.uint8, copy=False)


def bad(data: bytes, **options: Any) -> BadFile:
    with pytest.raises(BadFile) as caught:
        decode(data, **options)
    return caught.value


IMAGE = Image.fromarray(PHOTOGRAPH)
ENCODED: dict[str, bytes] = {
    "JPEG": pil("JPEG"),
    "JPEG progressive": pil("JPEG", progressive=True),
    "JPEG grey": pil("JPEG", IMAGE.convert("L")),
    "JPEG CMYK": pil("JPEG", IMAGE.convert("CMYK")),
    "JPEG restart": pil("JPEG", restart_marker_rows=1),
    "JPEG EXIF": pil("JPEG", exif=exif(6)),
    "PNG": pil("PNG"),
    "PNG palette": pil("PNG", IMAGE.convert("P")),
    "PNG 16-bit": opencv(".png", PHOTOGRAPH.astype(np.uint16) * 257),
    "BMP": pil("BMP"),
    "BMP palette": pil("BMP", IMAGE.convert("P")),
    "WebP": pil("WEBP"),
    "WebP lossless": pil("WEBP", lossless=True),
    "WebP extended": pil("WEBP", exif=exif(6)),
    "TIFF": pil("TIFF"),
    "TIFF LZW": pil("TIFF", compression="tiff_lzw"),
    "TIFF deflate": pil("TIFF", compression="tiff_adobe_deflate"),
    "TIFF JPEG": pil("TIFF", compression="jpeg"),
    "TIFF big-endian": tiff(PHOTOGRAPH, photometric="rgb", byteorder=">"),
    "BigTIFF": tiff(PHOTOGRAPH, photometric="rgb", bigtiff=True),
    "JPEG 2000": opencv(".jp2"),
    "JPEG 2000 codestream": pil("JPEG2000", no_jp2=True),
    "GIF": pil("GIF"),
    "GIF animated": pil("GIF", save_all=True, append_images=[Image.fromarray(255 - PHOTOGRAPH)]),
    "PPM": pil("PPM"),
    "PBM": pil("PPM", IMAGE.convert("1")),
    "AVIF": pil("AVIF"),
}


# --- good files: the right pixels


@pytest.mark.parametrize("name", GOOD_FILES)
def test_good_sample_file_decodes_to_contiguous_rgb_of_the_size_in_its_header(name: str) -> None:
    data = read_file(str(SAMPLE / name))
    header = peek(data)
    assert header is not None
    decoded = decode(data, header=header)
    assert decoded.rgb.shape == (header.height, header.width, 3)
    assert decoded.rgb.dtype == np.uint8
    assert decoded.rgb.flags.c_contiguous
    assert decoded.damage is None
    assert decoded.damage_kind is None


@pytest.mark.parametrize("name", [name for name in GOOD_FILES if name.startswith("chart/colours")])
def test_patches_have_the_colour_that_is_written_on_them(name: str) -> None:
    rgb = decode(read_file(str(SAMPLE / name))).rgb.astype(int)
    for number, (word, colour) in enumerate(PATCHES):
        top, left = number // 3 * PATCH_HEIGHT, number % 3 * PATCH_WIDTH
        corner = rgb[top + 8 : top + 20, left + 8 : left + 20].reshape(-1, 3)  # clear of the word and of the edge
        wanted: tuple[float, ...] = colour
        if "grey" in name:
            wanted = (0.299 * colour[0] + 0.587 * colour[1] + 0.114 * colour[2],) * 3
        lossy = name.endswith((".jpg", ".webp", ".avif", ".jp2"))
        assert abs(corner - wanted).max() <= (6 if lossy else 1), word


@pytest.mark.parametrize(("name", "colour"), [("red", (255, 0, 0)), ("green", (0, 255, 0)), ("blue", (0, 0, 255))])
def test_pure_colours_are_exact(name: str, colour: tuple[int, int, int]) -> None:
    rgb = decode(read_file(str(SAMPLE / "chart" / f"{name}.png"))).rgb
    assert (rgb == colour).all()


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_sample_comes_out_upright_and_as_opencv_turns_it(orientation: int) -> None:
    data = read_file(str(SAMPLE / "chart" / f"exif-{orientation}.jpg"))
    rgb = decode(data).rgb
    upright = np.asarray(up_chart()).astype(int)
    assert rgb.shape == upright.shape
    assert abs(rgb - upright).mean() < 3
    assert np.array_equal(rgb, as_opencv_has_it(data))


@pytest.mark.parametrize("progressive", [False, True])
@pytest.mark.parametrize("subsampling", ["4:4:4", "4:2:2", "4:2:0", "4:1:1"])
@pytest.mark.parametrize("quality", [30, 75, 96])
def test_jpeg_pixels_are_those_of_opencv(quality: int, subsampling: str, progressive: bool) -> None:
    for orientation in range(1, 9):
        data = pil("JPEG", quality=quality, subsampling=subsampling, progressive=progressive, exif=exif(orientation))
        expected = as_opencv_has_it(data)
        assert np.array_equal(decode(data).rgb, expected), orientation


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpeg_pixels_are_those_of_opencv(mode: str) -> None:
    data = pil("JPEG", IMAGE.convert(mode), quality=95)
    rgb = decode(data).rgb
    assert np.array_equal(rgb, as_opencv_has_it(data))
    assert abs(rgb.astype(int) - np.asarray(IMAGE.convert(mode).convert("RGB"))).mean() < 4


TURNED: dict[int, Callable[[Pixels], Pixels]] = {
    1: lambda stored: stored,
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: lambda stored: stored.transpose(1, 0, 2),
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].transpose(1, 0, 2),
    8: lambda stored: np.rot90(stored),
}
SQUARE_TILES = np.pad(PHOTOGRAPH, ((0, 38), (0, 5), (0, 0)))  # 128 x 128: a whole number of tiles


def orientable(name: str, orientation: int) -> bytes:
    tag = [(274, "H", 1, orientation, True)]
    match name:
        case "TIFF 16-bit":
            return tiff(PHOTOGRAPH.astype(np.uint16) * 257, photometric="rgb", extratags=tag)
        case "TIFF tiled":
            return tiff(SQUARE_TILES, photometric="rgb", tile=(64, 64), extratags=tag)
        case "TIFF big-endian":
            return tiff(PHOTOGRAPH, photometric="rgb", byteorder=">", extratags=tag)
        case "TIFF LZW":
            return pil("TIFF", compression="tiff_lzw", exif=exif(orientation))
        case "WEBP":
            return pil("WEBP", lossless=True, exif=exif(orientation))
        case "AVIF":
            return pil("AVIF", quality=100, exif=exif(orientation))
    return pil(name, exif=exif(orientation))


@pytest.mark.parametrize(
    "name", ["PNG", "WEBP", "AVIF", "TIFF", "TIFF LZW", "TIFF 16-bit", "TIFF tiled", "TIFF big-endian"]
)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_format_that_has_an_orientation_is_turned(name: str, orientation: int) -> None:
    stored = decode(orientable(name, 1)).rgb
    data = orientable(name, orientation)
    header = peek(data)
    assert header is not None
    assert header.orientation == orientation
    decoded = decode(data).rgb
    assert np.array_equal(decoded, TURNED[orientation](stored))
    assert decoded.shape == (header.height, header.width, 3)


def test_16_bits_are_scaled_to_8() -> None:
    deep = (np.arange(90 * 120, dtype=np.uint16).reshape(90, 120) * 6 + 3)[..., None].repeat(3, 2)
    for extension in (".png", ".ppm"):
        assert np.array_equal(decode(opencv(extension, deep)).rgb, deep >> 8)
    assert np.array_equal(decode(opencv(".tif", deep)).rgb, np.round(deep / 257))


def test_grey_is_spread_over_three_channels() -> None:
    grey = IMAGE.convert("L")
    for format in ("PNG", "TIFF", "BMP", "PPM", "GIF", "JPEG2000"):
        assert np.array_equal(decode(pil(format, grey)).rgb, np.asarray(grey)[..., None].repeat(3, 2)), format


def test_alpha_is_dropped_and_not_blended() -> None:
    transparent = np.dstack([PHOTOGRAPH, np.zeros_like(PHOTOGRAPH[..., 0])])
    for data in (
        pil("PNG", transparent),
        pil("WEBP", transparent, lossless=True, exact=True),
        pil("JPEG2000", transparent),
        pil("BMP", transparent),
        pil("TIFF", transparent),
        pil("TIFF", transparent, compression="tiff_lzw"),
        tiff(transparent, photometric="rgb", extrasamples=["unassalpha"]),
        tiff(transparent, photometric="rgb", extrasamples=["assocalpha"]),
        tiff(transparent, photometric="rgb", extrasamples=["unspecified"]),
        tiff(transparent.astype(np.uint16) * 257, photometric="rgb", extrasamples=["unassalpha"]),
    ):
        assert np.array_equal(decode(data).rgb, PHOTOGRAPH), peek(data)


@pytest.mark.parametrize("bits", [8, 10, 12])
def test_alpha_of_avif_is_dropped_too(bits: int) -> None:
    ramp = np.arange(123, dtype=np.uint8)[None, :, None].repeat(90, 0)
    deep = np.dstack([PHOTOGRAPH[..., ::-1], ramp]).astype(np.uint16) << (bits - 8)
    pixels = deep if bits > 8 else deep.astype(np.uint8)
    options = (cv2.IMWRITE_AVIF_DEPTH, bits, cv2.IMWRITE_AVIF_QUALITY, 100)
    data = cv2.imencode(".avif", pixels, options)[1].tobytes()
    assert "alpha" in header_note(data)
    assert abs(decode(data).rgb.astype(int) - PHOTOGRAPH).mean() < 3


def header_note(data: bytes) -> str:
    header = peek(data)
    return header.note if header else ""


def test_palette_is_looked_up() -> None:
    indexed = IMAGE.convert("P")
    for format in ("PNG", "TIFF", "BMP", "GIF"):
        assert np.array_equal(decode(pil(format, indexed)).rgb, np.asarray(indexed.convert("RGB"))), format


def test_first_frame_and_first_page_stand_for_all() -> None:
    still = decode(ENCODED["GIF"]).rgb
    assert np.array_equal(decode(ENCODED["GIF animated"]).rgb, still)
    frames = pil("WEBP", lossless=True, save_all=True, append_images=[Image.fromarray(255 - PHOTOGRAPH)])
    assert np.array_equal(decode(frames).rgb, PHOTOGRAPH)
    pages = tiff(np.stack([PHOTOGRAPH, 255 - PHOTOGRAPH]), photometric="rgb")
    assert np.array_equal(decode(pages).rgb, PHOTOGRAPH)


def bmp(bits: int, masks: tuple[int, int, int] | None = None, compression: int = 3, header_size: int = 40) -> bytes:
    """A 32 or 16-bit BMP that says with masks where red, green and blue are."""
    words = np.zeros(PHOTOGRAPH.shape[:2], "<u4")
    for channel, mask in enumerate(masks or ()):
        shift, depth = (mask & -mask).bit_length() - 1, mask.bit_count()
        words |= (PHOTOGRAPH[..., channel].astype("<u4") >> (8 - depth)) << shift
    pixels = words[::-1].astype(f"<u{bits // 8}")
    if bits == 16:
        pixels = np.pad(pixels, ((0, 0), (0, 1)))  # rows are a multiple of four bytes
    extra = (struct.pack("<3I", *masks) if masks else b"").ljust(12 if header_size == 40 else header_size - 40, b"\0")
    start = 14 + 40 + len(extra)
    info = struct.pack("<IiiHHIIiiII", header_size, 123, 90, 1, bits, compression, 0, 0, 0, 0, 0)
    return b"BM" + struct.pack("<IHHI", start + pixels.nbytes, 0, 0, start) + info + extra + pixels.tobytes()


RGB_MASKS, BGR_MASKS, MASKS_565 = (0xFF0000, 0xFF00, 0xFF), (0xFF, 0xFF00, 0xFF0000), (0xF800, 0x7E0, 0x1F)


@pytest.mark.parametrize(
    ("data", "tolerance"),
    [
        (bmp(32, RGB_MASKS), 0),
        (bmp(32, RGB_MASKS, header_size=108), 0),
        (bmp(32, BGR_MASKS, header_size=108), 0),
        (bmp(32, BGR_MASKS, header_size=124), 0),
        (bmp(16, MASKS_565), 7),
    ],
)
def test_bmp_with_masks(data: bytes, tolerance: int) -> None:
    assert abs(decode(data).rgb.astype(int) - PHOTOGRAPH).max() <= tolerance


def test_pnm_with_small_values_is_scaled() -> None:
    assert decode(b"P2\n4 1\n15\n0 5 10 15\n").rgb[0, :, 0].tolist() == [0, 85, 170, 255]
    assert decode(b"P5\n4 1\n15\n\0\5\x0a\x0f").rgb[0, :, 0].tolist() == [0, 85, 170, 255]


@pytest.mark.parametrize(
    "data",
    [
        bmp(32, None, compression=1),
        bmp(32, None, compression=4),
    ],
)
def test_variants_that_opencv_has_wrong_or_not_at_all_are_unsupported(data: bytes) -> None:
    assert bad(data).kind is ProblemKind.UNSUPPORTED


# A 24 x 18 JPEG with three times as many luminance samples in a row as chrominance ones.
SAMPLING_3X1 = base64.b64decode(
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4pLSwzOko+MzZGNywtQFdBRkxO"
    "UlNSMj5aYVpQYEpRUk//2wBDAQ4ODhMREyYVFSZPNS01T09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09PT09P"
    "T09PT09PT0//wAARCAASABgDATEAAhEBAxEB/8QAFgABAQEAAAAAAAAAAAAAAAAABwMG/8QAIhAAAgEEAQQDAAAAAAAAAAAAAQID"
    "AAQRIQUSMUFxExZR/8QAFgEBAQEAAAAAAAAAAAAAAAAAAAEC/8QAGhEAAgMBAQAAAAAAAAAAAAAAAAEDESECMv/aAAwDAQACEQMR"
    "AD8Ay1rzBh5+e8ureMyTujMQCOjYyQPWaRyqodHXiqxRgb6huneOjSCqe/mF5d9cCPJeAo4K7DZ7j8NIvHfOeNtRcKVnWNRID4IF"
    "U5EsnG3LIxBWMnI8UlVPCowloq/dYxgYF1JgY90gr2NXjAOARqknpg//2Q=="
)


def test_unusual_but_legal_sampling_is_no_damage() -> None:
    expected = as_opencv_has_it(SAMPLING_3X1)
    decoded = decode(SAMPLING_3X1)
    assert np.array_equal(decoded.rgb, expected)
    assert decoded.damage is None
    assert bad(SAMPLING_3X1[:-20]).kind is ProblemKind.TRUNCATED


def unknown_jfif_version(data: bytes) -> bytes:
    at = data.index(b"JFIF\0") + 5
    return data[:at] + b"\2" + data[at + 1 :]


def odd_scan_parameters(data: bytes) -> bytes:
    at = data.index(b"\xff\xda") + 12  # the end of the spectral selection, which baseline JPEG does not use
    return data[:at] + b"\0" + data[at + 1 :]


@pytest.mark.parametrize("change", [unknown_jfif_version, odd_scan_parameters])
def test_odd_values_that_touch_no_pixel_are_no_damage(change: Callable[[bytes], bytes]) -> None:
    odd = change(ENCODED["JPEG"])
    assert odd != ENCODED["JPEG"]
    assert np.array_equal(decode(odd).rgb, decode(ENCODED["JPEG"]).rgb)
    assert bad(odd[:-300]).kind is ProblemKind.TRUNCATED
    assert bad(flipped(odd, len(odd) // 2, 64)).kind is ProblemKind.DAMAGED


def test_bytes_after_the_end_marker_are_fine() -> None:
    for more in (b"\0" * 500, b"MPF and the like", ENCODED["JPEG"]):
        assert np.array_equal(decode(ENCODED["JPEG"] + more).rgb, decode(ENCODED["JPEG"]).rgb)


# --- where the pixels go


@pytest.mark.parametrize("name", ENCODED)
def test_pixels_are_written_into_the_given_memory(name: str) -> None:
    expected = decode(ENCODED[name]).rgb
    block = np.full((3, *expected.shape), 7, np.uint8)
    decoded = decode(ENCODED[name], block[1])
    assert np.shares_memory(decoded.rgb, block)
    assert np.array_equal(block[1], expected)
    assert (block[[0, 2]] == 7).all()


def test_result_is_the_given_array_itself() -> None:
    for orientation in range(1, 9):
        data = pil("JPEG", exif=exif(orientation))
        out = np.zeros((123, 90, 3) if orientation >= 5 else (90, 123, 3), np.uint8)
        assert decode(data, out).rgb is out


def test_memory_of_another_shape_is_left_alone() -> None:
    for name in ("JPEG", "PNG"):
        for shape in ((123, 90, 3), (200, 200, 3), (1, 1, 3)):
            out = np.full(shape, 7, np.uint8)
            decoded = decode(ENCODED[name], out)
            assert decoded.rgb.shape == (90, 123, 3)
            assert (out == 7).all()


# --- bad files: the right kind, and a reason


def test_every_bad_sample_file_has_an_expected_kind() -> None:
    assert set(BAD_FILES) == {path.relative_to(SAMPLE).as_posix() for path in SAMPLE.glob("*/bad-*")}
    file_kinds = {ProblemKind.EMPTY, *KINDS_OF_BYTES}
    assert {ProblemKind(kind) for kind in BAD_FILES.values()} == file_kinds


@pytest.mark.parametrize("name", BAD_FILES)
def test_bad_sample_file_has_its_kind_and_a_reason(name: str) -> None:
    with pytest.raises(BadFile) as caught:
        decode(read_file(str(SAMPLE / name)))
    assert caught.value.kind == BAD_FILES[name]
    reason = caught.value.reason
    assert len(reason) > 20
    assert reason[0].isupper()
    assert reason.endswith(".")
    assert Path(name).stem not in reason
    assert caught.value.reason in str(caught.value)


def test_reasons_give_figures() -> None:
    assert "all rows are there" in bad(ENCODED["JPEG"][:-2]).reason
    assert "all rows are there" in bad(ENCODED["JPEG"][:-1]).reason
    jpeg = ENCODED["JPEG"]
    assert " % of the rows" in bad(jpeg[: len(jpeg) * 2 // 3]).reason
    png = ENCODED["PNG"]
    assert bad(png[:5000]).reason.startswith("The file stops after 5,000 bytes of at least")
    assert "10 %" not in bad(png[:5000]).reason
    assert "the JPEG decoder says: " in bad(flipped(jpeg, len(jpeg) // 2, 64)).reason


def test_share_of_rows_is_about_right() -> None:
    reasons = [bad(ENCODED["JPEG"][:length]).reason for length in (1500, 2500, 3200)]
    shares = [int(reason.split("about ")[1].split(" %")[0]) for reason in reasons]
    assert shares == sorted(shares)
    assert 5 < shares[0] < shares[2] < 99


def png_of(width: int, height: int, pixels: bytes = b"") -> bytes:
    chunks = ((b"IHDR", struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)), (b"IDAT", pixels), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in chunks
    )


def test_a_bomb_is_refused_before_memory_is_taken() -> None:
    fault = bad(png_of(50_000, 50_000, zlib.compress(bytes(100_000))))
    assert fault.kind is ProblemKind.TOO_LARGE
    assert "50,000 x 50,000" in fault.reason
    assert bad(png_of(1 << 21, 1), max_pixels=1 << 40).kind is ProblemKind.TOO_LARGE
    assert bad(png_of(1 << 16, 1 << 16), max_pixels=1 << 40).kind is ProblemKind.TOO_LARGE


@pytest.mark.parametrize("name", ENCODED)
def test_limit_on_pixels_holds_for_every_format(name: str) -> None:
    assert decode(ENCODED[name], max_pixels=90 * 123).rgb.size == 90 * 123 * 3
    assert bad(ENCODED[name], max_pixels=90 * 123 - 1).kind is ProblemKind.TOO_LARGE


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"", ProblemKind.EMPTY),
        (b"\xff", ProblemKind.NOT_IMAGE),
        (b"BMW is a car maker", ProblemKind.NOT_IMAGE),
        (b"P6 is not all it takes", ProblemKind.NOT_IMAGE),
        (b"P6 640", ProblemKind.TRUNCATED),
        (b"RIFF\x24\0\0\0WAVEfmt ", ProblemKind.NOT_IMAGE),
        (b"\xff\xd8\xff\xe0", ProblemKind.TRUNCATED),
        (png_of(0, 5), ProblemKind.UNDECODABLE),
        (tiff(PHOTOGRAPH.astype(np.float32), photometric="rgb"), ProblemKind.UNSUPPORTED),
        (tiff(PHOTOGRAPH.astype(np.float16), photometric="rgb"), ProblemKind.UNSUPPORTED),
        (tiff(PHOTOGRAPH.astype(np.uint32), photometric="rgb"), ProblemKind.UNSUPPORTED),
        (tiff(PHOTOGRAPH.astype(np.int16), photometric="rgb"), ProblemKind.UNSUPPORTED),
        (pil("JPEG2000", IMAGE.convert("CMYK")), ProblemKind.UNSUPPORTED),
        (pil("TIFF", compression="zstd"), ProblemKind.UNSUPPORTED),
        (pil("ICO"), ProblemKind.UNSUPPORTED),
    ],
    ids=lambda value: None if isinstance(value, bytes) else str(value),
)
def test_kinds(data: bytes, kind: ProblemKind) -> None:
    assert bad(data).kind is kind


def test_12_bit_jpeg_is_unsupported() -> None:
    at = ENCODED["JPEG"].index(b"\xff\xc0") + 4
    fault = bad(ENCODED["JPEG"][:at] + b"\x0c" + ENCODED["JPEG"][at + 1 :])
    assert fault.kind is ProblemKind.UNSUPPORTED
    assert "12-bit" in fault.reason


def test_wrong_checksum_of_a_png_comment_is_damage_but_an_odd_profile_is_not() -> None:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", "hello")
    data = pil("PNG", pnginfo=info)
    assert np.array_equal(decode(data).rgb, PHOTOGRAPH)
    fault = bad(data.replace(b"hello", b"jello"))
    assert fault.kind is ProblemKind.DAMAGED
    assert "tEXt" in fault.reason
    assert np.array_equal(decode(pil("PNG", icc_profile=b"no profile at all" * 20)).rgb, PHOTOGRAPH)


def test_png_chunk_that_claims_gigabytes_is_refused() -> None:
    data = ENCODED["PNG"]
    at = data.index(b"IDAT") - 4
    fault = bad(data[:at] + b"\x7f" + data[at + 1 :])
    assert fault.kind is ProblemKind.UNDECODABLE
    assert "longer than the file" in fault.reason


def test_damaged_files_can_be_kept() -> None:
    jpeg = ENCODED["JPEG"]
    good = decode(jpeg).rgb
    half = decode(jpeg[: len(jpeg) // 2], keep_damaged=True)
    assert half.damage_kind is ProblemKind.TRUNCATED
    assert half.damage
    assert np.array_equal(half.rgb[:16], good[:16])
    assert not np.array_equal(half.rgb, good)
    out = np.zeros_like(good)
    wrong = decode(flipped(jpeg, len(jpeg) // 2, 64), out, keep_damaged=True)
    assert wrong.damage_kind is ProblemKind.DAMAGED
    assert wrong.rgb is out
    assert np.array_equal(out[:16], good[:16])
    assert bad(ENCODED["PNG"][:5000], keep_damaged=True).kind is ProblemKind.TRUNCATED  # nothing comes out
    assert decode(jpeg, keep_damaged=True).damage is None


def test_a_kept_file_is_turned_too() -> None:
    data = pil("JPEG", exif=exif(6))
    assert decode(data[:-2], keep_damaged=True).rgb.shape == (123, 90, 3)
    assert np.array_equal(decode(data[:-2], keep_damaged=True).rgb, decode(data).rgb)


# --- any bytes at all


def flipped(data: bytes, at: int, count: int) -> bytes:
    return data[:at] + bytes(byte ^ 0xFF for byte in data[at : at + count]) + data[at + count :]


def fault_of(data: bytes) -> BadFile | None:
    try:
        decode(data, max_pixels=1 << 24)
    except BadFile as fault:
        return fault
    return None


@pytest.mark.parametrize("name", ENCODED)
def test_a_file_that_stops_early_is_never_passed_as_good(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    data = ENCODED[name]
    chance = random.Random(name)
    lengths = {*(len(data) - less for less in range(1, 13)), *(chance.randrange(16, len(data)) for _ in range(60))}
    for length in sorted(lengths):
        fault = bad(data[:length])
        assert fault.kind is ProblemKind.TRUNCATED, (length, fault)
        assert fault.reason
    for length in range(1, 16):  # too short to tell the format, perhaps
        assert bad(data[:length]).kind in (ProblemKind.TRUNCATED, ProblemKind.NOT_IMAGE)


@pytest.mark.parametrize("name", ENCODED)
def test_wrong_bytes_raise_nothing_but_bad_file(name: str, capfd: pytest.CaptureFixture[str]) -> None:
    data = ENCODED[name]
    chance = random.Random(name)
    for number in range(120):
        count = chance.choice((1, 4, 64))
        at = chance.randrange(min(len(data), 400)) if number % 2 else chance.randrange(len(data))
        fault = fault_of(flipped(data, at, count))
        assert fault is None or (fault.kind in KINDS_OF_BYTES and fault.reason)


def test_wrong_bytes_in_png_pixels_are_always_found(capfd: pytest.CaptureFixture[str]) -> None:
    for name in ("PNG", "PNG palette", "PNG 16-bit"):
        data = ENCODED[name]
        start = data.index(b"IDAT") + 4
        for at in range(start, len(data) - 16, 97):
            assert bad(flipped(data, at, 1)).kind is ProblemKind.UNDECODABLE


WITH_COMPLAINTS = """
import json, sys
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.decode import BadFile, decode
found = {}
complaints = DecoderLog()
for path in sys.argv[1:]:
    try:
        decode(open(path, "rb").read(), decoder_log=complaints, max_pixels=1 << 24)
        found[path] = ["", ""]
    except BadFile as fault:
        found[path] = [fault.kind, fault.reason]
complaints.close()
print(json.dumps(found))
"""


def with_complaints(files: dict[str, bytes], folder: Path) -> dict[str, tuple[str, str]]:
    """Kind and reason of each file by name, found in a process that catches what decoders say."""
    for name, data in files.items():
        (folder / name).write_bytes(data)
    run = subprocess.run(
        [sys.executable, "-c", WITH_COMPLAINTS, *(str(folder / name) for name in files)],
        capture_output=True,
        text=True,
        check=True,
        timeout=100,
    )
    assert run.stderr == ""
    return {Path(path).name: (kind, reason) for path, (kind, reason) in json.loads(run.stdout).items()}


def test_complaints_find_damage_in_files_that_decode(tmp_path: Path) -> None:
    middle = {name: flipped(data, len(data) // 2, 64) for name, data in ENCODED.items() if name.startswith("TIFF ")}
    del middle["TIFF big-endian"]  # is not compressed, so that any bytes are right
    found = with_complaints(middle, tmp_path)
    assert {name: kind for name, (kind, _) in found.items()} == dict.fromkeys(middle, "DAMAGED")
    assert "strip 1 of 1: incorrect data check" in found["TIFF deflate"][1]


def test_complaints_do_not_blame_good_files(tmp_path: Path) -> None:
    good = {name.replace("/", " "): read_file(str(SAMPLE / name)) for name in GOOD_FILES}
    good["odd profile"] = pil("PNG", icc_profile=b"no profile at all" * 20)
    good["unknown tag"] = tiff(PHOTOGRAPH, photometric="rgb", extratags=[(33550, "d", 3, (1.0, 1.0, 0.0), True)])
    good["3x1"] = SAMPLING_3X1
    found = with_complaints(good | ENCODED, tmp_path)
    assert {name: answer for name, answer in found.items() if answer != ("", "")} == {}


def test_kinds_are_the_same_with_complaints_except_for_damage_in_tiff(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(3)
    files = {}
    for name, data in ENCODED.items():
        for number in range(8):
            files[f"{name} {number}"] = flipped(data, chance.randrange(len(data)), chance.choice((1, 64)))
        files[f"{name} cut"] = data[: chance.randrange(16, len(data))]
    found = with_complaints(files, tmp_path)
    for name, data in files.items():
        fault = fault_of(data)
        kind = fault.kind if fault else ""
        assert found[name][0] == kind or (found[name][0], "TIFF" in name) == ("DAMAGED", True), name


# --- reading


def test_read_file_gives_the_bytes(tmp_path: Path) -> None:
    path = tmp_path / "zwei Äpfel 🍎.bin"
    path.write_bytes(bytes(range(256)) * 9000)
    assert read_file(str(path)) == bytes(range(256)) * 9000


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="needs Linux's /proc")
def test_read_file_reads_on_where_the_size_is_not_what_the_system_says() -> None:
    assert b"Threads:" in read_file("/proc/self/status")  # "0 bytes"


def refused(path: str) -> BadFile:
    with pytest.raises(BadFile) as caught:
        read_file(path)
    assert path not in caught.value.reason
    return caught.value


def test_what_cannot_be_read_is_told_apart(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    assert refused(str(tmp_path / "empty")).kind is ProblemKind.EMPTY
    assert refused(str(tmp_path / "gone")).kind is ProblemKind.VANISHED
    assert refused(str(tmp_path / "empty" / "below-a-file")).kind in (ProblemKind.VANISHED, ProblemKind.UNREADABLE)
    assert refused(str(tmp_path)).kind is ProblemKind.UNREADABLE
    assert "folder" in refused(str(tmp_path)).reason
    assert refused("a\0b").kind is ProblemKind.UNREADABLE


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are a thing of POSIX systems")
def test_pipes_and_devices_are_refused_at_once(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jpg")
    reader = threading.Thread(target=lambda: reasons.append(refused(str(tmp_path / "pipe.jpg")).reason), daemon=True)
    reasons: list[str] = []
    reader.start()
    reader.join(30)
    assert not reader.is_alive()
    assert "named pipe" in reasons[0]
    assert refused("/dev/zero").kind is ProblemKind.UNREADABLE


@pytest.mark.skipif(os.name != "posix", reason="needs sparse files")
def test_a_file_of_many_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "disk.jpg").open("wb") as file:
        file.truncate(1 << 40)
    fault = refused(str(tmp_path / "disk.jpg"))
    assert fault.kind is ProblemKind.TOO_LARGE
    assert "1,099.5 GB" in fault.reason


@pytest.mark.skipif(not Path("/proc/self/mem").exists(), reason="needs Linux's /proc")
def test_an_input_output_error_is_unreadable() -> None:
    assert refused("/proc/self/mem").kind is ProblemKind.UNREADABLE


@pytest.mark.skipif(os.name != "posix", reason="file modes are a thing of POSIX systems")
def test_a_file_without_permission_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "secret.jpg"
    path.write_bytes(ENCODED["JPEG"])
    path.chmod(0)
    user = os.geteuid()
    os.seteuid(user or 65534)  # root may read everything
    try:
        fault = refused(str(path))
    finally:
        os.seteuid(user)
    assert fault.kind is ProblemKind.UNREADABLE
    assert "permission" in fault.reason


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("needs Linux's /proc")
    (tmp_path / "empty").touch()
    before = len(os.listdir("/proc/self/fd"))
    for _ in range(5):
        refused(str(tmp_path / "empty"))
        refused(str(tmp_path))
        read_file(str(SAMPLE / "chart" / "red.png"))
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("name", ["WebP extended", "JPEG 2000"])
def test_a_download_that_broke_off_and_left_zeros_does_not_pass_as_good(name: str) -> None:
    data = ENCODED[name]
    kept = len(data) * 6 // 10
    assert bad(data[:kept] + bytes(len(data) - kept)).kind in (ProblemKind.TRUNCATED, ProblemKind.DAMAGED)


@pytest.mark.parametrize("name", ["WebP", "WebP lossless", "WebP extended"])
def test_a_webp_picture_does_not_go_on_in_what_follows_it(name: str) -> None:
    data, chance = ENCODED[name], random.Random(1)
    refused = 0
    for _ in range(60):
        at = chance.randrange(30, len(data) - 30)
        longer = data[:at] + chance.randbytes(60) + data[at:]
        try:
            Image.open(io.BytesIO(longer)).load()
        except OSError:
            refused += 1
            bad(longer)
    assert refused > 3


def test_bytes_after_the_end_of_a_webp_do_no_harm() -> None:
    np.testing.assert_array_equal(decode(ENCODED["WebP"] + b"more").rgb, decode(ENCODED["WebP"]).rgb)
