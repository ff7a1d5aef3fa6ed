"""What a sweep measured, drawn in text: a bar for each setting."""

from collections.abc import Sequence

from inspector import formatting as fmt
from inspector.tuner.trials import Trial, TrialSetting


def curve(trials: Sequence[Trial], chosen: TrialSetting | None, width: int) -> list[str]:
    """A row for each trial: a bar up to its rate, with its interval at the end, and the figures; `chosen` is marked."""
    if not trials:
        return []
    names = _names([trial.setting for trial in trials])
    figures = _in_columns([_figures(trial) for trial in trials])
    label, tail = max(map(len, names)), len(figures[0])
    room = max(8, width - label - tail - 6)
    top = max(trial.high for trial in trials)
    rows = []
    for trial, name, figure in zip(trials, names, figures, strict=True):
        mark = "▶" if trial.setting == chosen else " "
        rows.append(f"{mark} {name:<{label}}  {_bar(trial, top, room)}  {figure}")
    return rows


def _bar(trial: Trial, top: float, room: int) -> str:
    low, middle, high = (round(room * value / top) for value in (trial.low, trial.images_per_s, trial.high))
    cells = ["█"] * middle + [" "] * (room - middle)
    for cell in range(low, high):
        cells[cell] = "▓" if cell < middle else "░"
    return "".join(cells)


def _figures(trial: Trial) -> list[str]:
    """The rate, its interval, CPU, memory, and how long training waits."""
    cpu = None if trial.cpu_percent is None else f"{trial.cpu_percent:.0f} %"
    figures = [fmt.rate(trial.images_per_s), f"({fmt.rate(trial.low)}–{fmt.rate(trial.high)}) images/s"]
    figures += [f"CPU {cpu or fmt.UNKNOWN}", fmt.byte_size(trial.memory_bytes)]
    return figures if trial.data_wait is None else [*figures, f"waits {fmt.percent(trial.data_wait)}"]


def _in_columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Each row's cells in one string, right-aligned under one another."""
    columns = max(map(len, rows))
    filled = [[*row, *[""] * (columns - len(row))] for row in rows]
    widths = [max(len(row[column]) for row in filled) for column in range(columns)]
    return ["  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True)) for row in filled]


def _names(settings: Sequence[TrialSetting]) -> list[str]:
    """The number of workers, and what else differs among them."""
    differing = [
        name
        for name in ("engine", "batch_size", "prefetch_batches", "decode")
        if len({getattr(each, name) for each in settings if each.num_workers or name != "engine"}) > 1
    ]
    prefixes = {"batch_size": "batch ", "prefetch_batches": "prefetch "}
    names = []
    for each in settings:
        count = "no workers" if each.num_workers == 0 else fmt.plural(each.num_workers, "worker")
        shown = [name for name in differing if name != "engine" or each.engine != "serial"]
        rest = [f"{prefixes.get(name, '')}{getattr(each, name)}" for name in shown]
        names.append(" ".join([count, *rest]))
    return names
