"""Compares the verdict on a file with Pillow's strict decoder, over real files and seeded mutations of them.

`python -m tests.scan.against_pillow --files 20000 --seed 1` prints every class of disagreement with its number.
"""

import argparse
import io
import random
import re
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

from PIL import Image, ImageFile, UnidentifiedImageError

from inspector.formats.decode import BadFile, decode, peek
from inspector.formats.decoder_log import DecoderLog

SAMPLE = Path(__file__).resolve().parent.parent.parent / "assets" / "sample"
MOST_BYTES = 60_000  # so that thousands of files take seconds

GOOD, TRUNCATED, BAD, NO_IMAGE = "good", "truncated", "bad", "no image"


class File(NamedTuple):
    """A file's bytes, and how they were made."""

    name: str
    mutation: str
    data: bytes


class Disagreement(NamedTuple):
    """One decoder takes the file, the other does not.

    Attributes:
        format: as the header says.
        pillow, ours: what each has to say; "good", or the fault.
    """

    format: str
    pillow: str
    ours: str


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
    yield "webp", saved("WEBP")
    yield "webp-lossless", saved("WEBP", lossless=True)
    yield "webp-alpha", saved("WEBP", rgba, exif=exif)
    yield "tiff", saved("TIFF")
    yield "tiff-lzw", saved("TIFF", compression="tiff_lzw")
    yield "tiff-deflate", saved("TIFF", compression="tiff_adobe_deflate")
    yield "tiff-jpeg", saved("TIFF", compression="jpeg")
    yield "jpeg-2000", saved("JPEG2000")
    yield "gif", saved("GIF", palette)
    yield "gif-animated", saved("GIF", palette, save_all=True, append_images=[image.rotate(90).resize(image.size)])
    yield "ppm", saved("PPM")
    yield "pgm", saved("PPM", grey)
    yield "pbm", saved("PPM", image.convert("1"))
    yield "avif", saved("AVIF")


def files(count: int, seed: int) -> Iterator[File]:
    """All originals, and mutations of them, `count` in all; the same for the same seed."""
    chance = random.Random(seed)
    there = originals()
    for name, data in there.items():
        yield File(name, "none", data)
    names = list(there)
    for _ in range(count - len(there)):
        name = chance.choice(names)
        mutation = chance.choice(list(_MUTATIONS))
        yield File(name, mutation, _MUTATIONS[mutation](there[name], chance))


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


def by_pillow(data: bytes) -> tuple[str, str]:
    """GOOD, TRUNCATED, BAD or NO_IMAGE by `verify()` and `load()` of the first frame, and Pillow's words."""
    assert not ImageFile.LOAD_TRUNCATED_IMAGES
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            with Image.open(io.BytesIO(data)) as image:
                image.verify()
            with Image.open(io.BytesIO(data)) as image:
                image.load()
        except UnidentifiedImageError:
            return NO_IMAGE, "cannot identify image file"
        except Exception as error:  # Pillow raises whatever its parsers meet: OSError, SyntaxError, struct.error ...
            words = re.sub(r"\b(0x[0-9a-f]+|\d+)\b|b'.*'|b\".*\"", "N", f"{type(error).__name__}: {error}")
            return TRUNCATED if "truncat" in words.lower() else BAD, words
    return GOOD, GOOD


def by_us(data: bytes, complaints: DecoderLog) -> str:
    """GOOD, or the kind of problem."""
    try:
        decode(data, complaints=complaints)
    except BadFile as bad:
        return str(bad.kind)
    return GOOD


def disagreements(count: int, seed: int) -> Iterator[tuple[Disagreement, File, str]]:
    """Where exactly one of the two takes the file, the file, and Pillow's verdict."""
    with closing(DecoderLog()) as complaints:
        for file in files(count, seed):
            verdict, words = by_pillow(file.data)
            ours = by_us(file.data, complaints)
            if (verdict == GOOD) != (ours == GOOD):
                header = peek(file.data)
                yield Disagreement(header.format if header else "none", words, ours), file, verdict


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, help="a folder to write an example of each class into")
    options = parser.parse_args()
    counted: Counter[Disagreement] = Counter()
    for found, file, verdict in disagreements(options.files, options.seed):
        counted[found] += 1
        if options.keep is not None and counted[found] == 1:
            name = re.sub(r"[^A-Za-z0-9]+", "-", f"{found.format}-{found.pillow[:40]}-{found.ours}-{verdict}")
            (options.keep / name).write_bytes(file.data)
    for found, number in counted.most_common():
        print(f"{number:6}  {found.format:10}  Pillow: {found.pillow:60.60}  here: {found.ours}")
    print(f"{counted.total()} of {options.files} files, {len(counted)} classes")


if __name__ == "__main__":
    main()
