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
    ("read·decode·write", "left"),
    ("memory", "right"),
    ("restarts", "right"),
    ("last file", "left"),
)


def worker_rows(snapshot: Snapshot, shown: int, width: int) -> Table:
    """A row a worker, with as many columns as there is room for."""
    columns = _COLUMNS if width >= 76 else _COLUMNS[:4]
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    for _, align in columns[:-1]:
        table.add_column(no_wrap=True, justify=align)
    table.add_column(no_wrap=True, overflow="ellipsis", ratio=1)
    table.add_row(*(Text(name, style="dim") for name, _ in columns))
    for row in snapshot.workers[:shown]:
        cells = _cells(row, snapshot.source, max(8, width - 72))
        table.add_row(*(Text(cell) for cell in cells[: len(columns)]))
    return table


def _cells(row: WorkerRow, source: str, room: int) -> tuple[str, ...]:
    worker = row.totals
    stages = "·".join(_stage(stage) for stage in (worker.read, worker.decode, worker.write))
    return (
        fmt.UNKNOWN if worker.pid is None else str(worker.pid),
        worker.state.value,
        fmt.rate(row.images_per_s),
        fmt.percent(row.busy),
        stages if worker.read is None else f"{stages} ms",
        fmt.byte_size(row.memory_bytes),
        str(worker.restarts),
        shortened(fmt.relative(worker.last_path, source), room),
    )


def _stage(stage: StageTimes | None) -> str:
    return fmt.milliseconds(None if stage is None else stage.p50_ms)
