"""What the report has more where somebody else's loaders were watched: how it ended, each loader, wait against step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.report.axes import Axes, Drawing, px, round_top
from inspector.session.protocol import Session
from inspector.session.records import WorkerRow
from inspector.session.training import LoaderRow, RecentBatches, TrainingState

MOST_DRAWN = 4  # loaders
_POINTS = 160
_HEADINGS = (
    "DataLoader", "Rank", "Workers", "Batches", "Images", "Epochs", "Wait", "Wait ms", "Step ms", "Start-up", "Ready",
    "Held back", "Pin ms", "Errors",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class TrainingSection:
    """What the page shows of a training."""

    state: TrainingState
    facts: Sequence[tuple[str, str]]
    headings: Sequence[str]
    rows: Sequence[Sequence[str]]
    plots: Sequence[Drawing]
    workers: Sequence[tuple[str, ...]]
    slowest: Sequence[tuple[str, str, str]]


def training_section(session: Session) -> TrainingSection | None:
    """None where the session watches none."""
    if session.training is None:
        return None
    state = session.training.state()
    recent = [(loader, session.training.recent(loader.key)) for loader in state.loaders[:MOST_DRAWN]]
    facts = [("Command", state.command), ("State", state.ended or f"running for {fmt.duration(state.elapsed_s)}")]
    facts += [(f"GPU {gpu.number}", f"{gpu.name}, {fmt.percent(gpu.busy)} busy at the end") for gpu in state.gpus]
    return TrainingSection(
        state=state,
        facts=facts,
        headings=_HEADINGS,
        rows=[_row(loader) for loader in state.loaders],
        plots=[_drawing(loader, batches) for loader, batches in recent if len(batches.wait_ms) > 1],
        workers=[_worker(row) for row in session.snapshot().workers],
        slowest=[
            (fmt.file_name(each.location), f"{fmt.milliseconds(each.total_ms)} ms", fmt.whole(each.worker))
            for each in session.slowest()[:8]
        ],
    )


def _worker(row: WorkerRow) -> tuple[str, ...]:
    """Number, process, samples, busy, milliseconds a sample of each stage, how often it was started."""
    totals = row.totals
    number = "main" if totals.worker_id < 0 else str(totals.worker_id)
    return (
        number if totals.rank is None else f"{number} of rank {totals.rank}",
        fmt.UNKNOWN if totals.pid is None else str(totals.pid),
        fmt.whole(totals.images),
        fmt.percent(row.busy),
        " · ".join(f"{stage.name} {fmt.milliseconds(stage.p50_ms)}" for stage in totals.stages) or fmt.UNKNOWN,
        fmt.whole(totals.restarts + 1),
    )


def _row(loader: LoaderRow) -> tuple[str, ...]:
    ready = fmt.UNKNOWN
    if loader.queue_depth is not None:
        ready = f"{loader.queue_depth:.1f} of {fmt.whole(loader.most_ahead)}"
    return (
        loader.name,
        fmt.whole(loader.rank),
        fmt.whole(loader.num_workers),
        fmt.whole(loader.batches),
        fmt.whole(loader.images),
        fmt.whole(loader.epochs),
        fmt.percent(loader.data_wait),
        _per(loader.wait_s, loader.batches),
        _per(loader.step_s, loader.batches),
        f"{loader.start_up_s:.2f} s",
        ready,
        fmt.UNKNOWN if loader.held_back is None else f"{loader.held_back:.1f}",
        fmt.milliseconds(loader.pin_ms),
        fmt.whole(loader.errors),
    )


def _per(seconds: float, count: int) -> str:
    return fmt.milliseconds(1000 * seconds / count if count else None)


def _drawing(loader: LoaderRow, batches: RecentBatches) -> Drawing:
    """Wait and step of the last batches. The top is what nearly all stay below, so that one start-up hides nothing."""
    wait, step = _bundled(batches.wait_ms), _bundled(batches.step_ms)
    top = round_top(1.1 * max(float(np.percentile(np.concatenate([wait, step]), 97)), 0.01))
    count = len(batches.wait_ms)
    last = loader.batches - 1
    axes = Axes(float(last - count + 1), float(last), top)
    numbers = np.linspace(last - count + 1, last, len(wait)).tolist()
    rank = "" if loader.rank is None else f", rank {loader.rank}"
    return Drawing(
        heading=f"{loader.name}{rank}",
        unit="ms a batch: wait (orange), step (teal)",
        label=f"Wait and step of the last {count} batches of {loader.name}",
        x_ticks=axes.x_labels([(at, f"{at:,.0f}") for at in np.linspace(last - count + 1, last, 5).round().tolist()]),
        y_ticks=axes.y_labels(),
        lines=[("step", _path(axes, numbers, step)), ("wait", _path(axes, numbers, wait))],
    )


def _bundled(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """At most so many: the largest of each bundle."""
    size = -(-len(values) // _POINTS)
    return np.array([values[at : at + size].max() for at in range(0, len(values), size)])


def _path(axes: Axes, numbers: Sequence[float], values: npt.NDArray[np.float64]) -> str:
    points = zip(numbers, values.tolist(), strict=True)
    return "M" + "L".join(f"{px(axes.x(number))} {px(axes.y(value))}" for number, value in points)
