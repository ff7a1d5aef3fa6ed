"""Each fault once in a set of each format: all of them are found, and nothing else is said of any image."""

from pathlib import Path

import pytest

from inspector.annotations.records import FAULT_NAMES
from inspector.scan.check_settings import CHECKS, CheckSettings
from inspector.scan.scan import Scan, ScanSettings
from inspector.sources.containers.location import is_location, member_of
from tests.annotations.container_sets import CONTAINER_SETS
from tests.annotations.sets import PLACES, SETS, name

ALL = {**SETS, **CONTAINER_SETS}


def image_of(path: str) -> str:
    """The image's name, without its extension; of a row of a table what `name` makes of its number."""
    member = member_of(path) if is_location(path) else path
    return name(int(member)) if member.isdigit() else Path(member).stem


def found(root: Path, choice: str = "") -> list[tuple[str, str, str]]:
    """What a scan finds in annotations: (check, name of the image without extension, reason)."""
    scan = Scan(str(root), ScanSettings(CheckSettings(FAULT_NAMES), num_workers=0, annotations=choice))
    scan.start()
    assert scan.wait(120)
    assert scan.progress().message == ""
    assert scan.results is not None
    assert scan.annotations is not None
    assert scan.annotations.found is not None
    rows = map(scan.results.row, range(len(scan.results)))
    return [(row.name, image_of(row.path), row.reason) for row in rows]


def test_the_checks_are_those_of_the_table() -> None:
    assert set(FAULT_NAMES) <= CHECKS.keys()
    assert set(FAULT_NAMES) == set(PLACES)


@pytest.mark.parametrize("kind", ALL)
def test_a_clean_set_has_no_row(kind: str, tmp_path: Path) -> None:
    write, _ = ALL[kind]
    write(tmp_path, set())
    assert found(tmp_path) == []


@pytest.mark.parametrize("kind", ALL)
def test_every_fault_is_found_and_nothing_else(kind: str, tmp_path: Path) -> None:
    write, faults = ALL[kind]
    write(tmp_path, faults)
    rows = found(tmp_path)
    assert {(check, image) for check, image, _ in rows} == {(fault, name(PLACES[fault])) for fault in faults}
    assert len(rows) == len(faults)
    assert all(reason.endswith(".") and len(reason) > 40 for _, _, reason in rows)
