"""Every file of the open folder that was skipped or is damaged, once each."""

from collections.abc import Iterable

from inspector.formats.problems import Problem


class ProblemLog:
    """Problems in the order in which they were met; only ever appended to. Not thread-safe."""

    def __init__(self) -> None:
        self._problems: list[Problem] = []
        self._keys: set[tuple[int, str]] = set()

    def __len__(self) -> int:
        return len(self._problems)

    def add(self, problems: Iterable[Problem]) -> None:
        """Append those that are new: later epochs meet the same files again."""
        for problem in problems:
            key = (problem.index, problem.kind)
            if key not in self._keys:
                self._keys.add(key)
                self._problems.append(problem)

    def since(self, start: int) -> list[Problem]:
        """The entries from `start` on."""
        return self._problems[start:]
