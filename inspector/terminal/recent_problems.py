"""The latest problems, and how many there were of each kind."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.table import Table
from rich.text import Text

from inspector import formatting as fmt
from inspector.session.records import Problem
from inspector.terminal.text import one_line, shortened

MOST_SHOWN = 8


@dataclass(slots=True)
class RecentProblems:
    """How many problems of each kind there were, and the latest, oldest first."""

    kinds: Counter[str] = field(default_factory=Counter)
    latest: deque[Problem] = field(default_factory=lambda: deque(maxlen=MOST_SHOWN))

    @property
    def total(self) -> int:
        """All that were added."""
        return self.kinds.total()

    def add(self, problems: Sequence[Problem]) -> None:
        """Note problems that came since the last time."""
        self.kinds.update(problem.kind.value for problem in problems)
        self.latest.extend(problems)


def problem_counts(problems: RecentProblems) -> Text:
    """How many there were of each kind."""
    counts = ", ".join(f"{number:,} {kind}" for kind, number in problems.kinds.most_common())
    return one_line(("problems  ", "dim"), counts)


def problem_rows(problems: RecentProblems, source: str, shown: int, width: int) -> Table:
    """The latest `shown` of them, the newest first."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=width // 3)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for problem in list(reversed(problems.latest))[:shown]:
        name = shortened(fmt.relative(problem.path, source), width // 3)
        table.add_row(Text(problem.kind.value, style="red"), Text(name), Text(fmt.readable(problem.reason)))
    return table
