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
    assert source_of("s3://bucket/train", ("jpg",)) == "s3://bucket/train"
    with pytest.raises(SourceError, match=r"^ftp://host/train is a URL that cannot be loaded from here"):
        source_of("ftp://host/train", ("jpg",))


def test_another_machine_is_named_as_the_window_takes_it() -> None:
    with pytest.raises(
        SourceError, match=r"^ssh://gpu1/x: this verb works on what is on this machine; inspector ssh://"
    ):
        source_of("ssh://gpu1/x", ())
    for path, url in {"me@gpu1:/data/a": "ssh://me@gpu1/data/a", "gpu1:~/photos": "ssh://gpu1/~/photos"}.items():
        with pytest.raises(SourceError, match=f"for a folder on another machine: inspector {url}$"):
            source_of(path, ())
    with pytest.raises(SourceError, match=r"check the path$"):
        source_of("gpu1:photos", ())
