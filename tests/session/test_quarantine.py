"""Moves as a session's jobs: what is planned is moved, and put back; the data set is the folder that is open."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from inspector.errors import QuarantineError
from inspector.session.quarantine import LocalQuarantine

SOON_S = 60


@pytest.fixture
def data(sample: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    shutil.copytree(sample / "photo", folder / "photo")
    return folder


@pytest.fixture
def quarantine(data: Path) -> Iterator[LocalQuarantine]:
    made = LocalQuarantine(lambda: str(data))
    yield made
    made.close()


def test_moved_and_put_back(quarantine: LocalQuarantine, data: Path, tmp_path: Path) -> None:
    file = data / "photo/bad-empty.jpg"
    plan = quarantine.plan([str(file)], str(tmp_path / "aside")).result.result(SOON_S)
    assert [move.relative for move in plan.moves] == ["photo/bad-empty.jpg"]
    assert file.exists()
    job = quarantine.move(plan)
    outcome = job.result.result(SOON_S)
    assert (outcome.moved, job.done, file.exists()) == ((str(file),), 1, False)
    assert quarantine.restore(outcome.manifest).result.result(SOON_S).moved == (str(file),)
    assert file.exists()


def test_a_destination_inside_the_open_folder_is_an_error(quarantine: LocalQuarantine, data: Path) -> None:
    with pytest.raises(QuarantineError, match="inside the data set"):
        quarantine.plan([str(data / "photo/bad-empty.jpg")], str(data / "aside")).result.result(SOON_S)


def test_closed_in_the_middle_no_file_is_lost(quarantine: LocalQuarantine, data: Path, tmp_path: Path) -> None:
    names = [f"photo/copy-{number:03}.jpg" for number in range(400)]
    for name in names:
        (data / name).write_bytes(name.encode())
    aside = tmp_path / "aside"
    plan = quarantine.plan([str(data / name) for name in names], str(aside)).result.result(SOON_S)
    quarantine.move(plan)
    quarantine.close()
    assert all((data / name).exists() != (aside / name).exists() for name in names)
