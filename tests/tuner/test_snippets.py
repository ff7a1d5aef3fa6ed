"""Code to paste: it must be code, and ask for what was recommended."""

import ast
from pathlib import Path
from typing import Any

import pytest

from inspector import Loader
from inspector.tuner.snippets import as_loader, as_torch, prefetch_factor
from inspector.tuner.torch_bench import DecodedFiles
from inspector.tuner.trials import TrialSetting


def arguments(code: str, name: str) -> dict[str, object]:
    """The keyword arguments of the only call of `name`."""
    (call,) = (
        node
        for node in ast.walk(ast.parse(code))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name
    )
    return {
        str(keyword.arg): ast.literal_eval(keyword.value) if isinstance(keyword.value, ast.Constant) else ...
        for keyword in call.keywords
    }


@pytest.mark.parametrize(
    "setting",
    [TrialSetting(2), TrialSetting(3, "threads", 4, 2, "scaled"), TrialSetting(0, batch_size=8, prefetch_batches=1)],
)
def test_our_loader_runs_as_pasted(setting: TrialSetting, photos: Path) -> None:
    space: dict[str, object] = {}
    exec(as_loader(setting, str(photos), image_size=(32, 48)), space)
    loader = space["loader"]
    assert isinstance(loader, Loader)
    with loader:
        assert TrialSetting.of(loader.config) == setting
        assert next(loader).images[0].shape == (32, 48, 3)


def test_a_name_with_quotes() -> None:
    assert '"it\'s"' in as_loader(TrialSetting(1), "it's")


def test_torch_with_workers() -> None:
    found = arguments(as_torch(TrialSetting(3, batch_size=64, prefetch_batches=8)), "DataLoader")
    expected = {"batch_size": 64, "num_workers": 3, "prefetch_factor": 3, "persistent_workers": True}
    assert found == expected | {"shuffle": True, "pin_memory": ...}  # whether there is a device


@pytest.mark.torch
@pytest.mark.parametrize("setting", [TrialSetting(2, batch_size=8, prefetch_batches=3), TrialSetting(0, batch_size=8)])
def test_torch_runs_as_pasted(setting: TrialSetting, photos: Path) -> None:
    files = [str(path) for path in sorted(photos.iterdir())[:20]]
    space: dict[str, Any] = {"dataset": DecodedFiles(files, (32, 48), 10**8, "exact")}
    exec(as_torch(setting), space)
    batch = next(iter(space["loader"]))
    assert tuple(batch.shape) == (8, 32, 48, 3)
    assert space["loader"].num_workers == setting.num_workers


def test_torch_without_workers_refuses_what_needs_them() -> None:
    found = arguments(as_torch(TrialSetting(0)), "DataLoader")
    assert not {"prefetch_factor", "persistent_workers"} & set(found)


@pytest.mark.parametrize(("workers", "prefetch", "factor"), [(2, 8, 4), (3, 8, 3), (16, 8, 1), (1, 1, 1)])
def test_torch_counts_its_prefetch_for_each_worker(workers: int, prefetch: int, factor: int) -> None:
    assert prefetch_factor(TrialSetting(workers, prefetch_batches=prefetch)) == factor
