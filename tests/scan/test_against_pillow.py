"""Pillow's strict decoder as the reference: every disagreement is of a class that assets/docs/checking.md explains."""

import re
from collections import Counter
from pathlib import Path

import pytest

from inspector.formats.problems import ProblemKind
from tests.scan.against_pillow import BAD, GOOD, NO_IMAGE, TRUNCATED, Disagreement, by_pillow, disagreements, originals

DOCS = Path(__file__).resolve().parents[2] / "assets" / "docs" / "checking.md"
FILES, SEED = 3000, 0

# Heading in the docs -> (format, what Pillow says, what is said here), as patterns.
EXPLAINED = {
    "Wrong bytes that Pillow does not report": ("JPEG|TIFF|WebP|PNG", "good", "DAMAGED"),
    "An end that Pillow does not need": ("JPEG|PNG|GIF|BMP|TIFF|AVIF|JPEG 2000", "good", "TRUNCATED"),
    "Faults behind the first picture": ("PNG|GIF", "good", "UNDECODABLE"),
    "Another library, another patience": ("AVIF|JPEG 2000|TIFF", "good", "UNDECODABLE"),
    "Sound files without support": ("TIFF|BMP|PNM", "good", "UNSUPPORTED|TOO_LARGE"),
    "Wrong bytes that change no pixel": (
        "WebP|AVIF|TIFF|JPEG 2000",
        "OSError: could not create decoder object|cannot identify image file|OSError: decoder error -N",
        "good",
    ),
}


def explanation(found: Disagreement) -> str | None:
    for heading, patterns in EXPLAINED.items():
        if all(re.fullmatch(pattern, said) for pattern, said in zip(patterns, found, strict=True)):
            return heading
    return None


def test_every_disagreement_is_of_an_explained_class(capsys: pytest.CaptureFixture[str]) -> None:
    met = list(disagreements(FILES, SEED))
    counted = Counter((explanation(found), found) for found, _, _ in met)
    with capsys.disabled():
        print(f"\n{len(met)} of {FILES} files are judged otherwise than by Pillow:")
        for (heading, found), number in sorted(counted.items(), key=lambda item: str(item)):
            print(f"{number:6}  {found.format:10} Pillow: {found.pillow:45.45} here: {found.ours:12} {heading}")
    unexplained = {found: (file.name, file.mutation) for found, file, _ in met if explanation(found) is None}
    assert unexplained == {}
    passed = [(file.name, file.mutation) for found, file, verdict in met if verdict == TRUNCATED]
    assert passed == [], "Pillow calls these truncated, and here they pass as good"


def test_each_class_is_explained_in_the_docs() -> None:
    headings = re.findall(r"^### (.*)$", DOCS.read_text("utf-8"), re.MULTILINE)
    assert sorted(EXPLAINED) == sorted(headings)


def test_the_reference_tells_good_truncated_bad_and_no_image_apart() -> None:
    data = originals()["0-jpeg"]
    assert by_pillow(data)[0] == GOOD
    assert by_pillow(data[: len(data) // 2])[0] == TRUNCATED
    assert by_pillow(b"no image")[0] == NO_IMAGE
    png = originals()["0-png"]
    assert by_pillow(png[:60] + b"wrong" + png[65:])[0] == BAD


def test_the_corpus_has_good_and_bad_files_of_many_formats() -> None:
    assert len(originals()) > 100
    assert set(ProblemKind) >= {ours for (_, _, ours), _, _ in disagreements(1000, 5)} - {GOOD}
