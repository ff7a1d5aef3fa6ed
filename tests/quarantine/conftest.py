"""Folders to move between."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.leaks import RUN


@pytest.fixture
def other_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder on another file system than `tmp_path`."""
    shared = Path("/dev/shm")
    if not shared.is_dir() or shared.stat().st_dev == tmp_path.stat().st_dev:
        pytest.skip("there is no second file system here")
    with tempfile.TemporaryDirectory(prefix=f"test-{RUN}-", dir=shared) as folder:
        yield Path(folder)
