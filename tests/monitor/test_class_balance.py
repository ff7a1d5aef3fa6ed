"""Classes that come as their sizes say are never called unusual; a class that is left out is."""

import numpy as np
import numpy.typing as npt
import pytest

from inspector.monitor.class_balance import examine_classes, expected_of_each
from inspector.monitor.sample_counts import ClassCounts


def tally_of(delivered: npt.ArrayLike, sizes: npt.ArrayLike, skipped: npt.ArrayLike | None = None) -> ClassCounts:
    counts = np.asarray(delivered, np.int64)
    skips = np.zeros_like(counts) if skipped is None else np.asarray(skipped, np.int64)
    return ClassCounts(tuple(map(str, range(len(counts)))), counts, skips, np.asarray(sizes, np.int64))


@pytest.mark.parametrize(
    "sizes",
    [[5000, 5000], [9990, 10], [10] * 1000, [1] * 3000, list(range(1, 200))],
    ids=["2", "rare", "many", "one", "uneven"],
)
def test_a_shuffled_epoch_is_never_unusual(sizes: list[int]) -> None:
    labels = np.repeat(np.arange(len(sizes)), sizes)
    for seed in range(100):
        order = np.random.default_rng(seed).permutation(labels)
        for came in (40, len(order) // 7, len(order) // 2, len(order)):
            finding = examine_classes(tally_of(np.bincount(order[:came], minlength=len(sizes)), sizes))
            assert not finding.unusual


def test_classes_one_after_another_are_found_early() -> None:
    finding = examine_classes(tally_of([60, 0, 0, 0, 0, 0, 0, 0, 0, 0], [100] * 10))
    assert finding.unusual
    assert (finding.farthest, finding.came) == (0, 60)
    assert finding.expected == pytest.approx(6)


def test_a_class_that_is_left_out_is_found() -> None:
    finding = examine_classes(tally_of([300, 300, 0], [1000, 1000, 1000]))
    assert (finding.farthest, finding.unusual) == (2, True)


def test_skipped_files_count_as_come() -> None:
    finding = examine_classes(tally_of([300, 300, 0], [1000, 1000, 1000], [0, 0, 300]))
    assert not finding.unusual


def test_few_images_say_nothing_and_sizes_are_known_all_the_same() -> None:
    finding = examine_classes(tally_of([1, 2], [12, 30]))
    assert finding.farthest is None
    assert (finding.largest, finding.smallest) == (30, 12)


def test_what_is_expected_adds_up_to_what_came() -> None:
    expected = expected_of_each(tally_of([5, 0, 2], [10, 20, 30], [1, 1, 0]))
    assert expected.tolist() == pytest.approx([1.5, 3.0, 4.5])
