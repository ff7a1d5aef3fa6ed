"""What each worker does, as a table."""

from rich.console import JustifyMethod
from rich.table import Table
from rich.text import Text

from inspector import formatting as fmt
from inspector.session.records import Snapshot, StageTimes, WorkerRow
from inspector.terminal.text import shortened

_COLUMNS: tuple[tuple[str, JustifyMethod], ...] = (
    ("pid", "right"),
    ("state", "left"),
    ("images/s", "right"),
    ("busy", "right"),
    ("", "left"),  # the stages
    ("memory", "right"),
    ("restarts", "right"),
    ("last file", "left"),
)


_WATCHED_NAMES = {"images/s": "samples/s", "restarts": "started again", "last file": "last sample"}


def worker_rows(snapshot: Snapshot, shown: int, width: int, *, watched: bool = False) -> Table:
    """A row a worker, with as many columns as there is room for. `watched`: of somebody else's loader."""
    columns = _COLUMNS if width >= 76 else _COLUMNS[:4]
    if watched:
        columns = tuple((_WATCHED_NAMES.get(name, name), align) for name, align in columns)
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for _, align in columns[:-1]:
        table.add_column(no_wrap=True, justify=align)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    stages = next((_stage_names(row) for row in snapshot.workers if row.totals.stages), "read·decode·write")
    table.add_row(*(Text(name or stages, style="dim") for name, _ in columns))
    for row in snapshot.workers[:shown]:
        cells = _cells(row, snapshot.source, max(8, width - 72))
        table.add_row(*(Text(cell) for cell in cells[: len(columns)]))
    return table


def _cells(row: WorkerRow, source: str, room: int) -> tuple[str, ...]:
    worker = row.totals
    stages = "·".join(fmt.milliseconds(stage.p50_ms) for stage in _shown_stages(row))
    return (
        fmt.UNKNOWN if worker.pid is None else str(worker.pid),
        worker.state.value,
        fmt.rate(row.images_per_s),
        fmt.percent(row.busy),
        f"{stages} ms" if stages else "·".join([fmt.UNKNOWN] * 3),
        fmt.byte_size(row.memory_bytes),
        str(worker.restarts),
        shortened(fmt.relative(worker.last_location, source), room),
    )


def _shown_stages(row: WorkerRow) -> list[StageTimes]:
    """Those that there is room for."""
    return [stage for stage in row.totals.stages if stage.name != "transform"]


def _stage_names(row: WorkerRow) -> str:
    return "·".join(stage.name for stage in _shown_stages(row))
