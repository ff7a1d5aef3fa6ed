"""TIFF: the pixels are tifffile's for every layout, and what is damaged inside a strip does not pass as good."""

import io
import struct
import tracemalloc
import zlib
from collections.abc import Iterator
from contextlib import closing
from itertools import product
from typing import Any

import numpy as np
import pytest
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageDraw

from inspector.formats.decode import BadFile, decode, peek
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.problems import ProblemKind
from tests.formats.test_decode import PHOTOGRAPH, bad
from tests.formats.writers import as_pillow_has_it, pillow, strip, tiff, with_hole, with_tag

GREY = np.ascontiguousarray(PHOTOGRAPH[..., 0])
COLOUR_MAP = np.random.default_rng(1).integers(0, 65536, (3, 256)).astype(np.uint16)
COMPRESSIONS = (None, "zlib", "lzw", "packbits", "lzma", "jpeg")
BLOCKS: tuple[dict[str, Any], ...] = ({}, {"rowsperstrip": 7}, {"tile": (16, 16)}, {"tile": (32, 96)})


def layouts(bits: int) -> Iterator[tuple[str, NDArray[Any], dict[str, Any]]]:
    rgb = PHOTOGRAPH if bits == 8 else PHOTOGRAPH.astype(np.uint16) * 257 + 3
    grey = np.ascontiguousarray(rgb[..., 0])
    alpha = {"extrasamples": ["unassalpha"]}
    yield "grey", grey, {"photometric": "minisblack"}
    yield "white", grey, {"photometric": "miniswhite"}
    yield "grey alpha", rgb[..., :2], {"photometric": "minisblack", **alpha}
    yield "rgb", rgb, {"photometric": "rgb"}
    yield "rgba", np.dstack([rgb, grey]), {"photometric": "rgb", **alpha}
    yield "planes", rgb.transpose(2, 0, 1).copy(), {"photometric": "rgb", "planarconfig": "separate"}
    yield "cmyk", np.dstack([rgb, grey]), {"photometric": "separated"}
    if bits == 8:
        yield "palette", grey, {"photometric": "palette", "colormap": COLOUR_MAP}


def truth(name: str, data: bytes) -> NDArray[np.float64]:
    """The colours, from the samples that tifffile reads."""
    samples = tifffile.imread(io.BytesIO(data))
    if name == "palette":
        return (COLOUR_MAP[:, samples].transpose(1, 2, 0) >> 8).astype(float)
    values = np.rint(samples * (255 / np.iinfo(samples.dtype).max))
    if name == "planes":
        values = values.transpose(1, 2, 0)
    if name == "cmyk":
        return np.asarray((255 - values[..., :3]) * (255 - values[..., 3:]) // 255)
    if name in ("grey", "white", "grey alpha"):
        grey = values if values.ndim == 2 else values[..., 0]
        return np.repeat((255 - grey if name == "white" else grey)[..., None], 3, 2)
    return values[..., :3]


@pytest.mark.slow
@pytest.mark.parametrize("bits", [8, 16])
@pytest.mark.parametrize("compression", COMPRESSIONS)
def test_every_layout_has_the_pixels_that_tifffile_reads(bits: int, compression: str | None) -> None:
    wrong = []
    for (name, array, options), block, order in product(layouts(bits), BLOCKS, "<>"):
        if compression == "jpeg" and (bits == 16 or name in ("palette", "white", "grey alpha", "rgba")):
            continue
        predictor = compression in ("zlib", "lzw") and order == ">"
        written = {"byteorder": order, "bigtiff": order == ">" and "tile" in block, **options, **block}
        data = tiff(array, compression=compression, predictor=predictor, **written)
        decoded, right = decode(data).rgb, truth(name, data)
        if decoded.shape != right.shape or abs(decoded - right).max() > (2 if compression == "jpeg" else 1):
            wrong.append((name, block, order))
    assert wrong == []


@pytest.mark.parametrize("bits", [2, 4, 10, 12, 14])
def test_other_depths_are_scaled_to_8_bits(bits: int) -> None:
    values = np.arange(40 * 61).reshape(40, 61) % (1 << bits)
    data = tiff(values.astype(np.uint8 if bits < 8 else np.uint16), photometric="minisblack", bitspersample=bits)
    assert np.array_equal(decode(data).rgb[..., 0], np.rint(values * (255 / ((1 << bits) - 1))))


@pytest.mark.parametrize("compression", [None, "zlib", "packbits", "group3", "group4", "tiff_ccitt"])
def test_one_bit_a_pixel(compression: str | None) -> None:
    page = Image.fromarray(GREY).convert("1")
    if compression in ("group3", "group4", "tiff_ccitt"):
        data = pillow(page, "TIFF", compression=compression)
    else:
        data = tiff(np.asarray(page), photometric="minisblack", compression=compression, tile=(16, 32))
    assert np.array_equal(decode(data).rgb, np.asarray(page.convert("RGB")))


@pytest.mark.parametrize("subsampling", [(1, 1), (2, 1), (2, 2), (4, 2)])
def test_ycbcr_that_is_no_jpeg(subsampling: tuple[int, int]) -> None:
    across, down = subsampling
    ycc = np.asarray(Image.fromarray(PHOTOGRAPH[:88, :120]).convert("YCbCr"))
    small = ycc[::down, ::across, 1:]
    units = ycc[..., 0].reshape(88 // down, down, 120 // across, across).transpose(0, 2, 1, 3)
    content = np.concatenate([units.reshape(*units.shape[:2], -1), small], 2).tobytes()
    sizes = [(256, 3, 1, 120), (257, 3, 1, 88), (258, 3, 1, 8), (262, 3, 1, 6), (273, 4, 1, 8 + 2 + 12 * 8 + 4)]
    entries = [*sizes, (277, 3, 1, 3), (279, 4, 1, len(content)), (530, 3, 2, across | down << 16)]
    data = directory(entries, content)
    spread = np.dstack([ycc[..., :1], small.repeat(down, 0).repeat(across, 1)])
    right = np.asarray(Image.fromarray(spread, "YCbCr").convert("RGB"))
    assert abs(decode(data).rgb.astype(int) - right).max() <= 2


def test_lab_is_as_littlecms_converts_it() -> None:
    profiles = ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB")
    lab = ImageCms.applyTransform(Image.fromarray(PHOTOGRAPH), ImageCms.buildTransform(*profiles, "RGB", "LAB"))
    assert lab is not None
    decoded = decode(pillow(lab, "TIFF")).rgb
    assert abs(decoded.astype(int) - PHOTOGRAPH).mean() < 1
    neutral = decode(tiff(np.full((8, 8, 3), (140, 0, 0), np.uint8), photometric="cielab")).rgb
    assert np.ptp(neutral, axis=2).max() == 0


def test_16_bit_and_icc_lab_are_the_same_colours() -> None:
    lab = np.dstack([GREY, PHOTOGRAPH[..., 1] // 4, PHOTOGRAPH[..., 2] // 4 - np.uint8(32)])
    right = decode(tiff(lab, photometric="cielab")).rgb.astype(int)
    icc = np.dstack([lab[..., 0], lab[..., 1:] ^ 128])
    assert np.array_equal(decode(tiff(icc, photometric="icclab")).rgb, right)
    chroma = lab[..., 1:].view(np.int8).astype(np.int16) * 256
    deep = np.dstack([lab[..., 0].astype(np.uint16) * 257, chroma.view(np.uint16)])
    assert abs(decode(tiff(deep, photometric="cielab")).rgb - right).max() <= 1


@pytest.mark.parametrize("depth", [1, 257])
def test_associated_alpha_is_taken_out_of_the_colours(depth: int) -> None:
    alpha = np.linspace(128, 255, 123).astype(np.uint8)[None].repeat(90, 0)
    alpha[:9] = 0
    colours = np.rint(PHOTOGRAPH * (alpha[..., None] / 255))
    colours[:9] = PHOTOGRAPH[:9]  # of what is wholly transparent the stored colour is kept
    array = (np.dstack([colours, alpha]) * depth).astype(np.uint8 if depth == 1 else np.uint16)
    data = tiff(array, photometric="rgb", extrasamples=["assocalpha"], compression="lzw")
    assert abs(decode(data).rgb.astype(int) - PHOTOGRAPH).max() <= 1


@pytest.mark.parametrize("kind", [1, 3, 4])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_of_any_type_turns_once(orientation: int, kind: int) -> None:
    stored = tiff(PHOTOGRAPH, photometric="rgb", extratags=[(274, "H", 1, 1, True)], compression="lzw")
    turned = pillow(PHOTOGRAPH, "PNG", exif=_exif(orientation))
    assert np.array_equal(decode(with_tag(stored, 274, kind, orientation)).rgb, decode(turned).rgb)


def _exif(orientation: int) -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    return tags.tobytes()


# --- damage


def page_of_text() -> Image.Image:
    page = Image.new("1", (400, 300), 1)
    draw = ImageDraw.Draw(page)
    for n in range(30):
        draw.text((11 * n, 9 * n), f"Sample {n}", fill=0)
    return page


DAMAGED = {
    "jpeg": pillow(PHOTOGRAPH, "TIFF", compression="jpeg"),
    "deflate": pillow(PHOTOGRAPH, "TIFF", compression="tiff_adobe_deflate"),
    "packbits": pillow(PHOTOGRAPH, "TIFF", compression="packbits"),
    "lzma": tiff(PHOTOGRAPH, photometric="rgb", compression="lzma"),
    "fax3": pillow(page_of_text(), "TIFF", compression="group3"),
    "fax4": pillow(page_of_text(), "TIFF", compression="group4"),
    "tiled deflate": tiff(PHOTOGRAPH, photometric="rgb", compression="zlib", tile=(64, 64)),
    "tiled jpeg": tiff(PHOTOGRAPH, photometric="rgb", compression="jpeg", tile=(64, 64)),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_zeros_inside_a_strip_are_damage(name: str) -> None:
    with closing(DecoderLog()) as log:
        assert decode(DAMAGED[name], decoder_log=log).damage is None
        fault = bad(with_hole(DAMAGED[name], 0.4), decoder_log=log)
    assert fault.kind is ProblemKind.DAMAGED
    assert " of " in fault.reason


@pytest.mark.parametrize("name", ["deflate", "lzma", "tiled deflate"])
def test_a_wrong_byte_is_always_found_where_there_is_a_checksum(name: str) -> None:
    data = DAMAGED[name]
    start, end = strip(data)
    for at in range(start, end, 97):
        changed = data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1 :]
        assert bad(changed).kind is ProblemKind.DAMAGED, at


def test_what_can_be_had_of_a_damaged_file_is_kept() -> None:
    whole = tiff(PHOTOGRAPH, photometric="rgb", compression="zlib", rowsperstrip=30)
    kept = decode(with_hole(whole), keep_damaged=True)
    assert kept.damage_kind is ProblemKind.DAMAGED
    assert "strip" in (kept.damage or "")
    same = (kept.rgb == PHOTOGRAPH).all((1, 2))
    assert 60 <= same.sum() < 90


def test_a_strip_that_is_shorter_than_it_should_be_is_damage() -> None:
    short = pillow(PHOTOGRAPH[:16], "TIFF", compression="jpeg")
    assert bad(with_tag(with_tag(short, 257, 4, 192), 278, 4, 192)).kind is ProblemKind.DAMAGED


@pytest.mark.parametrize("lost", [(259, 262), (258,)])
def test_a_directory_that_lost_what_decides_about_the_pixels_is_damaged(lost: tuple[int, ...]) -> None:
    data = tiff(PHOTOGRAPH, photometric="rgb", compression="lzw")
    for tag in lost:
        at = data.index(struct.pack("<HH", tag, 3))
        data = data[:at] + struct.pack("<HH", 40_000 + tag, 3) + data[at + 4 :]
    assert bad(data).kind is ProblemKind.UNDECODABLE


def test_a_strip_is_not_the_header_of_the_file() -> None:
    plain = tiff(GREY, photometric="minisblack")
    assert bad(with_tag(plain, 273, 4, 0)).kind is ProblemKind.UNDECODABLE


def test_a_strip_of_jpeg_begins_as_a_jpeg_does() -> None:
    data = pillow(PHOTOGRAPH, "TIFF", compression="jpeg")
    start = strip(data)[0]
    assert bad(data[: start + 1] + b"\0" + data[start + 2 :]).kind is ProblemKind.DAMAGED


# --- sound and rare, or without support


def test_rare_and_sound_files_are_read() -> None:
    grey = np.repeat(GREY[..., None], 3, 2)
    plain = tiff(GREY, photometric="minisblack")
    assert np.array_equal(decode(with_tag(plain, 278, 4, 2**31 - 1)).rgb, grey)
    signed = tiff(GREY.view(np.int8), photometric="minisblack")
    assert np.array_equal(decode(with_tag(signed, 339, 3, 4)).rgb, grey)
    assert bad(signed).kind is ProblemKind.UNSUPPORTED
    assert np.array_equal(decode(tiff(PHOTOGRAPH, photometric="rgb", tile=(16, 16))).rgb, PHOTOGRAPH)


@pytest.mark.parametrize(
    ("array", "options", "what"),
    [
        (np.dstack([PHOTOGRAPH] * 2)[..., :5], {"photometric": "rgb", "extrasamples": ["unspecified"] * 2}, "5 bands"),
        (np.dstack([GREY] * 8), {"photometric": "minisblack", "extrasamples": ["unspecified"] * 7}, "8 bands"),
        (PHOTOGRAPH, {"photometric": "minisblack", "extrasamples": ["unspecified"] * 2}, "3 bands"),
        (PHOTOGRAPH, {"photometric": "minisblack", "planarconfig": "contig", "extrasamples": [0, 0]}, "3 bands"),
        (PHOTOGRAPH, {"photometric": "rgb", "compression": "zstd"}, "Zstandard"),
        (GREY.astype(np.uint32), {"photometric": "minisblack"}, "32-bit"),
    ],
)
def test_variants_without_a_decoder_are_unsupported(array: NDArray[Any], options: dict[str, Any], what: str) -> None:
    fault = bad(tiff(array, **options))
    assert fault.kind is ProblemKind.UNSUPPORTED
    assert what in fault.reason


@pytest.mark.parametrize(("compression", "what"), [(6, "old JPEG"), (50013, "compression 50013")])
def test_unknown_compressions_are_unsupported(compression: int, what: str) -> None:
    fault = bad(with_tag(tiff(GREY, photometric="minisblack"), 259, 3, compression))
    assert fault.kind is ProblemKind.UNSUPPORTED
    assert what in fault.reason


# --- what a file claims


def directory(entries: list[tuple[int, int, int, int]], content: bytes = b"") -> bytes:
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    return b"II*\0" + struct.pack("<IH", 8, len(entries)) + packed + bytes(4) + content


def test_the_first_of_two_sizes_counts_for_the_limit_and_for_the_picture() -> None:
    side = 2000
    pixels = zlib.compress(bytes(side * side), 9)
    kinds = [(258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (273, 4, 1, 8 + 2 + 12 * 9 + 4), (277, 3, 1, 1)]
    data = directory([(256, 4, 1, side), (256, 4, 1, 8), (257, 4, 1, side), *kinds, (279, 4, 1, len(pixels))], pixels)
    assert bad(data, max_pixels=100_000).kind is ProblemKind.TOO_LARGE
    assert decode(data).rgb.shape == (side, side, 3)


@pytest.mark.parametrize("tags", [list(range(1000, 1900)), [256] * 900])
def test_counts_in_tags_cost_no_memory(tags: list[int]) -> None:
    values = 1_000_000
    data = directory([(tag, 3, values, 8) for tag in tags]) + b"\1" * (2 * values)
    tracemalloc.start()
    try:
        with pytest.raises(BadFile):
            decode(data)
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_strips_that_all_claim_the_whole_file_are_refused() -> None:
    rows = 2000
    blob = zlib.compress(bytes(4_000_000), 0)
    lists = np.array([8] * rows, "<u4").tobytes() + np.array([len(blob)] * rows, "<u4").tobytes()
    start = 8 + len(blob)
    entries = [
        (256, 4, 1, 64), (257, 4, 1, rows), (258, 3, 1, 8), (259, 3, 1, 8), (262, 3, 1, 1), (273, 4, rows, start),
        (277, 3, 1, 1), (278, 4, 1, 1), (279, 4, rows, start + 4 * rows),
    ]  # fmt: skip
    packed = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    head = b"II*\0" + struct.pack("<I", start + len(lists)) + blob + lists
    data = head + struct.pack("<H", len(entries)) + packed + bytes(4)
    assert bad(data).kind is ProblemKind.UNDECODABLE


def test_a_header_without_room_for_its_strips_is_no_reason_to_take_memory() -> None:
    entries = [(256, 4, 1, 16000), (257, 4, 1, 16000), (258, 3, 1, 8), (262, 3, 1, 1), (322, 3, 1, 1), (323, 3, 1, 1)]
    tracemalloc.start()
    try:
        assert bad(directory([*entries, (324, 4, 1, 8), (325, 4, 1, 1)])).kind is ProblemKind.UNDECODABLE
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_tile_that_is_far_larger_than_the_picture_is_impossible() -> None:
    tiled = tiff(PHOTOGRAPH, photometric="rgb", tile=(64, 64), compression="zlib")
    fault = bad(with_tag(with_tag(tiled, 322, 4, 65536), 323, 4, 65536))
    assert fault.kind is ProblemKind.UNDECODABLE
    assert "impossible size" in fault.reason


def test_pillows_files_are_read_as_pillow_reads_them() -> None:
    for options in ({}, {"compression": "tiff_lzw"}, {"compression": "jpeg"}, {"compression": "packbits"}):
        data = pillow(PHOTOGRAPH, "TIFF", **options)
        header = peek(data)
        assert header is not None
        assert header.supported
        assert abs(decode(data).rgb.astype(int) - as_pillow_has_it(data)).max() <= 4
