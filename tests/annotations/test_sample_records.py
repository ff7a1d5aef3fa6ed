"""Records of shards that are not as they should be: each is said of its sample, and no other sample is lost."""

import json
from pathlib import Path
from typing import Any

import pytest

from inspector.annotations.opening import open_annotations
from inspector.annotations.statistics import label_statistics
from inspector.sources.opening import open_source
from tests.annotations.variants import PICTURE
from tests.sources.containers.tars import write_tar

GOOD = {"bbox": [4, 5, 20, 20], "category": "cat"}


def packed(root: Path, *contents: bytes) -> str:
    """A tar whose first samples are good, and the others have these records."""
    good = json.dumps({"objects": [GOOD, GOOD | {"bbox": [30, 5, 20, 20]}], "width": 64, "height": 48}).encode()
    members = []
    for number, content in enumerate((good, good, *contents)):
        members += [(f"{number}.png", PICTURE), (f"{number}.json", content)]
    return str(write_tar(root / "train.tar", members))


@pytest.mark.parametrize(
    "value",
    [{"bbox": [10**400] * 4}, {"bbox": [True] * 4}, {"bbox": "x"}, {"bbox": [[1], 2, 3, 4]}, {"segmentation": "\ud800"},
     {"keypoints": [[1]]}, {"score": 10**400}],
    ids=str,
)  # fmt: skip
def test_a_value_that_is_none_is_a_fault_of_its_sample(value: dict[str, Any], tmp_path: Path) -> None:
    found = open_annotations(open_source(packed(tmp_path, json.dumps({"objects": [GOOD | value]}).encode())))
    assert found is not None
    assert {fault.image for fault in found.faults} == {2}
    assert {fault.check for fault in found.faults} == {"bad-line"}
    assert label_statistics(found).class_shapes[0] >= 4


@pytest.mark.parametrize("content", [b"[" * 100_000, b'{"objects": [', b"\xff\xfe"], ids=["deep", "half", "no text"])
def test_a_record_that_is_no_json_is_a_fault_of_its_sample(content: bytes, tmp_path: Path) -> None:
    found = open_annotations(open_source(packed(tmp_path, content)))
    assert found is not None
    [fault] = found.faults
    assert (fault.image, fault.check) == (2, "bad-line")


def test_a_json_without_objects_is_no_annotation(tmp_path: Path) -> None:
    path = write_tar(tmp_path / "a.tar", [("0.png", PICTURE), ("0.json", b'{"caption": "two cats", "label": 3}')])
    assert open_annotations(open_source(str(path))) is None


def test_lists_of_different_lengths_are_said(tmp_path: Path) -> None:
    objects = {"bbox": [[4, 5, 20, 20], [30, 5, 9, 9]], "category": ["cat"]}
    found = open_annotations(open_source(packed(tmp_path, json.dumps({"objects": objects}).encode())))
    assert found is not None
    assert "different lengths: bbox 2, class 1" in found.faults[0].reason
