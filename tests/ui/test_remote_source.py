"""A source in a store of objects in a real window: its own control and figures, which a folder does not have."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QSpinBox

from inspector.monitor.colour_proof import ColourMatch
from inspector.monitor.records import RunState
from inspector.settings import SessionConfig
from inspector.sources.remote import client, secrets
from inspector.ui.widgets import LiveText
from tests.sources.containers.tars import tar_of_folder
from tests.sources.remote.conftest import use_s3
from tests.sources.remote.servers import call, s3_server, web_server
from tests.ui.conftest import Open, Opened

pytest.importorskip("obstore")


@pytest.fixture
def shard(sample: Path, tmp_path: Path) -> Iterator[str]:
    """The URL of a tar behind HTTP, with a user and a token."""
    (tmp_path / "web").mkdir()
    photo = sample / "photo"
    files = [file for file in sorted(photo.iterdir()) if file.stat().st_size < 100_000]
    tar_of_folder(tmp_path / "web" / "train.tar", files, photo)
    with web_server(tmp_path / "web", needs=("Basic dXNlcjpodW50ZXIy", "token=hunter2")) as url:
        yield url.replace("http://", "http://user:hunter2@") + "/train.tar?token=hunter2"
    client._clients.clear()
    secrets._users.clear()
    secrets._queries.clear()


def _opened(open_window: Open, source: object, **settings: object) -> Opened:
    opened = open_window(**settings)
    opened.window.open_source(str(source))
    opened.wait_for_batch()
    return opened


@pytest.mark.slow
def test_reads_in_flight_can_be_changed_live_and_reading_has_figures(open_window: Open, shard: str) -> None:
    opened = _opened(open_window, shard, batch_size=4, num_workers=1)
    spin = opened.find(QSpinBox, "readsInFlightSpin")
    reads = opened.find(LiveText, "readsLabel")
    opened.wait_until(lambda: spin.isVisible() and reads.isVisible())
    assert spin.value() == SessionConfig().reads_in_flight
    opened.wait_until(lambda: "requests/s" in reads.text() and "at p95" in reads.text() and " ms" in reads.text())
    assert "in flight" in reads.text()
    assert "no retries" in reads.text()
    spin.setValue(3)
    opened.wait_until(lambda: opened.session.snapshot().settings["reads_in_flight"] == 3)
    opened.wait_until(lambda: any(change.name == "reads_in_flight" for change in opened.session.snapshot().changes))
    assert opened.session.snapshot().state is RunState.RUNNING
    assert opened.session.snapshot().epoch >= 0
    assert opened.session.snapshot().batches > 0  # it was not begun again


def test_a_folder_has_neither(open_window: Open, sample: Path) -> None:
    opened = _opened(open_window, sample, batch_size=4, num_workers=1)
    assert not opened.find(QSpinBox, "readsInFlightSpin").isVisible()
    assert not opened.find(QSpinBox, "shuffleBlocksSpin").isVisible()
    assert not opened.find(LiveText, "readsLabel").isVisible()


def test_blocks_are_offered_for_parquet_alone(open_window: Open, sample: Path, tmp_path: Path) -> None:
    pa = pytest.importorskip("pyarrow")
    from pyarrow import parquet

    images = [file.read_bytes() for file in sorted((sample / "photo").iterdir())[:8]]
    parquet.write_table(pa.table({"image": images}), tmp_path / "a.parquet", row_group_size=2)
    opened = _opened(open_window, tmp_path / "a.parquet", batch_size=4, num_workers=1)
    opened.wait_until(opened.find(QSpinBox, "shuffleBlocksSpin").isVisible)
    assert not opened.find(QSpinBox, "readsInFlightSpin").isVisible()
    opened.find(QSpinBox, "shuffleBlocksSpin").setValue(2)
    where = opened.find(LiveText, "whereLabel")
    opened.wait_until(lambda: "shuffled in blocks of 2 row groups, not globally" in where.text())


def test_no_secret_is_shown_or_remembered(open_window: Open, shard: str, remembered: str) -> None:
    opened = _opened(open_window, shard, batch_size=4, num_workers=1)
    opened.wait_until(lambda: Path(remembered).exists() and "train.tar" in Path(remembered).read_text())
    shown = [
        opened.window.windowTitle(),
        *(text.text() + text.toolTip() for text in opened.window.findChildren(LiveText)),
        *(action.text() + action.toolTip() for action in opened.window.findChildren(QAction)),
        Path(remembered).read_text(),
        repr(opened.session.snapshot()),
    ]
    assert not [text for text in shown if "hunter2" in text or "user:" in text]
    assert shown[0] == "127.0.0.1 / train.tar – inspector" or "train.tar" in shown[0]


@pytest.mark.extra
def test_objects_are_examined_and_their_colours_proved(
    open_window: Open, sample: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("moto")
    photo = sample / "photo"
    with s3_server() as url:
        use_s3(monkeypatch, url)
        call(url, "PUT", "/bucket")
        for name in ("astronaut.jpg", "china.jpg", "bad-truncated-half.jpg"):
            call(url, "PUT", f"/bucket/photos/{name}", (photo / name).read_bytes())
        opened = _opened(open_window, "s3://bucket/photos", batch_size=4, num_workers=1, shuffle=False, epochs=1)
        opened.wait_for_state(RunState.FINISHED)
        (problem,) = opened.session.problems()
        assert problem.path == "s3://bucket/photos/bad-truncated-half.jpg"
        found = opened.session.examine(problem.path).result(60)
        assert (found.kind, found.reason) == (problem.kind, problem.reason)
        look = opened.session.second_look(opened.shown().key, 0).result(60)
        assert look is not None
        assert look.proof.verdict is ColourMatch.RGB
        assert opened.find(QAction, "moveAsideAction").toolTip().startswith("Nothing can be moved elsewhere.")
        assert opened.session.fields(opened.shown().key, 0).result(60) == ()
    client._clients.clear()
