"""Files that are written as a whole or not at all."""

import os
import stat
import sys
import threading
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.files import read_regular, write_atomically

posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions and pipes")


@pytest.mark.parametrize("content", ["héllo\r\n", "héllo\r\n".encode(), iter(["hé", "llo", "\r\n"])])
def test_text_bytes_and_pieces(content: str | bytes | Iterator[str], tmp_path: Path) -> None:
    write_atomically(tmp_path / "out", content)
    assert (tmp_path / "out").read_bytes() == "héllo\r\n".encode()
    assert [file.name for file in tmp_path.iterdir()] == ["out"]


def test_names_that_are_no_text_keep_their_bytes(tmp_path: Path) -> None:
    write_atomically(tmp_path / "out", os.fsdecode(b"caf\xe9"))
    assert (tmp_path / "out").read_bytes() == (b"caf\xe9" if sys.platform != "win32" else "café".encode())


def test_a_failure_leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("old")

    def pieces() -> Iterator[str]:
        yield "new" * 100_000
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write_atomically(tmp_path / "out", pieces())
    assert (tmp_path / "out").read_text() == "old"
    assert len(list(tmp_path.iterdir())) == 1


def test_an_error_names_the_file_that_was_asked_for(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError) as caught:
        write_atomically(tmp_path / "nowhere" / "out", "text")
    assert caught.value.filename == str(tmp_path / "nowhere" / "out")


def test_the_name_of_the_part_is_random_and_new(tmp_path: Path) -> None:
    parts = []

    def pieces() -> Iterator[str]:
        parts.append({file.name for file in tmp_path.iterdir()} - {"out"})
        yield "text"

    for _ in range(3):
        write_atomically(tmp_path / "out", pieces())
    names = [name for [name] in parts]
    assert len(set(names)) == 3
    assert all(name.startswith(".inspector-") and len(name) > 16 for name in names)


@posix
def test_a_link_in_the_place_of_the_part_is_not_written_through(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "urandom", bytes)  # as if somebody had guessed the name
    (tmp_path / "own").write_text("own")
    (tmp_path / f".inspector-{bytes(8).hex()}.part").symlink_to(tmp_path / "own")
    with pytest.raises(FileExistsError):
        write_atomically(tmp_path / "out", "text")
    assert (tmp_path / "own").read_text() == "own"


@posix
@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give a file away")
def test_a_file_of_somebody_else_is_not_ones_own(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("text")
    os.chown(tmp_path / "file", 12345, -1)
    assert read_regular(tmp_path / "file", 100) == b"text"
    with pytest.raises(OSError, match="belongs to another user"):
        read_regular(tmp_path / "file", 100, own=True)


@posix
@pytest.mark.parametrize("mode", [0o600, 0o640, 0o666, 0o400])
def test_a_file_that_is_replaced_keeps_its_permissions(mode: int, tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    (tmp_path / "out").chmod(mode)
    write_atomically(tmp_path / "out", "text")
    assert stat.S_IMODE((tmp_path / "out").stat().st_mode) == mode


@posix
def test_a_new_file_has_the_permissions_of_any_new_file(tmp_path: Path) -> None:
    (tmp_path / "usual").touch()
    write_atomically(tmp_path / "out", "text")
    assert (tmp_path / "out").stat().st_mode == (tmp_path / "usual").stat().st_mode


@posix
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("out")
    write_atomically(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "out").read_text() == "text"


@posix
def test_a_pipe_is_written_to(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    writing = threading.Thread(target=write_atomically, args=(tmp_path / "pipe", "text"))
    writing.start()
    assert (tmp_path / "pipe").read_text() == "text"
    writing.join()
    assert stat.S_ISFIFO((tmp_path / "pipe").stat().st_mode)


@pytest.mark.skipif(not Path("/proc/self/smaps").exists(), reason="there is no /proc here")
def test_a_file_that_says_it_is_empty_is_read_to_its_end() -> None:
    content = read_regular("/proc/self/smaps", 1 << 26)
    assert len(content) > 1 << 16
    assert content.endswith(b"\n")


def test_a_small_file_takes_little_memory_however_much_is_allowed(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"text")
    tracemalloc.start()
    try:
        assert read_regular(tmp_path / "file", 1 << 31) == b"text"
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()
