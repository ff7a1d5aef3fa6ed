"""Servers on this machine: one that speaks S3, a web server with ranges, and a proxy that delays or refuses."""

import os
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit


class QuietServer(ThreadingHTTPServer):
    """Says nothing when a client goes away."""

    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a killed worker breaks its connections."""


class QuietHandler(BaseHTTPRequestHandler):
    """Keeps connections open, and no log."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing."""

    def answer(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        """Status, headers and body in one go."""
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **(headers or {})}.items():
            self.send_header(name, value)
        self._headers_buffer.append(b"\r\n")  # type: ignore[attr-defined]
        if self.command != "HEAD":
            self._headers_buffer.append(body)  # type: ignore[attr-defined]
        self.flush_headers()


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler], tls: ssl.SSLContext | None = None) -> Iterator[str]:
    """A server in a thread; gives its URL."""
    server = QuietServer(("127.0.0.1", 0), handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class FileHandler(QuietHandler):
    """The files of a folder, with ranges.

    Args:
        needs: a header's value and a query that each request must have; "": none.
        broken: names of files of which less is sent than is announced.
    """

    def __init__(self, folder: Path, needs: tuple[str, str], broken: tuple[str, ...], ranges: bool, *args: Any) -> None:
        self._folder = folder
        self._needs = needs
        self._broken = broken
        self._ranges = ranges
        super().__init__(*args)

    def do_GET(self) -> None:
        """A file, or a range of it."""
        parts = urlsplit(self.path)
        if self._needs != (self.headers.get("Authorization", ""), parts.query):
            return self.answer(403)
        path = self._folder / unquote(parts.path).lstrip("/")
        if not path.is_file():
            return self.answer(404)
        data = path.read_bytes()
        headers = {"ETag": f'"{path.stat().st_mtime_ns:x}"'}
        if self.headers.get("If-Match", headers["ETag"]) != headers["ETag"]:
            return self.answer(412)
        wanted = self.headers.get("Range")
        if wanted is None or not self._ranges:
            return self.answer(200, data, headers)
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        if int(first) >= len(data):
            return self.answer(416)
        part = data[int(first) : int(last) + 1]
        headers["Content-Range"] = f"bytes {first}-{int(first) + len(part) - 1}/{len(data)}"
        if path.name in self._broken:
            headers["Content-Length"] = str(len(part))
            self.close_connection = True
            part = part[: len(part) // 2]
        return self.answer(206, part, headers)

    do_HEAD = do_GET


def web_server(
    folder: Path, *, needs: tuple[str, str] = ("", ""), broken: tuple[str, ...] = (), ranges: bool = True
) -> Any:
    """See `FileHandler`; a context that gives the server's URL."""
    return serving(partial(FileHandler, folder, needs, broken, ranges))


@contextmanager
def https_server(folder: Path, authority: Path) -> Iterator[str]:
    """The same with TLS. `authority`: a folder; the certificate of its new authority is `ca.pem` there."""
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-subj", "/CN=localhost")
    (authority / "names").write_text("subjectAltName=DNS:localhost,IP:127.0.0.1\nbasicConstraints=CA:FALSE\n")
    own = ("-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names")
    for command in (
        ("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2"),
        ("req", *key, "-keyout", "own.key", "-out", "own.csr"),
        ("x509", "-req", "-in", "own.csr", *own, "-out", "own.pem"),
    ):
        subprocess.run(["openssl", *command], cwd=authority, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(authority / "own.pem", authority / "own.key")
    with serving(partial(FileHandler, folder, ("", ""), (), True), context) as url:
        yield url


class ProxyHandler(QuietHandler):
    """Passes requests on after a while, or answers itself.

    Args:
        verdict: asked for each request: a status to answer with, or 0.
    """

    def __init__(self, target: str, delay_s: float, verdict: Callable[[str], int], *args: Any) -> None:
        self._target = target
        self._delay_s = delay_s
        self._verdict = verdict
        self._upstream: HTTPConnection | None = None
        super().__init__(*args)

    def do_GET(self) -> None:
        """One request."""
        time.sleep(self._delay_s)
        if status := self._verdict(self.path):
            return self.answer(status, b"<Error><Code>SlowDown</Code></Error>" if status == 503 else b"")
        if self._upstream is None:
            self._upstream = HTTPConnection(urlsplit(self._target).netloc)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self._upstream.request(self.command, self.path, body, dict(self.headers))
        answer = self._upstream.getresponse()
        kept = {name: value for name, value in answer.getheaders() if name.lower() not in ("connection", "server")}
        return self.answer(answer.status, answer.read(), kept)

    do_HEAD = do_PUT = do_POST = do_GET

    def finish(self) -> None:
        """With the client's connection, the other one ends."""
        super().finish()
        if self._upstream is not None:
            self._upstream.close()


def proxy(target: str, *, delay_s: float = 0.0, verdict: Callable[[str], int] = lambda path: 0) -> Any:
    """See `ProxyHandler`; a context that gives the proxy's URL."""
    return serving(partial(ProxyHandler, target, delay_s, verdict))


@contextmanager
def s3_server(**environment: str) -> Iterator[str]:
    """moto's server in a process of its own; gives its URL."""
    command = [sys.executable, "-W", "ignore", "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"]
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    assert process.stderr is not None
    try:
        for line in process.stderr:
            if "Running on http" in line:
                break
        else:
            raise RuntimeError("moto's server did not start")
        drain = threading.Thread(target=process.stderr.read, daemon=True)
        drain.start()
        yield line.rpartition(" ")[2].strip()
    finally:
        process.kill()
        process.wait()
        drain.join()
        process.stderr.close()


_OWNER = "AWS4-HMAC-SHA256 Credential=OWNER/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0"


def call(url: str, method: str, path: str, body: bytes = b"") -> bytes:
    """One request to an S3 server that checks no signatures, by the owner of what is there."""
    connection = HTTPConnection(urlsplit(url).netloc)
    try:
        connection.request(method, path, body, {"Authorization": _OWNER})
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status < 300, (answer.status, content)
        return content
    finally:
        connection.close()
