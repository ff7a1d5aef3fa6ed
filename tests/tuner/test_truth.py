"""Is the recommendation right where the right answer is known? Many sweeps over simulated machines, on 2 cores."""

import random
from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

import pytest

from inspector.tuner.diagnosis import Limit
from inspector.tuner.recommendation import Recommendation
from inspector.tuner.sweep import Sweep
from inspector.tuner.sweep_plan import SweepOutcome, SweepPlan
from inspector.tuner.trials import TrialSetting
from tests.tuner.simulated import Formula, SimulatedBench
from tests.tuner.steps import steps_apart

SEEDS = 20
NOW = TrialSetting(2)


@dataclass(frozen=True)
class Machine:
    """What it does with so many workers, and what must be found.

    Attributes:
        one: images per second of one worker. most: of any number; slower: is lost with each worker beyond 2 cores.
    """

    name: str
    one: float
    most: float
    cores_of_one: float
    workers: int
    limit: Limit
    read_share: float = 0.1
    slower: float = 0.0
    most_workers: int = 64

    def rate(self, setting: TrialSetting) -> float:
        lost = self.slower * max(0, setting.num_workers - 2)
        return min(self.most, self.one * max(1, setting.num_workers)) * (1 - lost)

    def cores(self, setting: TrialSetting) -> float:
        return self.cores_of_one * self.rate(setting) / self.one

    def sweep(self, seed: int, *, noise: float, step_ms: float = 0.0, budget_s: float = 60.0) -> SweepOutcome:
        bench = SimulatedBench(self.rate, self.cores, seed, noise, read_share=self.read_share)
        plan = SweepPlan(NOW, (NOW,), 2, 16 << 30, budget_s, step_ms, self.most_workers)
        return Sweep(plan, bench, clock=bench.clock, order=random.Random(seed)).run()


@cache
def recommended(machine: Machine, noise: float) -> tuple[Recommendation | None, ...]:
    """Of a sweep with each seed."""
    return tuple(machine.sweep(seed, noise=noise).recommendation for seed in range(SEEDS))


MACHINES = [
    Machine("waits only", 50, 1e9, 0.01, 32, Limit.WORKERS, most_workers=32),
    Machine("computes", 100, 200, 1.0, 2, Limit.CORES),
    Machine("computes, and too many hurt", 100, 200, 1.0, 2, Limit.CORES, slower=0.01),
    Machine("one at a time", 100, 100, 0.05, 1, Limit.LOCK),
    Machine("a lock for a part of it", 30, 100, 0.05, 4, Limit.LOCK),
    Machine("a disk of so many bytes a second", 45, 400, 0.02, 12, Limit.READING, read_share=0.9),
    Machine("waits and computes", 100, 400, 0.5, 4, Limit.CORES),
]


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_the_smallest_setting_that_is_as_fast_as_any(machine: Machine) -> None:
    found = recommended(machine, 0.02)
    table = Counter((each.setting.num_workers, each.limit) for each in found if each)
    near = sum(each is not None and steps_apart(each.setting.num_workers, machine.workers) <= 1 for each in found)
    assert near >= 0.95 * SEEDS, table
    assert sum(each is not None and each.limit == machine.limit for each in found) >= 0.95 * SEEDS, table


@pytest.mark.parametrize("machine", MACHINES, ids=lambda machine: machine.name)
def test_on_a_noisy_machine_it_is_right_or_says_that_it_cannot_tell(machine: Machine) -> None:
    found = recommended(machine, 0.08)
    right = [
        each is not None and (steps_apart(each.setting.num_workers, machine.workers) <= 1 or each.cannot_tell_from)
        for each in found
    ]
    assert sum(map(bool, right)) >= 0.95 * SEEDS, Counter(each.setting.num_workers for each in found if each)


@pytest.mark.parametrize(("step_ms", "workers"), [(400, 2), (230, 3), (170, 4), (60, 12)])
def test_with_a_training_step_the_smallest_that_keeps_up(step_ms: float, workers: int) -> None:
    """A worker loads 50 images a second and a step takes 32."""
    found = [MACHINES[0].sweep(seed, noise=0.02, step_ms=step_ms).recommendation for seed in range(SEEDS)]
    counts = Counter(each.setting.num_workers for each in found if each)
    assert sum(count for number, count in counts.items() if steps_apart(number, workers) <= 1) >= 0.95 * SEEDS, counts
    assert counts[workers] >= 0.8 * SEEDS, counts
    assert all(each is not None and each.checked and each.data_wait is not None for each in found)


# At 94 % of the most, 2 workers are neither clearly good enough nor clearly not.
EDGE = Machine("edge", 94, 200, 1.0, 2, Limit.CORES)


@pytest.mark.parametrize("noise", [0.02, 0.08])
@pytest.mark.parametrize("machine", [*MACHINES, EDGE], ids=lambda machine: machine.name)
def test_repeated_sweeps_agree_or_say_that_they_cannot_tell(machine: Machine, noise: float) -> None:
    found = recommended(machine, noise)
    usual, _ = Counter(each.setting for each in found if each).most_common(1)[0]
    agree = [each is not None and (each.setting == usual or bool(each.cannot_tell_from)) for each in found]
    assert sum(agree) >= 0.95 * SEEDS, Counter(each.setting.num_workers for each in found if each)


def test_a_curve_beside_that_is_faster_is_chosen() -> None:
    """Scaled decoding takes half the CPU."""
    exact, scaled = NOW, replace(NOW, decode="scaled")

    def rate(setting: TrialSetting) -> float:
        return (1 + (setting.decode == "scaled")) * min(200, 100 * max(1, setting.num_workers))

    bench = SimulatedBench(rate, lambda setting: min(2.0, setting.num_workers))
    plan = SweepPlan(exact, (exact, scaled), 2, None, 60.0)
    found = Sweep(plan, bench, clock=bench.clock, order=random.Random(0)).run().recommendation
    assert found is not None
    assert (found.setting.num_workers, found.setting.decode) == (2, "scaled")


def constant(value: float) -> Formula:
    return lambda setting: value


def test_settings_that_do_the_same_leave_what_is_set() -> None:
    now = TrialSetting(2, batch_size=64, prefetch_batches=4)
    curves = tuple(replace(now, prefetch_batches=number) for number in (2, 4, 8))
    bench = SimulatedBench(constant(100), constant(0.1), noise=0.005, disturbed=0)
    found = Sweep(SweepPlan(now, curves, 1), bench, clock=bench.clock, order=random.Random(0)).run().recommendation
    assert found is not None
    assert found.setting == replace(now, num_workers=1)
