"""The sample data set: it can be made again, it is small, and everything in it has a class."""

from pathlib import Path

import pytest

from inspector.formats.decode import BadFile, decode, read_file
from tests.make_sample import OUT, make

MOST_BYTES = 6_000_000


def outcome(path: Path) -> tuple[object, ...]:
    try:
        return (decode(read_file(str(path))).rgb.tobytes(),)
    except BadFile as fault:
        return fault.kind, fault.reason


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample")
    make(folder)
    return folder


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.glob("*/*"))


def test_made_again_it_has_the_same_files_pixels_and_faults(made: Path) -> None:
    assert names(made) == names(OUT)
    different = [name for name in names(OUT) if outcome(made / name) != outcome(OUT / name)]
    assert different == []


def test_it_is_small_and_has_a_folder_for_each_class() -> None:
    assert sum(path.stat().st_size for path in OUT.rglob("*") if path.is_file()) <= MOST_BYTES
    assert sorted(path.name for path in OUT.iterdir()) == ["LICENSES.md", "chart", "photo", "text"]


def test_every_photograph_has_its_licence_beside_it() -> None:
    licences = (OUT / "LICENSES.md").read_text("utf-8")
    pictures = [name.split("/")[1] for name in names(OUT) if not name.startswith("chart/")]
    photographs = {name.split("-")[0].split(".")[0] for name in pictures if not name.startswith("gt_")}
    missing = [name for name in photographs - {"bad"} if f"| {name} " not in licences]
    assert missing == []
