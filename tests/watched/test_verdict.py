"""Each rule of a training's verdict, on a run that only it fits."""

import os
from pathlib import Path
from typing import Any

import pytest

from inspector.monitor.verdict.table import Cause, Verdict
from inspector.session.watched_history import overall
from inspector.watched.advice import Recommended, recommend
from inspector.watched.export import as_json
from inspector.watched.reader import RunReader
from inspector.watched.verdict import verdict
from tests.watched.written import WrittenRun

BATCHES, WORKERS, SAMPLES = 100, 2, 4


def judged(
    folder: Path,
    *,
    load_s: float,
    step_s: float,
    wait_s: float,
    slow_s: float = 0.0,
    slow_every: int = 25,
    cpu: float = 1.0,
    core_wait: float = 0.0,
    starts: int = 1,
    start_up_s: float = 0.0,
    process_cpu: float = 0.1,
    ready: float = 0.0,
    held_back: float = 0.0,
) -> tuple[Verdict, Recommended]:
    """Of two workers; each `slow_every`-th of their batches has a sample that takes `slow_s`."""
    run = WrittenRun(folder)
    pids = [os.getpid() + 1, os.getpid() + 2]
    run.loader(
        1, "train_loader", about={"workers": [[pid, at] for at, pid in enumerate(pids)]}, batches=BATCHES,
        images=BATCHES * SAMPLES, wait_s=wait_s, step_s=step_s * BATCHES, steps=BATCHES, starts=starts,
        start_up_s=start_up_s, process_cpu_s=process_cpu * 10, process_s=10.0,
        depths=BATCHES, depth_sum=ready * BATCHES, held_back_sum=held_back * BATCHES,
    )  # fmt: skip
    each = BATCHES // WORKERS
    for at, pid in enumerate(pids):
        events, slow = [], []
        for batch in range(each):
            slowest = slow_s if slow_s and batch % slow_every == 0 else load_s / SAMPLES
            fetch_s = load_s * (SAMPLES - 1) / SAMPLES + slowest
            events.append((float(batch), fetch_s, 0.0, float(SAMPLES), float(batch), slowest, 0.0, float(batch)))
            slow.append({"index": batch, "ms": 1000 * slowest, "time_s": batch, "batch_s": fetch_s})
        busy_s = sum(event[1] for event in events)
        run.worker(
            pid, at, events=tuple(events), slow=tuple(sorted(slow, key=lambda note: -note["ms"])[:24]), batches=each,
            samples=each * SAMPLES, fetch_s=busy_s, cpu_s=cpu * busy_s, core_wait_s=core_wait * busy_s, alive_s=10.0,
        )  # fmt: skip
    found = RunReader(run.folder).read()
    said = verdict(found)
    return said, recommend(found, said)


CASES: dict[str, tuple[dict[str, Any], Cause, str]] = {
    "keeps up": ({"load_s": 0.02, "step_s": 0.05, "wait_s": 0.1}, Cause.STEP, "only 2 %"),
    "batches are ready, and handed over slowly": (
        {"load_s": 0.02, "step_s": 0.05, "wait_s": 0.5, "ready": 3.6},
        Cause.STEP,
        "3.6 of 4 batches are ready",
    ),
    "batches are ready, but out of turn": (
        {"load_s": 0.02, "step_s": 0.05, "wait_s": 0.5, "ready": 3.6, "held_back": 3.0},
        Cause.INPUT,
        "a step takes 50 ms",
    ),
    "computes": ({"load_s": 0.1, "step_s": 0.01, "wait_s": 4.0}, Cause.INPUT, "It computes 100 % of that time"),
    "waits": ({"load_s": 0.1, "step_s": 0.01, "wait_s": 4.0, "cpu": 0.02}, Cause.INPUT, "a disk, a network or a lock"),
    "starts": (
        {"load_s": 0.01, "step_s": 0.01, "wait_s": 0.1, "starts": 9, "start_up_s": 4.0},
        Cause.START_UP,
        "Workers are started again every epoch",
    ),
    "slow samples": (
        {"load_s": 0.02, "step_s": 0.03, "wait_s": 3.0, "slow_s": 1.0},
        Cause.STRAGGLERS,
        "sample 0 takes 1,000 ms",
    ),
    "slow samples, and not the reason": (
        {"load_s": 0.1, "step_s": 0.01, "wait_s": 4.0, "slow_s": 0.3},
        Cause.INPUT,
        "a step takes 10 ms",
    ),
    "one slow sample explains no more than its own time": (
        {"load_s": 0.02, "step_s": 0.03, "wait_s": 3.0, "slow_s": 0.2, "slow_every": 50},
        Cause.INPUT,
        "a step takes 30 ms",
    ),
    "that many are slow that it is how the data are": (
        {"load_s": 0.02, "step_s": 0.03, "wait_s": 9.0, "slow_s": 0.3, "slow_every": 2},
        Cause.INPUT,
        "a step takes 30 ms",
    ),
    "other programs": (
        {"load_s": 0.1, "step_s": 0.01, "wait_s": 4.0, "cpu": 0.05, "core_wait": 0.5},
        Cause.INPUT,
        "other programs use them",
    ),
}


@pytest.mark.parametrize(("numbers", "cause", "evidence"), CASES.values(), ids=CASES)
def test_the_first_rule_that_fits(tmp_path: Path, numbers: dict[str, Any], cause: Cause, evidence: str) -> None:
    said, _ = judged(tmp_path, **numbers)
    assert said.cause is cause, said
    assert evidence in said.evidence
    assert said.level == ("good" if cause is Cause.STEP else "warn")
    assert said.loader == "train_loader"


def test_beside_other_programs_no_setting_is_to_blame(tmp_path: Path) -> None:
    _, advised = judged(tmp_path, load_s=0.1, step_s=0.01, wait_s=4.0, cpu=0.05, core_wait=0.5)
    assert advised.num_workers == WORKERS
    assert advised.line == ""
    assert "Other programs use the cores" in advised.evidence


def test_a_training_that_uses_the_cores_itself_blames_nobody(tmp_path: Path) -> None:
    said, _ = judged(tmp_path, load_s=0.1, step_s=0.01, wait_s=4.0, core_wait=0.5, process_cpu=100.0)
    assert "other programs" not in said.evidence


def test_slow_samples_ask_for_more_prefetch(tmp_path: Path) -> None:
    _, advised = judged(tmp_path, load_s=0.02, step_s=0.03, wait_s=3.0, slow_s=1.0)
    assert advised.prefetch_factor == 4


def test_no_batch_says_nothing(tmp_path: Path) -> None:
    said = verdict(RunReader(WrittenRun(tmp_path).folder).read())
    assert (said.cause, said.level, said.headline) == (Cause.NOT_ENOUGH, "info", "No DataLoader so far.")


def test_loaders_that_are_taken_in_turn_share_one_step(tmp_path: Path) -> None:
    """As of `zip(photos, masks)`: the step is between a batch of masks and the next of photos."""
    run = WrittenRun(tmp_path)
    rounds = range(40)
    photos = tuple((0.4 * at + 0.18, 0.18, 0.0, 4.0, 0.0, 0.0, 0.0, 1.0) for at in rounds)
    masks = tuple((0.4 * at + 0.2, 0.02, 0.2, 4.0, 0.0, 0.0, 0.0, 1.0) for at in rounds)
    alone = {"num_workers": 0, "workers": []}
    common: dict[str, Any] = {"batches": 40, "images": 160, "steps": 40, "starts": 1}
    run.loader(1, "photos", about=alone, events=photos, wait_s=40 * 0.18, **common)
    run.loader(2, "masks", about=alone, events=masks, wait_s=40 * 0.02, step_s=40 * 0.2, **common)
    run.worker(os.getpid(), -1, loader=1, batches=40, samples=160, fetch_s=40 * 0.18)
    found = RunReader(run.folder).read()
    said = verdict(found)
    assert (said.cause, said.loader) == (Cause.INPUT, "photos")
    assert "waits for data 50 % of the time" in said.evidence
    assert "a step takes 200 ms" in said.evidence
    assert (
        recommend(found, said).evidence == "A batch takes 180 ms to load and a step 200 ms: 1 worker keeps up with it."
    )
    assert [each["data_wait"] for each in as_json(found, 0)["loaders"]] == [pytest.approx(0.5)] * 2
    assert [overall(each).data_wait for each in found.loaders] == [pytest.approx(0.5)] * 2
