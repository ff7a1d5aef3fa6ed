"""A saved state resumes with the next batch: elsewhere, with other workers, at any point."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from inspector import Batch, Loader, SettingsError
from inspector.loader.planning.checkpoint import position_of, state_of
from inspector.loader.planning.samples import Position
from inspector.settings import LoaderConfig
from inspector.sources.file_index import FileIndex
from tests.json_values import json_values, with_something_else
from tests.loader.folders import make_folder
from tests.loader.streams import stream

GOOD = [number % 5 != 2 for number in range(33)]


def content(batch: Batch) -> tuple[Any, ...]:
    pixels = tuple(np.asarray(image).tobytes() for image in batch.images)
    return batch.number, batch.epoch, batch.indices.tolist(), [p.index for p in batch.skipped], pixels


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("image_size", [(8, 6), None])
def test_every_state_continues_the_sequence(
    drop_last: bool, image_size: tuple[int, int] | None, tmp_path: Path
) -> None:
    index = make_folder(tmp_path / "here", GOOD)
    settings: dict[str, Any] = {"batch_size": 4, "seed": 3, "epochs": 2, "drop_last": drop_last}
    settings["image_size"] = image_size
    states, batches = [], []
    with Loader(index, num_workers=2, **settings) as loader:
        states.append(json.dumps(loader.state_dict()))
        for batch in stream(loader):
            batches.append(content(batch))
            states.append(json.dumps(loader.state_dict()))
    moved = tmp_path / "elsewhere"
    (tmp_path / "here").rename(moved)
    with Loader(moved, num_workers=0, **settings) as loader:
        for number, state in reversed(list(enumerate(states))):
            loader.load_state_dict(json.loads(state))
            assert content(next(loader)) == batches[number] if number < len(batches) else next(loader, None) is None
    with Loader(moved, num_workers=3, engine="threads", **settings) as loader:
        middle = len(states) // 2
        for _ in range(3):  # again and again, while workers are at work
            loader.load_state_dict(json.loads(states[middle]))
        assert [content(batch) for batch in stream(loader)] == batches[middle:]


def test_a_state_of_something_else_is_refused(tmp_path: Path) -> None:
    index = make_folder(tmp_path / "a", [True] * 6)
    others = make_folder(tmp_path / "b", [True] * 7)
    renamed = make_folder(tmp_path / "c", [True] * 6)
    (tmp_path / "c" / "003.png").rename(tmp_path / "c" / "other.png")
    renamed = FileIndex.scan(tmp_path / "c")
    with Loader(index, batch_size=2, num_workers=0) as loader:
        next(loader)
        state = loader.state_dict()
        for wrong, words in (
            ({}, "not a state"),
            ({**state, "version": 99}, "not a state"),
            ({**state, "epoch": -1}, "incomplete"),
            ({key: value for key, value in state.items() if key != "next_batch"}, "incomplete"),
            ({**state, "samples_into_epoch": 7}, "after 7 samples"),
        ):
            with pytest.raises(SettingsError, match=words):
                loader.load_state_dict(wrong)
        after = next(loader).number
        assert after == 1  # a refused state changes nothing
    for source, settings, words in (
        (others, {}, "6 samples, and there are 7"),
        (renamed, {}, "other files"),
        (index, {"seed": 5}, "seed=0"),
        (index, {"shuffle": False}, "shuffle=True"),
    ):
        with Loader(source, batch_size=2, num_workers=0, **settings) as loader:
            with pytest.raises(SettingsError, match=words):
                loader.load_state_dict(state)
            assert next(loader).number == 0


_CONFIG = LoaderConfig(seed=3)
_INDEX = FileIndex.scan([f"/data/{number}.jpg" for number in range(20)])
_RIGHT = state_of(Position(1, 8, 2), 7, _CONFIG, _INDEX)


def test_the_place_comes_back() -> None:
    assert position_of(json.loads(json.dumps(_RIGHT)), _CONFIG, _INDEX) == (Position(1, 8, 2), 7)


@given(with_something_else(_RIGHT) | json_values)
def test_any_json_is_a_place_or_refused_in_a_sentence(state: object) -> None:
    try:
        position, number = position_of(state, _CONFIG, _INDEX)  # type: ignore[arg-type]
    except SettingsError:
        return
    assert {type(each) for each in (position.epoch, position.place, position.batches, number)} == {int}


@pytest.mark.parametrize("name", _RIGHT)
@pytest.mark.parametrize("value", [None, "3", 1.0, [1], {}])
def test_a_wrong_type_is_named(name: str, value: object) -> None:
    with pytest.raises(SettingsError, match=f"the state's {name} must be"):
        position_of({**_RIGHT, name: value}, _CONFIG, _INDEX)  # type: ignore[dict-item]
