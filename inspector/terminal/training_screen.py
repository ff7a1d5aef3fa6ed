"""A watched training as a screen of text: verdict, figures, its DataLoaders, workers, errors; as much as fits."""

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from inspector import formatting as fmt
from inspector.session.records import Series, Snapshot
from inspector.session.training import LoaderRow, TrainingState
from inspector.terminal.recent_problems import RecentProblems, problem_rows
from inspector.terminal.screen import figures, fitting, plots, verdict_lines
from inspector.terminal.text import one_line, shortened
from inspector.terminal.worker_rows import worker_rows

MOST_LOADERS = 6
_LOW = 18  # rows of a screen that has room for the most important only
_COLUMNS = ("", "DataLoader", "workers", "batches", "wait", "step ms", "start-up", "ready", "held back", "errors")


def draw_training(
    snapshot: Snapshot,
    series: Series,
    state: TrainingState,
    problems: RecentProblems,
    width: int,
    height: int,
    keys: bool,
) -> RenderableType:
    """The screen of `width` by `height` characters. `keys`: whether the keyboard is listened to."""
    top: list[RenderableType] = [_header(snapshot, state, width), *verdict_lines(state.verdict, width)]
    top += [*figures(snapshot, width, watched=True), plots(series, snapshot.prefetch_batches, width), Text()]
    shown = min(len(state.loaders), MOST_LOADERS) if height >= _LOW else 0
    if shown:
        top += [_loaders(state, width), Text()]
    said = _advice(state)[: max(0, (height - _LOW) // 3)]
    bottom = [*(one_line((text, "dim")) for text in said), _footer(keys)]
    room = height - len(top) - len(bottom) - shown
    workers, rows = fitting(room, len(snapshot.workers), len(problems.latest))
    middle: list[RenderableType] = []
    if workers:
        hidden = len(snapshot.workers) - workers
        more = f"and {fmt.plural(hidden, 'more worker')}" if hidden else ""
        middle += [worker_rows(snapshot, workers, width, watched=True), Text(more, style="dim")]
        room -= workers + 2
    elif not state.loaders and snapshot.message:
        middle.append(Text(snapshot.message))
        room -= 1
    if rows:
        middle += [Text("errors", style="dim"), problem_rows(problems, "", rows, width)]
        room -= rows + 1
    return Group(*top, *middle, *(Text() for _ in range(room)), *bottom)


def training_line(snapshot: Snapshot, state: TrainingState) -> str:
    """Such as "03:12  train_loader  epoch 2  400 batches  51.3 batches/s  …"."""
    clock = f"{int(state.elapsed_s) // 60:02d}:{int(state.elapsed_s) % 60:02d}"
    loader = state.loader
    if loader is None:
        return f"{clock}  {snapshot.message or 'no DataLoader was iterated so far'}"
    rates = snapshot.rates
    parts = [
        f"{fmt.readable(loader.name)}{'' if loader.rank is None else f' of rank {loader.rank}'}",
        f"epoch {snapshot.epoch}",
        fmt.plural(snapshot.batches, "batch", "batches"),
        fmt.rate(rates.batches_per_s) + " batches/s",
        fmt.rate(rates.images_per_s) + " samples/s",
        "data wait " + fmt.percent(rates.data_wait),
    ]
    if loader.num_workers:
        ready = fmt.UNKNOWN if rates.queue_depth is None else f"{rates.queue_depth:.1f}"
        parts.append(f"{ready} of {fmt.whole(loader.most_ahead)} batches ready")
        parts.append(f"{fmt.plural(loader.num_workers, 'worker')} busy {fmt.percent(rates.worker_busy)}")
    if snapshot.skipped:
        parts.append(fmt.plural(snapshot.skipped, "error"))
    parts += [f"GPU {gpu.number} {fmt.percent(gpu.busy)}" for gpu in state.gpus]
    return f"{clock}  " + "  ".join(parts)


def _header(snapshot: Snapshot, state: TrainingState, width: int) -> Text:
    status = f" {'ended' if state.ended else 'running'} "
    tail = f"  epoch {snapshot.epoch} · {fmt.plural(snapshot.batches, 'batch', 'batches')}" if state.loaders else ""
    source = shortened(state.command, max(8, width - len(tail) - len(status) - 2))
    return one_line(
        (source, "bold"), (tail, "dim"), "  ", (status, "black on cyan" if state.ended else "black on green")
    )


def _loaders(state: TrainingState, width: int) -> Table:
    columns = len(_COLUMNS) if width >= 96 else 7
    table = Table.grid(padding=(0, 2, 0, 0))
    for name in _COLUMNS[:columns]:
        table.add_column(no_wrap=True, justify="left" if name in ("", "DataLoader") else "right")
    table.add_row(*(Text(name, style="dim") for name in _COLUMNS[:columns]))
    for loader in state.loaders[:MOST_LOADERS]:
        style = "bold" if loader.key == state.shown else ""
        table.add_row(*(Text(cell, style=style) for cell in _cells(loader, loader.key == state.shown)[:columns]))
    return table


def _cells(loader: LoaderRow, shown: bool) -> tuple[str, ...]:
    rank = "" if loader.rank is None else f", rank {loader.rank}"
    ready = fmt.UNKNOWN if loader.queue_depth is None else f"{loader.queue_depth:.1f} of {fmt.whole(loader.most_ahead)}"
    return (
        ">" if shown else " ",
        shortened(f"{fmt.readable(loader.name)}{rank}", 24),
        fmt.whole(loader.num_workers),
        fmt.whole(loader.batches),
        fmt.percent(loader.data_wait),
        fmt.milliseconds(1000 * loader.step_s / loader.batches if loader.batches else None),
        f"{loader.start_up_s:.2f} s",
        ready,
        fmt.UNKNOWN if loader.held_back is None else f"{loader.held_back:.1f}",
        fmt.whole(loader.errors),
    )


def _advice(state: TrainingState) -> list[str]:
    gpus = "  ".join(
        f"GPU {gpu.number}: {fmt.percent(gpu.busy)} busy, {fmt.byte_size(gpu.memory_used_bytes)} used"
        for gpu in state.gpus
    )
    line = f"write  {state.line}" if state.line else ""
    return [text for text in (gpus, state.advice, line, *state.notes) if text]


def _footer(keys: bool) -> Text:
    if not keys:
        return one_line(("Ctrl+C goes to the training", "dim"))
    pieces: list[str | tuple[str, str]] = []
    for key, what in (("tab", "next DataLoader"), ("q", "quit; the training continues")):
        pieces += [(f" {key} ", "reverse"), f" {what}  "]
    return one_line(*pieces)
