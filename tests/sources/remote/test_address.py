"""URLs, and what of them may be shown."""

import pytest

from inspector.errors import SourceError
from inspector.sources.remote.address import is_remote, parse_address


def test_a_url_has_a_store_and_a_key() -> None:
    address = parse_address("S3://bucket/a b/50%.jpg?x#y")
    assert (address.scheme, address.host, address.key, address.name) == (
        "s3",
        "bucket",
        "a b/50%.jpg?x#y",
        "50%.jpg?x#y",
    )
    assert address.location == "s3://bucket/a b/50%.jpg?x#y"
    assert parse_address(address.location) == address


def test_a_web_address_is_unquoted_for_its_server_and_stays_as_it_is_for_a_person() -> None:
    address = parse_address("https://host:8443/a%20b/c.tar#part")
    assert (address.host, address.key) == ("host:8443", "a b/c.tar")
    assert address.location == "https://host:8443/a%20b/c.tar"


@pytest.mark.parametrize(
    "url",
    [
        "https://user:hunter2@host/a.tar?token=hunter2",
        "sftp://user:hunter2@host/a.tar",
        "http://user:hunt@er2:hunter2@host/a.tar?X-Amz-Signature=hunter2",
    ],
)
def test_what_is_secret_is_neither_in_the_location_nor_in_the_text_of_an_address(url: str) -> None:
    address = parse_address(url)
    assert "hunter2" in address.user + address.query
    for text in (address.location, repr(address), str(address)):
        assert "hunter2" not in text
        assert "user" not in text


@pytest.mark.parametrize("url", ["ftp://u:hunter2@host/a", "s3://key:hunter2@bucket/a", "https:///hunter2", "nothing"])
def test_a_url_that_cannot_be_read_is_refused_without_its_secrets(url: str) -> None:
    with pytest.raises(SourceError) as caught:
        parse_address(url)
    assert "hunter2" not in str(caught.value)


def test_paths_are_not_remote() -> None:
    assert is_remote("s3://bucket")
    assert is_remote("HTTPS://host/a")
    assert not any(map(is_remote, ("/data", "a/b.tar", "file:///a", "C:\\data", "tar://a::/b")))
