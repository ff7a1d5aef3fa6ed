"""PATH on the command line, as a look from outside shows it."""

from pathlib import Path

import pytest

from inspector.commands.source import source_of
from inspector.errors import SourceError


def test_a_place_as_people_write_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "photos").mkdir()
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    photos = tmp_path / "photos"
    assert source_of("~/photos", ("jpg",)) == str(photos)
    assert source_of(photos.as_uri(), ("jpg",)) == str(photos)
    assert source_of(f"{photos}/*.jpg", ("jpg",)) == f"{photos}/*.jpg"


def test_urls_are_named_as_such() -> None:
    with pytest.raises(SourceError, match=r"^s3://bucket/train is a URL, and only local files can be loaded"):
        source_of("s3://bucket/train", ("jpg",))
