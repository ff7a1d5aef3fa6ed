"""A scan of a tar finds what a scan of its files finds."""

import json
import shutil
import tarfile
from pathlib import Path

import pytest

from inspector.formats.problems import ProblemKind
from inspector.scan import persistence
from inspector.scan.progress import ScanState
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.opening import open_source
from tests.sources.containers.tars import tar_of_folder, write_tar


def scanned(source: object, workers: int = 1) -> Scan:
    scan = Scan(str(source), ScanSettings(num_workers=workers))
    scan.start()
    scan.wait()
    scan.close()
    return scan


def rows(scan: Scan) -> list[tuple[str, str]]:
    assert scan.results is not None, scan.progress().message
    found = [scan.results.row(i) for i in range(len(scan.results))]
    return [(row.path.partition("://")[2].partition("::")[0] or row.path, row.name) for row in found]


@pytest.fixture
def tar_and_files(sample: Path, tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "photo"
    folder.mkdir()
    for file in {file.stem: file for file in sorted((sample / "photo").iterdir())}.values():  # one name, one sample
        shutil.copy(file, folder)
    return tar_of_folder(tmp_path / "a.tar", sorted(folder.iterdir()), folder), folder


@pytest.mark.parametrize("workers", [0, 2])
def test_the_same_is_found(workers: int, tar_and_files: tuple[Path, Path]) -> None:
    tar, folder = tar_and_files
    in_tar, in_folder = rows(scanned(tar, workers)), rows(scanned(folder))
    assert in_tar == [(Path(path).relative_to(folder).as_posix(), name) for path, name in in_folder]


def test_what_a_cut_shard_lacks_is_one_problem_that_names_it(sample: Path, tmp_path: Path) -> None:
    photos = [sample / "photo" / name for name in ("china.jpg", "rocket.jpg", "astronaut.jpg")]
    tar = tar_of_folder(tmp_path / "a.tar", photos, sample)
    content = tar.read_bytes()
    tar.write_bytes(content[: content.rindex(b"photo/astronaut.jpg") + 700])
    scan = scanned(tar)
    problems = [row for row in rows(scan) if row[1] in list(ProblemKind)]
    assert problems == [(str(tar), "TRUNCATED")]
    assert scan.progress().good == 2


def test_it_is_resumed(tar_and_files: tuple[Path, Path], tmp_path: Path) -> None:
    tar, _ = tar_and_files
    scan = Scan(str(tar), ScanSettings(num_workers=1))
    scan.start()
    while not scan.progress().done:
        pass
    scan.close()
    kept = tmp_path / "kept.json"
    persistence.write(kept, persistence.as_json(scan))
    if "resume" not in json.loads(kept.read_text()):
        pytest.skip("it was complete at once")
    resumed = persistence.read_partial(kept, None, 1)
    resumed.start()
    resumed.wait()
    resumed.close()
    assert rows(resumed) == rows(scanned(tar))


def test_the_list_of_what_to_keep_is_a_source(tar_and_files: tuple[Path, Path], tmp_path: Path) -> None:
    for source in tar_and_files:
        scan = scanned(source)
        kept = tmp_path / "keep.txt"
        persistence.write(kept, persistence.as_list(scan))
        again = scanned(kept)
        assert again.progress().good == again.progress().files == scan.progress().good > 0


def test_a_tar_that_is_replaced_ends_the_scan_with_one_error(tmp_path: Path, sample: Path) -> None:
    image = (sample / "chart" / "red.png").read_bytes()
    tar = write_tar(tmp_path / "a.tar", [(f"{i}.png", image) for i in range(3)])
    index = open_source(tar)
    assert isinstance(index, ContainerIndex)
    scan = Scan(str(tar), ScanSettings(num_workers=1))
    open_before = scan._find
    scan._find = lambda: (open_before(), write_tar(tar, [("x.png", image)], tarfile.GNU_FORMAT))  # type: ignore[method-assign,assignment]
    scan.start()
    scan.wait()
    scan.close()
    assert scan.progress().state is ScanState.FAILED
    assert "has changed" in scan.progress().message
