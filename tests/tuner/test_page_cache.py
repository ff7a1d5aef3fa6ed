"""The page cache, by what the system says of real files."""

import os
import sys
from pathlib import Path

import pytest

from inspector.tuner.page_cache import CAN_DROP, cached_share, drop

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not tell")


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """Four files that are on the disk, so that their pages can be dropped."""
    for number in range(4):
        with open(tmp_path / f"{number}.jpg", "wb") as file:
            file.write(bytes(100_000))
            file.flush()
            os.fsync(file.fileno())
    return [str(path) for path in tmp_path.iterdir()]


def test_files_that_were_read_are_in_memory(files: list[str]) -> None:
    for path in files:
        Path(path).read_bytes()
    assert cached_share(files) in (1.0, None)


def test_files_that_were_dropped_are_not(files: list[str]) -> None:
    before = cached_share(files)
    drop(files[:3])
    after = cached_share(files)
    if before is None or not CAN_DROP or after == before:
        pytest.skip("this file system keeps its pages, such as one in memory")
    assert after == 0.25


def test_files_that_cannot_be_opened_do_not_count(files: list[str]) -> None:
    drop(["/no/such/file"])
    assert cached_share(["/no/such/file"]) is None
    assert cached_share([*files, "/no/such/file"]) == cached_share(files)


def test_an_empty_file(tmp_path: Path) -> None:
    (tmp_path / "empty.jpg").touch()
    assert cached_share([str(tmp_path / "empty.jpg")]) in (1.0, None)
