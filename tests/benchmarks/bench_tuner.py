"""Is the tuner right? Sweeps with the real loader over loads of which the right answer is known.

Run as `python tests/benchmarks/bench_tuner.py [--seeds 20] [--budget-seconds 15] [--loads wait,cpu,...] [--verdict]`.

For each load: how often each number of workers was recommended, and how often each limit was found; an answer is right
when it is within one step of the ladder of worker counts. The seeds are also repeated sweeps of one data set: they must
agree, or say that they cannot tell. With --verdict it is the sentence on a running session that is asked for the cause.
At the end stands the confusion table: a row for each load, with how often each answer was given to it.

Some loads run beside programs that compute, more than there are cores. Then no setting is to blame, unless a loader
hardly needs the cores or the programs give way to it. For all others cores must be free, as what other programs take
changes the right answer: a measurement during which they took much is repeated, up to as often as there are seeds, and
counted as disturbed. 20 seeds take 55 minutes, with --verdict 45.
"""

import argparse
import math
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from inspector.monitor.verdict.evidence import own_cores_used
from inspector.monitor.verdict.table import Cause
from inspector.monitor.verdict.verdict import verdict
from inspector.resource_limits import usable_cores
from inspector.session.local import LocalSession
from inspector.settings import LoaderConfig, SessionConfig
from inspector.tuner.diagnosis import Limit
from inspector.tuner.loader_bench import LoaderBench
from inspector.tuner.sweep import Sweep
from inspector.tuner.sweep_plan import SweepOutcome, SweepPlan
from inspector.tuner.trials import TrialSetting
from tests.tuner.loads import Load, ReadImage, Transform, Work
from tests.tuner.steps import steps_apart

Answer = TypeVar("Answer")

CORES = usable_cores()
MOST_WORKERS = 16
VERDICT_AFTER_S = 6.0
DISTURBED_CORES = 0.3  # used by other programs, on average


@dataclass(frozen=True)
class Case:
    """A load and the right answers.

    Attributes:
        workers: the smallest number that is as good as any; None: not to be known.
        limit: what a sweep must find; None: not swept.
        cause: what the verdict on a running session must name, with `running` workers.
        burners: programs beside it that compute; polite: they give way to others.
    """

    name: str
    reading: Work
    transform: Work
    workers: int | None
    limit: Limit | None
    cause: Cause
    running: int = 2
    step_ms: float = 0.0
    burners: int = 0
    polite: bool = False


def cases(file: str) -> list[Case]:
    both = math.ceil(CORES)
    # A worker that waits for 8 ms and computes for 4 ms: 3 a core are enough where they take turns by the clock, and 4
    # for 95 % where they come at random, as in a queue with exponential times.
    saturated = math.ceil(4 * CORES)
    others = Limit.OTHER_PROGRAMS
    return [
        Case("wait", Work(wait_ms=20), Work(), MOST_WORKERS, Limit.WORKERS, Cause.READING),
        Case("wait, step", Work(wait_ms=20), Work(), 4, Limit.CONSUMER, Cause.READING, step_ms=170),
        Case("cpu", Work(), Work(cpu_ms=8), both, Limit.CORES, Cause.ALL_CORES, running=both),
        Case("cpu, few", Work(), Work(cpu_ms=8), both, Limit.CORES, Cause.FREE_CORES, running=1),
        Case("lock", Work(), Work(wait_ms=12, locked_ms=4, file=file), 4, Limit.LOCK, Cause.WAITING, running=6),
        Case("disk", Work(wait_ms=10, disk_ms=2.5, file=file), Work(), 6, Limit.READING, Cause.READING, running=6),
        Case("mix", Work(wait_ms=8), Work(cpu_ms=4), saturated, Limit.CORES, Cause.ALL_CORES, running=4 * both),
        Case("slow step", Work(), Work(wait_ms=1), 1, Limit.CONSUMER, Cause.CONSUMER, running=2, step_ms=100),
        Case("cpu, many", Work(), Work(cpu_ms=8), None, None, Cause.ALL_CORES, running=4 * both),
        Case("cpu, others", Work(), Work(cpu_ms=8), None, others, Cause.OTHER_PROGRAMS, both, burners=2 * both),
        Case("step, others", Work(), Work(cpu_ms=8), None, None, Cause.OTHER_PROGRAMS, step_ms=100, burners=2 * both),
        Case("mix, others", Work(wait_ms=8), Work(cpu_ms=4), None, others, Cause.OTHER_PROGRAMS, burners=4 * both),
        Case("slow step, others", Work(), Work(wait_ms=1), None, None, Cause.CONSUMER, step_ms=200, burners=2 * both),
        Case("wait, polite others", Work(wait_ms=20), Work(), None, None, Cause.READING, burners=2 * both, polite=True),
    ]


@contextmanager
def beside(case: Case) -> Iterator[None]:
    """While its burners run."""
    command = [*(["nice", "-n", "19"] if case.polite else []), sys.executable, "-c", "while True: pass"]
    burners = [subprocess.Popen(command) for _ in range(case.burners)]
    try:
        yield
    finally:
        for burner in burners:
            burner.kill()
            burner.wait()


@contextmanager
def shared_file() -> Iterator[str]:
    with tempfile.NamedTemporaryFile(prefix="bench-tuner-") as file:
        file.write(bytes(8))
        file.flush()
        yield file.name


def sweep(case: Case, seed: int, budget_s: float) -> SweepOutcome:
    config = LoaderConfig(num_workers=2, seed=seed, transform=Transform(case.transform))
    now = TrialSetting.of(config)
    plan = SweepPlan(now, (now,), CORES, None, budget_s, case.step_ms, MOST_WORKERS)
    bench = LoaderBench(Load(case.reading), config)
    try:
        with beside(case):
            return Sweep(plan, bench, order=random.Random(seed)).run()
    finally:
        bench.close()


def verdict_on(case: Case, seed: int) -> tuple[Cause, float]:
    """The cause that is named, and the cores that other programs used."""
    config = SessionConfig(
        num_workers=case.running,
        seed=seed,
        transform=Transform(case.transform),
        read_image=ReadImage(case.reading),
        step_ms=case.step_ms,
    )
    session = LocalSession(config)
    try:
        session.open([f"{number}.jpg" for number in range(1000)])  # a session takes files: they are never opened
        time.sleep(VERDICT_AFTER_S)
        with beside(case):
            time.sleep(VERDICT_AFTER_S if case.burners else 0.0)
            snapshot = session.snapshot()
        if case.burners:
            return verdict(snapshot).cause, 0.0
        everything = (snapshot.machine.machine_cpu or 0.0) * CORES
        return verdict(snapshot).cause, max(0.0, everything - (own_cores_used(snapshot) or 0.0))
    finally:
        session.close()


def main() -> None:
    parser = argparse.ArgumentParser(description="Is the tuner right, where the right answer is known?")
    parser.add_argument("--seeds", type=int, default=20, help="measurements of each load (default: %(default)s)")
    parser.add_argument("--budget-seconds", type=float, default=15.0, help="of each sweep (default: %(default)g)")
    parser.add_argument("--loads", default="", metavar="NAME,...", help="only these")
    parser.add_argument("--verdict", action="store_true", help="the sentence on a running session, not the sweep")
    options = parser.parse_args()
    wanted = [name.strip() for name in options.loads.split(",")] if options.loads else None
    confused: dict[str, Counter[str]] = {}
    with shared_file() as file:
        chosen = [case for case in cases(file) if wanted is None or case.name.replace(",", "") in wanted]
        for case in chosen:
            if options.verdict:
                confused[f"{case.name}: {case.cause}"] = tell_verdicts(case, options.seeds)
            elif case.limit is not None:
                confused[f"{case.name}: {case.limit}"] = tell_sweeps(case, options.seeds, options.budget_seconds)
    print(f"\n{confusion_table(confused)}")


def quiet(measure: Callable[[int], Answer], others: Callable[[Answer], float], seeds: int) -> tuple[list[Answer], int]:
    """An answer for each seed, made again where other programs disturbed; and how many stayed or were disturbed."""
    answers: list[Answer] = []
    disturbed = 0
    while len(answers) < seeds:
        answer = measure(len(answers))
        if others(answer) > DISTURBED_CORES:
            disturbed += 1
            if disturbed <= seeds:
                continue
        answers.append(answer)
    return answers, disturbed


def tell_verdicts(case: Case, seeds: int) -> Counter[str]:
    answers, disturbed = quiet(lambda seed: verdict_on(case, seed), lambda answer: answer[1], seeds)
    causes = Counter(str(cause) for cause, _ in answers)
    print(
        f"{case.name:<20} true cause {case.cause}: right {causes[case.cause]} of {seeds} ({disturbed} disturbed)   "
        f"{_counts(causes)}",
        flush=True,
    )
    return causes


def tell_sweeps(case: Case, seeds: int, budget_s: float) -> Counter[str]:
    outcomes, disturbed = quiet(
        lambda seed: sweep(case, seed, budget_s),
        lambda outcome: 0.0 if case.burners else outcome.other_cores or 0.0,
        seeds,
    )
    found = [outcome.recommendation for outcome in outcomes if outcome.recommendation is not None]
    workers = Counter(str(each.setting.num_workers) for each in found)
    limits = Counter(str(each.limit) for each in found)
    usual, _ = Counter(each.setting for each in found).most_common(1)[0]
    truth = "any number of workers"
    if case.workers is not None:
        near = sum(steps_apart(each.setting.num_workers, case.workers) <= 1 for each in found)
        truth = f"{case.workers} workers: within a step {near} of {seeds}"
    agree = sum(each.setting == usual for each in found)
    told = sum(each.setting != usual and bool(each.cannot_tell_from) for each in found)
    seconds = sum(outcome.seconds for outcome in outcomes) / seeds
    print(
        f"{case.name:<20} truth {truth}   {_counts(workers)}   "
        f"repeated: the same {agree}, cannot tell {told}   limit {case.limit}: {limits[str(case.limit)]} of {seeds}   "
        f"{_counts(limits)}   {seconds:.0f} s each, {disturbed} disturbed",
        flush=True,
    )
    return limits


def confusion_table(rows: Mapping[str, Counter[str]]) -> str:
    """Truths at the left, answers above, how often each was given."""
    answers = sorted({answer for counts in rows.values() for answer in counts})
    first = max(map(len, rows), default=0)
    lines = [" " * first + "  " + "  ".join(answers)]
    for truth, counts in rows.items():
        cells = [f"{counts[answer] or '·':>{len(answer)}}" for answer in answers]
        lines.append(f"{truth:<{first}}  " + "  ".join(cells))
    return "\n".join(lines)


def _counts(counter: Counter[str]) -> str:
    return ", ".join(f"{key}: {count}" for key, count in sorted(counter.items()))


if __name__ == "__main__":
    main()
