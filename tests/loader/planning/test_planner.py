"""The planner alone, without processes: random completions, deaths, bad files, changes and little memory.

Thousands of histories in seconds; each must give what the plain generator gives, and all memory back.
"""

from random import Random

import numpy as np
import pytest

from inspector.formats.problems import ProblemKind
from inspector.loader.memory.slots import Arena, Slot, SlotPool
from inspector.loader.planning.planner import Planner
from inspector.loader.planning.samples import FormedBatch, Sample
from inspector.loader.planning.slot_assignment import places_of
from inspector.loader.workers.messages import SampleFault, SampleResult
from inspector.settings import LoaderConfig
from inspector.sources.structure import ArrayForm, Composition
from tests.oracle import plain_batches

CELL = (4, 4)
CELL_BYTES = 4 * 4 * 3


class History:
    """One random run of a planner: its data set, its settings, and workers that finish when they like."""

    def __init__(self, seed: int) -> None:
        self.random = random = Random(seed)
        length = random.randint(1, 40)
        bad_share = random.choice([0.0, 0.1, 0.3, 0.6])
        self.good = [random.random() >= bad_share for _ in range(length)]
        self.good[random.randrange(length)] = True
        self.stacked = random.random() < 0.6
        self.sizes = [random.choice([30, 600, 9000]) * 3 for _ in range(length)]
        self.batch_sizes = [random.randint(1, 12) for _ in range(random.randint(1, 6))]
        largest = min(max(self.batch_sizes), length)
        needed = (largest * CELL_BYTES if self.stacked else sum(sorted(self.sizes)[-largest:])) + 64 * largest
        capacity = needed + random.choice([0, 64, needed // 2, needed, 20 * needed])
        self.config = LoaderConfig(
            batch_size=self.batch_size(0),
            prefetch_batches=random.randint(1, 6),
            image_size=CELL if self.stacked else None,
            seed=seed,
            shuffle=random.random() < 0.7,
            epochs=random.randint(1, 3),
            drop_last=random.random() < 0.3,
            memory_limit_bytes=capacity,
            max_bad_share=1.0,
        )
        self.arena = Arena.create(capacity)
        self.pool = SlotPool(self.arena, capacity)
        self.planner = Planner(self.config, length, self.pool)
        self.most_sent = random.choice([1, 2, 8])
        self.sent: list[Sample] = []
        self.held: list[Slot] = []

    def batch_size(self, number: int) -> int:
        return self.batch_sizes[number % len(self.batch_sizes)]

    def step(self) -> None:
        """Something happens: a task is sent, finished or lost with its worker, or a held batch is let go."""
        while len(self.sent) < self.most_sent and (sample := self.planner.take()) is not None:
            self.sent.append(sample)
        if self.held and self.random.random() < 0.5:
            self.planner.reclaim(self.held.pop())
        elif self.sent:
            sample = self.sent.pop(self.random.randrange(len(self.sent)))
            if self.random.random() < 0.05:
                self.planner.retry(sample)
            else:
                self.planner.resolve([self.result(sample)])
        elif self.held:
            self.planner.reclaim(self.held.pop())
        elif not self.planner.complete:  # memory is short
            self.planner.form()
            assert self.planner.complete or self.planner.finished or self.planner.error or self.planner.make_room()

    def result(self, sample: Sample) -> SampleResult:
        """What a worker would report: it writes the file's number into every byte of the sample's place."""
        assert sample.slot is not None
        if not self.good[sample.index]:
            return SampleResult(sample.sample_id, fault=SampleFault(ProblemKind.TRUNCATED, "made for the test"))
        nbytes = CELL_BYTES if self.stacked else self.sizes[sample.index]
        slot = sample.slot
        if nbytes > (slot.forms[0].nbytes if slot.forms else slot.nbytes):
            return SampleResult(sample.sample_id, needs_bytes=nbytes)
        (place,) = slot.places(sample.cell) if slot.forms else (slot.offset,)
        self.arena.view(place, (nbytes,), "uint8")[:] = sample.index
        shape = (*CELL, 3) if self.stacked else (nbytes // 3, 1, 3)
        composition = Composition("array", ("array",), 0, (0,), (ArrayForm("|u1", shape),))
        return SampleResult(sample.sample_id, shape[0], shape[1], composition)

    def check(self, formed: FormedBatch, indices: list[int], skipped: list[int]) -> None:
        """The right files in the right order, each with its own pixels, side by side where stacked."""
        assert [sample.index for sample in formed.good] == indices
        assert [sample.index for sample in formed.skipped] == skipped
        for cell, sample in enumerate(formed.good):
            assert sample.slot is not None
            if self.stacked:
                assert sample.slot is formed.slot
                assert sample.cell == cell
            nbytes = CELL_BYTES if self.stacked else self.sizes[sample.index]
            (place,) = places_of(sample)
            assert (self.arena.view(place, (nbytes,), "uint8") == sample.index).all()
        self.held += [formed.slot] if formed.slot is not None else [s.slot for s in formed.good if s.slot is not None]


@pytest.mark.parametrize("block", range(8))
def test_every_history_gives_the_plain_generators_batches(block: int) -> None:
    for seed in range(250 * block, 250 * (block + 1)):
        history = History(seed)
        config, planner = history.config, history.planner
        expected = plain_batches(
            len(history.good),
            lambda index, good=history.good: np.empty(0, np.uint8) if good[index] else None,  # type: ignore[misc]
            history.batch_size,
            seed=config.seed,
            shuffle=config.shuffle,
            epochs=config.epochs or 1,
            drop_last=config.drop_last,
        )
        count = 0
        for number, (epoch, indices, _, skipped) in enumerate(expected):
            planner.set_batch_size(history.batch_size(number))
            planner.prefetch_batches = history.random.randint(1, 6)
            while not planner.complete:
                assert planner.error is None, (seed, planner.error)
                history.step()
            formed = planner.deliver()
            assert formed.epoch.number == epoch
            history.check(formed, indices, skipped)
            if history.random.random() < 0.05:
                planner.move_to(planner.position, planner.order_at(planner.position))  # what a saved state does
            count += 1
        planner.set_batch_size(history.batch_size(count))
        while not planner.finished and planner.error is None:
            assert not planner.complete
            history.step()
        for slot in history.held:
            planner.reclaim(slot)
        for sample in history.sent:  # of before a move: nobody waits for them, but a worker may write there until now
            planner.resolve([history.result(sample)])
        if planner.error is None:  # a drop_last that leaves nothing over is an error, and keeps its samples
            assert history.pool.used_bytes == 0, seed
        history.arena.close()
