"""How often files and classes came, counted against a plain dictionary."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from inspector import Loader
from inspector.formats.problems import Problem, ProblemKind
from inspector.loader.batch import Batch
from inspector.loader.planning.sampler import epoch_order
from inspector.monitor.sample_counts import LISTED_FILES, ORDER_IMAGES, EpochCounts, SampleCounter, SampleCounts
from inspector.sources.file_index import FileIndex
from tests.loader.folders import make_folder
from tests.loader.streams import stream

SIZES = {"cat": 60, "dog": 30, "emu": 10}


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> FileIndex:
    """100 files, never opened, in three classes."""
    folder = tmp_path_factory.mktemp("classes")
    for name, size in SIZES.items():
        (folder / name / "deeper").mkdir(parents=True)
        for number in range(size):
            (folder / name / ("deeper" if number % 3 else "") / f"{number}.jpg").touch()
    return FileIndex.scan(folder)


def batch_of(indices: list[int], epoch: int = 0, skipped: list[tuple[int, int]] | None = None) -> Batch:
    """`skipped`: (file, epoch) of each."""
    problems = [Problem("", ProblemKind.EMPTY, "is empty", index=file, epoch=met) for file, met in skipped or []]
    empty = np.zeros((len(indices), 2), np.int64)
    return Batch([], [""] * len(indices), np.array(indices, np.int64), empty, None, 0, epoch, tuple(problems))


def deliver(counter: SampleCounter, order: list[int], size: int = 7, epoch: int = 0) -> None:
    for start in range(0, len(order), size):
        counter.add(batch_of(order[start : start + size], epoch))


def counts(tally: EpochCounts) -> tuple[int, int, int, int]:
    return tally.once, tally.repeated, tally.skipped, tally.never


def current(counter: SampleCounter) -> EpochCounts:
    return counter.counts().current


def test_a_whole_shuffled_epoch(index: FileIndex) -> None:
    counter = SampleCounter(index, index.class_table())
    order = epoch_order(100, shuffle=True, seed=0, epoch=0).tolist()
    deliver(counter, order[:50])
    half = current(counter)
    assert counts(half) == (50, 0, 0, 50)
    assert half.classes is not None
    of_class = Counter(index.label(file) for file in order[:50])
    assert dict(zip(half.classes.names, half.classes.delivered.tolist(), strict=True)) == of_class
    assert half.classes.sizes.tolist() == [60, 30, 10]
    deliver(counter, order[50:])
    whole = current(counter)
    assert counts(whole) == (100, 0, 0, 0)
    assert whole.delivered == 100
    assert whole.order.indices.tolist() == order
    assert half.delivered == 50  # a record does not change


def test_files_that_come_more_than_once_are_counted_and_listed(index: FileIndex) -> None:
    counter = SampleCounter(index, index.class_table())
    deliver(counter, [5, 5, 7, 8, 9, 7, 7, 1])
    deliver(counter, [8] * 200)
    tally = current(counter)
    assert counts(tally) == (2, 3, 0, 95)
    assert tally.delivered == 208
    found = {Path(file.path).relative_to(index.root): file.times for file in tally.repeated_files}
    times = {5: 2, 7: 3, 8: 63}  # which is as far as it counts
    assert found == {Path(index.relative(file)): count for file, count in times.items()}


def test_only_the_first_repeated_files_are_listed(index: FileIndex) -> None:
    counter = SampleCounter(index, index.class_table())
    for _ in range(2):
        deliver(counter, list(range(90)))
        assert len(current(counter).repeated_files) <= LISTED_FILES
    assert current(counter).repeated == 90
    assert len(current(counter).repeated_files) == LISTED_FILES


@pytest.mark.parametrize("look_between", [False, True])
def test_an_epoch_ends_where_the_next_begins(index: FileIndex, look_between: bool) -> None:
    counter = SampleCounter(index, index.class_table())
    for epoch in range(3):
        deliver(counter, list(range(40 + epoch)), epoch=epoch)
        if look_between:
            assert current(counter).epoch == epoch
    tally = counter.counts()
    assert tally.previous is not None
    assert (tally.previous.epoch, tally.previous.over, tally.previous.delivered) == (1, True, 41)
    assert (tally.current.epoch, tally.current.over, counts(tally.current)) == (2, False, (42, 0, 0, 58))
    assert tally.seen == 42
    assert tally.previous.order.indices.tolist() == list(range(41))


def test_skipped_files_are_neither_missing_nor_delivered(index: FileIndex) -> None:
    counter = SampleCounter(index, index.class_table())
    counter.add(batch_of([0, 1], skipped=[(2, 0), (99, 0), (2, 0)]))
    tally = current(counter)
    assert counts(tally) == (2, 0, 2, 96)
    assert tally.classes is not None
    assert tally.classes.skipped.tolist() == [1, 0, 1]
    assert tally.order.indices.tolist() == [0, 1]


def test_what_was_skipped_at_an_epochs_end_belongs_to_it(index: FileIndex) -> None:
    """The loader tells of it with the next epoch's first batch."""
    counter = SampleCounter(index, index.class_table())
    deliver(counter, list(range(99)))
    counter.add(batch_of([3], epoch=1, skipped=[(99, 0), (4, 1)]))
    tally = counter.counts()
    assert tally.previous is not None
    assert counts(tally.previous) == (99, 0, 1, 0)
    assert counts(tally.current) == (1, 0, 1, 98)


def test_the_order_keeps_the_last_images(index: FileIndex) -> None:
    counter = SampleCounter(index, index.class_table())
    order = [number % 100 for number in range(ORDER_IMAGES + 333)]
    deliver(counter, order, size=512)
    sample = current(counter).order
    assert sample.first == 333
    assert sample.indices.tolist() == order[333:]
    counter.add(batch_of(order * 2))  # more at once than are kept
    sample = current(counter).order
    assert sample.indices.tolist() == order[-ORDER_IMAGES:]
    assert sample.first + ORDER_IMAGES == 3 * len(order)


def test_no_classes(tmp_path: Path) -> None:
    index = make_folder(tmp_path / "flat", [True] * 5)
    counter = SampleCounter(index, index.class_table())
    deliver(counter, [0, 1])
    assert current(counter).classes is None
    assert current(counter).order.class_of is None


@pytest.mark.parametrize("shuffle", [True, False])
def test_the_loaders_own_epochs_on_the_sample(sample: Path, shuffle: bool) -> None:
    """Every good file exactly once, every other one skipped, none missing."""
    index = FileIndex.scan(sample)
    counter = SampleCounter(index, index.class_table())
    with Loader(index, batch_size=5, engine="serial", epochs=3, image_size=(8, 8), shuffle=shuffle) as loader:
        for batch in stream(loader):
            counter.add(batch)
        bad = len(loader.problems)
    tally: SampleCounts = counter.counts()
    assert tally.previous is not None
    assert counts(tally.previous) == (len(index) - bad, 0, bad, 0)
    assert tally.seen == len(index) - bad
    assert tally.current.delivered == len(index) - bad
