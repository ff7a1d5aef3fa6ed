"""Two runs side by side: what is noise, what is not, and what is no run at all."""

import json
from pathlib import Path
from typing import Any

import pytest

from inspector.watched.compare import compare
from tests.command import run


def seen(workers: int, wait_s: float, *, spread: float = 0.005, name: str = "train") -> dict[str, Any]:
    loader = {
        "name": name, "rank": 0, "num_workers": workers, "batches": 100, "images": 400, "seconds": wait_s + 2.0,
        "wait_s": wait_s, "step_s": 2.0, "start_up_s": 0.1, "epochs": 1, "data_wait": wait_s / (wait_s + 2),
        "spread": {"wait_s": spread, "step_s": 0.001},
    }  # fmt: skip
    return {"exit_status": 0, "loaders": [loader], "verdict": {"cause": "input-bound"}}


def figures(before: dict[str, Any], after: dict[str, Any]) -> dict[str, str]:
    (change,) = compare(before, after)
    return {figure.name: figure.verdict for figure in change.figures}


def test_less_wait_is_better_and_what_does_not_change_is_noise() -> None:
    found = figures(seen(2, 2.0), seen(4, 0.2))
    assert (found["throughput"], found["data wait"], found["wait a batch"], found["step"]) == (
        "better", "better", "better", "noise",
    )  # fmt: skip
    assert figures(seen(4, 0.2), seen(2, 2.0))["throughput"] == "worse"


def test_a_difference_within_the_spread_is_noise() -> None:
    assert figures(seen(2, 2.0, spread=0.2), seen(2, 2.3, spread=0.2))["wait a batch"] == "noise"


def test_settings_and_loaders_of_one_run_are_named() -> None:
    (change,) = compare(seen(2, 1.0), seen(4, 1.0))
    assert change.settings == (("num_workers", 2, 4),)
    assert [each.only for each in compare(seen(2, 1.0, name="a"), seen(2, 1.0, name="b"))] == ["before", "after"]


def test_the_command(tmp_path: Path) -> None:
    files = [tmp_path / "before.json", tmp_path / "after.json"]
    for file, content in zip(files, (seen(2, 2.0), seen(4, 0.2)), strict=True):
        file.write_text(json.dumps(content))
    done = run("compare", *files)
    assert done.returncode == 0
    assert "num_workers" in done.stdout
    assert "better" in done.stdout


@pytest.mark.parametrize("content", ["", "[]", '{"loaders": 3}', "[" * 100_000, '{"loaders": [{}]}'])
def test_what_is_no_run_is_refused_in_a_sentence(tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.json"
    file.write_text(content)
    done = run("compare", file, file)
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1


def test_a_page_shows_both_runs_and_no_markup_of_theirs(tmp_path: Path) -> None:
    before, after, page = tmp_path / "before.json", tmp_path / "after.json", tmp_path / "compared.html"
    before.write_text(json.dumps(seen(2, 2.0, name="<b>train</b>")))
    after.write_text(json.dumps(seen(4, 0.2, name="<b>train</b>")))
    done = run("compare", before, after, "--report", page)
    assert done.returncode == 0, done.stderr
    text = page.read_text("utf-8")
    assert "&lt;b&gt;train&lt;/b&gt;" in text
    assert "<b>" not in text
    assert "before.json" in text
    assert '<td class="good">better</td>' in text
    assert "<tr><td>num_workers</td><td>2</td><td>4</td>" in text
    refused = run("compare", before, after, "--report", tmp_path / "none" / "page.html")
    assert refused.returncode == 2
    assert "cannot be written" in refused.stderr
