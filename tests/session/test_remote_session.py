"""A session on a URL: its secrets open it, and are nowhere to be seen."""

from pathlib import Path

import pytest

from inspector.monitor.records import RunState
from inspector.session.local import LocalSession
from inspector.settings import SessionConfig
from tests.session.waiting import wait_until
from tests.sources.containers.samples import photographs
from tests.sources.containers.tars import write_tar
from tests.sources.remote.conftest import no_clients as no_clients
from tests.sources.remote.servers import web_server

pytest.importorskip("obstore")


def test_secrets_of_a_url_are_used_and_not_shown(tmp_path: Path) -> None:
    write_tar(tmp_path / "a.tar", photographs())
    with web_server(tmp_path, needs=("Basic dXNlcjpodW50ZXIy", "token=hunter2")) as url:
        session = LocalSession(SessionConfig(batch_size=4, num_workers=1, image_size=(32, 32), step_ms=30.0))
        try:
            session.open(url.replace("http://", "http://user:hunter2@") + "/a.tar?token=hunter2")
            wait_until(lambda: session.snapshot().batches)
            assert session.snapshot().location == f"{url}/a.tar"
            assert "hunter2" not in repr(session.snapshot())
            session.open("http://user:hunter2@/a.tar?token=hunter2")
            wait_until(lambda: session.snapshot().state is RunState.FAILED)
            assert "hunter2" not in repr(session.snapshot())
        finally:
            session.close()
