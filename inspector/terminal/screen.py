"""A snapshot as a screen of text: as much as fits, the most important first."""

from dataclasses import dataclass

from rich.console import Group, RenderableType
from rich.text import Text

from inspector import formatting as fmt
from inspector.monitor.reads_text import reads_text
from inspector.monitor.time_series import HISTORY_S, PERIOD_S
from inspector.session.records import RunState, Series, Snapshot, Verdict
from inspector.terminal.recent_problems import RecentProblems, problem_counts, problem_rows
from inspector.terminal.text import one_line, shortened, sparkline
from inspector.terminal.worker_rows import worker_rows

KEYS = (("+ -", "workers"), ("[ ]", "batch size"), ("space", "pause"), ("n", "next batch"), ("q", "quit"))
_LEVEL_STYLES = {"good": "green", "info": "cyan", "warn": "yellow", "bad": "red"}


@dataclass(frozen=True, slots=True)
class ScreenContent:
    """All that a screen shows, at one moment; `keys`: whether the keyboard is listened to."""

    snapshot: Snapshot
    series: Series
    problems: RecentProblems
    verdict: Verdict
    keys: bool


def draw(content: ScreenContent, width: int, height: int) -> RenderableType:
    """The screen of `width` by `height` characters. Names are plain text, whatever is in them."""
    snapshot = content.snapshot
    top: list[RenderableType] = [_header(snapshot, width), *verdict_lines(content.verdict, width)]
    top += [
        *figures(snapshot, width),
        *_reads(snapshot),
        plots(content.series, snapshot.prefetch_batches, width),
        Text(),
    ]
    bottom = [_settings(snapshot), _footer(content.keys)]
    room = height - len(top) - len(bottom)
    workers, problems = fitting(room, len(snapshot.workers), len(content.problems.latest))
    middle: list[RenderableType] = []
    if workers:
        hidden = len(snapshot.workers) - workers
        more = f"and {fmt.plural(hidden, 'more worker')}" if hidden else ""
        middle += [worker_rows(snapshot, workers, width), Text(more, style="dim")]
        room -= workers + 2
    if problems:
        middle += [
            problem_counts(content.problems),
            problem_rows(content.problems, snapshot.source, problems, width),
        ]
        room -= problems + 1
    return Group(*top, *middle, *(Text() for _ in range(room)), *bottom)


def fitting(room: int, workers: int, problems: int) -> tuple[int, int]:
    """How many rows of each to show in `room` lines, beside two headings and a blank line. Problems yield first."""
    if room < 6:
        return max(0, min(workers, room - 2)), 0
    room -= 3
    if workers + problems > room:
        problems = min(problems, max(2, room - workers), room)
        workers = min(workers, room - problems)
    return workers, problems


def _header(snapshot: Snapshot, width: int) -> Text:
    facts = [fmt.plural(snapshot.files, "file")]
    if snapshot.outside:
        facts.append(f"{snapshot.outside:,} outside the folder")
    if snapshot.classes:
        facts.append(fmt.plural(snapshot.classes, "class", "classes"))
    if snapshot.order_note:
        facts.append(snapshot.order_note)
    if snapshot.state != RunState.INDEXING:
        facts += [f"epoch {snapshot.epoch}", fmt.plural(snapshot.batches, "batch", "batches")]
    if snapshot.left_out:
        facts.append(snapshot.left_out)
    state = f" {snapshot.state} "
    tail = "  " + " · ".join(facts)
    source = shortened(fmt.readable(snapshot.source), max(8, width - len(tail) - len(state) - 2))
    style = {RunState.RUNNING: "black on green", RunState.FAILED: "white on red"}.get(snapshot.state, "black on cyan")
    return one_line((source, "bold"), (tail, "dim"), "  ", (state, style))


def verdict_lines(verdict: Verdict, width: int) -> list[Text]:
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


def figures(snapshot: Snapshot, width: int, *, watched: bool = False) -> list[Text]:
    """Two lines. `watched`: of somebody else's loader, whose samples need not be images."""
    rates, cell = snapshot.rates, width // 4
    names, figures = Text(style="dim", no_wrap=True), Text(style="bold", no_wrap=True)
    for name, shown, style in (
        ("batches/s", fmt.rate(rates.batches_per_s), ""),
        ("samples/s" if watched else "images/s", fmt.rate(rates.images_per_s), ""),
        ("data wait", fmt.percent(rates.data_wait), ""),
        ("errors" if watched else "skipped", f"{snapshot.skipped:,}", "red" if snapshot.skipped else ""),
    ):
        names.append(name.ljust(cell))
        figures.append(shown.ljust(cell), style)
    return [names, figures]


def _reads(snapshot: Snapshot) -> list[Text]:
    """A line where samples come over a network."""
    text = reads_text(snapshot)
    return [one_line(("network  ", "dim"), text)] if text else []


def plots(series: Series, prefetch: int | None, width: int) -> Text:
    """One line with both."""
    names = "last minute  batches/s ", f"  queue of {fmt.whole(prefetch)} "
    missing = [float("nan")] * (round(HISTORY_S / PERIOD_S) - len(series.time_s))
    room = max(2, width - sum(map(len, names)))
    return one_line(
        (names[0], "dim"),
        (sparkline([*missing, *series.batches_per_s], room // 2), "blue"),
        (names[1], "dim"),
        (sparkline([*missing, *series.queue_depth], room - room // 2, prefetch or 1), "green"),
    )


def _settings(snapshot: Snapshot) -> Text:
    parts = [
        fmt.plural(snapshot.num_workers, "worker"),
        f"batch size {snapshot.batch_size:,}",
        fmt.image_size_in_words(snapshot.image_size),
        snapshot.dtype,
        f"prefetch {fmt.whole(snapshot.prefetch_batches)}",
        f"step {snapshot.step_ms:g} ms",
        snapshot.engine,
        f"seed {snapshot.seed}" if snapshot.shuffle else "not shuffled",
        f"batches take {fmt.byte_size(snapshot.loader_memory_bytes)}",
    ]
    return one_line((" · ".join(filter(None, parts)), "dim"))


def _footer(keys: bool) -> Text:
    if not keys:
        return one_line(("Ctrl+C quits", "dim"))
    pieces: list[str | tuple[str, str]] = []
    for key, what in KEYS:
        pieces += [(f" {key} ", "reverse"), f" {what}  "]
    return one_line(*pieces)
