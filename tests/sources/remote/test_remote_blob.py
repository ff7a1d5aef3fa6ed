"""Ranges of objects, from servers on this machine."""

import multiprocessing
import os
import pickle
import threading
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from inspector.errors import SourceError, StaleIndexError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.sources.remote import client
from inspector.sources.remote.counts import current_counter
from inspector.sources.remote.opening import open_remote_blob
from inspector.sources.remote.remote_blob import RemoteBlob
from inspector.sources.remote.secrets import address_of
from tests.sources.remote.conftest import use_s3
from tests.sources.remote.servers import call, proxy, s3_server, web_server

pytest.importorskip("obstore")
pytest.importorskip("moto")

CONTENT = bytes(range(256)) * 40


def kind_of(function: Callable[[], object]) -> tuple[ProblemKind, str]:
    with pytest.raises(BadFile) as caught:
        function()
    return caught.value.kind, str(caught.value)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client, "_PATIENCE_S", 0.3)


@pytest.fixture
def blob(at_s3: str, bucket: str) -> RemoteBlob:
    call(at_s3, "PUT", f"/{bucket}/a%20b/50%25.bin", CONTENT)
    return RemoteBlob(address_of(f"s3://{bucket}/a b/50%.bin"))


def test_any_range_of_an_object_can_be_read(blob: RemoteBlob, bucket: str) -> None:
    assert blob.location == f"s3://{bucket}/a b/50%.bin"
    assert blob.size == len(CONTENT)
    assert blob.etag
    assert blob.read(0, len(CONTENT)) == CONTENT
    assert blob.read(1000, 17) == CONTENT[1000:1017]
    assert blob.read(5, 0) == b""
    assert kind_of(lambda: blob.read(len(CONTENT) - 3, 4))[0] is ProblemKind.TRUNCATED


def test_an_object_of_no_bytes_can_be_opened(at_s3: str, bucket: str) -> None:
    call(at_s3, "PUT", f"/{bucket}/empty")
    assert open_remote_blob(f"s3://{bucket}/empty").size == 0


def test_what_is_not_there_has_vanished(blob: RemoteBlob, at_s3: str, bucket: str) -> None:
    assert kind_of(lambda: open_remote_blob(f"s3://{bucket}/none"))[0] is ProblemKind.VANISHED
    assert kind_of(lambda: open_remote_blob("s3://no-such-bucket/none"))[0] is ProblemKind.VANISHED
    call(at_s3, "DELETE", f"/{bucket}/a%20b/50%25.bin")
    assert kind_of(lambda: blob.read(0, 5))[0] is ProblemKind.VANISHED


def test_an_object_that_was_replaced_is_noticed(blob: RemoteBlob, at_s3: str, bucket: str) -> None:
    call(at_s3, "PUT", f"/{bucket}/a%20b/50%25.bin", CONTENT[::-1])
    with pytest.raises(StaleIndexError, match=bucket):
        blob.read(0, 5)


def test_a_copy_is_a_location_and_opens_its_own_connection(blob: RemoteBlob) -> None:
    packed = pickle.dumps(blob)
    assert len(packed) < 500
    assert b"verySecret" not in packed
    context = multiprocessing.get_context("spawn")
    with context.Pool(1) as pool:
        assert pool.apply(blob.read, (256, 256)) == CONTENT[256:512]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_process_is_refused_in_a_sentence_instead_of_waiting_for_ever(blob: RemoteBlob) -> None:
    read_end, write_end = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            blob.read(0, 5)
        except SourceError as error:
            os.write(write_end, str(error).encode())
        finally:
            os._exit(0)
    os.close(write_end)
    with open(read_end, "rb") as answer:
        assert b"spawn" in answer.read()
    os.waitpid(pid, 0)


def test_many_threads_may_read_at_once(blob: RemoteBlob) -> None:
    wrong: list[int] = []

    def read(start: int) -> None:
        for offset in range(start, start + 200, 20):
            if blob.read(offset, 100) != CONTENT[offset : offset + 100]:
                wrong.append(offset)

    threads = [threading.Thread(target=read, args=(100 * number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_a_wrong_key_is_refused_with_what_to_check_and_without_the_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with s3_server(INITIAL_NO_AUTH_ACTION_COUNT="2") as url:
        call(url, "PUT", "/bucket")
        call(url, "PUT", "/bucket/a", CONTENT)
        use_s3(monkeypatch, url, "AKIAWRONGWRONG", "hunter2hunter2")
        kind, text = kind_of(lambda: open_remote_blob("s3://bucket/a"))
    assert kind is ProblemKind.UNREADABLE
    assert "403 InvalidAccessKeyId" in text
    assert "AWS_PROFILE" in text
    assert "WRONG" not in text
    assert "hunter2" not in text


def test_credentials_of_the_aws_tools_own_file_are_used(
    monkeypatch: pytest.MonkeyPatch, s3_url: str, tmp_path: Path
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_ENDPOINT_URL"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / "credentials").write_text("[work]\naws_access_key_id = AKIAFILE\naws_secret_access_key = x\n")
    (tmp_path / "config").write_text(f"[profile work]\nregion = us-east-1\nendpoint_url = {s3_url}\n")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_PROFILE", "work")
    call(s3_url, "PUT", "/profile-bucket")
    call(s3_url, "PUT", "/profile-bucket/a", CONTENT)
    assert open_remote_blob("s3://profile-bucket/a").read(0, 9) == CONTENT[:9]


def test_a_store_that_asks_for_fewer_requests_is_asked_again(
    blob: RemoteBlob, at_s3: str, bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: Counter[str] = Counter()

    def slow_down(path: str) -> int:
        seen[path] += 1
        return (503, 429, 500, 0)[min(seen[path] - 1, 3)]

    with proxy(at_s3, verdict=slow_down) as url:
        use_s3(monkeypatch, url)
        client._clients.clear()
        before = current_counter().counts()
        assert blob.read(0, 100) == CONTENT[:100]
        counts = current_counter().counts()
    assert counts.retries - before.retries == 3
    assert counts.requests - before.requests == 1
    assert counts.nbytes - before.nbytes == 100
    assert counts.in_flight == counts.nbytes_in_flight == 0


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize(("status", "words"), [(503, "fewer requests"), (502, "failed each time")])
def test_a_store_that_stays_away_is_a_problem_and_is_waited_for_once(
    blob: RemoteBlob, at_s3: str, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    answered: list[str] = []

    def fail(path: str) -> int:
        answered.append(path)
        return status

    with proxy(at_s3, verdict=fail) as url:
        use_s3(monkeypatch, url)
        client._clients.clear()
        kind, text = kind_of(lambda: blob.read(0, 5))
        assert kind is ProblemKind.UNREADABLE
        assert words in text
        assert len(answered) > 1
        answered.clear()
        kind_of(lambda: blob.read(0, 5))
        assert len(answered) == 1


@pytest.mark.usefixtures("impatient")
def test_a_server_that_is_not_there_is_a_problem(monkeypatch: pytest.MonkeyPatch) -> None:
    kind, text = kind_of(lambda: open_remote_blob("http://127.0.0.1:9/a.tar"))
    assert kind is ProblemKind.UNREADABLE
    assert "could not be reached" in text


def test_a_web_server_with_ranges_serves_a_blob(tmp_path: Path) -> None:
    (tmp_path / "a b.tar").write_bytes(CONTENT)
    (tmp_path / "cut.tar").write_bytes(CONTENT)
    with web_server(tmp_path, broken=("cut.tar",)) as url:
        blob = open_remote_blob(f"{url}/a%20b.tar")
        assert blob.size == len(CONTENT)
        assert blob.read(300, 300) == CONTENT[300:600]
        assert kind_of(lambda: open_remote_blob(f"{url}/none.tar"))[0] is ProblemKind.VANISHED
        (tmp_path / "a b.tar").write_bytes(CONTENT + b"more")
        with pytest.raises(StaleIndexError):
            blob.read(300, 300)


@pytest.mark.usefixtures("impatient")
def test_an_answer_that_comes_short_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "cut.tar").write_bytes(CONTENT)
    with web_server(tmp_path) as url:
        blob = open_remote_blob(f"{url}/cut.tar")
    with web_server(tmp_path, broken=("cut.tar",)) as url:
        cut = RemoteBlob(address_of(f"{url}/cut.tar"), blob.size, blob.etag)
        kind, _ = kind_of(lambda: cut.read(0, 1000))
    assert kind in (ProblemKind.UNREADABLE, ProblemKind.TRUNCATED)


def test_a_web_server_without_ranges_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(CONTENT)
    with web_server(tmp_path, ranges=False) as url:
        kind, text = kind_of(lambda: open_remote_blob(f"{url}/a.tar"))
    assert kind is ProblemKind.UNREADABLE
    assert "cannot send a part" in text


def test_a_name_a_password_and_a_token_reach_the_server_and_no_text(tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_bytes(CONTENT)
    needs = ("Basic dXNlcjpodW50ZXIy", "token=hunter2")  # "user:hunter2"
    with web_server(tmp_path, needs=needs) as url:
        secret = url.replace("http://", "http://user:hunter2@")
        blob = open_remote_blob(f"{secret}/a.tar?token=hunter2")
        assert blob.read(0, 5) == CONTENT[:5]
        assert "hunter2" not in blob.location + repr(blob) + blob.etag
        again = open_remote_blob(blob.location)  # as a cached index has it, in this process
        assert again.read(5, 5) == CONTENT[5:10]
        context = multiprocessing.get_context("spawn")
        with context.Pool(1) as pool:
            assert pool.apply(blob.read, (0, 5)) == CONTENT[:5]
        kind, text = kind_of(lambda: open_remote_blob(f"{url}/b.tar?token=hunter3"))
    assert kind is ProblemKind.UNREADABLE
    assert "hunter" not in text
