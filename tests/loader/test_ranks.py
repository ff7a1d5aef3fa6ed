"""Several processes that train together: one order, split evenly, the same number of batches for each."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inspector import Loader, NoImagesError, SettingsError, UserCodeError
from inspector.loader.batch import Batch
from inspector.loader.planning.sampler import epoch_order
from tests.conftest import ROOT
from tests.loader.folders import make_folder
from tests.loader.streams import stream

SIZE = (6, 8)


def of_ranks(source: Any, ranks: int, **settings: Any) -> list[list[Batch]]:
    """The batches of each rank."""
    found = []
    for rank in range(ranks):
        with Loader(source, rank=rank, world_size=ranks, image_size=SIZE, **settings) as loader:
            found.append(list(stream(loader)))
    return found


@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("engine", ["processes", "serial"])
def test_ranks_share_one_order_in_equal_parts(ranks: int, drop_last: bool, engine: str, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 50)
    found = of_ranks(index, ranks, batch_size=4, epochs=2, seed=7, drop_last=drop_last, engine=engine)
    lengths = [[len(batch) for batch in batches] for batches in found]
    assert all(each == lengths[0] for each in lengths)
    for epoch in range(2):
        own = [[i for b in batches if b.epoch == epoch for i in b.indices.tolist()] for batches in found]
        merged = [index for together in zip(*own, strict=True) for index in together]
        order = epoch_order(50, shuffle=True, seed=7, epoch=epoch).tolist()
        assert merged == (order[: len(merged)] if drop_last else [*order, *order[: len(merged) - 50]])
    with Loader(index, rank=0, world_size=ranks, batch_size=4, drop_last=drop_last) as loader:
        assert len(loader) == len(lengths[0]) / 2
        assert loader.index.classes == index.classes


def test_a_rank_with_bad_files_has_as_many_batches_of_the_same_sizes(tmp_path: Path) -> None:
    index = make_folder(tmp_path, [number not in (3, 4, 20, 33) for number in range(47)])
    settings: dict[str, Any] = {"batch_size": 5, "epochs": 2, "num_workers": 2}
    found = of_ranks(index, 2, **settings)
    lengths = [[len(batch) for batch in batches] for batches in found]
    assert lengths[0] == lengths[1] == [5, 5, 5, 5, 4] * 2
    seen = {i for batches in found for batch in batches if batch.epoch == 0 for i in batch.indices.tolist()}
    assert seen == set(range(47)) - {3, 4, 20, 33}
    again = of_ranks(index, 2, **{**settings, "num_workers": 0})
    for one, other in zip(found, again, strict=True):
        assert [batch.indices.tolist() for batch in one] == [batch.indices.tolist() for batch in other]
        assert [batch.last_in_epoch for batch in one] == [number % 5 == 4 for number in range(10)]


@pytest.mark.slow
@pytest.mark.parametrize("bad", [(), (3, 4, 20, 33)])
def test_each_rank_resumes_where_it_was(bad: tuple[int, ...], tmp_path: Path) -> None:
    index = make_folder(tmp_path, [number not in bad for number in range(47)])
    settings: dict[str, Any] = {"image_size": SIZE, "batch_size": 5, "epochs": 2, "world_size": 2}
    for rank in range(2):
        for delivered in (0, 3, 5, 7):
            with Loader(index, rank=rank, **settings) as loader:
                for _ in range(delivered):
                    next(loader)
                state = json.loads(json.dumps(loader.state_dict()))
                expected = [batch.indices.tolist() for batch in stream(loader)]
            with Loader(index, rank=rank, **settings, num_workers=0) as loader:
                loader.load_state_dict(state)
                assert [batch.indices.tolist() for batch in stream(loader)] == expected


@pytest.mark.parametrize(("before", "after"), [(2, 3), (3, 2), (2, 1), (1, 2), (4, 3)])
def test_another_number_of_ranks_continues_the_epoch(before: int, after: int, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 48)
    settings: dict[str, Any] = {"image_size": SIZE, "batch_size": 3, "epochs": 2, "seed": 2, "num_workers": 0}
    seen: list[int] = []
    for rank in range(before):
        with Loader(index, rank=rank, world_size=before, **settings) as loader:
            for _ in range(2):
                seen += next(loader).indices.tolist()
            state = loader.state_dict()  # any rank's will do for another number of them
    twice = []
    for rank in range(after):
        with Loader(index, rank=rank, world_size=after, **settings) as loader:
            loader.load_state_dict(state)
            seen += next(loader).indices.tolist()
            twice.append(loader.state_dict())
            seen += [i for batch in stream(loader) if batch.epoch == 0 for i in batch.indices.tolist()]
    assert set(seen) == set(range(48))
    assert len(seen) <= 48 + after - 1  # those that come twice, so that all ranks have as many
    with Loader(index, rank=0, world_size=1, **settings) as loader:
        loader.load_state_dict(twice[0])
        rest = [i for batch in stream(loader) if batch.epoch == 0 for i in batch.indices.tolist()]
    assert len(rest) == 48 - 6 * before - 3 * after


@pytest.mark.parametrize("num_workers", [0, 1])
def test_fewer_samples_than_ranks(num_workers: int, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 2)
    settings: dict[str, Any] = {"batch_size": 1, "num_workers": num_workers, "epochs": 1, "rank": 2, "world_size": 3}
    with Loader(index, **settings) as loader:
        assert [len(batch) for batch in loader] == [1]
    with Loader(index, **settings, drop_last=True) as loader, pytest.raises(NoImagesError, match="fewer than the 3"):
        next(loader)


@pytest.mark.parametrize(("rank", "world_size"), [("2", "2"), ("x", "2"), ("-1", "2"), ("0", "0"), ("0", "two")])
def test_a_rank_that_cannot_be_is_an_error(
    rank: str, world_size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = make_folder(tmp_path, [True] * 2)
    monkeypatch.setenv("RANK", rank)
    monkeypatch.setenv("WORLD_SIZE", world_size)
    with pytest.raises(SettingsError, match="RANK="):
        Loader(index)
    with Loader(index, num_workers=0, rank=0, world_size=1) as loader:
        assert len(loader) == 1


@pytest.mark.parametrize(("there", "absent"), [("RANK", "WORLD_SIZE"), ("WORLD_SIZE", "RANK")])
def test_one_of_two_variables_is_an_error(
    there: str, absent: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = make_folder(tmp_path, [True] * 2)
    monkeypatch.setenv(there, "1")
    for nothing in (None, ""):
        if nothing is None:
            monkeypatch.delenv(absent, raising=False)
        else:
            monkeypatch.setenv(absent, nothing)
        with pytest.raises(SettingsError, match=f"{there}=1 and no {absent}.*RANK and WORLD_SIZE.*rank and world_size"):
            Loader(index)
    with Loader(index, num_workers=0, rank=0, world_size=1) as loader:
        assert len(loader) == 1


def test_the_rank_comes_from_torchrun_where_none_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = make_folder(tmp_path, [True] * 9)
    monkeypatch.setenv("RANK", "1")
    monkeypatch.setenv("WORLD_SIZE", "3")
    with Loader(index, batch_size=9, shuffle=False) as loader:
        assert next(loader).indices.tolist() == [1, 4, 7]
        assert (loader.config.rank, loader.config.world_size) == (1, 3)
    with Loader(index, batch_size=9, shuffle=False, rank=0, world_size=1) as loader:
        assert len(next(loader)) == 9
    refused: list[dict[str, Any]] = [{"rank": 1}, {"world_size": 2}, {"rank": 2, "world_size": 2}]
    for wrong in (*refused, {"rank": -1, "world_size": 2}):
        with pytest.raises(SettingsError, match="rank"):
            Loader(index, **wrong)


def every_third(epoch: int, rng: np.random.Generator) -> Any:
    return [*range(epoch, 40, 3), 5, 5]


def weighted(epoch: int, rng: np.random.Generator) -> Any:
    return rng.choice(40, size=25, p=np.arange(40) / 780)


def endless_care(epoch: int, rng: np.random.Generator) -> Any:
    if epoch:
        raise LookupError("no such epoch")
    return [0, 1]


@pytest.mark.parametrize("sampler", [every_third, weighted, "tests.loader.test_ranks:weighted"])
@pytest.mark.parametrize("num_workers", [0, 2])
def test_a_sampler_makes_the_order(sampler: Any, num_workers: int, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 40)
    function = sampler if callable(sampler) else weighted
    expected = [list(function(epoch, np.random.default_rng([3, epoch]))) for epoch in range(2)]
    settings: dict[str, Any] = {"sampler": sampler, "seed": 3, "epochs": 2, "batch_size": 4, "num_workers": num_workers}
    with Loader(index, **settings) as loader:
        assert len(loader) == -(-len(expected[0]) // 4)
        next(loader)
        state = loader.state_dict()
    with Loader(index, **settings) as loader:
        loader.load_state_dict(state)
        rest = [(batch.epoch, i) for batch in stream(loader) for i in batch.indices.tolist()]
    assert rest == [(0, i) for i in expected[0][4:]] + [(1, i) for i in expected[1]]
    parts = of_ranks(index, 2, **settings)
    merged = [i for pair in zip(*([i for b in part for i in b.indices] for part in parts), strict=True) for i in pair]
    assert merged[: len(expected[0])] == expected[0]


@pytest.mark.parametrize("num_workers", [0, 2])
def test_what_a_sampler_raises_comes_at_its_epoch(num_workers: int, tmp_path: Path) -> None:
    index = make_folder(tmp_path, [True] * 4)
    with Loader(index, sampler=endless_care, batch_size=2, num_workers=num_workers) as loader:
        for _ in range(2):
            with pytest.raises(UserCodeError, match="epoch 1: LookupError: no such epoch"):
                list(stream(loader))
        assert loader.snapshot().batches == 1
    for given in ([], [4], [-1], [0.5], [[0]], None):
        with (
            Loader(index, sampler=lambda epoch, rng, given=given: given, num_workers=num_workers) as loader,
            pytest.raises(UserCodeError, match="the sampler's order of epoch 0"),
        ):
            next(loader)


@pytest.mark.torch
@pytest.mark.parametrize("ranks", [2, 3])
@pytest.mark.parametrize("bad", [(), (2, 9)])
def test_ranks_of_a_torch_training_stay_together(ranks: int, bad: tuple[int, ...], tmp_path: Path) -> None:
    number = 0
    for name, count in (("ant", 1), ("bee", 12), ("cow", 8)):
        make_folder(tmp_path / name, [number + each not in bad for each in range(count)])
        number += count
    command = [sys.executable, "-m", "tests.loader.train_ranks", str(tmp_path)]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    environment = {**os.environ, "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": str(ranks)}
    started = [
        subprocess.Popen(command, cwd=ROOT, env={**environment, "RANK": str(rank)}, stdout=subprocess.PIPE, text=True)
        for rank in range(ranks)
    ]
    try:
        found = [json.loads(process.communicate(timeout=200)[0].splitlines()[-1]) for process in started]
    finally:
        for process in started:
            process.kill()
    assert all(each["numbers"] == {"ant": 0, "bee": 1, "cow": 2} for each in found)
    assert len({len(each["batches"]) for each in found}) == 1
    for together in zip(*(each["batches"] for each in found), strict=True):
        assert len({len(indices) for _, indices, _ in together}) == 1
        assert {total for _, _, total in together} == {sum(len(indices) for _, indices, _ in together)}
    first = {i for each in found for epoch, indices, _ in each["batches"] if epoch == 0 for i in indices}
    assert first == set(range(21)) - set(bad)
