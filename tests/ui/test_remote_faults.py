"""What cannot be opened elsewhere is a page with a sentence, and with what can be done about it."""

import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton

from inspector.extras import install_command
from inspector.monitor.records import RunState
from inspector.sources.remote import client, secrets
from inspector.ui.shell.location_dialog import LocationDialog
from tests.sources.containers.tars import write_tar
from tests.sources.remote.conftest import use_s3
from tests.sources.remote.servers import call, proxy, s3_server, web_server
from tests.ui.conftest import Open, Opened

pytest.importorskip("obstore")


@pytest.fixture(autouse=True)
def no_clients() -> Iterator[None]:
    yield
    client._clients.clear()
    secrets._users.clear()
    secrets._queries.clear()


@pytest.fixture
def image(sample: Path) -> bytes:
    return (sample / "photo" / "china.jpg").read_bytes()


def _failed(open_window: Open, url: str, **settings: object) -> Opened:
    opened = open_window(batch_size=2, num_workers=1, **settings)
    opened.window.open_source(url)
    opened.wait_for_state(RunState.FAILED)
    opened.wait_until(opened.find(QLabel, "messageLabel").isVisible)
    opened.wait_until(lambda: _title(opened) == opened.session.snapshot().message)
    return opened


def _title(opened: Opened) -> str:
    return opened.find(QLabel, "messageLabel").text()


def test_a_url_that_leads_nowhere_can_be_retried_or_changed(open_window: Open, image: bytes, tmp_path: Path) -> None:
    with web_server(tmp_path) as url:
        opened = _failed(open_window, f"{url}/a.tar")
        assert _title(opened) == f"{url}/a.tar: It is not there, or no longer (404): check the URL."
        retry, change = opened.find(QPushButton, "messageButton"), opened.find(QPushButton, "secondMessageButton")
        assert (retry.text(), change.text()) == ("Retry", "Change the location…")
        change.click()
        dialog = opened.window.findChild(LocationDialog)
        assert dialog is not None
        edit = dialog.findChild(QLineEdit, "locationEdit")
        assert edit is not None
        assert edit.text() == f"{url}/a.tar"
        dialog.reject()
        write_tar(tmp_path / "a.tar", [("1.jpg", image)])
        retry.click()
        opened.wait_for_batch()


@pytest.mark.slow
def test_a_store_that_does_not_answer_is_not_waited_for_once_that_is_cancelled(open_window: Open) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:  # takes connections and says nothing
        opened = open_window(batch_size=2, num_workers=1)
        opened.window.open_source(f"http://127.0.0.1:{server.getsockname()[1]}/a.tar")
        opened.wait_until(lambda: "Looking for images" in _title(opened))
        began = time.monotonic()
        opened.find(QPushButton, "messageButton").click()
        opened.wait_for_state(RunState.CLOSED)
        assert time.monotonic() - began < 15  # the answer would be waited for during 20 s


def test_without_the_extra_the_command_is_named(open_window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "obstore", None)
    opened = _failed(open_window, "s3://bucket/a.tar")
    assert install_command("remote") in _title(opened)


@pytest.mark.slow
def test_a_refused_credential_says_where_to_look(open_window: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("moto")
    with s3_server() as s3, proxy(s3, verdict=lambda path: 403) as url:
        use_s3(monkeypatch, url)
        opened = _failed(open_window, "s3://bucket/photos")
    assert "The store refused to let it be read" in _title(opened)
    assert "check AWS_PROFILE or the keys in the environment" in _title(opened)
    assert "verySecret" not in repr(opened.session.snapshot())


@pytest.mark.slow
def test_a_credential_that_expires_while_it_runs_is_a_page_too(
    open_window: Open, image: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto")
    refuses: list[bool] = []
    with s3_server() as s3, proxy(s3, verdict=lambda path: 403 if refuses else 0) as url:
        use_s3(monkeypatch, url)
        call(s3, "PUT", "/bucket")
        for number in range(4):
            call(s3, "PUT", f"/bucket/photos/{number}.jpg", image)
        opened = open_window(batch_size=2, num_workers=1)
        opened.window.open_source("s3://bucket/photos")
        opened.wait_for_batch()
        refuses.append(True)
        opened.wait_for_state(RunState.FAILED)
        opened.wait_until(lambda: "check AWS_PROFILE" in _title(opened))
        refuses.clear()
        opened.find(QPushButton, "messageButton").click()
        opened.wait_for_state(RunState.RUNNING)
        opened.wait_until(lambda: opened.session.snapshot().batches > 1)


def test_a_container_that_was_replaced_is_opened_again(open_window: Open, image: bytes, tmp_path: Path) -> None:
    tar = write_tar(tmp_path / "a.tar", [(f"{number}.jpg", image) for number in range(4)])
    opened = open_window(tar, batch_size=2, num_workers=1)
    opened.wait_for_batch()
    write_tar(tar, [(f"{number}.jpg", image) for number in range(5)])
    opened.wait_for_state(RunState.FAILED)
    opened.wait_until(lambda: "has changed since its samples were found" in _title(opened))
    opened.find(QPushButton, "secondMessageButton").click()
    opened.wait_until(lambda: opened.session.snapshot().files == 5)
    opened.wait_for_batch()
