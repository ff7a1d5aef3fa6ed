"""Files that are no files, that are bombs, and that change while they are loaded: reported, and never waited for."""

import os
import shutil
import socket
import stat
import struct
import zlib
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspector import Loader, ProblemKind, TooManyBadFilesError
from tests.loader.folders import make_folder
from tests.loader.streams import stream


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def unix_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(os.path.relpath(path))  # the system takes no long ones


def link_to_device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def device(path: Path) -> None:
    try:
        os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))  # what /dev/zero is
    except PermissionError:
        pytest.skip("only root can make a device")


def terminal(path: Path) -> None:
    path.symlink_to("/dev/tty")


def dead_link(path: Path) -> None:
    path.symlink_to("nowhere.jpg")


def link_in_a_circle(path: Path) -> None:
    path.symlink_to(path.name)


MADE: dict[Callable[[Path], None], ProblemKind] = {
    pipe: ProblemKind.UNREADABLE,
    folder: ProblemKind.UNREADABLE,
    unix_socket: ProblemKind.UNREADABLE,
    link_to_device: ProblemKind.UNREADABLE,
    device: ProblemKind.UNREADABLE,
    terminal: ProblemKind.UNREADABLE,
    dead_link: ProblemKind.VANISHED,
    link_in_a_circle: ProblemKind.UNREADABLE,
}


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__)
@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
def test_what_is_no_file_is_told_and_skipped(
    make: Callable[[Path], None], engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make_folder(tmp_path, [True] * 4)
    odd = tmp_path / "odd.jpg"
    make(odd)
    files = [*sorted(tmp_path.glob("*.png")), odd]
    with Loader(files, engine=engine, num_workers=2, batch_size=4, epochs=1) as loader:
        assert sum(len(batch) for batch in loader) == 4
        (problem,) = loader.problems
        assert loader.snapshot().restarts == 0
    assert (problem.path, problem.kind) == (str(odd), MADE[make])


def png(height: int, width: int, rows: int) -> bytes:
    """A PNG of one bit a pixel that says to be so large, with pixels for so many rows."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))

    pixels = zlib.compress(bytes((1 + (width + 7) // 8) * rows), 9)
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


@pytest.mark.parametrize("engine", ["processes", "threads", "serial"])
@pytest.mark.parametrize("image_size", [(32, 32), None])
def test_a_bomb_takes_no_memory(engine: str, image_size: tuple[int, int] | None, tmp_path: Path) -> None:
    make_folder(tmp_path, [True] * 6)
    bomb = png(50_000, 50_000, 1000)
    assert len(bomb) < 10_000  # of which 7.5 GB would be made
    (tmp_path / "bomb.png").write_bytes(bomb)
    settings: dict[str, Any] = {"num_workers": 2, "batch_size": 3, "epochs": 1, "memory_limit_bytes": 1_000_000}
    with Loader(tmp_path, engine=engine, image_size=image_size, **settings) as loader:
        assert sum(len(batch) for batch in loader) == 6
        (problem,) = loader.problems
        assert loader.snapshot().restarts == 0
    assert problem.kind is ProblemKind.TOO_LARGE
    assert "50" in problem.reason


def replaced_by(make: Callable[[Path], None]) -> Callable[[Path], None]:
    """A function that puts something else in a file's place."""

    def replace(path: Path) -> None:
        path.unlink()
        make(path)

    return replace


def test_files_that_change_in_mid_run_are_delivered_or_told_once_an_epoch(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 60)
    changes: list[Callable[[Path], object]] = [
        Path.unlink,
        lambda path: os.truncate(path, 0),
        lambda path: os.truncate(path, path.stat().st_size // 2),
        lambda path: path.write_bytes(cv2.imencode(".png", np.zeros((400, 300, 3), np.uint8))[1].tobytes()),
        replaced_by(pipe),
        replaced_by(folder),
    ]
    seen: Counter[tuple[int, int]] = Counter()  # epoch, file
    kinds: dict[int, ProblemKind] = {}
    with Loader(index, num_workers=2, batch_size=5, prefetch_batches=1, epochs=3, seed=4) as loader:
        for batch in stream(loader):
            seen.update((batch.epoch, number) for number in batch.indices.tolist())
            seen.update((problem.epoch, problem.index) for problem in batch.skipped)
            if batch.epoch == 0:  # files from all over the order, some of them loaded already, some in work
                number = batch.number
                changes[number % len(changes)](Path(index.path(number * 5)))
        for problem in loader.problems:
            kinds[problem.index] = problem.kind
            seen.setdefault((2, problem.index), 1)  # the very last ones are in no batch
        assert loader.snapshot().restarts == 0
    assert seen == dict.fromkeys([(epoch, number) for epoch in range(3) for number in range(60)], 1)
    assert all(number % 5 == 0 for number in kinds)
    assert {ProblemKind.VANISHED, ProblemKind.EMPTY, ProblemKind.TRUNCATED, ProblemKind.UNREADABLE} == set(
        kinds.values()
    )


@pytest.mark.slow
def test_a_folder_that_goes_away_in_mid_run_is_an_error_and_no_hang(tmp_path: Path) -> None:
    index = make_folder(tmp_path / "images", [True] * 12)
    # Half of the time-out is waited, for a disk that may come back.
    with Loader(index, num_workers=2, batch_size=4, sample_timeout_s=6.0) as loader:
        next(loader)
        shutil.rmtree(tmp_path / "images")
        with pytest.raises(TooManyBadFilesError, match="VANISHED"):
            for _ in stream(loader):
                pass
        assert {problem.kind for problem in loader.problems} == {ProblemKind.VANISHED}
