"""What was wrong with samples: each problem is made here, once, and listed here, once."""

from inspector.formats.problems import Problem
from inspector.loader.planning.samples import Sample, SampleState
from inspector.sources.dataset import Index


class ProblemList:
    """The problems of all samples met so far, in the order of delivery; only ever appended to.

    Later epochs meet the same samples again, which adds nothing.

    Attributes:
        skipped: how many of them are of skipped samples; the others are of damaged ones that were delivered.
        first_skipped: the first of those.
    """

    def __init__(self, index: Index) -> None:
        self.skipped = 0
        self.first_skipped: Problem | None = None
        self._index = index
        self._problems: list[Problem] = []
        self._keys: set[tuple[int, str]] = set()

    def add(self, sample: Sample, batch: int | None) -> Problem:
        """Make the problem of a sample that has a fault, with the sample's path, and list it where it is new.

        `batch`: the number of the batch that it left a place in, or is in; None: no batch came after it.
        """
        fault = sample.fault
        assert fault is not None
        path = self._index.path(sample.index)
        problem = Problem(
            path, fault.kind, fault.reason, sample.index, sample.epoch.number, batch, fault.file_bytes, fault.detail
        )
        key = (problem.index, problem.kind)
        if key not in self._keys:
            self._keys.add(key)
            self._problems.append(problem)
            if sample.state is SampleState.BAD:
                self.skipped += 1
                self.first_skipped = self.first_skipped or problem
        return problem

    def since(self, start: int) -> list[Problem]:
        """The entries from `start` on. From any thread, without a lock, as entries never change."""
        return self._problems[start:]
