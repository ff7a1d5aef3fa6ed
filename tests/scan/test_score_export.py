"""A row for each sample: what is measured, what is unknown, and files that cannot be written."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspector.errors import SettingsError
from inspector.scan import persistence
from inspector.scan.check_settings import CHECKS, LIMITS, CheckSettings
from inspector.scan.scan import Scan, ScanSettings
from inspector.scan.score_export import COLUMNS, check_format, scores
from inspector.scan.scores import SCORES


def scanned(source: Path, checks: CheckSettings | None = None) -> Scan:
    scan = Scan(str(source), ScanSettings(checks or CheckSettings.without(), num_workers=1))
    scan.start()
    assert scan.wait(200)
    return scan


def as_rows(scan: Scan) -> list[dict[str, str]]:
    text = "".join(str(piece) for piece in scores(scan, "a.csv"))
    return list(csv.DictReader(io.StringIO(text)))


@pytest.fixture(scope="module")
def whole(sample: Path) -> Scan:
    return scanned(sample)


@pytest.fixture(scope="session")
def photo_set(sample: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("split")
    image = cv2.imread(str(sample / "photo" / "china.jpg"))
    other = cv2.imread(str(sample / "photo" / "rocket.jpg"))
    assert image is not None
    assert other is not None
    for split, size in (("train", 1.0), ("val", 0.5)):
        (folder / split / "cat").mkdir(parents=True)
        cv2.imwrite(str(folder / split / "cat" / "a.jpg"), cv2.resize(image, None, fx=size, fy=size))
    cv2.imwrite(str(folder / "train" / "cat" / "b.jpg"), other)
    return folder


def test_there_is_a_row_for_every_sample(whole: Scan, sample: Path) -> None:
    rows = as_rows(whole)
    assert whole.results is not None
    assert [row["location"] for row in rows] == [
        whole.results.index.absolute(i) for i in range(len(whole.results.index))
    ]
    assert sum(bool(row["problem"]) for row in rows) == 14
    china = next(row for row in rows if row["location"].endswith("china.jpg"))
    assert (china["class"], china["width"], china["height"]) == ("photo", "640", "427")
    assert int(china["bytes"]) == (sample / "photo" / "china.jpg").stat().st_size
    assert float(china["aspect"]) == pytest.approx(640 / 427, rel=1e-3)
    assert len(china["hash"]) == 16
    empty = next(row for row in rows if row["problem"] == "EMPTY")
    assert empty["bytes"] == "0"
    assert {empty[name] for name in ("width", "height", "hash", "group", *SCORES)} == {""}


def test_what_a_check_finds_is_what_its_score_says(whole: Scan) -> None:
    rows = as_rows(whole)
    results = whole.results
    assert results is not None
    for name, score in SCORES.items():
        if name in ("blurry", "grey"):  # these ask for more than a limit
            continue
        limit = getattr(whole.settings.checks, score.limit)
        found = {results.row(i).path for i in range(len(results)) if results.row(i).name == name}
        beyond = {
            row["location"]
            for row in rows
            if row[name] and (float(row[name]) > limit if score.above else float(row[name]) < limit)
        }
        assert found == beyond, name


def test_splits_and_what_looks_alike(photo_set: Path) -> None:
    first, other, copy = as_rows(scanned(photo_set))
    assert [row["split"] for row in (first, other, copy)] == ["train", "train", "val"]
    assert (first["group"], other["group"], copy["group"]) == ("0", "", "0")
    assert int(first["near-duplicate"]) == int(copy["near-duplicate"]) <= 4
    assert other["near-duplicate"] == ""


def test_parquet_has_the_same(whole: Scan, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    file = tmp_path / "scores.parquet"
    persistence.write(file, scores(whole, str(file)))
    table = parquet.read_table(file)
    assert table.column_names == list(COLUMNS)
    rows: Sequence[dict[str, Any]] = table.to_pylist()
    for row, text in zip(rows, as_rows(whole), strict=True):
        for name in COLUMNS:
            value = row[name]
            if isinstance(value, float):
                assert value == pytest.approx(float(text[name]), rel=1e-3, abs=1e-3)
            else:
                assert ("" if value is None else str(value)) == text[name]
            assert not (isinstance(value, float) and math.isnan(value))


def test_what_was_not_measured_is_empty_unless_scores_were_asked_for(photo_set: Path) -> None:
    (row, *_) = as_rows(scanned(photo_set, CheckSettings(())))
    assert (row["class"], row["dark"], row["width"], row["near-duplicate"]) == ("cat", "", "", "")
    (row, *_) = as_rows(scanned(photo_set, CheckSettings((), scores=True)))
    assert row["dark"]
    assert row["near-duplicate"] == ""


def test_a_resumed_scan_has_the_scores_of_before(photo_set: Path, tmp_path: Path) -> None:
    whole = scanned(photo_set)
    assert whole.results is not None
    cancelled = Scan(str(photo_set), whole.settings)
    cancelled.restore(whole.results, whole.digests, whole.measures, 1.0)
    persistence.write(tmp_path / "kept.json", persistence.as_json(cancelled))
    again = persistence.read_partial(tmp_path / "kept.json", None, 1)
    assert as_rows(again) == as_rows(whole)


@pytest.mark.parametrize("file", ["scores.txt", "scores", "folder.csv/scores"])
def test_a_name_that_says_no_format_is_refused(file: str) -> None:
    with pytest.raises(SettingsError, match=r"in \.csv or \.parquet"):
        check_format(file)


def test_every_score_has_a_check_and_a_limit() -> None:
    assert SCORES.keys() <= CHECKS.keys()
    for name, score in SCORES.items():
        assert name in LIMITS[score.limit].checks
    assert np.isnan(SCORES["odd-size"].of(scanned_nothing())).all()


def scanned_nothing() -> Any:
    from inspector.scan.measure_table import MeasureTable

    return MeasureTable(3)
