"""Stores that ask for fewer requests, and say for how long."""

import threading
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from inspector.commands.scan_output import summary
from inspector.formats.problems import BadFile, ProblemKind
from inspector.scan.progress import ScanState
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.remote.counts import current_counter
from inspector.sources.remote.opening import open_remote_blob
from inspector.sources.remote.store import retry_after_s
from tests.sources.remote.conftest import use_s3
from tests.sources.remote.servers import ProxyHandler, call, serving, web_server

pytest.importorskip("obstore")

CONTENT = bytes(range(256)) * 40


class Throttling:
    """What a server does with some requests: it refuses them with a status and `Retry-After`."""

    def __init__(self, status: int, retry_after: str) -> None:
        self.status, self.retry_after = status, retry_after
        self.left = 0  # to refuse
        self.refused: list[str] = []
        self.times: list[float] = []  # of all requests
        self._lock = threading.Lock()

    def refuses(self, path: str) -> bool:
        with self._lock:
            self.times.append(time.monotonic())
            if not self.left:
                return False
            self.left -= 1
            self.refused.append(path)
            return True


class ThrottledHandler(ProxyHandler):
    """A proxy that may be asked for too much."""

    def __init__(self, target: str, throttling: Throttling, *args: Any) -> None:
        self._throttling = throttling
        super().__init__(target, 0.0, lambda path: 0, *args)

    def do_GET(self) -> None:
        if self._throttling.refuses(self.path):
            return self.answer(self._throttling.status, b"", {"Retry-After": self._throttling.retry_after})
        return super().do_GET()

    do_HEAD = do_PUT = do_POST = do_GET


@pytest.mark.parametrize("status", [429, 503])
def test_it_is_left_alone_as_long_as_it_asks(status: int, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(CONTENT)
    with web_server(tmp_path, needs=("", "token=hunter2")) as url:
        throttling = Throttling(status, "1")
        with serving(partial(ThrottledHandler, url, throttling)) as behind:
            blob = open_remote_blob(f"{behind}/a.tar?token=hunter2")
            before = current_counter().counts()
            throttling.left = 2
            assert blob.read(0, 100) == CONTENT[:100]
            counts = current_counter().counts()
    assert throttling.refused == ["/a.tar?token=hunter2"] * 2  # ours, and the one that asks how long
    assert throttling.times[-1] - throttling.times[-2] > 0.99
    assert (counts.retries - before.retries, counts.throttled - before.throttled) == (1, 1)


def test_a_wait_that_is_too_long_is_a_problem_at_once(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(CONTENT)
    with web_server(tmp_path) as url:
        throttling = Throttling(429, "600")
        with serving(partial(ThrottledHandler, url, throttling)) as behind:
            blob = open_remote_blob(f"{behind}/a.tar")
            throttling.left = 1000
            with pytest.raises(BadFile, match=r"fewer requests \(429, come back in 600 s\)") as caught:
                blob.read(0, 100)
    assert caught.value.kind is ProblemKind.UNREADABLE
    assert len(throttling.refused) == 2


def test_s3_is_asked_with_a_signed_url(at_s3: str, bucket: str, monkeypatch: pytest.MonkeyPatch) -> None:
    call(at_s3, "PUT", f"/{bucket}/a%20b.bin", CONTENT)
    throttling = Throttling(503, "1")
    with serving(partial(ThrottledHandler, at_s3, throttling)) as behind:
        use_s3(monkeypatch, behind)
        blob = open_remote_blob(f"s3://{bucket}/a b.bin")
        throttling.left = 2
        assert blob.read(0, 100) == CONTENT[:100]
    plain, signed = throttling.refused
    assert plain == f"/{bucket}/a%20b.bin"
    assert signed.startswith(f"{plain}?X-Amz-")


def test_what_the_header_says() -> None:
    assert retry_after_s("120") == 120
    assert retry_after_s(None) == retry_after_s("") == retry_after_s("soon") == retry_after_s("-3") == 0
    later = format_datetime(datetime.now(UTC) + timedelta(seconds=100), usegmt=True)
    assert 90 < retry_after_s(later) <= 100
    assert retry_after_s("Wed, 21 Oct 2015 07:28:00 GMT") == 0


def test_a_scan_says_that_the_store_throttles(photos: Path, tmp_path: Path) -> None:
    names = ("a.jpg", "b.jpg")
    for name, photo in zip(names, sorted(photos.iterdir()), strict=False):
        (tmp_path / name).write_bytes(photo.read_bytes())
    with web_server(tmp_path) as url:
        throttling = Throttling(503, "0")
        with serving(partial(ThrottledHandler, url, throttling)) as behind:
            throttling.left = 2  # one of ours, and the one that asks how long
            scan = Scan("two images", ScanSettings(num_workers=1), [f"{behind}/{name}" for name in names])
            scan.start()
            scan.wait()
    progress = scan.progress()
    assert (progress.state, progress.good, progress.throttled) == (ScanState.COMPLETE, 2, 1)
    assert "The store throttles: 1 request had to be made again" in summary(scan, None)
