"""A run as plain values for programs: the names are fixed."""

from typing import Any

from inspector.monitor.verdict.table import Verdict
from inspector.separated import csv_table
from inspector.watched.advice import Recommended, recommend
from inspector.watched.deaths import signal_name
from inspector.watched.records import Run, WatchedLoader
from inspector.watched.verdict import verdict


def as_json(run: Run, exit_status: int | None) -> dict[str, Any]:
    """Everything of a run. `exit_status`: None while it runs."""
    said: Verdict = verdict(run)
    advised: Recommended = recommend(run, said)
    return {
        "exit_status": exit_status,
        "loaders": [loader_as_json(loader) for loader in run.loaders],
        "verdict": {"cause": said.cause.value, "reason": said.evidence, "loader": said.loader},
        "recommended": {
            "num_workers": advised.num_workers,
            "prefetch_factor": advised.prefetch_factor,
            "persistent_workers": advised.persistent_workers,
            "pin_memory": advised.pin_memory,
            "evidence": advised.evidence,
            "line": advised.line,
        },
    }


_COLUMNS = (
    "loader", "rank", "worker", "pid", "batches", "samples", "seconds", "wait_s", "step_s", "start_up_s", "data_wait",
    "queue_depth", "busy", "fetch_ms", "collate_ms", "errors",
)  # fmt: skip


def as_csv(run: Run) -> str:
    """A row for each loader, and below it one for each of its workers. Empty: not known."""
    rows: list[tuple[object, ...]] = []
    for loader in run.loaders:
        totals = loader.totals
        figures = (
            totals.seconds,
            totals.wait_s,
            totals.step_s,
            totals.start_up_s,
            loader.shared.data_wait,
            totals.queue_depth,
        )
        head = (loader.name, loader.rank)
        rows.append((*head, None, loader.key.pid, totals.batches, totals.images, *figures, *[None] * 3, totals.errors))
        for worker in loader.workers:
            own = (worker.busy, worker.fetch_ms, worker.collate_ms, worker.errors)
            rows.append((*head, worker.worker, worker.pid, worker.batches, worker.samples, *[None] * 6, *own))
    return csv_table(_COLUMNS, ([f"{cell:.6g}" if isinstance(cell, float) else cell for cell in row] for row in rows))


def _spread(loader: WatchedLoader) -> dict[str, float] | None:
    """How much single batches vary, standard deviations of the last ones; None: too few."""
    events = loader.events[1:]
    if len(events) < 2:
        return None
    return {"wait_s": float(events["wait_s"].std()), "step_s": float(events["step_s"].std())}


def replay_as_json(loader: WatchedLoader) -> dict[str, Any] | None:
    """How fast the training was with batches that were there; None where none was handed out again."""
    totals = loader.totals
    if not totals.replayed:
        return None
    later = totals.seconds - totals.begin_s
    return {
        "batches": totals.replayed,
        "seconds": totals.replay_s,
        "batches_per_s": totals.replayed / totals.replay_s if totals.replay_s > 0 else None,
        "loaded_batches_per_s": (totals.batches - 1) / later if later > 0 and totals.batches > 1 else None,
    }


def loader_as_json(loader: WatchedLoader) -> dict[str, Any]:
    """One loader."""
    totals, settings = loader.totals, loader.settings
    return {
        "name": loader.name,
        "rank": loader.rank,
        "site": loader.site,
        "num_workers": loader.num_workers,
        "prefetch_factor": loader.prefetch_factor,
        "batch_size": settings.get("batch_size"),
        "persistent_workers": settings.get("persistent_workers"),
        "pin_memory": settings.get("pin_memory"),
        "start_method": settings.get("start_method"),
        "batches": totals.batches,
        "images": totals.images,
        "epochs": totals.starts,
        "seconds": totals.seconds,
        "wait_s": totals.wait_s,
        "step_s": totals.step_s,
        "start_up_s": totals.start_up_s,
        "first_wait_s": totals.first_wait_s,
        "shutdown_s": totals.shutdown_s,
        "data_wait": loader.shared.data_wait,
        "queue_depth": totals.queue_depth,
        "held_back": totals.held_back_sum / totals.depths if totals.depths else None,
        "producer_wait_s": totals.producer_wait_s,
        "pin_s": totals.pin_s,
        "other_thread_batches": totals.other_thread,
        "workers": [
            {
                "pid": worker.pid,
                "worker": worker.worker,
                "batches": worker.batches,
                "samples": worker.samples,
                "busy": worker.busy,
                "fetch_ms": worker.fetch_ms,
                "collate_ms": worker.collate_ms,
            }
            for worker in loader.workers
            if worker.worker is not None
        ],
        "slowest": [
            {"index": sample.index, "path": sample.path, "ms": sample.ms, "worker": sample.worker}
            for sample in loader.slowest
        ],
        "sweep": [
            {"num_workers": trial.num_workers, "batches_per_s": trial.batches_per_s, "first_s": trial.first_s}
            for trial in loader.trials
        ],
        "spread": _spread(loader),
        "replay": replay_as_json(loader),
        "errors": totals.errors,
        "error_list": [
            {
                "type": error.type,
                "message": error.message,
                "index": error.index,
                "path": error.path,
                "worker": error.worker,
                "exit_status": error.exit_status,
                "signal": signal_name(-error.exit_status) if error.exit_status and error.exit_status < 0 else None,
                "indices": list(error.indices),
                "shm_free_bytes": error.shm_free_bytes,
                "out_of_memory": error.oom,
                "peak_bytes": error.peak_bytes,
                "memory_bytes": error.memory_bytes,
            }
            for error in loader.errors
        ],
        "pictures": totals.pictures,
    }
