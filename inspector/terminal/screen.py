"""A snapshot as a screen of text: as much as fits, the most important first."""

from collections import Counter, deque
from collections.abc import Sequence
from dataclasses import dataclass, field

from rich.console import Group, JustifyMethod, RenderableType
from rich.table import Table
from rich.text import Text

from inspector import formatting as fmt
from inspector.formats.problems import Problem
from inspector.loader.counters import StageTimes
from inspector.monitor.records import RunState, Series, Snapshot, WorkerRow
from inspector.monitor.time_series import HISTORY_S, PERIOD_S
from inspector.monitor.verdict.verdict import Verdict
from inspector.terminal import text

KEYS = (("+ -", "workers"), ("[ ]", "batch size"), ("space", "pause"), ("n", "next batch"), ("q", "quit"))
MOST_PROBLEMS = 8
_WORKER_COLUMNS: tuple[tuple[str, JustifyMethod], ...] = (
    ("pid", "right"),
    ("state", "left"),
    ("images/s", "right"),
    ("busy", "right"),
    ("", "left"),  # the stages
    ("memory", "right"),
    ("restarts", "right"),
    ("last file", "left"),
)
_LEVEL_STYLES = {"good": "green", "info": "cyan", "warn": "yellow", "bad": "red"}


@dataclass(slots=True)
class ProblemLog:
    """How many problems of each kind there were, and the latest, oldest first."""

    kinds: Counter[str] = field(default_factory=Counter)
    latest: deque[Problem] = field(default_factory=lambda: deque(maxlen=MOST_PROBLEMS))

    @property
    def total(self) -> int:
        """All that were added."""
        return self.kinds.total()

    def add(self, problems: Sequence[Problem]) -> None:
        """Note problems that came since the last time."""
        self.kinds.update(problem.kind.value for problem in problems)
        self.latest.extend(problems)


@dataclass(frozen=True, slots=True)
class View:
    """All that a screen shows, at one moment; `keys`: whether the keyboard is listened to."""

    snapshot: Snapshot
    series: Series
    problems: ProblemLog
    verdict: Verdict
    keys: bool


def draw(view: View, width: int, height: int) -> RenderableType:
    """The screen of `width` by `height` characters. Names are plain text, whatever is in them."""
    snapshot = view.snapshot
    top: list[RenderableType] = [_header(snapshot, width), *_verdict(view.verdict, width)]
    top += [*_figures(snapshot, width), _plots(view, width), Text()]
    bottom = [_settings(snapshot), _footer(view.keys)]
    room = height - len(top) - len(bottom)
    workers, problems = _fitting(room, len(snapshot.workers), len(view.problems.latest))
    middle: list[RenderableType] = []
    if workers:
        hidden = len(snapshot.workers) - workers
        more = f"and {fmt.plural(hidden, 'more worker')}" if hidden else ""
        middle += [_workers(snapshot, workers, width), Text(more, style="dim")]
        room -= workers + 2
    if problems:
        middle += [_problem_counts(view.problems), _problems(view, problems, width)]
        room -= problems + 1
    return Group(*top, *middle, *(Text() for _ in range(room)), *bottom)


def _fitting(room: int, workers: int, problems: int) -> tuple[int, int]:
    """How many rows of each to show in `room` lines, beside two headings and a blank line. Problems yield first."""
    if room < 6:
        return max(0, min(workers, room - 2)), 0
    room -= 3
    if workers + problems > room:
        problems = min(problems, max(2, room - workers), room)
        workers = min(workers, room - problems)
    return workers, problems


def _line(*pieces: str | tuple[str, str]) -> Text:
    return Text.assemble(*pieces, no_wrap=True, overflow="ellipsis")


def _header(snapshot: Snapshot, width: int) -> Text:
    facts = [fmt.plural(snapshot.files, "file")]
    if snapshot.classes:
        facts.append(fmt.plural(snapshot.classes, "class", "classes"))
    if snapshot.state != RunState.INDEXING:
        facts += [f"epoch {snapshot.epoch}", fmt.plural(snapshot.batches, "batch", "batches")]
    state = f" {snapshot.state} "
    tail = "  " + " · ".join(facts)
    source = text.shortened(fmt.readable(snapshot.source), max(8, width - len(tail) - len(state) - 2))
    style = {RunState.RUNNING: "black on green", RunState.FAILED: "white on red"}.get(snapshot.state, "black on cyan")
    return _line((source, "bold"), (tail, "dim"), "  ", (state, style))


def _verdict(verdict: Verdict, width: int) -> list[Text]:
    """Two lines where that is enough, so that what is below seldom moves; four at most."""
    style = _LEVEL_STYLES[verdict.level]
    rest = Text.assemble(("● ", style), (fmt.readable(verdict.headline), f"bold {style}"), "  ")
    rest.append(fmt.readable(verdict.evidence))
    lines: list[Text] = []
    while len(rest) > width and len(lines) < 3:
        cut = max(rest.plain.rfind(" ", 0, width + 1), 2)
        line, rest = rest.divide([cut])
        lines.append(line)
        rest = Text.assemble("  ", rest[1:])
    rest.truncate(width, overflow="ellipsis")
    return [*lines, rest] if lines else [rest, Text()]


def _figures(snapshot: Snapshot, width: int) -> list[Text]:
    rates, cell = snapshot.rates, width // 4
    names, figures = Text(style="dim", no_wrap=True), Text(style="bold", no_wrap=True)
    for name, shown, style in (
        ("batches/s", fmt.rate(rates.batches_per_s), ""),
        ("images/s", fmt.rate(rates.images_per_s), ""),
        ("data wait", fmt.percent(rates.data_wait), ""),
        ("skipped", f"{snapshot.skipped:,}", "red" if snapshot.skipped else ""),
    ):
        names.append(name.ljust(cell))
        figures.append(shown.ljust(cell), style)
    return [names, figures]


def _plots(view: View, width: int) -> Text:
    prefetch = view.snapshot.prefetch_batches
    names = "last minute  batches/s ", f"  queue of {prefetch} "
    missing = [float("nan")] * (round(HISTORY_S / PERIOD_S) - len(view.series.time_s))
    room = max(2, width - sum(map(len, names)))
    return _line(
        (names[0], "dim"),
        (text.sparkline([*missing, *view.series.batches_per_s], room // 2), "blue"),
        (names[1], "dim"),
        (text.sparkline([*missing, *view.series.queue_depth], room - room // 2, prefetch), "green"),
    )


def _workers(snapshot: Snapshot, shown: int, width: int) -> Table:
    """A row a worker, with as many columns as there is room for."""
    columns = _WORKER_COLUMNS if width >= 76 else _WORKER_COLUMNS[:4]
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for _, align in columns[:-1]:
        table.add_column(no_wrap=True, justify=align)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    names = next((_stage_names(row) for row in snapshot.workers if row.totals.stages), "read·decode·write")
    table.add_row(*(Text(name or names, style="dim") for name, _ in columns))
    for row in snapshot.workers[:shown]:
        cells = _worker_cells(row, snapshot.source, max(8, width - 72))
        table.add_row(*(Text(cell) for cell in cells[: len(columns)]))
    return table


def _worker_cells(row: WorkerRow, source: str, room: int) -> tuple[str, ...]:
    worker = row.totals
    stages = "·".join(fmt.milliseconds(stage.p50_ms) for stage in _stages(row))
    return (
        fmt.UNKNOWN if worker.pid is None else str(worker.pid),
        worker.state.value,
        fmt.rate(row.images_per_s),
        fmt.percent(row.busy),
        f"{stages} ms" if stages else "·".join([fmt.UNKNOWN] * 3),
        fmt.byte_size(row.memory_bytes),
        str(worker.restarts),
        text.shortened(fmt.relative(worker.last_location, source), room),
    )


def _stages(row: WorkerRow) -> list[StageTimes]:
    """Those that there is room for."""
    return [stage for stage in row.totals.stages if stage.name != "transform"]


def _stage_names(row: WorkerRow) -> str:
    return "·".join(stage.name for stage in _stages(row))


def _problem_counts(problems: ProblemLog) -> Text:
    counts = ", ".join(f"{number:,} {kind}" for kind, number in problems.kinds.most_common())
    return _line(("problems  ", "dim"), counts)


def _problems(view: View, shown: int, width: int) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True, overflow="ellipsis", max_width=width // 3)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    for problem in list(reversed(view.problems.latest))[:shown]:
        name = text.shortened(fmt.relative(problem.path, view.snapshot.source), width // 3)
        table.add_row(Text(problem.kind.value, style="red"), Text(name), Text(fmt.readable(problem.reason)))
    return table


def _settings(snapshot: Snapshot) -> Text:
    parts = [
        fmt.plural(snapshot.num_workers, "worker"),
        f"batch size {snapshot.batch_size:,}",
        fmt.image_size_in_words(snapshot.image_size),
        snapshot.dtype,
        f"prefetch {snapshot.prefetch_batches}",
        f"step {snapshot.step_ms:g} ms",
        snapshot.engine,
        f"seed {snapshot.seed}" if snapshot.shuffle else "not shuffled",
        f"batches take {fmt.byte_size(snapshot.loader_memory_bytes)}",
    ]
    return _line((" · ".join(parts), "dim"))


def _footer(keys: bool) -> Text:
    if not keys:
        return _line(("Ctrl+C quits", "dim"))
    pieces: list[str | tuple[str, str]] = []
    for key, what in KEYS:
        pieces += [(f" {key} ", "reverse"), f" {what}  "]
    return _line(*pieces)
