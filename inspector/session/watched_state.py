"""What a watched run is, as the records that a view shows: loaders, workers, errors, sentences."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.formats.problems import Problem, ProblemKind
from inspector.loader.counters import SlowSample, StageTimes, WorkerSnapshot, WorkerState
from inspector.session.training import LoaderRow
from inspector.settings import SettingValue
from inspector.watched.deaths import death, signal_name
from inspector.watched.process import CommandState
from inspector.watched.records import LoaderKey, Run, WatchedError, WatchedLoader, WatchedSample, WatchedWorker
from inspector.watched.shares import shares

HOST_TIME = (
    "Times are the host's: a GPU's work is only queued in a step, so the wait is right and the step is as queued."
)
_WORTH_A_NOTE = 0.5  # batches held back, mean


_SETTINGS = (  # as people read them, and as the hook names them
    ("workers", "num_workers"),
    ("batch size", "batch_size"),
    ("prefetch", "prefetch_factor"),
    ("persistent", "persistent_workers"),
    ("pin memory", "pin_memory"),
    ("in order", "in_order"),
    ("start", "start_method"),
    ("data set", "dataset"),
    ("sampler", "sampler"),
    ("class", "class"),
)


def text_of(key: LoaderKey) -> str:
    """A key as plain text."""
    return f"{key.pid}-{key.number}"


def how_it_ended(state: CommandState | None) -> str:
    """A sentence; "" while it runs."""
    if state is None or not state.ended:
        return ""
    if state.killed:
        return "The training was killed, or `inspector run` was: its exit status is not known."
    if state.exit_status is None:
        return "The training has ended; its exit status is not known."
    if state.exit_status < 0:
        return f"The training was ended by signal {signal_name(-state.exit_status)}."
    return f"The training has ended with exit status {state.exit_status}."


def loader_row(loader: WatchedLoader) -> LoaderRow:
    """A loader as a row of a table."""
    totals = loader.totals
    restarted = loader.num_workers and totals.starts > 1
    return LoaderRow(
        key=text_of(loader.key),
        name=loader.name,
        site=loader.site,
        rank=loader.rank if loader.world_size > 1 else None,
        num_workers=loader.num_workers,
        batches=totals.batches,
        images=totals.images,
        epochs=totals.epochs,
        starts=totals.starts,
        wait_s=totals.wait_s,
        step_s=totals.step_s,
        start_up_s=totals.start_up_s,
        data_wait=loader.shared.data_wait,
        restart_s=shares(loader).restarts_s if restarted else None,
        queue_depth=totals.queue_depth if loader.num_workers else None,
        most_ahead=loader.most_ahead,
        held_back=totals.held_back_sum / totals.depths if totals.depths and loader.num_workers else None,
        pin_ms=1000 * totals.pin_s / totals.pins if totals.pins else None,
        other_thread=totals.other_thread / totals.batches if totals.batches else 0.0,
        errors=totals.errors,
        settings=tuple((name, _text(loader.settings.get(key))) for name, key in _SETTINGS),
    )


def _text(value: object) -> str:
    if value is None or value == "":
        return fmt.UNKNOWN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return fmt.readable(str(value))


def settings_of(loader: WatchedLoader) -> dict[str, SettingValue]:
    """Those that our own loader has, too."""
    found: dict[str, SettingValue] = {"num_workers": loader.num_workers}
    if (size := loader.settings.get("batch_size")) is not None:
        found["batch_size"] = int(size)
    if loader.most_ahead is not None:
        found["prefetch_batches"] = loader.most_ahead
    return found


def notes(loader: WatchedLoader) -> tuple[str, ...]:
    """What to know of its figures, a sentence each."""
    row, totals, found = loader_row(loader), loader.totals, []
    if totals.handed:
        found.append(
            "Another thread takes the batches ahead. Wait and step are those of whoever uses them; that thread itself "
            f"waited {fmt.duration(totals.producer_wait_s)}."
        )
    elif row.other_thread >= 0.5:
        found.append(
            "Another thread takes the batches ahead: this is that thread's wait, and the training's own may be less."
        )
    if totals.nested and totals.nested >= totals.batches / 2:
        found.append("Another loader takes its batches: they count there, too.")
    if row.held_back is not None and row.held_back >= _WORTH_A_NOTE:
        found.append(
            f"A slow batch holds {row.held_back:.1f} finished ones back on average; in_order=False would hand them out."
        )
    if row.restart_s:
        found.append(
            f"Workers are started again every epoch: {row.restart_s:.2f} s each, {fmt.plural(row.starts - 1, 'time')}."
        )
    if row.pin_ms is not None:
        found.append(f"To pin a batch takes {fmt.milliseconds(row.pin_ms)} ms.")
    if totals.replayed and totals.replay_s:
        found.append(
            f"Replay: {fmt.rate(totals.replayed / totals.replay_s)} batches/s with the same "
            f"{fmt.plural(totals.batches, 'batch', 'batches')} again and again: what is learnt then is worth nothing."
        )
    if measured := [trial for trial in loader.trials if trial.batches_per_s]:
        each = ", ".join(f"{trial.num_workers}: {fmt.rate(trial.batches_per_s)}" for trial in measured)
        found.append(f"Sweep, batches/s by number of workers: {each}.")
    return (*found, HOST_TIME)


def same_on_other_ranks(loader: WatchedLoader, run: Run) -> tuple[WatchedLoader, ...]:
    """The loader itself, and what stands at its place in the other ranks; by rank."""
    if loader.world_size < 2:
        return (loader,)
    same = [each for each in run.loaders if (each.name, each.site) == (loader.name, loader.site)]
    return tuple(sorted(same, key=lambda each: (each.rank, each.key.pid)))


def worker_snapshot(worker: WatchedWorker, loader: WatchedLoader) -> WorkerSnapshot:
    """A worker as the table of workers shows it."""
    mine = loader.fetches[loader.fetches["worker"] == (-1 if worker.worker is None else worker.worker)]
    samples = np.maximum(mine["samples"], 1)
    stages = (
        tuple(_stage(name, 1000 * mine[f"{name}_s"] / samples) for name in ("fetch", "collate")) if len(mine) else ()
    )
    if worker.busy_since_s > 0 and worker.running:
        state = WorkerState.BUSY
    else:
        state = WorkerState.IDLE if worker.running else WorkerState.ENDED
    return WorkerSnapshot(
        worker_id=-1 if worker.worker is None else worker.worker,
        pid=worker.pid,
        state=state,
        restarts=len(worker.pids) - 1,
        images=worker.samples,
        busy_s=worker.fetch_s + worker.collate_s,
        alive_s=worker.alive_s,
        stages=stages,
        last_location=_last(mine),
        rank=worker.rank if loader.world_size > 1 else None,
    )


def _stage(name: str, ms: npt.NDArray[np.float64]) -> StageTimes:
    p50, p95, p99 = (float(each) for each in np.percentile(ms, (50, 95, 99)))
    return StageTimes(name, len(ms), float(ms.mean()), p50, p95, p99)


def _last(fetches: npt.NDArray[np.void]) -> str:
    return f"sample {int(fetches[-1]['first_index'])}" if len(fetches) and fetches[-1]["first_index"] >= 0 else ""


def slow_sample(sample: WatchedSample) -> SlowSample:
    """A slow sample as the table shows it."""
    location = sample.path or (fmt.UNKNOWN if sample.index is None else f"sample {sample.index}")
    return SlowSample(location, -1 if sample.index is None else sample.index, sample.worker, (("fetch", sample.ms),))


def problem(error: WatchedError, loader: WatchedLoader, around: str) -> Problem:
    """An exception as a row of the table. `around`: what the machine was like."""
    killed = (
        error.exit_status is not None
        or "is killed by signal" in error.message
        or "exited unexpectedly" in error.message
    )
    where = error.path or (f"sample {error.index}" if error.index is not None else loader.name)
    lines = error.message.strip().splitlines()
    who = "in the training's own process" if error.worker is None else f"in worker {error.worker}"
    rank = f" of rank {error.rank}" if loader.world_size > 1 else ""
    died = death(error, rank=loader.world_size > 1)
    at = f" at index {error.index}" if error.index is not None else ""
    if error.shm_free_bytes is not None:
        around = f"{around} When it was raised: {fmt.byte_size(error.shm_free_bytes)} free in /dev/shm.".strip()
    return Problem(
        path=where,
        kind=ProblemKind.CRASHED if killed else ProblemKind.TRANSFORM_FAILED,
        reason=(died or f"{error.type}{at}, {who}{rank}: {lines[-1] if lines else ''}")[:500],
        index=-1 if error.index is None else error.index,
        epoch=epoch_at(loader.events, error.time_s),
        detail="\n".join(part for part in (error.detail or error.message, around) if part),
    )


def epoch_at(events: npt.NDArray[np.void], time_s: float) -> int:
    """From 0."""
    before = int(np.searchsorted(events["time_s"], time_s))
    return max(0, int(events[min(before, len(events) - 1)]["epoch"]) - 1) if len(events) else 0


def slowest_of(loaders: Sequence[WatchedLoader]) -> tuple[SlowSample, ...]:
    """Of all ranks, the slowest first."""
    every = sorted((sample for loader in loaders for sample in loader.slowest), key=lambda sample: -sample.ms)
    return tuple(slow_sample(sample) for sample in every)
