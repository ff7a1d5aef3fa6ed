"""Other decoders as the reference: every disagreement is of a class that assets/docs/checking.md explains."""

import re
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from inspector.formats.decode import peek
from inspector.formats.decoder_log import DecoderLog
from inspector.formats.problems import ProblemKind
from tests.scan.against_pillow import (
    BAD,
    GOOD,
    NO_IMAGE,
    OTHER_PIXELS,
    TRUNCATED,
    Disagreement,
    Pixels,
    by_pillow,
    by_us,
    disagreements,
    files,
    originals,
    same,
)

DOCS = Path(__file__).resolve().parents[2] / "assets" / "docs" / "checking.md"
FILES, SEED = 3000, 0

# Heading in the docs -> (format, what the other decoder says, what is said here), as patterns.
EXPLAINED = {
    "Wrong bytes that others do not report": ("JPEG|TIFF|WebP|PNG|AVIF|HEIC|BMP", "good", "DAMAGED"),
    "An end that others do not need": ("JPEG|PNG|GIF|BMP|TIFF|AVIF|JPEG 2000", "good", "TRUNCATED"),
    "Faults behind the first picture": ("PNG|GIF", "good", "UNDECODABLE"),
    "Another library, another patience": ("AVIF|JPEG 2000|TIFF|WebP", "good", "UNDECODABLE"),
    "Sound files without support": ("TIFF|BMP|PNM|JPEG 2000", "good", "UNSUPPORTED|TOO_LARGE"),
    "Wrong bytes that change no pixel": (
        "WebP|AVIF|TIFF|JPEG 2000|BMP",
        "OSError: could not create decoder object|cannot identify image file|OSError: decoder error -N|"
        r"OSError: Unsupported BMP Palette size \(N\)|ValueError: invalid palette size|"
        "(TiffFileError|ImcdError|DeflateError): .*",
        "good",
    ),
    "Wrong bytes that every decoder takes in its own way": ("TIFF|GIF", OTHER_PIXELS, "good"),
}


def explanation(found: Disagreement) -> str | None:
    for heading, patterns in EXPLAINED.items():
        if all(re.fullmatch(pattern, said) for pattern, said in zip(patterns, found[:3], strict=True)):
            return heading
    return None


@pytest.mark.slow
def test_every_disagreement_is_of_an_explained_class(capsys: pytest.CaptureFixture[str]) -> None:
    met = list(disagreements(FILES, SEED))
    counted = Counter((explanation(found), found) for found, _, _ in met)
    with capsys.disabled():
        print(f"\n{len(met)} disagreements on {FILES} files:")
        for (heading, found), number in sorted(counted.items(), key=lambda item: str(item)):
            print(f"{number:6}  {found.format:10} {found.by}: {found.other:45.45} here: {found.ours:12} {heading}")
    unexplained = {found: (file.name, file.mutation) for found, file, _ in met if explanation(found) is None}
    assert unexplained == {}
    passed = [(file.name, file.mutation) for _, file, verdict in met if verdict == TRUNCATED]
    assert passed == [], "Pillow calls these truncated, and here they pass as good"


def test_each_class_is_explained_in_the_docs() -> None:
    section = DOCS.read_text("utf-8").partition("## Right, measured against other decoders")[2]
    headings = re.findall(r"^### (.*)$", section, re.MULTILINE)
    assert sorted(EXPLAINED) == sorted(headings)


def test_the_reference_tells_good_truncated_bad_and_no_image_apart() -> None:
    data = originals()["0-jpeg"]
    assert by_pillow(data).kind == GOOD
    assert by_pillow(data[: len(data) // 2]).kind == TRUNCATED
    assert by_pillow(b"no image").kind == NO_IMAGE
    png = originals()["0-png"]
    assert by_pillow(png[:60] + b"wrong" + png[65:]).kind == BAD


@pytest.mark.slow
def test_the_corpus_has_good_and_bad_files_of_many_formats() -> None:
    assert len(originals()) > 100
    assert set(ProblemKind) >= {found.ours for found, _, _ in disagreements(1000, 5)} - {GOOD}


# Formats and codings in which any bytes may be right: they have no checksum, and no end that they are held to.
WITHOUT_CHECKSUM = re.compile(r"BMP|PNM|WebP|JPEG|GIF|AVIF|HEIC|TIFF(?!.*(deflate|LZMA))")


@pytest.mark.slow
def test_no_changed_pixel_passes_where_there_is_a_checksum() -> None:
    right: dict[str, Pixels | None] = {}
    passed = []
    with closing(DecoderLog()) as log:
        for file in files(FILES, SEED):
            found, header = by_us(file.data, log), peek(file.data)
            if file.mutation == "none":
                right[file.name] = found.rgb
            elif found.rgb is not None and header is not None and (original := right[file.name]) is not None:
                coding = f"{header.format} {header.note}"
                if not same(found.rgb, original) and not WITHOUT_CHECKSUM.match(coding) and "strip" in file.mutation:
                    passed.append((file.name, file.mutation, coding))
    assert passed == []
