"""Compares verdict and pixels of a file with other decoders, over real files and seeded mutations of them.

The others are Pillow's strict decoding, and for TIFF tifffile with imagecodecs as well.
`python -m tests.scan.against_pillow --files 20000 --seed 1` prints every class of disagreement with its number.
"""

import argparse
import io
import logging
import math
import random
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import tifffile
from numpy.typing import NDArray
from PIL import Image, ImageFile, UnidentifiedImageError

from inspector.formats.decode import BadFile, Header, decode, peek
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.pixels import turned
from inspector.formats.second import decode_with_pillow
from tests.formats.writers import bmp_runs

SAMPLE = Path(__file__).resolve().parent.parent.parent / "assets" / "sample"
MOST_BYTES = 60_000  # so that thousands of files take seconds
_MOST_PIXELS = 1 << 22

GOOD, TRUNCATED, BAD, NO_IMAGE = "good", "truncated", "bad", "no image"
OTHER_PIXELS = "other pixels"
TOLERANCE = 4  # of a value: decoders of lossy formats round in different ways

Pixels = NDArray[np.uint8]


class File(NamedTuple):
    """A file's bytes, and how they were made."""

    name: str
    mutation: str
    data: bytes


class Verdict(NamedTuple):
    """What a decoder makes of a file: GOOD, TRUNCATED, BAD or NO_IMAGE, its words, and the pixels of a good one."""

    kind: str
    words: str
    rgb: Pixels | None = None


class Disagreement(NamedTuple):
    """One decoder takes the file, the other does not; or both do, with different pixels.

    Attributes:
        format: as the header says.
        other: what the other one has to say; "good", OTHER_PIXELS, or the fault.
        ours: the same of this project; "good", or the kind of problem.
        by: "Pillow" or "tifffile".
    """

    format: str
    other: str
    ours: str
    by: str = "Pillow"


def originals() -> dict[str, bytes]:
    """The sample's smaller files, bad ones among them, and photographs in every format that Pillow writes."""
    files = {
        path.relative_to(SAMPLE).as_posix(): path.read_bytes()
        for path in sorted(SAMPLE.glob("*/*"))
        if path.stat().st_size <= MOST_BYTES and "too-large" not in path.name
    }
    photo = Image.open(SAMPLE / "photo" / "china.jpg").convert("RGB")
    for number, box in enumerate(((200, 100, 323, 190), (20, 10, 84, 74), (300, 200, 301, 240))):
        for name, data in _in_every_format(photo.crop(box)):
            files[f"{number}-{name}"] = data
    return files


def _in_every_format(image: Image.Image) -> Iterator[tuple[str, bytes]]:
    def saved(format: str, of: Image.Image = image, **options: object) -> bytes:
        file = io.BytesIO()
        of.save(file, format, **options)
        return file.getvalue()

    grey, palette, rgba = image.convert("L"), image.convert("P"), image.convert("RGBA")
    exif = Image.Exif()
    exif[0x0112] = 6
    yield "jpeg", saved("JPEG")
    yield "jpeg-exif", saved("JPEG", exif=exif)
    yield "jpeg-progressive", saved("JPEG", progressive=True)
    yield "jpeg-grey", saved("JPEG", grey)
    yield "jpeg-cmyk", saved("JPEG", image.convert("CMYK"))
    yield "jpeg-restart", saved("JPEG", restart_marker_rows=1)
    yield "jpeg-444", saved("JPEG", subsampling=0, quality=95)
    yield "png", saved("PNG")
    yield "png-grey", saved("PNG", grey)
    yield "png-palette", saved("PNG", palette)
    yield "png-alpha", saved("PNG", rgba)
    yield "png-16-bit", saved("PNG", grey.convert("I").point(lambda v: v * 257).convert("I;16"))
    yield "bmp", saved("BMP")
    yield "bmp-palette", saved("BMP", palette)
    for bits in (4, 8):
        small = image.quantize(1 << bits)
        colours = np.array(small.getpalette(), np.uint8).reshape(-1, 3)[: 1 << bits]
        yield f"bmp-runs-{bits}", bmp_runs(np.asarray(small), colours, bits)
    yield "webp", saved("WEBP")
    yield "webp-lossless", saved("WEBP", lossless=True)
    yield "webp-alpha", saved("WEBP", rgba, exif=exif)
    yield "tiff", saved("TIFF")
    yield "tiff-lzw", saved("TIFF", compression="tiff_lzw")
    yield "tiff-deflate", saved("TIFF", compression="tiff_adobe_deflate")
    yield "tiff-jpeg", saved("TIFF", compression="jpeg")
    yield "tiff-packbits", saved("TIFF", compression="packbits")
    yield "tiff-fax3", saved("TIFF", image.convert("1"), compression="group3")
    yield "tiff-fax4", saved("TIFF", image.convert("1"), compression="group4")
    yield "tiff-palette", saved("TIFF", palette, compression="tiff_lzw")
    yield from _other_tiffs(np.asarray(image))
    yield "jpeg-2000", saved("JPEG2000")
    yield "gif", saved("GIF", palette)
    yield "gif-animated", saved("GIF", palette, save_all=True, append_images=[image.rotate(90).resize(image.size)])
    yield "ppm", saved("PPM")
    yield "pgm", saved("PPM", grey)
    yield "pbm", saved("PPM", image.convert("1"))
    yield "avif", saved("AVIF")


def _other_tiffs(rgb: Pixels) -> Iterator[tuple[str, bytes]]:
    def written(array: NDArray[np.generic], **options: Any) -> bytes:
        file = io.BytesIO()
        tifffile.imwrite(file, array, metadata=None, **options)
        return file.getvalue()

    for compression in ("zlib", "lzw", "packbits", "lzma", "jpeg", None):
        yield f"tiff-tiled-{compression}", written(rgb, photometric="rgb", tile=(32, 48), compression=compression)
        deep = rgb.astype(np.uint16) * 257
        if compression != "jpeg":
            options = {"rowsperstrip": 20, "predictor": compression in ("zlib", "lzw")}
            yield f"tiff-16-{compression}", written(deep, photometric="rgb", compression=compression, **options)
    yield (
        "tiff-planes",
        written(rgb.transpose(2, 0, 1).copy(), photometric="rgb", planarconfig="separate", byteorder=">"),
    )
    yield "tiff-big", written(rgb[..., 0].copy(), photometric="minisblack", bigtiff=True, compression="zlib")


def files(count: int, seed: int) -> Iterator[File]:
    """All originals, and mutations of them, `count` in all; the same for the same seed."""
    chance = random.Random(seed)
    there = originals()
    for name, data in there.items():
        yield File(name, "none", data)
    names = list(there)
    tiffs = {name: strips(there[name]) for name in names if there[name][:4] in (b"II*\0", b"MM\0*", b"II+\0")}
    for _ in range(count - len(there)):
        if chance.random() < 0.3 and tiffs:  # inside a strip or tile
            name = chance.choice(list(tiffs))
            start, end = chance.choice(tiffs[name])
            mutation, data = chance.choice(("a wrong byte", "wrong bytes", "zeros")), there[name]
            changed = _MUTATIONS[mutation](data[start:end], chance)[: end - start]
            yield File(name, f"{mutation} in a strip", data[:start] + changed + data[end:])
            continue
        name = chance.choice(names)
        mutation = chance.choice(list(_MUTATIONS))
        yield File(name, mutation, _MUTATIONS[mutation](there[name], chance))


def strips(data: bytes) -> list[tuple[int, int]]:
    """(start, end) of each strip or tile of a TIFF; all of the file where there are none."""
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[0].aspage()
            places = zip(page.dataoffsets, page.databytecounts, strict=True)
            return [(start, start + size) for start, size in places if size] or [(0, len(data))]
    except tifffile.TiffFileError:
        return [(0, len(data))]


def _cut(data: bytes, chance: random.Random) -> bytes:
    return data[: chance.randrange(len(data) + 1)]


def _cut_end(data: bytes, chance: random.Random) -> bytes:
    return data[: -chance.randrange(1, 40)]


def _wrong_byte(data: bytes, chance: random.Random) -> bytes:
    return _overwritten(data, chance, bytes([chance.randrange(256)]))


def _wrong_header_byte(data: bytes, chance: random.Random) -> bytes:
    return _overwritten(data[:200], chance, bytes([chance.randrange(256)])) + data[200:]


def _wrong_bytes(data: bytes, chance: random.Random) -> bytes:
    return _overwritten(data, chance, chance.randbytes(chance.randrange(2, 65)))


def _zeros(data: bytes, chance: random.Random) -> bytes:
    return _overwritten(data, chance, bytes(chance.randrange(16, 2000)))


def _zeros_to_the_end(data: bytes, chance: random.Random) -> bytes:
    kept = chance.randrange(len(data) + 1)
    return data[:kept] + bytes(len(data) - kept)


def _hole(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + data[at + chance.randrange(1, 500) :]


def _inserted(data: bytes, chance: random.Random) -> bytes:
    at = chance.randrange(len(data) + 1)
    return data[:at] + chance.randbytes(chance.randrange(1, 100)) + data[at:]


def _appended(data: bytes, chance: random.Random) -> bytes:
    return data + chance.randbytes(chance.randrange(1, 500))


def _overwritten(data: bytes, chance: random.Random, by: bytes) -> bytes:
    at = chance.randrange(max(1, len(data)))
    return (data[:at] + by + data[at + len(by) :])[: max(len(data), at + len(by))]


_MUTATIONS = {
    "cut": _cut,
    "end cut off": _cut_end,
    "a wrong byte": _wrong_byte,
    "a wrong byte in the header": _wrong_header_byte,
    "wrong bytes": _wrong_bytes,
    "zeros": _zeros,
    "zeros to the end": _zeros_to_the_end,
    "a hole": _hole,
    "bytes inserted": _inserted,
    "bytes appended": _appended,
}


# --- the verdicts


def by_pillow(data: bytes) -> Verdict:
    """By `verify()` and `load()` of the first frame."""
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.verify()
            with Image.open(io.BytesIO(data)) as image:
                image.load()
        except UnidentifiedImageError:
            return Verdict(NO_IMAGE, "cannot identify image file")
        except Exception as error:  # Pillow raises whatever its parsers meet: OSError, SyntaxError, struct.error ...
            words = _words(error)
            return Verdict(TRUNCATED if "truncat" in words.lower() else BAD, words)
    header = peek(data)
    if header is None or not header.supported:
        return Verdict(GOOD, GOOD)
    try:
        return Verdict(GOOD, GOOD, decode_with_pillow(data, header.format, header.orientation))
    except ValueError:
        return Verdict(GOOD, GOOD)


def _words(error: Exception) -> str:
    return re.sub(r"\b(0x[0-9a-f]+|\d+)\b|b'.*'|b\".*\"", "N", f"{type(error).__name__}: {error}")


def by_tifffile(data: bytes, header: Header) -> Verdict | None:
    """By tifffile and imagecodecs; None where there is no answer, as for a picture without simple colours."""
    logging.getLogger("tifffile").setLevel(logging.CRITICAL)
    if header.height * header.width > _MOST_PIXELS:
        return None
    try:
        with tifffile.TiffFile(io.BytesIO(data)) as file:
            page = file.pages[0].aspage()
            if math.prod(page.shape) > 4 * _MOST_PIXELS:
                return None
            array = np.asarray(page.asarray())
            rgb = _simple_colours(page, array)
    except Exception as error:  # whatever its parsers and codecs meet
        return Verdict(BAD, _words(error))
    return None if rgb is None else Verdict(GOOD, GOOD, turned(rgb, header.orientation, None))


def _simple_colours(page: tifffile.TiffPage, array: NDArray[Any]) -> Pixels | None:
    if array.dtype not in (np.uint8, np.uint16, np.bool_) or page.extrasamples:
        return None
    if page.planarconfig == 2 and page.samplesperpixel == 3:
        array = array.transpose(1, 2, 0)
    largest = {"?": 1, "B": 255, "H": 65535}[array.dtype.char]
    photometric = int(page.photometric)
    if photometric == 3 and page.colormap is not None and array.max(initial=0) < page.colormap.shape[1]:
        return np.ascontiguousarray((page.colormap[:, array] >> 8).astype(np.uint8).transpose(1, 2, 0))
    eight = np.rint(array.astype(np.float64) * 255 / largest).astype(np.uint8)
    if photometric in (0, 1) and eight.ndim == 2:
        grey = 255 - eight if photometric == 0 else eight
        return np.repeat(grey[..., None], 3, 2)
    if eight.ndim == 3 and eight.shape[2] == 3 and (photometric == 2 or (photometric == 6 and page.compression == 7)):
        return eight
    return None


def by_us(data: bytes, complaints: DecoderLog) -> Verdict:
    """GOOD, or the kind of problem."""
    try:
        return Verdict(GOOD, GOOD, decode(data, decoder_log=complaints, max_pixels=_MOST_PIXELS).rgb)
    except BadFile as bad:
        return Verdict(str(bad.kind), bad.reason)


def same(one: Pixels, other: Pixels) -> bool:
    """Whether two decoders gave the same picture."""
    if one.shape != other.shape:
        return False
    return int(np.abs(one.astype(np.int16) - other).max(initial=0)) <= TOLERANCE


def disagreements(count: int, seed: int) -> Iterator[tuple[Disagreement, File, str]]:
    """Where exactly one of two decoders takes the file or the pixels differ, the file, and the other one's verdict."""
    with closing(DecoderLog()) as complaints:
        for file in files(count, seed):
            yield from _compared(file, by_us(file.data, complaints))


def _compared(file: File, ours: Verdict) -> Iterator[tuple[Disagreement, File, str]]:
    header = peek(file.data)
    others = {"Pillow": by_pillow(file.data)}
    if header is not None and header.format == "TIFF":
        found = by_tifffile(file.data, header)
        others |= {"tifffile": found} if found is not None else {}
    format = header.format if header else "none"
    for name, other in others.items():
        if (other.kind == GOOD) != (ours.kind == GOOD):
            yield Disagreement(format, other.words, ours.kind, name), file, other.kind
        elif ours.rgb is not None and other.rgb is not None and not same(ours.rgb, other.rgb):
            yield Disagreement(format, OTHER_PIXELS, ours.kind, name), file, OTHER_PIXELS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder to write examples of each class into")
    options = parser.parse_args()
    counted: Counter[Disagreement] = Counter()
    for found, file, verdict in disagreements(options.files, options.seed):
        counted[found] += 1
        if options.keep is not None and counted[found] <= 3:
            name = f"{found.by}-{found.format}-{found.other[:40]}-{found.ours}-{verdict}-{file.name}-{file.mutation}"
            (options.keep / f"{re.sub(r'[^A-Za-z0-9]+', '-', name)}-{counted[found]}").write_bytes(file.data)
    for found, number in counted.most_common():
        print(f"{number:6}  {found.format:10}  {found.by:8}: {found.other:60.60}  here: {found.ours}")
    print(f"{counted.total()} disagreements on {options.files} files, {len(counted)} classes")


if __name__ == "__main__":
    main()
