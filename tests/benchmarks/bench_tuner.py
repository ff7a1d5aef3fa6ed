"""Is the tuner right? Sweeps with the real loader over loads of which the right answer is known.

Run as `python tests/benchmarks/bench_tuner.py [--seeds 20] [--budget-seconds 15] [--loads wait,cpu,...]`.

For each load: how often each number of workers was recommended, and how often each cause was named; an answer is right
when it is within one step of the ladder of worker counts. With --verdict it is the sentence on a running session that
is asked for the cause. Cores must be free: what other programs take changes the right answer.
"""

import argparse
import math
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector.config import LoaderConfig
from inspector.limits import usable_cores
from inspector.monitor.session import Session
from inspector.tuner.diagnosis import Limit
from inspector.tuner.ladder import steps_apart
from inspector.tuner.loader_bench import LoaderBench
from inspector.tuner.sweep import Outcome, Plan, Sweep
from inspector.tuner.trials import Setting
from inspector.tuner.verdict import Cause, verdict
from tests.tuner.loads import Load, ReadImage, Transform, Work

CORES = usable_cores()
MOST_WORKERS = 16
VERDICT_AFTER_S = 6.0


@dataclass(frozen=True)
class Case:
    """A load and the right answers.

    Attributes:
        workers: the smallest number that is as good as any. limit: what a sweep must find.
        cause: what the verdict on a running session must name, with `running` workers.
    """

    name: str
    reading: Work
    transform: Work
    workers: int
    limit: Limit
    cause: Cause
    running: int = 2
    step_ms: float = 0.0


def cases(file: str) -> list[Case]:
    both = math.ceil(CORES)
    saturated = math.ceil(3 * CORES)
    return [
        Case("wait", Work(wait_ms=20), Work(), MOST_WORKERS, Limit.WORKERS, Cause.READING),
        Case("wait, step", Work(wait_ms=20), Work(), 4, Limit.CONSUMER, Cause.READING, step_ms=170),
        Case("cpu", Work(), Work(cpu_ms=8), both, Limit.CORES, Cause.ALL_CORES, running=both),
        Case("cpu, few", Work(), Work(cpu_ms=8), both, Limit.CORES, Cause.FREE_CORES, running=1),
        Case("lock", Work(), Work(wait_ms=12, locked_ms=4, file=file), 4, Limit.LOCK, Cause.WAITING, running=6),
        Case("disk", Work(wait_ms=10, disk_ms=2.5, file=file), Work(), 6, Limit.READING, Cause.READING, running=6),
        Case("mix", Work(wait_ms=8), Work(cpu_ms=4), saturated, Limit.CORES, Cause.ALL_CORES, running=4 * both),
        Case("slow step", Work(), Work(wait_ms=1), 1, Limit.CONSUMER, Cause.CONSUMER, running=2, step_ms=100),
    ]


@contextmanager
def shared_file() -> Iterator[str]:
    with tempfile.NamedTemporaryFile(prefix="bench-tuner-") as file:
        file.write(bytes(8))
        file.flush()
        yield file.name


def sweep(case: Case, seed: int, budget_s: float) -> Outcome:
    config = LoaderConfig(num_workers=2, seed=seed, transform=Transform(case.transform))
    now = Setting.of(config)
    plan = Plan(now, (now,), CORES, None, budget_s, case.step_ms, MOST_WORKERS)
    bench = LoaderBench(Load(case.reading), config)
    try:
        return Sweep(plan, bench, order=random.Random(seed)).run()
    finally:
        bench.close()


def cause_of(case: Case, seed: int) -> Cause:
    config = LoaderConfig(
        num_workers=case.running, seed=seed, transform=Transform(case.transform), read_image=ReadImage(case.reading)
    )
    session = Session(config, step_ms=case.step_ms)
    try:
        session.open([f"{number}.jpg" for number in range(1000)])  # a session takes files: they are never opened
        time.sleep(VERDICT_AFTER_S)
        return verdict(session.snapshot()).cause
    finally:
        session.close()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--seeds", type=int, default=20)
    parser.add_argument("--budget-seconds", type=float, default=15.0)
    parser.add_argument("--loads", default="")
    parser.add_argument("--verdict", action="store_true")
    options = parser.parse_args()
    wanted = options.loads.split(",") if options.loads else None
    with shared_file() as file:
        for case in cases(file):
            if wanted is None or case.name in wanted:
                (tell_verdicts if options.verdict else tell_sweeps)(case, options.seeds, options.budget_seconds)


def tell_verdicts(case: Case, seeds: int, _: float) -> None:
    causes = Counter(cause_of(case, seed) for seed in range(seeds))
    print(
        f"{case.name:<12} true cause {case.cause}: right {causes[case.cause]} of {seeds}   {_counts(causes)}",
        flush=True,
    )


def tell_sweeps(case: Case, seeds: int, budget_s: float) -> None:
    workers: Counter[int] = Counter()
    limits: Counter[Limit] = Counter()
    near = told = 0
    seconds = 0.0
    for seed in range(seeds):
        outcome = sweep(case, seed, budget_s)
        found = outcome.recommendation
        assert found is not None
        workers[found.setting.num_workers] += 1
        limits[found.limit] += 1
        right = steps_apart(found.setting.num_workers, case.workers) <= 1
        near += right
        told += not right and bool(found.cannot_tell_from)
        seconds += outcome.seconds
    print(
        f"{case.name:<12} truth {case.workers:>2} workers: within a step {near} of {seeds} (told where not: {told})   "
        f"{_counts(workers)}   limit {case.limit}: {limits[case.limit]} of {seeds}   {_counts(limits)}   "
        f"{seconds / seeds:.0f} s each",
        flush=True,
    )


def _counts(counter: Counter[int] | Counter[Limit] | Counter[Cause]) -> str:
    return ", ".join(f"{key}: {count}" for key, count in sorted(counter.items()))


if __name__ == "__main__":
    main()
