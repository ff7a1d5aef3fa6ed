"""Any object with a length and items as a source, and `read_image` for files of another sort."""

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader, ProblemKind, SettingsError, ShapeError, SourceError, WorkerStartError
from tests.loader.folders import make_folder
from tests.loader.images import Faulty, Numbers, Shapes, Unsendable, UnsendableLabels, reverse_bytes
from tests.loader.streams import stream

ENGINES = ("processes", "threads", "serial")


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("image_size", [(3, 4), (6, 8), None])
def test_items_come_in_order_with_their_labels(engine: str, image_size: tuple[int, int] | None) -> None:
    with Loader(Numbers(), batch_size=8, engine=engine, image_size=image_size, epochs=2, seed=1) as loader:
        batches = list(stream(loader))
    assert [len(batch) for batch in batches] == [8, 8, 4] * 2
    for batch in batches:
        assert batch.labels == [index * 10 for index in batch.indices]
        assert batch.paths == [f"dataset[{index}]" for index in batch.indices]
        for image, index in zip(batch.images, batch.indices, strict=True):
            assert image.shape == (*(image_size or (3, 4)), 3)
            assert (image == index).all()
    assert sorted(np.concatenate([batch.indices for batch in batches[:3]])) == list(range(20))


def test_a_plain_list_of_arrays_and_an_array_are_data_sets() -> None:
    images = [np.full((2, 2, 3), number, np.uint8) for number in range(5)]
    for source in (images, np.stack(images)):
        with Loader(source, batch_size=5, shuffle=False, image_size=(2, 2), epochs=1) as loader:
            (batch,) = loader
        assert batch.labels is None
        np.testing.assert_array_equal(batch.images, np.stack(images))


@pytest.mark.parametrize("engine", ENGINES)
def test_what_an_item_raises_becomes_its_problem(engine: str) -> None:
    with Loader(Faulty(), on_error="skip", batch_size=20, engine=engine, shuffle=False, epochs=1) as loader:
        (batch,) = loader
    assert batch.indices.tolist() == [index for index in range(20) if index not in (3, 5)]
    first, second = batch.skipped
    assert (first.path, first.kind) == ("record 3", ProblemKind.TRANSFORM_FAILED)
    assert "KeyError" in first.reason
    assert "__getitem__" in first.detail
    assert (second.path, second.kind, second.reason) == ("record 5", ProblemKind.TRUNCATED, "the record stops early")


@pytest.mark.slow
def test_an_item_that_ends_its_worker_is_skipped(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("MAY_CRASH", str(tmp_path))
    with Loader(Faulty(), on_error="skip", batch_size=20, shuffle=False, epochs=1) as loader:
        (batch,) = loader
    assert {problem.index: problem.kind for problem in batch.skipped}[7] is ProblemKind.CRASHED


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("odd", "words"),
    [
        (("a", 1), r"dataset\[12\] came as tuple of str, int, without an image"),
        ({"image": np.array([None])}, r"dataset\[12\] came as dict of image: ndarray \(object\), without an image"),
        ("12.jpg", r"dataset\[12\] came as str"),
        (None, r"dataset\[12\] came as NoneType"),
    ],
)
def test_what_is_no_image_is_an_error_at_its_batch(engine: str, odd: Any, words: str) -> None:
    with Loader(Shapes(odd), batch_size=5, engine=engine, shuffle=False, epochs=1, image_size=(3, 4)) as loader:
        assert [next(loader).indices[0], next(loader).indices[0]] == [0, 5]
        for _ in range(2):
            with pytest.raises(ShapeError, match=words):
                next(loader)


@pytest.mark.parametrize("dtype", ["uint8", "float32", "float64", "int64"])
def test_the_type_of_an_image_is_kept_unless_float32_is_asked_for(dtype: str) -> None:
    for settings in ({}, {"image_size": (3, 4)}, {"dtype": "float32"}):
        with Loader(Numbers(dtype=dtype), batch_size=5, **settings) as loader:
            batch = next(loader)
        assert isinstance(batch.images, np.ndarray)
        assert batch.images.dtype == settings.get("dtype", dtype)
        assert (batch.images[:, 0, 0, 0] == batch.indices).all()


def test_what_cannot_be_sent_is_told_at_once() -> None:
    with pytest.raises(SettingsError, match="dataset cannot be sent to worker processes"):
        Loader(Unsendable())
    with Loader(Unsendable(), batch_size=5, engine="threads") as loader:
        assert len(next(loader)) == 5
        with pytest.raises(SettingsError, match="dataset cannot be sent"):
            loader.engine = "processes"
        assert loader.engine == "threads"
    with Loader(UnsendableLabels(5), on_error="skip", batch_size=5, epochs=1) as loader:
        (batch,) = loader
    assert [problem.index for problem in batch.skipped] == [2]


def test_what_can_only_be_iterated_over_is_no_source() -> None:
    with pytest.raises(SourceError, match="a list_iterator can be gone through only once"):
        Loader(iter([]))


def test_what_is_no_source() -> None:
    with pytest.raises(SourceError, match="int cannot be loaded from"):
        Loader(12)  # type: ignore[arg-type]


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("read_image", [reverse_bytes, "tests.loader.images:reverse_bytes"])
def test_read_image_replaces_the_decoder(engine: str, read_image: Any, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 6)
    with Loader(index, batch_size=6, engine=engine, epochs=1, read_image=read_image) as loader:
        (batch,) = loader
    assert batch.labels == [os.path.basename(path) for path in batch.paths]
    for path, image in zip(batch.paths, batch.images, strict=True):
        np.testing.assert_array_equal(image, reverse_bytes(path)[0])


@pytest.mark.parametrize("engine", ENGINES)
def test_a_function_that_is_not_there_is_told(engine: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 6)
    for name in ("no_such_module:f", "os.path:no_such_function"):
        with (
            Loader(index, engine=engine, transform=name) as loader,
            pytest.raises((WorkerStartError, SettingsError), match="no_such"),
        ):
            next(loader)
