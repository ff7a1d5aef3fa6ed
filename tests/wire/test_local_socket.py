"""Where a process listens: a private folder, always the same one, and a name that is short enough."""

import os
import socket
import stat
from pathlib import Path

import pytest

from inspector.wire.errors import WireError
from inspector.wire.last_words import bound, last_words, memory_file, of_peer
from inspector.wire.local_socket import connect, listen, socket_path


def test_a_long_folder_for_temporary_files_is_too_long_for_a_socket(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setenv("TMPDIR", str(long))
    path = socket_path("a-run-of-this-test")
    assert path.parent.parent == Path("/tmp")
    listener = listen(path)
    try:
        peer = connect(path)
        assert peer is not None
        peer.close()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    finally:
        listener.close()
        path.unlink()
    assert not any(long.iterdir())


def test_it_is_the_same_folder_where_nothing_can_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before = socket_path("some-run")
    monkeypatch.setattr("tempfile._get_default_tempdir", lambda: "/elsewhere")  # what it finds on a full disk
    assert socket_path("some-run") == before
    monkeypatch.setenv("TMPDIR", str(tmp_path / "removed"))
    assert socket_path("some-run").parent.parent == Path("/tmp")


def test_a_folder_that_others_may_enter_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    folder = tmp_path / f"inspector-{os.getuid()}"
    folder.mkdir(mode=0o755)
    with pytest.raises(WireError, match="0700"):
        socket_path("some-run")


def test_last_words_are_those_that_say_why() -> None:
    output = memory_file()
    try:
        os.write(output, b"a warning\ninspector: no space left on device\na line of somebody else\n")
        assert last_words(output) == "no space left on device"
        bound(output)
        assert last_words(output)
        os.write(output, b"x" * (1 << 20))
        bound(output)
        assert os.fstat(output).st_size == 0
        os.write(output, b"Fatal Python error: Segmentation fault\n\nThread 1\n")
        assert last_words(output) == "Fatal Python error: Segmentation fault"
    finally:
        os.close(output)
    assert last_words(None) == ""


def test_only_a_file_for_last_words_is_read() -> None:
    near, far = socket.socketpair()
    with near, far:
        assert of_peer(near) is None  # this process's own standard error
