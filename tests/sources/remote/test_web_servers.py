"""What web servers do with a request, and what is said of it: in the path of each file, how its server behaves."""

import gzip
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import ClassVar
from urllib.parse import urlsplit

import pytest

from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.remote import client
from inspector.sources.remote.objects import read_object
from inspector.sources.remote.remote_blob import RemoteBlob
from inspector.sources.remote.secrets import address_of
from tests.sources.remote.servers import QuietHandler, https_server, serving

pytest.importorskip("obstore")

CONTENT = bytes(range(256)) * 8
SECRET = "sig=verySecret%2F"


class _Handler(QuietHandler):
    asked: ClassVar[dict[str, int]] = {}  # by path

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        kind = parts.path.strip("/").partition(".")[0]
        asked = self.asked[kind] = self.asked.get(kind, 0) + 1
        if kind.isdigit():
            return self.answer(int(kind), b"<html>verySecret</html>")
        if kind == "busy" and asked < 3:
            return self.answer(429, b"", {"Retry-After": "1"})
        if kind == "moved" and parts.query == SECRET:
            return self.answer(302, b"", {"Location": f"{parts.path}?verySecret"})
        if kind == "circle":
            return self.answer(302, b"", {"Location": self.path})
        self._send(kind, self.headers.get("Range", ""))

    def _send(self, kind: str, wanted: str) -> None:
        body, headers, status = CONTENT, {"ETag": '"a"'}, 200
        if wanted and kind != "page":
            first, last = map(int, wanted.removeprefix("bytes=").split("-"))
            body, status = CONTENT[first : last + 1], 206
            begin = first + 9 if kind == "elsewhere" else first
            headers["Content-Range"] = f"bytes {begin}-{begin + len(body) - 1}/{len(CONTENT)}"
        if kind == "packed":
            body, headers["Content-Encoding"] = gzip.compress(body), "gzip"
        if kind == "cut":
            headers["Content-Length"], self.close_connection, body = str(len(body)), True, body[: len(body) // 2]
        if kind != "endless":
            return self.answer(status, body, headers)
        self.send_response(status)
        for name, value in {**headers, "Transfer-Encoding": "chunked"}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body))


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with serving(_Handler) as found:
        yield found


@pytest.mark.parametrize("name", ["plain", "moved", "busy"])
def test_what_works(name: str, url: str) -> None:
    _Handler.asked.clear()
    blob = RemoteBlob(address_of(f"{url}/{name}.tar?{SECRET}"))
    assert (blob.size, blob.read(100, 500)) == (len(CONTENT), CONTENT[100:600])
    assert read_object(address_of(f"{url}/{name}.jpg?{SECRET}")) == CONTENT


def test_an_image_that_is_packed_on_its_way_is_unpacked(url: str) -> None:
    assert read_object(address_of(f"{url}/packed.jpg")) == CONTENT


@pytest.mark.parametrize(
    ("name", "kind", "words", "tries_again"),
    [
        ("401", ProblemKind.UNREADABLE, r"refused to let it be read \(401\): check the name and password", False),
        ("403", ProblemKind.UNREADABLE, r"refused to let it be read \(403\)", False),
        ("404", ProblemKind.VANISHED, r"is not there, or no longer \(404\)", False),
        ("429", ProblemKind.UNREADABLE, r"fewer requests \(429\): read fewer at a time", True),
        ("500", ProblemKind.UNREADABLE, r"failed each time that it was asked \(500\)", True),
        ("503", ProblemKind.UNREADABLE, r"fewer requests \(503\)", True),
        ("cut", ProblemKind.UNREADABLE, "broke off before all of it had come", True),
        ("circle", ProblemKind.UNREADABLE, "it redirects in a circle", False),
        ("packed", ProblemKind.UNREADABLE, r"compressed \(gzip\), so that no part", False),
        ("endless", ProblemKind.UNREADABLE, "how long it is.*Content-Length", False),
        ("page", ProblemKind.UNREADABLE, "cannot send a part of a file", False),
        ("elsewhere", ProblemKind.UNREADABLE, "cannot send a part of a file", False),
    ],
)
def test_what_does_not(
    name: str, kind: ProblemKind, words: str, tries_again: bool, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(client, "_PATIENCE_S", 1.0)
    _Handler.asked.clear()
    with pytest.raises(BadFile, match=words) as raised:
        RemoteBlob(address_of(f"{url}/{name}.tar?{SECRET}")).read(100, 500)
    assert raised.value.kind is kind
    assert "verySecret" not in str(raised.value)
    assert name == "circle" or (_Handler.asked[name] > 1) == tries_again


@pytest.mark.skipif(shutil.which("openssl") is None, reason="nothing here makes certificates")
def test_tls_with_the_users_own_authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PATIENCE_S", 0.3)
    (tmp_path / "a.bin").write_bytes(CONTENT)
    with https_server(tmp_path, tmp_path) as found:
        monkeypatch.delenv("SSL_CERT_FILE", raising=False)
        with pytest.raises(BadFile, match=r"certificate is not trusted here.*SSL_CERT_FILE"):
            read_object(address_of(f"{found}/a.bin"))
        client._clients.clear()
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert RemoteBlob(address_of(f"{found}/a.bin")).read(3, 100) == CONTENT[3:103]
