"""Each rule of the verdict, on a snapshot that only it fits."""

from dataclasses import replace
from typing import Any

import pytest

from inspector.loader.counters import Rates, StageTimes, WorkerSnapshot, WorkerState
from inspector.monitor.records import Machine, RunState, SettingChange, Snapshot, WorkerRow
from inspector.monitor.verdict.table import Cause, Verdict
from inspector.monitor.verdict.verdict import RULES, verdict
from inspector.settings import LoaderConfig, plain_values
from inspector.watched.verdict import RULES as TRAINING_RULES


def worker(
    worker_id: int = 0,
    *,
    cpu: float | None = 0.97,
    read_ms: float = 0.1,
    decode_ms: float = 4.0,
    state: WorkerState = WorkerState.BUSY,
    restarts: int = 0,
    transform_ms: float = 0.0,
    images_per_s: float = 200.0,
) -> WorkerRow:
    times_ms = {"read": read_ms, "decode": decode_ms, "transform": transform_ms, "write": 0.2}
    stages = tuple(StageTimes(name, 50, ms, ms, ms, ms) for name, ms in times_ms.items())
    totals = WorkerSnapshot(worker_id, 1000 + worker_id, state, restarts, 50, 9.0, 10.0, stages, "a.jpg")
    return WorkerRow(totals, images_per_s=images_per_s, busy=0.97, cpu=cpu, memory_bytes=60_000_000)


def snapshot(
    workers: int | tuple[WorkerRow, ...] = 2,
    *,
    settings: LoaderConfig | None = None,
    step_ms: float = 12.0,
    **changes: Any,
) -> Snapshot:
    """Two workers that decode as fast as they can, on 8 cores of which 2 are in use, and a training step that waits."""
    rows = tuple(worker(number) for number in range(workers)) if isinstance(workers, int) else workers
    base = Snapshot(
        time_s=100.0,
        state=RunState.RUNNING,
        message="",
        source="photos",
        files=1000,
        classes=0,
        settings={**plain_values(settings or LoaderConfig(num_workers=len(rows))), "step_ms": step_ms},
        rates=Rates(2.0, 51.3, 1642.0, 80.0, 0.4, 0.38, 0.97),
        batches=500,
        images=16_000,
        skipped=0,
        restarts=0,
        epoch=2,
        queue_depth=0,
        loader_memory_bytes=40_000_000,
        workers=rows,
        machine=Machine(usable_cores=8, app_cpu=0.2, machine_cpu=0.25),
        problems=0,
        batch_serial=500,
    )
    return replace(base, **changes)


def rates(base: Snapshot, **changes: Any) -> Rates:
    return replace(base.rates, **changes)


def machine(**changes: Any) -> Machine:
    return replace(Machine(usable_cores=8, app_cpu=0.2, machine_cpu=0.25), **changes)


def keeps_up(**changes: Any) -> Snapshot:
    base = snapshot(**changes)
    return replace(base, rates=replace(base.rates, data_wait=0.001, queue_depth=31.8, worker_busy=0.4))


def idle_workers(**changes: Any) -> Snapshot:
    base = snapshot(**changes)
    return replace(base, rates=replace(base.rates, worker_busy=0.5))


WAITS = tuple(worker(number, cpu=0.1, decode_ms=0.5, transform_ms=20.0) for number in range(2))
READS = tuple(worker(number, cpu=0.1, read_ms=12.0) for number in range(2))
STRAGGLES = (worker(0), worker(1), worker(2, images_per_s=40.0), worker(3))
MANY = tuple(worker(number) for number in range(8))


def held_up(
    rows: tuple[WorkerRow, ...] = (worker(0), worker(1)), *, wait: float | None = 0.7, cpu: float = 0.2
) -> tuple[WorkerRow, ...]:
    """Workers that wait for a core so much of their time."""
    return tuple(replace(row, cpu=min(cpu, row.cpu or cpu), run_queue_wait=wait) for row in rows)


CALM = Machine(usable_cores=2, app_cpu=0.1, machine_cpu=0.99, app_run_queue_wait=0.02)
BUSY_MACHINE = Machine(usable_cores=2, app_cpu=0.1, machine_cpu=0.99, app_run_queue_wait=0.3)
LARGE = LoaderConfig(prefetch_batches=32, memory_limit_bytes=2_000_000_000)


@pytest.mark.parametrize(
    ("given", "cause"),
    [
        (snapshot(state=RunState.PAUSED), Cause.NOT_RUNNING),
        (snapshot(workers=0, batches=0, settings=LoaderConfig()), Cause.STARTING),
        (snapshot(batches=2), Cause.MEASURING),
        (keeps_up(), Cause.CONSUMER),
        (keeps_up(settings=LARGE, loader_memory_bytes=900_000_000), Cause.PREFETCH),
        (keeps_up(settings=LARGE, loader_memory_bytes=90_000_000), Cause.CONSUMER),
        (snapshot(workers=0), Cause.NO_WORKERS),
        (idle_workers(settings=LARGE, loader_memory_bytes=1_900_000_000), Cause.MEMORY),
        (snapshot(settings=LARGE, loader_memory_bytes=1_900_000_000), Cause.FREE_CORES),  # the workers are not held up
        (snapshot(machine=machine(memory_total_bytes=10**10, memory_available_bytes=10**8)), Cause.MEMORY),
        (snapshot(machine=machine(memory_total_bytes=10**9, app_memory_bytes=9 * 10**8)), Cause.MEMORY),
        (snapshot(workers=STRAGGLES), Cause.STRAGGLER),
        (snapshot(workers=STRAGGLES[1:3]), Cause.FREE_CORES),  # of two, none is the odd one
        (snapshot(machine=machine(usable_cores=2, machine_cpu=0.97)), Cause.ALL_CORES),
        (snapshot(machine=machine(usable_cores=1.5, machine_cpu=0.95)), Cause.ALL_CORES),
        (snapshot(machine=machine(machine_cpu=0.97)), Cause.OTHER_PROGRAMS),
        (snapshot(workers=READS), Cause.READING),
        (snapshot(workers=READS, machine=machine(usable_cores=2, machine_cpu=0.97)), Cause.READING),  # not after cores
        (snapshot(workers=tuple(replace(row, cpu=0.95) for row in READS)), Cause.FREE_CORES),  # a read that computes
        (snapshot(workers=WAITS), Cause.WAITING),
        (snapshot(workers=held_up(), machine=BUSY_MACHINE), Cause.OTHER_PROGRAMS),
        (idle_workers(workers=held_up(cpu=0.05), machine=BUSY_MACHINE), Cause.OTHER_PROGRAMS),
        (idle_workers(workers=held_up(cpu=0.05, wait=None), machine=BUSY_MACHINE), Cause.OTHER_PROGRAMS),
        (snapshot(workers=held_up(WAITS), machine=BUSY_MACHINE), Cause.OTHER_PROGRAMS),
        (snapshot(workers=held_up(WAITS, wait=0.02), machine=CALM), Cause.WAITING),  # others leave it what it asks for
        (snapshot(workers=held_up(READS, wait=0.02), machine=CALM), Cause.READING),
        (snapshot(workers=0, machine=BUSY_MACHINE), Cause.OTHER_PROGRAMS),
        (snapshot(workers=held_up(STRAGGLES, cpu=0.1), machine=BUSY_MACHINE), Cause.OTHER_PROGRAMS),
        (
            idle_workers(workers=held_up(), machine=BUSY_MACHINE, settings=LARGE, loader_memory_bytes=1_900_000_000),
            Cause.OTHER_PROGRAMS,
        ),
        (keeps_up(workers=held_up(), machine=BUSY_MACHINE), Cause.CONSUMER),
        (
            keeps_up(workers=held_up(), machine=BUSY_MACHINE, settings=LARGE, loader_memory_bytes=900_000_000),
            Cause.CONSUMER,
        ),
        (snapshot(workers=held_up(MANY, cpu=0.24), machine=machine(usable_cores=2, machine_cpu=1.0)), Cause.ALL_CORES),
        (snapshot(), Cause.FREE_CORES),
        (idle_workers(), Cause.UNKNOWN),
    ],
)
def test_the_cause_is_named(given: Snapshot, cause: Cause) -> None:
    assert verdict(given).cause == cause


def test_every_cause_has_one_rule_and_the_last_rule_always_speaks() -> None:
    assert sorted(cause for table in (RULES, TRAINING_RULES) for cause, _ in table) == sorted(Cause)
    assert RULES[-1][1](snapshot(workers=0)) is not None


def said(found: Verdict) -> tuple[str, str]:
    return found.headline, found.evidence


def test_starting_tells_who_is_ready() -> None:
    rows = (worker(0), worker(1, state=WorkerState.STARTING))
    assert verdict(snapshot(batches=0, workers=rows)).evidence.startswith("1 of 2 workers ready.")


def test_a_part_of_a_core() -> None:
    found = verdict(snapshot(workers=1, machine=machine(usable_cores=1.5, machine_cpu=0.4)))
    assert (
        found.evidence
        == "The worker is busy 97 % of the time and 0.3 of 1.5 cores is idle: more workers may help a little."
    )
    found = verdict(snapshot(machine=machine(usable_cores=1.5, machine_cpu=0.96)))
    assert found.evidence.startswith("All 1.5 cores are in use (100 %)")


@pytest.mark.parametrize(
    ("settings", "rows", "help"),
    [
        (LoaderConfig(image_size=(224, 224)), None, "a smaller image size or scaled decoding would."),
        (LoaderConfig(image_size=(224, 224), decode="scaled"), None, "a smaller image size or smaller files would."),
        (LoaderConfig(), None, "a fixed image size with scaled decoding would."),
        (LoaderConfig(), (worker(transform_ms=9.0),) * 2, "a quicker transform, now 9.0 ms an image, would."),
    ],
)
def test_what_would_help_where_all_cores_are_used(
    settings: LoaderConfig, rows: tuple[WorkerRow, ...] | None, help: str
) -> None:
    base = snapshot(settings=settings, machine=machine(usable_cores=2, machine_cpu=0.97))
    assert verdict(replace(base, workers=rows or base.workers)).evidence.endswith(help)


def test_the_straggler_is_named() -> None:
    found = verdict(snapshot(workers=STRAGGLES))
    assert found.evidence == (
        "Worker 2 loads 40.0 images/s and the others 200 each, though it is busy: a very large file or a slow core "
        "holds it up. It finished a.jpg last."
    )


def test_much_prefetch_says_what_fewer_would_take() -> None:
    found = verdict(keeps_up(settings=LARGE, loader_memory_bytes=960_000_000))
    assert said(found) == (
        "Training never waits.",
        "31.8 of 32 batches are always ready and take 960 MB: a prefetch of 8 would do, with 240 MB.",
    )


def test_workers_that_wait() -> None:
    found = verdict(snapshot(workers=WAITS))
    assert "use only 10 % of a core each: they wait" in found.evidence


def test_failed_gives_the_sessions_own_sentence() -> None:
    found = verdict(snapshot(state=RunState.FAILED, message="there are no image files in x: choose another folder"))
    assert (found.level, found.evidence) == ("bad", "there are no image files in x: choose another folder")


def test_indexing_tells_the_count() -> None:
    found = verdict(snapshot(state=RunState.INDEXING, files=3412))
    assert (found.headline, found.evidence) == ("Looking for images…", "3,412 files found so far.")


@pytest.mark.parametrize(
    ("state", "headline"),
    [
        (RunState.CLOSED, "Nothing is open."),
        (RunState.PAUSED, "Paused."),
        (RunState.FINISHED, "All epochs are delivered."),
    ],
)
def test_states_in_which_nothing_is_measured(state: RunState, headline: str) -> None:
    assert verdict(snapshot(state=state)).headline == headline


def test_a_worker_that_is_being_replaced() -> None:
    workers = (worker(0), worker(1, state=WorkerState.STARTING, restarts=2))
    found = verdict(replace(snapshot(restarts=2), workers=workers))
    assert found.level == "warn"
    assert found.evidence.startswith("Worker 1 is starting again; 2 replacements so far.")


def test_a_worker_that_was_replaced_long_ago_is_no_news() -> None:
    found = verdict(replace(snapshot(restarts=2), workers=(worker(0, restarts=2), worker(1))))
    assert "replace" not in found.headline


@pytest.mark.parametrize(
    "changes",
    [
        {"batches": 2},
        {"rates": Rates(0.8, 51.3, 1642.0, 80.0, 0.4, 0.38, 0.97)},
        {"rates": Rates(2.0)},
        {"changes": (SettingChange(99.5, "num_workers", 1, 2),)},
    ],
)
def test_too_few_samples_are_not_judged(changes: dict[str, Any]) -> None:
    found = verdict(snapshot(**changes))
    assert (found.level, found.headline) == ("info", "Measuring…")


def test_a_change_of_settings_is_named_until_it_shows() -> None:
    changed = (SettingChange(99.5, "num_workers", 1, 2),)
    assert verdict(snapshot(changes=changed)).evidence == "Just changed: workers 1→2."
    assert verdict(snapshot(changes=changed, time_s=102.0)).headline == "Training waits 38 % of the time."


def test_training_never_waits() -> None:
    base = snapshot(workers=4)
    found = verdict(replace(base, rates=rates(base, data_wait=0.001, queue_depth=7.6, worker_busy=0.4)))
    assert (found.level, found.headline) == ("good", "Training never waits.")
    assert found.evidence == (
        "On average 7.6 of 8 batches are ready. All 4 workers are busy 40 % of the time: 2 would be enough."
    )


def test_training_that_waits_a_little_is_not_said_to_wait_never() -> None:
    base = snapshot()
    found = verdict(replace(base, rates=rates(base, data_wait=0.03)))
    assert (found.level, found.headline) == ("good", "Training waits only 3 % of the time.")


def test_more_workers_help_where_cores_are_idle() -> None:
    found = verdict(snapshot())
    assert (found.level, found.headline) == ("warn", "Training waits 38 % of the time.")
    assert found.evidence == (
        "Both workers are busy 97 % of the time and 6 of 8 cores are idle: more workers will help."
    )


def test_one_worker_and_one_idle_core() -> None:
    found = verdict(snapshot(workers=1, machine=Machine(usable_cores=2, machine_cpu=0.5)))
    assert found.evidence == ("The worker is busy 97 % of the time and 1 of 2 cores is idle: more workers will help.")


def test_more_workers_do_not_help_where_all_cores_are_used() -> None:
    found = verdict(snapshot(machine=Machine(usable_cores=2, machine_cpu=0.97)))
    assert found.level == "warn"
    assert found.evidence == (
        "Both cores are in use (97 %): more workers will not help; a fixed image size with scaled decoding would."
    )


def test_the_workers_own_use_counts_where_the_machines_is_not_known() -> None:
    used = snapshot(machine=Machine(usable_cores=2, app_cpu=0.05))
    assert "more workers will not help" in verdict(used).evidence
    free = snapshot(machine=Machine(usable_cores=8, app_cpu=0.05))
    assert "6 of 8 cores are idle" in verdict(free).evidence


def test_all_cores_used_by_workers_that_wait_for_them() -> None:
    base = snapshot(workers=7, machine=Machine(usable_cores=2, machine_cpu=0.99))
    found = verdict(replace(base, rates=rates(base, worker_busy=0.4)))
    assert "more workers will not help" in found.evidence


def test_other_programs_that_use_the_cores() -> None:
    base = snapshot(machine=Machine(usable_cores=8, app_cpu=0.2, machine_cpu=0.98))
    found = verdict(replace(base, workers=(worker(0, cpu=0.5), worker(1, cpu=0.5))))
    assert "but only 1.2 of them by inspector: other programs" in found.evidence


def test_beside_other_programs_it_says_how_much_they_use_and_advises_nothing() -> None:
    found = verdict(snapshot(workers=held_up(), machine=BUSY_MACHINE))
    assert said(found) == (
        "Training waits 38 % of the time.",
        "Both cores are in use (99 %), but only 0.5 of them by inspector: other programs slow loading down. They use "
        "1.5 of 2 cores, and loading waits for a core up to 70 % of the time: figures measured now say little about "
        "settings.",
    )


def test_without_a_training_step_the_rate_is_not_said_to_be_the_settings() -> None:
    found = verdict(snapshot(workers=held_up(), machine=BUSY_MACHINE, step_ms=0.0))
    assert (found.level, found.headline) == ("info", "1,642 images/s, beside other programs.")


def test_others_that_leave_no_room_are_not_said_to_slow_loading_down() -> None:
    rows = held_up((worker(0),), wait=0.05, cpu=0.8)
    found = verdict(snapshot(workers=rows, machine=CALM))
    assert "0.9 of them by inspector: other programs leave no room. They use 1.1 of 2 cores: figures" in found.evidence


def test_training_that_never_waits_beside_other_programs_is_no_reason_for_fewer_workers() -> None:
    found = verdict(keeps_up(workers=held_up(MANY, cpu=0.02), machine=BUSY_MACHINE))
    assert found.headline == "Training never waits."
    assert "Other programs use 1.7 of 2 cores: figures measured now say little about settings." in found.evidence
    assert "enough" not in found.evidence


def test_threads_count_as_a_part_of_the_app() -> None:
    rows = tuple(replace(row, cpu=None, totals=replace(row.totals, pid=None)) for row in held_up())
    app = replace(BUSY_MACHINE, app_cpu=0.3, app_run_queue_wait=1.6)
    assert verdict(snapshot(workers=tuple(replace(row, run_queue_wait=None) for row in rows), machine=app)).cause == (
        Cause.OTHER_PROGRAMS
    )
    alone = replace(app, app_cpu=1.9)
    assert verdict(snapshot(workers=rows, machine=alone)).cause == Cause.ALL_CORES


def test_no_number_is_invented_where_no_use_of_the_cores_is_known() -> None:
    base = snapshot(machine=Machine(usable_cores=8))
    found = verdict(replace(base, workers=(worker(0, cpu=None), worker(1, cpu=None))))
    assert found.evidence == "Both workers are busy 97 % of the time: more workers may help."


def test_reading_is_the_limit() -> None:
    found = verdict(snapshot(workers=READS))
    assert found.level == "warn"
    assert found.evidence.startswith("Reading a file takes 12 of the 16 ms that an image takes, at 80.0 MB/s in all")


def test_no_workers() -> None:
    found = verdict(snapshot(workers=0))
    assert found.evidence == (
        "There are no workers, so every batch is loaded while it is waited for: "
        "workers would load ahead on the other 7 cores."
    )


def test_the_serial_engine_has_no_workers_whatever_is_asked_for() -> None:
    found = verdict(snapshot(workers=0, settings=LoaderConfig(engine="serial", num_workers=4)))
    assert found.evidence.startswith("There are no workers")


def test_neither_workers_nor_cores_are_the_limit() -> None:
    base = snapshot()
    found = verdict(replace(base, rates=rates(base, worker_busy=0.5, queue_depth=1.2)))
    assert found.evidence.startswith("Both workers are busy only 50 % of the time and 1.2 of 8 batches are ready")


def test_without_a_training_step_the_throughput_is_told_and_nobody_waits() -> None:
    base = snapshot(step_ms=0.0)
    found = verdict(replace(base, rates=rates(base, data_wait=0.99)))
    assert (found.level, found.headline) == ("info", "At most 1,642 images/s with these settings.")
    assert "6 of 8 cores are idle: more workers will help" in found.evidence


def test_without_a_training_step_a_full_queue_is_the_consumers_doing() -> None:
    base = snapshot(step_ms=0.0)
    found = verdict(replace(base, rates=rates(base, data_wait=0.01, queue_depth=8.0)))
    assert (found.level, found.headline) == ("good", "The loader is faster than what takes the batches.")
