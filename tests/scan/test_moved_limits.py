"""Limits that are moved after a scan: the result is what a scan with these limits finds."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from inspector.errors import SettingsError
from inspector.scan import persistence
from inspector.scan.check_settings import CheckSettings
from inspector.scan.progress import ScanState
from inspector.scan.scan import Scan, ScanSettings


@pytest.fixture(scope="module")
def folder(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Photographs and charts as classes in two splits, some of them in both."""
    made = tmp_path_factory.mktemp("splits")
    files = [file for file in sorted(sample.glob("*/*")) if file.is_file()]
    for number, file in enumerate(files):
        for split in ("train", "val") if number % 5 == 0 else ("train",):
            target = made / split / file.parent.name
            target.mkdir(parents=True, exist_ok=True)
            shutil.copy(file, target)
    return made


def scanned(folder: Path, **limits: Any) -> Scan:
    scan = Scan(str(folder), ScanSettings(CheckSettings.without(**limits), num_workers=1))
    scan.start()
    assert scan.wait(200)
    return scan


def found(scan: Scan) -> dict[str, Any]:
    result: dict[str, Any] = json.loads("".join(persistence.as_json(scan)))
    del result["seconds"]
    return result


@pytest.fixture(scope="module")
def scan(folder: Path) -> Scan:
    return scanned(folder)


LIMITS: tuple[dict[str, float], ...] = (
    {"min_sharpness": 3.0, "min_highlights": 80.0, "max_shadows": 10.0},
    {"min_entropy": 6.0, "min_side": 300, "max_aspect": 1.4},
    {"max_grey": 60.0, "size_range": 0.2, "colour_range": 0.5, "max_distance": 9, "max_imbalance": 1.0},
)


@pytest.mark.parametrize("limits", LIMITS, ids=lambda limits: next(iter(limits)))
def test_the_result_is_that_of_a_scan_with_these_limits(folder: Path, scan: Scan, limits: dict[str, float]) -> None:
    before = found(scan)
    assert scan.change_limits(limits)
    moved = found(scan)
    assert moved != before
    assert moved == found(scanned(folder, **limits))
    assert scan.progress().rows == len(moved["problems"]) + len(moved["findings"])
    assert scan.change_limits(CheckSettings(()).limits)
    assert found(scan) == before


def test_a_cancelled_scan_goes_by_the_new_limit_to_its_end(folder: Path, scan: Scan) -> None:
    half = Scan(str(folder), ScanSettings(scan.settings.checks, num_workers=1))
    half.start()
    while not half.progress().done and not half.wait(0.001):
        pass
    half.close()
    assert half.progress().state is ScanState.CANCELLED
    assert half.change_limits({"min_sharpness": 3.0, "max_grey": 60.0})
    half.start()
    assert half.wait(200)
    assert found(half) == found(scanned(folder, min_sharpness=3.0, max_grey=60.0))


def test_nothing_is_moved_that_cannot_be(folder: Path, scan: Scan) -> None:
    before = scan.results
    with pytest.raises(SettingsError, match="min_side must be 1 to"):
        scan.change_limits({"min_side": 0})
    assert not scan.change_limits({"max_distance": 8}, lambda: True)
    assert scan.results is before
    assert not Scan(str(folder)).change_limits({"min_side": 40})


def test_a_limit_that_was_dragged_between_whole_numbers(scan: Scan) -> None:
    assert scan.change_limits({"max_distance": 5.6})
    assert scan.settings.checks.max_distance == 6


def test_rows_have_the_score_that_was_compared(scan: Scan) -> None:
    results = scan.results
    assert results is not None
    for i, score in enumerate(results.scores().tolist()):
        row = results.row(i)
        if row.name == "near-duplicate":
            assert score <= 4
        elif row.name == "dark":
            assert f"at most {score:.0f} %" in row.reason
        elif row.name == "alpha":
            assert score != score
