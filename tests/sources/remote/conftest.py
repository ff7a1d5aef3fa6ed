"""An S3 server for all tests of a module, and credentials that lead there."""

from collections.abc import Iterator

import pytest

from inspector.sources.remote import client, secrets
from tests.sources.remote.servers import call, s3_server


@pytest.fixture(scope="session")
def s3_url() -> Iterator[str]:
    """The server's URL. It lists a few objects at a time."""
    pytest.importorskip("obstore")
    pytest.importorskip("moto")
    with s3_server(MOTO_S3_DEFAULT_MAX_KEYS="7") as url:
        yield url


@pytest.fixture(autouse=True)
def no_clients() -> Iterator[None]:
    """No connections or secrets of an earlier test."""
    yield
    client._clients.clear()
    secrets._users.clear()
    secrets._queries.clear()


@pytest.fixture
def at_s3(s3_url: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """As a user who has set the server's address and a key."""
    use_s3(monkeypatch, s3_url)
    return s3_url


@pytest.fixture
def bucket(at_s3: str, request: pytest.FixtureRequest) -> str:
    """A new one; its name."""
    name = "b" + str(abs(hash(request.node.nodeid)))
    call(at_s3, "PUT", f"/{name}")
    return name


def use_s3(monkeypatch: pytest.MonkeyPatch, url: str, key: str = "AKIAEXAMPLE", secret: str = "verySecret") -> None:
    """Set the environment of the AWS tools."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", url)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", secret)
    monkeypatch.setenv("AWS_REGION", "us-east-1")
