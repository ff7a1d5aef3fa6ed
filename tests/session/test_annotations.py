"""What a session knows of the labels of its batches."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import msgspec
import numpy as np
import pytest

from inspector.annotations.picture_labels import BatchLabels
from inspector.named_code import NamedCode
from inspector.session.annotations import UNTRANSFORMED
from inspector.session.local import LocalSession
from inspector.session.records import WITHOUT_LABELS, LabelsPhase, LabelsState
from inspector.settings import SessionConfig
from tests.make_sample import STORED_TURNED, encoded
from tests.session.test_records import decode_array, encode_array, equal
from tests.session.waiting import wait_until

Open = Callable[..., LocalSession]


@pytest.fixture
def open_session() -> Iterator[Open]:
    made: list[LocalSession] = []

    def make(source: Any, **settings: Any) -> LocalSession:
        session = LocalSession(SessionConfig(**{"num_workers": 0, "batch_size": 4, "shuffle": False, **settings}))
        made.append(session)
        session.open(source)
        session.pause()
        return session

    yield make
    for session in made:
        session.close()


def labels(session: LocalSession) -> BatchLabels:
    """Of the first batch, once its labels are known."""
    phases = (LabelsPhase.CLOSED, LabelsPhase.OPENING)
    wait_until(lambda: session.batch_view() is not None and session.annotations.state().phase not in phases)
    view = session.batch_view()
    assert view is not None
    found = session.annotations.of_batch(view.key).result(60)
    assert found is not None
    return found


def coco(folder: Path, boxes: dict[str, list[tuple[float, ...]]], sizes: dict[str, tuple[int, int]]) -> None:
    numbers = {name: number for number, name in enumerate(boxes)}
    made = {
        "images": [{"id": numbers[name], "file_name": name, "width": w, "height": h} for name, (w, h) in sizes.items()],
        "annotations": [
            {"id": number, "image_id": numbers[name], "category_id": 1, "bbox": box, "area": 1, "iscrowd": 0}
            for number, (name, box) in enumerate((name, box) for name in boxes for box in boxes[name])
        ],
        "categories": [{"id": 1, "name": "<b>cat</b>"}],
    }
    (folder / "annotations").mkdir()
    (folder / "annotations" / "instances.json").write_text(json.dumps(made))


@pytest.fixture
def cats(tmp_path: Path) -> Path:
    """Four images of 200 x 100 pixels; three have a box, one of them partly outside."""
    folder = tmp_path / "cats"
    folder.mkdir()
    names = [f"{name}.png" for name in "abcd"]
    for name in names:
        cv2.imwrite(str(folder / name), np.full((100, 200, 3), 90, np.uint8))
    boxes: dict[str, list[tuple[float, ...]]] = {
        "a.png": [(20, 10, 100, 50)], "b.png": [(150, 50, 100, 20)], "c.png": [(0, 0, 200, 100)]
    }  # fmt: skip
    coco(folder, boxes, dict.fromkeys(boxes, (200, 100)))
    return folder


@pytest.mark.parametrize("size", [None, (50, 50)])
def test_boxes_of_files_are_on_the_pictures(cats: Path, open_session: Open, size: tuple[int, int] | None) -> None:
    session = open_session(str(cats), image_size=size)
    found = labels(session)
    assert found.class_names == ("<b>cat</b>",)
    first, second, third, fourth = found.pictures
    assert first is not None
    assert second is not None
    assert third is not None
    assert fourth is None
    assert first.shapes.points.ravel().tolist() == pytest.approx([0.1, 0.1, 0.6, 0.6])
    assert [int(each.shapes.flags[0]) != 0 for each in (first, second, third)] == [False, True, False]
    state = session.annotations.state()
    assert (state.phase, state.images, state.shapes) == (LabelsPhase.READY, 3, 3)
    assert session.snapshot().labels_serial == state.serial


def test_records_cross_a_wire(cats: Path, open_session: Open) -> None:
    session = open_session(str(cats))
    for record in (labels(session), session.annotations.state(), session.annotations.statistics().result(60)):
        frame = msgspec.msgpack.encode(record, enc_hook=encode_array)
        again = msgspec.msgpack.decode(frame, type=type(record), dec_hook=decode_array)
        assert equal(again, record)


def test_samples_with_a_class_and_without(cats: Path, open_session: Open) -> None:
    session = open_session(str(cats))
    labels(session)
    with_cat = session.annotations.samples(0).result(60)
    assert (with_cat.count, with_cat.locations) == (3, ("a.png", "b.png", "c.png"))
    assert session.annotations.samples(WITHOUT_LABELS).result(60).locations == ("d.png",)


def mirrored(rgb: Any, rng: Any) -> Any:
    return rgb[:, ::-1].copy()


def mirrored_with_boxes(rgb: Any, rng: Any) -> Any:
    return {"image": rgb[:, ::-1].copy(), "bboxes": [[80.0, 10.0, 180.0, 60.0]], "class_labels": ["cat"]}


def test_a_transform_that_returns_no_boxes_is_said(cats: Path, open_session: Open) -> None:
    session = open_session(str(cats), transform=mirrored)
    found = labels(session)
    assert UNTRANSFORMED in found.note
    first = found.pictures[0]
    assert first is not None
    assert first.shapes.points[0, 0] == pytest.approx(0.1)


def test_a_transform_that_returns_boxes_is_shown_with_them(cats: Path, open_session: Open) -> None:
    session = open_session(str(cats), transform=mirrored_with_boxes)
    found = labels(session)
    assert found.note == "Boxes taken as xyxy, in pixels."
    assert found.class_names == ("cat",)
    first = found.pictures[0]
    assert first is not None
    assert first.shapes.points.ravel().tolist() == pytest.approx([0.4, 0.1, 0.9, 0.6])


@pytest.mark.parametrize("as_stored", [False, True])
def test_every_orientation(tmp_path: Path, open_session: Open, as_stored: bool) -> None:
    """A white box is annotated on the eight pictures; where they are as stored, the set's turned ones give it away."""
    from PIL import Image

    boxes, sizes = {}, {}
    upright = np.zeros((64, 96, 3), np.uint8)
    upright[8:24, 16:40] = 255
    for orientation, turn in STORED_TURNED.items():
        exif = Image.Exif()
        exif[0x0112] = orientation
        kept = Image.fromarray(upright) if turn is None else Image.fromarray(upright).transpose(turn)
        name = f"{orientation}.jpg"
        (tmp_path / name).write_bytes(encoded(kept, "JPEG", quality=100, subsampling="4:4:4", exif=exif))
        pixels = np.asarray(kept) if as_stored else upright
        rows, columns = np.nonzero(pixels[..., 0] > 128)
        left, top = int(columns.min()), int(rows.min())
        boxes[name] = [(left, top, int(columns.max()) + 1 - left, int(rows.max()) + 1 - top)]
        sizes[name] = (pixels.shape[1], pixels.shape[0])
    coco(tmp_path, boxes, sizes)  # type: ignore[arg-type]
    found = labels(open_session(str(tmp_path), batch_size=8))
    for picture in found.pictures:
        assert picture is not None
        points = picture.shapes.points * (96, 64)
        assert [*points.min(axis=0), *points.max(axis=0)] == pytest.approx([16, 8, 40, 24], abs=1)
    notes = [picture.note for picture in found.pictures if picture is not None]
    assert notes == ["annotated as stored" if as_stored and number else "" for number in range(8)]


def test_masks_are_read_and_a_broken_one_is_said(tmp_path: Path, open_session: Open) -> None:
    for folder in ("images", "masks"):
        (tmp_path / folder).mkdir()
    for name in "abc":
        cv2.imwrite(str(tmp_path / "images" / f"{name}.jpg"), np.full((40, 60, 3), 90, np.uint8))
        mask = np.zeros((40, 60), np.uint8)
        mask[10:20, 30:] = 2
        cv2.imwrite(str(tmp_path / "masks" / f"{name}.png"), mask)
    (tmp_path / "masks" / "b.png").write_bytes(b"\x89PNG\r\n\x1a\n and no more")
    session = open_session(str(tmp_path / "images"))
    found = labels(session)
    first, second, third = found.pictures
    assert first is not None
    assert first.mask is not None
    assert set(np.unique(first.mask)) == {-1, *(number for number, name in enumerate(found.class_names) if name == "2")}
    assert first.mask[15, 45] >= 0
    assert second is not None
    assert (second.mask, second.note) == (None, "the mask cannot be read")
    assert third is not None
    assert third.mask is not None
    view = session.batch_view()
    assert view is not None
    finer = session.annotations.of_image(view.key, 0).result(60)
    assert finer is not None
    assert finer.mask is not None


def test_where_there_are_none_no_thread_is_asked(tmp_path: Path, open_session: Open) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((8, 8, 3), np.uint8))
    session = open_session(str(tmp_path), batch_size=1)
    assert not labels(session).pictures
    view = session.batch_view()
    assert view is not None
    assert session.annotations.of_batch(view.key).done()


def test_a_set_without_annotations_says_how_to_name_them(tmp_path: Path, open_session: Open) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.zeros((10, 10, 3), np.uint8))
    session = open_session(str(tmp_path))
    assert labels(session).pictures == ()
    state = session.annotations.state()
    assert state.phase is LabelsPhase.NONE
    assert "--annotations" in state.text


def test_a_path_that_is_not_there_is_a_reason_and_no_end(cats: Path, open_session: Open) -> None:
    session = open_session(str(cats), annotations=str(cats / "gone.json"))
    assert labels(session).pictures == ()
    state = session.annotations.state()
    assert state.phase is LabelsPhase.FAILED
    assert "gone.json" in state.text
    session.change(annotations="")
    wait_until(lambda: session.annotations.state().phase is LabelsPhase.READY)


def test_annotations_are_not_copied_into_workers(cats: Path, open_session: Open) -> None:
    session = open_session(str(cats))
    labels(session)
    loader = session._consumer.current.loader
    assert loader is not None
    assert not any("nnotation" in type(value).__name__ for value in vars(loader).values())


def make_boxes() -> Any:
    return _Boxes()


class _Boxes:
    def __len__(self) -> int:
        return 4

    def __getitem__(self, i: int) -> Any:
        return np.zeros((50, 100, 3), np.uint8), {"boxes": np.array([[10, 10, 30, 20]]), "labels": np.array([i % 2])}


def test_fields_of_the_users_data_set(open_session: Open) -> None:
    session = open_session(NamedCode(os.path.abspath(__file__), "make_boxes"))
    found = labels(session)
    assert [len(each.shapes) for each in found.pictures if each is not None] == [1] * 4
    assert found.note.startswith("Boxes taken as x")
    assert found.class_names == ("0", "1")
    assert session.annotations.state().phase is LabelsPhase.NONE


def test_nothing_is_left_after_closing(cats: Path) -> None:
    session = LocalSession(SessionConfig(num_workers=0))
    session.open(str(cats))
    session.close()
    assert session.annotations.state() == LabelsState(serial=session.annotations.state().serial)
    assert session.annotations.statistics().cancelled()
