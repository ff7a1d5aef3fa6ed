"""A prefix of which each image is a sample."""

from pathlib import Path
from urllib.parse import quote

import pytest

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.file_index import FileIndex
from inspector.sources.remote.objects import list_objects, read_object
from inspector.sources.remote.secrets import address_of
from tests.sources.remote.servers import call, web_server

pytest.importorskip("obstore")

NAMES = ("b/z.jpg", "b.jpg", "b-c/a.jpg", "b/a/y.PNG", "a.jpg", "é.jpg", "b/.hidden.jpg", ".git/a.jpg", "note.txt")


def test_images_come_in_the_order_of_a_folder(at_s3: str, bucket: str, tmp_path: Path) -> None:
    for name in NAMES:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"x")
        call(at_s3, "PUT", f"/{bucket}/set/{quote(name)}", b"x")
    call(at_s3, "PUT", f"/{bucket}/set-2/other.jpg", b"x")
    index = FileIndex.scan(tmp_path)
    counts: list[int] = []
    for url in (f"s3://{bucket}/set", f"s3://{bucket}/set/"):
        found = list_objects(address_of(url), ("jpg", "png"), counts.append)
        assert [each.key.removeprefix("set/") for each in found] == [index.relative(i) for i in range(len(index))]
    assert counts[-1] == len(index)


def test_a_listing_of_many_pages_is_complete(at_s3: str, bucket: str) -> None:
    for number in range(30):
        call(at_s3, "PUT", f"/{bucket}/{number:02}.jpg")
    found = list_objects(address_of(f"s3://{bucket}"), ("jpg",))
    assert [each.key for each in found] == [f"{number:02}.jpg" for number in range(30)]


def test_what_cannot_be_listed_is_refused_in_a_sentence(at_s3: str, tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="NoSuchBucket"):
        list_objects(address_of("s3://no-such-bucket/a"), ("jpg",))
    with web_server(tmp_path) as url, pytest.raises(SourceError, match="cannot be listed"):
        list_objects(address_of(f"{url}/a/"), ("jpg",))


def test_an_object_is_read_as_it_is_now(at_s3: str, bucket: str) -> None:
    address = address_of(f"s3://{bucket}/a.jpg")
    call(at_s3, "PUT", f"/{bucket}/a.jpg", b"12345")
    assert read_object(address) == b"12345"
    call(at_s3, "PUT", f"/{bucket}/a.jpg", b"123")
    assert read_object(address) == b"123"
    for name, content, kind in (("none.jpg", None, ProblemKind.VANISHED), ("empty.jpg", b"", ProblemKind.EMPTY)):
        if content is not None:
            call(at_s3, "PUT", f"/{bucket}/{name}", content)
        with pytest.raises(BadFile) as caught:
            read_object(address.at(name))
        assert caught.value.kind is kind
