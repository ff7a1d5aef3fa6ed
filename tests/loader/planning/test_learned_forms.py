"""Samples of the user's code turn out to be alike while bad ones move the others up, and several are taken at once."""

from random import Random

import pytest

from inspector.formats.problems import ProblemKind
from inspector.loader.memory.slots import Arena, SlotPool
from inspector.loader.planning.planner import Planner
from inspector.loader.planning.samples import FormedBatch, Sample
from inspector.loader.workers.messages import SampleFault, SampleResult
from inspector.settings import LoaderConfig
from inspector.sources.structure import ArrayForm, Composition

LENGTH, CAPACITY = 150, 1 << 24
ALIKE = Composition("array", ("array",), 0, (0,), (ArrayForm("|u1", (8, 9, 3)),))


def result_of(sample: Sample, bad: set[int]) -> SampleResult:
    if sample.index in bad:
        return SampleResult(sample.sample_id, fault=SampleFault(ProblemKind.TRUNCATED, "made for the test"))
    nbytes = ALIKE.forms[0].nbytes
    if sample.slot is None or sample.slot.nbytes < nbytes:
        return SampleResult(sample.sample_id, needs_bytes=nbytes)
    return SampleResult(sample.sample_id, 8, 9, ALIKE)


def give_back(planner: Planner, formed: FormedBatch) -> None:
    if formed.slot is not None:
        planner.reclaim(formed.slot)
        return
    for sample in formed.good:
        assert sample.slot is not None
        if sample.slot.forms:
            planner.vacate(sample)
        else:
            planner.reclaim(sample.slot)


@pytest.mark.parametrize("share", [0.15, 0.5])
def test_batches_are_those_of_the_order_and_all_memory_comes_back(share: float) -> None:
    for seed in range(25):
        random = Random(seed)
        bad = {index for index in range(LENGTH) if random.random() < share}
        config = LoaderConfig(
            batch_size=random.choice([3, 16]),
            prefetch_batches=random.choice([2, 8]),
            shuffle=False,
            epochs=1,
            max_bad_share=1.0,
            memory_limit_bytes=CAPACITY,
        )
        arena = Arena.create(CAPACITY)
        pool = SlotPool(arena, CAPACITY)
        planner = Planner(config, LENGTH, pool, as_given=True)
        workers: list[list[Sample]] = [[], []]
        delivered: list[int] = []
        while not planner.finished:
            random.choice(workers).extend(planner.take_some(random.randint(1, 64)))
            worker = random.choice(workers)
            done = [worker.pop(0) for _ in range(random.randint(0, len(worker)))]
            planner.resolve([result_of(sample, bad) for sample in done])
            assert planner.error is None
            if planner.ready and random.random() < 0.5:
                formed = planner.deliver()
                delivered += [sample.index for sample in formed.good]
                give_back(planner, formed)
        assert delivered == [index for index in range(LENGTH) if index not in bad]
        assert pool.used_bytes == 0
        arena.close()
