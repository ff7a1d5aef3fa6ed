"""What only the whole set shows, on real photographs in real folders."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.scan import persistence
from inspector.scan.check_settings import CheckSettings
from inspector.scan.results import ScanRow
from inspector.scan.scan import Scan, ScanSettings


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "set"
    made.mkdir()
    return made


def shrunk(photo: Path, to: Path, share: float = 0.5, quality: int = 80) -> None:
    """A copy of another size, and so of other bytes."""
    image = cv2.imread(str(photo))
    assert image is not None
    to.parent.mkdir(parents=True, exist_ok=True)
    small = cv2.resize(image, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    assert cv2.imwrite(str(to), small, [cv2.IMWRITE_JPEG_QUALITY, quality])


def copied(photo: Path, to: Path) -> None:
    to.parent.mkdir(parents=True, exist_ok=True)
    to.write_bytes(photo.read_bytes())


def scanned(folder: Path, *names: str, **limits: float) -> Scan:
    scan = Scan(str(folder), ScanSettings(CheckSettings(names, **limits), num_workers=1))  # type: ignore[arg-type]
    scan.start()
    assert scan.wait(200)
    return scan


def rows(scan: Scan) -> dict[str, ScanRow]:
    """By the file's relative path."""
    results = scan.results
    assert results is not None
    assert scan.progress().rows == len(results)
    return {results.relative(i): results.row(i) for i in range(len(results))}


def test_near_duplicates_are_groups_and_name_the_likest(folder: Path, sample: Path) -> None:
    photo = sample / "photo"
    for name in ("china", "rocket", "astronaut"):
        copied(photo / f"{name}.jpg", folder / f"{name}-0.jpg")
        shrunk(photo / f"{name}.jpg", folder / f"{name}-1.jpg")
    shrunk(photo / "china.jpg", folder / "china-2.jpg", 0.3)
    copied(photo / "china.jpg", folder / "china-3.jpg")  # a duplicate is not a near one
    copied(sample / "chart" / "red.png", folder / "red.png")
    copied(sample / "chart" / "blue.png", folder / "blue.png")  # what shows nothing is like nothing
    found = rows(scanned(folder, "near-duplicate"))
    assert set(found) == {"astronaut-1.jpg", "china-1.jpg", "china-2.jpg", "rocket-1.jpg"}
    assert len({found[name].group for name in ("china-1.jpg", "china-2.jpg")}) == 1
    assert len({row.group for row in found.values()}) == 3
    row = found["rocket-1.jpg"]
    assert row.other == str(folder / "rocket-0.jpg")
    assert row.reason.startswith("It looks nearly the same as rocket-0.jpg: ")
    assert not row.is_problem


def test_a_mirror_image_is_near_where_that_is_asked_for(folder: Path, sample: Path) -> None:
    for name in ("china", "rocket", "astronaut"):
        image = cv2.imread(str(sample / "photo" / f"{name}.jpg"))
        assert image is not None
        cv2.imwrite(str(folder / f"{name}-0.png"), image)
        cv2.imwrite(str(folder / f"{name}-1.png"), image[:, ::-1])
    assert not rows(scanned(folder, "near-duplicate"))
    found = rows(scanned(folder, "near-duplicate", mirrored=True))
    assert len(found) == 3
    name, row = next(iter(found.items()))
    assert name.endswith("-1.png")
    assert row.reason.startswith(f"It looks nearly the mirror image of {name[:-5]}0.png: ")


def test_the_distance_is_a_limit(folder: Path, sample: Path) -> None:
    image = cv2.imread(str(sample / "photo" / "china.jpg"))
    assert image is not None
    height, width = image.shape[:2]
    cut = image[height // 25 : -height // 25, width // 25 : -width // 25]
    cv2.imwrite(str(folder / "whole.png"), image)
    cv2.imwrite(str(folder / "cut.png"), cut)
    assert not rows(scanned(folder, "near-duplicate", max_distance=0))
    assert rows(scanned(folder, "near-duplicate", max_distance=16))


def test_a_resumed_scan_finds_the_same(folder: Path, photos: Path, tmp_path: Path) -> None:
    for number, photo in enumerate(sorted(photos.iterdir())):
        copied(photo, folder / f"{number:03}.jpg")
        if number % 4 == 0:
            shrunk(photo, folder / f"{number:03}_small.jpg")
    whole = scanned(folder, "duplicate", "near-duplicate")
    scan = Scan(str(folder), ScanSettings(whole.settings.checks, num_workers=1))
    scan.start()
    while not scan.progress().done and not scan.wait(0.001):
        pass
    scan.close()
    assert 0 < scan.progress().done < scan.progress().files
    kept = tmp_path / "kept.json"
    persistence.write(kept, persistence.as_json(scan))
    again = persistence.read_partial(kept, None, 1)
    again.start()
    assert again.wait(200)
    assert rows(again) == rows(whole)
    findings = json.loads("".join(persistence.as_json(again)))["findings"]
    assert sum(finding["path"].endswith("_small.jpg") for finding in findings) >= 28
    assert all({"other", "group"} < finding.keys() for finding in findings)


def test_nothing_is_measured_that_no_check_needs(folder: Path, sample: Path) -> None:
    copied(sample / "photo" / "china.jpg", folder / "china.jpg")
    assert scanned(folder, "small").measures is None
    assert scanned(folder, "small").digests is None
    measures = scanned(folder, "near-duplicate").measures
    assert measures is not None
    assert measures.nbytes == 40
    assert measures.side[0] == pytest.approx(np.sqrt(640 * 427), rel=0.3)


def names(scan: Scan) -> list[tuple[str, str]]:
    results = scan.results
    assert results is not None
    return sorted((results.row(i).name, results.relative(i)) for i in range(len(results)))


def test_an_image_in_two_splits_is_a_leak_but_in_training(folder: Path, photos: Path) -> None:
    first, second, third, fourth = sorted(photos.iterdir())[:4]
    copied(first, folder / "train" / "cat" / "1.jpg")
    shrunk(first, folder / "val" / "cat" / "1.jpg")
    copied(second, folder / "train" / "cat" / "2.jpg")
    copied(second, folder / "test" / "dog" / "2.jpg")
    copied(third, folder / "val" / "dog" / "3.jpg")
    copied(third, folder / "test" / "dog" / "3.jpg")
    shrunk(third, folder / "val" / "dog" / "3-small.jpg")
    copied(fourth, folder / "val" / "dog" / "4.jpg")
    scan = scanned(folder, "leak")
    assert names(scan) == [
        ("leak", "test/dog/2.jpg"),
        ("leak", "test/dog/3.jpg"),
        ("leak", "val/cat/1.jpg"),
        ("leak", "val/dog/3-small.jpg"),
        ("leak", "val/dog/3.jpg"),
    ]
    row = rows(scan)["test/dog/2.jpg"]
    assert row.other == str(folder / "train" / "cat" / "2.jpg")
    assert "exactly the same file is in train, as train/cat/2.jpg" in row.reason
    assert "nearly the same image (" in rows(scan)["val/cat/1.jpg"].reason
    assert names(scanned(folder, "conflict")) == [("conflict", "test/dog/2.jpg"), ("conflict", "train/cat/2.jpg")]


def test_splits_by_other_names(folder: Path, photos: Path) -> None:
    first, second = sorted(photos.iterdir())[:2]
    copied(first, folder / "ours" / "1.jpg")
    copied(first, folder / "theirs" / "1.jpg")
    copied(second, folder / "theirs" / "2.jpg")
    assert not rows(scanned(folder, "leak"))
    settings = CheckSettings(("leak",), splits=("theirs", "ours"))
    scan = Scan(str(folder), ScanSettings(settings, num_workers=1))
    scan.start()
    assert scan.wait(200)
    assert names(scan) == [("leak", "ours/1.jpg")]
    scan = Scan(str(folder), ScanSettings(CheckSettings(("leak",), splits=("theirs", "others")), num_workers=1))
    scan.start()
    assert scan.wait(200)
    assert scan.progress().message == "no image lies in a folder called others, which is said to be a split"


def test_outliers_of_size_and_colour(folder: Path, photos: Path) -> None:
    for number, photo in enumerate(sorted(photos.iterdir())[:40]):
        copied(photo, folder / f"{number}.jpg")
    shrunk(sorted(photos.iterdir())[50], folder / "small.jpg", 0.2)
    image = cv2.imread(str(sorted(photos.iterdir())[51]))
    assert image is not None
    cv2.imwrite(str(folder / "grey.jpg"), cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))
    image[:, :, 0] = 255
    image[:, :, 1:] = image[:, :, 1:] / 4
    cv2.imwrite(str(folder / "blue.jpg"), image)
    assert names(scanned(folder, "grey", "odd-size", "odd-colours")) == [
        ("grey", "grey.jpg"),
        ("odd-colours", "blue.jpg"),
        ("odd-size", "small.jpg"),
    ]
    assert names(scanned(folder, "odd-size", size_range=100.0)) == []


def test_no_image_is_grey_in_a_grey_set(folder: Path, photos: Path) -> None:
    for number, photo in enumerate(sorted(photos.iterdir())[:20]):
        grey = cv2.imread(str(photo), cv2.IMREAD_GRAYSCALE)
        assert grey is not None
        cv2.imwrite(str(folder / f"{number}.png"), grey)
    assert not rows(scanned(folder, "grey"))


CLASS_CHECKS = ("no-class", "class-balance", "rare-class", "class-names", "class-sets")


def test_classes(folder: Path, sample: Path) -> None:
    photo = sample / "chart" / "colours.jpg"
    for number in range(45):
        copied(photo, folder / "train" / "cat" / f"{number}.jpg")
    for name in ("Cat", "caf\u00e9", "cafe\u0301", "dog"):
        for number in range(6 if name != "dog" else 4):
            copied(photo, folder / "train" / name / f"{number}.jpg")
    for name in ("cat", "Cat", "caf\u00e9", "cafe\u0301", "bird"):
        copied(photo, folder / "val" / name / "0.jpg")
    copied(photo, folder / "val" / "beside.jpg")
    copied(photo, folder / "test" / "0.jpg")  # has no classes at all
    scan = scanned(folder, *CLASS_CHECKS)
    assert names(scan) == [
        ("class-balance", "."),
        ("class-names", "train/caf\u00e9"),
        ("class-names", "train/cat"),
        ("class-sets", "train/dog"),
        ("class-sets", "val/bird"),
        ("no-class", "val/beside.jpg"),
        ("rare-class", "train/dog"),
    ]
    found = rows(scan)
    assert found["."].reason.startswith("The largest class, cat, has 45 images, 11 times as many as the smallest, dog")
    assert "upper and lower case" in found["train/cat"].reason
    assert "the Unicode form" in found["train/caf\u00e9"].reason
    assert "in val, but none in train" in found["val/bird"].reason
    assert found["val/bird"].path == str(folder / "val" / "bird")
    assert ("class-balance", ".") not in names(scanned(folder, *CLASS_CHECKS, max_imbalance=20.0))
    assert "rare-class" not in dict(names(scanned(folder, *CLASS_CHECKS, min_class_images=4)))


def test_folders_without_classes_say_nothing(folder: Path, sample: Path) -> None:
    photo = sample / "chart" / "colours.jpg"
    for number in range(9):
        copied(photo, folder / f"{number}.jpg")
    copied(photo, folder / "more" / "0.jpg")
    assert not rows(scanned(folder, *CLASS_CHECKS, "conflict", "leak"))


def test_listed_labels_are_classes(folder: Path, photos: Path, tmp_path: Path) -> None:
    first, second = sorted(photos.iterdir())[:2]
    copied(first, folder / "a.jpg")
    copied(first, folder / "b.jpg")
    copied(second, folder / "c.jpg")
    listed = tmp_path / "list.txt"
    listed.write_text("".join(f"{folder}/{name}.jpg {label}\n" for name, label in (("a", 0), ("b", 1), ("c", 1))))
    scan = Scan(str(listed), ScanSettings(CheckSettings(("conflict", "rare-class")), num_workers=1))
    scan.start()
    assert scan.wait(200)
    results = scan.results
    assert results is not None
    assert results.index.classes == ("0", "1")
    assert names(scan) == [
        ("conflict", "a.jpg"),
        ("conflict", "b.jpg"),
        ("rare-class", "a.jpg"),
        ("rare-class", "b.jpg"),
    ]
