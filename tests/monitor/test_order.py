"""Orders that are shuffled and orders that only seem so are told apart, and no shuffle is ever called broken."""

import numpy as np
import numpy.typing as npt
import pytest

from inspector.loader.planning.sampler import epoch_order
from inspector.monitor.order import FEWEST_IMAGES, OrderFinding, OrderKind, OrderSample, describe, examine

Order = npt.NDArray[np.int64]


def sample_of(order: Order, files: int, sizes: list[int] | None = None, last: int = 4096) -> OrderSample:
    indices = order[-last:]
    first = len(order) - len(indices)
    if sizes is None:
        return OrderSample(first, indices, files)
    class_of = np.repeat(np.arange(len(sizes), dtype=np.int32), sizes)
    return OrderSample(first, indices, files, class_of[indices], np.array(sizes))


def block_shuffled(files: int, block: int, seed: int = 0) -> Order:
    """Blocks in any order, and any order inside each, as with shards."""
    rng = np.random.default_rng(seed)
    blocks = [rng.permutation(np.arange(start, min(start + block, files))) for start in range(0, files, block)]
    return np.concatenate([blocks[number] for number in rng.permutation(len(blocks))])


def buffer_shuffled(files: int, buffer: int) -> Order:
    """Through a small buffer, as tf.data's shuffle."""
    rng = np.random.default_rng(0)
    held, out = list(range(buffer)), []
    for index in range(buffer, files):
        place = rng.integers(buffer)
        out.append(held[place])
        held[place] = index
    return np.array(out + held)


@pytest.mark.parametrize("files", [40, 69, 300, 5000])
@pytest.mark.parametrize("balance", ["no classes", "even", "uneven"])
def test_a_shuffle_is_never_called_anything_else(files: int, balance: str) -> None:
    small = files // 10
    sizes = {
        "no classes": None,
        "even": [small] * 9 + [files - 9 * small],
        "uneven": [files - 3 * small, 2 * small, small],
    }
    for seed in range(400):
        order = epoch_order(files, shuffle=True, seed=seed, epoch=3)
        for count in {FEWEST_IMAGES, files // 2, files}:
            if count >= FEWEST_IMAGES:
                assert examine(sample_of(order[:count], files, sizes[balance])).kind is OrderKind.SHUFFLED


@pytest.mark.parametrize("files", [40, 300, 100_000])
def test_file_order_and_its_reverse(files: int) -> None:
    order = epoch_order(files, shuffle=False, seed=0, epoch=0)
    finding = examine(sample_of(order, files, [files // 2, files - files // 2]))
    assert finding.kind is OrderKind.FILE_ORDER
    assert finding.rank_correlation == pytest.approx(1)
    assert examine(sample_of(order[::-1], files)).kind is OrderKind.REVERSED


def test_file_order_with_skipped_files_in_it() -> None:
    order = np.delete(np.arange(500), np.arange(0, 500, 7))
    assert examine(sample_of(order, 500)).kind is OrderKind.FILE_ORDER


@pytest.mark.parametrize("seed", range(5))
def test_shuffled_blocks_keep_neighbours_together(seed: int) -> None:
    kind = examine(sample_of(block_shuffled(20_000, 500, seed), 20_000)).kind
    assert kind in (OrderKind.NEIGHBOURS, OrderKind.DRIFTING)


def test_a_small_shuffle_buffer_follows_the_files() -> None:
    finding = examine(sample_of(buffer_shuffled(20_000, 1000), 20_000))
    assert finding.kind in (OrderKind.DRIFTING, OrderKind.NEIGHBOURS)
    assert finding.mean_step is not None
    assert finding.mean_step < 3000


def test_runs_of_a_class_are_found_where_the_files_of_each_are_shuffled() -> None:
    sizes = [100] * 20
    rng = np.random.default_rng(0)
    order = np.concatenate([100 * number + rng.permutation(100) for number in rng.permutation(20)])
    finding = examine(sample_of(order, 2000, sizes))
    assert finding.kind is OrderKind.CLASS_RUNS
    assert finding.class_run == pytest.approx(100)
    assert finding.expected_run == pytest.approx(1 / (1 - 99 / 1999), rel=0.01)
    sentence = describe(finding, shuffle=True)
    assert "although shuffle is on" in sentence
    assert "100 of the same class come in a row where a shuffle gives 1.05" in sentence


def test_too_few_images_are_not_judged() -> None:
    finding = examine(sample_of(np.arange(FEWEST_IMAGES - 1), 1000))
    assert finding == OrderFinding(OrderKind.TOO_FEW, FEWEST_IMAGES - 1)
    assert f"{FEWEST_IMAGES - 1} of {FEWEST_IMAGES}" in describe(finding, shuffle=True)


def test_what_was_asked_for_is_said_with_what_was_found() -> None:
    ordered = examine(sample_of(np.arange(1000), 1000))
    assert describe(ordered, shuffle=False).startswith("In file order, as shuffle is off: ")
    assert describe(ordered, shuffle=True).startswith("In file order, although shuffle is on: ")
    shuffled = examine(sample_of(epoch_order(1000, shuffle=True, seed=1, epoch=0), 1000, [500, 500]))
    assert describe(shuffled, shuffle=True).startswith("Looks shuffled: ")
    assert "where a shuffle gives 2.0" in describe(shuffled, shuffle=True)


def test_a_single_class_is_no_run() -> None:
    order = epoch_order(1000, shuffle=True, seed=0, epoch=0)
    assert examine(sample_of(order, 1000, [1000])).kind is OrderKind.SHUFFLED
