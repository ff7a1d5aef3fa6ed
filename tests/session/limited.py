"""A session over no loader of ours and no files: batches of made-up images, and few capabilities."""

import threading
from concurrent.futures import Future
from typing import Any

import numpy as np

from inspector.errors import SettingsError
from inspector.loader.counters import Rates, StageTimes, WorkerSnapshot, WorkerState
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.records import (
    BatchKey,
    BatchView,
    DeliveredImage,
    Machine,
    RunState,
    Series,
    SettingChange,
    Snapshot,
    Thumbnail,
    WorkerRow,
)
from inspector.monitor.sample_counts import SampleCounts
from inspector.session.examiner.records import FileExamination, SecondLook
from inspector.session.protocol import Capabilities, Fields, Proofs
from inspector.session.records import Problem, ProblemKind, SlowSample
from inspector.sources.parts import SourceParts

WATCHED = "The training script decides that."
IMAGES = 6


class LimitedSession:
    """Somebody else's pipeline: it can be looked at, and only its number of workers can be changed."""

    scan = tune = quarantine = training = line = annotations = None

    def __init__(self, capabilities: Capabilities | None = None) -> None:
        self.capabilities = capabilities or Capabilities(
            frozenset({"change:num_workers"}), {"change:batch_size": WATCHED, "pause": WATCHED}
        )
        self.closed = False
        self._lock = threading.Lock()
        self._revision = 0
        self._tick = 0
        self._settings = {"num_workers": 4, "batch_size": IMAGES}
        self._changes: tuple[SettingChange, ...] = ()

    def tick(self) -> None:
        """Another batch has come."""
        with self._lock:
            self._tick += 1

    # --- records -------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        with self._lock:
            workers = tuple(self._worker(number) for number in range(self._settings["num_workers"]))
            return Snapshot(
                time_s=self._tick * 0.2,
                state=RunState.RUNNING if self._tick else RunState.CLOSED,
                message="" if self._tick else "Waiting for the first batch of train.py.",
                source="train.py",
                files=0,
                classes=0,
                settings=dict(self._settings),
                rates=Rates(2.0, 51.3, 307.8, None, 3.2, 0.4, 0.97),
                batches=self._tick,
                images=self._tick * IMAGES,
                skipped=1,
                restarts=0,
                epoch=0,
                queue_depth=3,
                loader_memory_bytes=0,
                workers=workers,
                machine=Machine(usable_cores=8, machine_cpu=0.5),
                problems=1,
                batch_serial=self._tick,
                revision=self._revision,
                changes=self._changes,
            )

    def _worker(self, number: int) -> WorkerRow:
        stages = tuple(StageTimes(name, 10, 5.0, 5.0, 6.0, 7.0) for name in ("fetch", "collate", "pin"))
        totals = WorkerSnapshot(number, 1000 + number, WorkerState.BUSY, 0, 50, 9.0, 10.0, stages, "sample 17")
        return WorkerRow(totals, images_per_s=77.0, busy=0.97, cpu=None, memory_bytes=None)

    def series(self) -> Series:
        time_s = np.arange(self._tick, dtype=np.float64) * 0.2
        known, unknown = np.full(self._tick, 51.3), np.full(self._tick, np.nan)
        return Series(time_s, known, known * IMAGES, np.full(self._tick, 3.0), unknown, self._changes)

    def batch_view(self) -> BatchView | None:
        if not self._tick:
            return None
        random = np.random.default_rng(self._tick)
        thumbnails = tuple(
            Thumbnail(random.integers(0, 255, (48, 64, 3), dtype=np.uint8), f"sample {index}", index, "cat", 224, 224)
            for index in range(IMAGES)
        )
        return BatchView(self._tick, 0, f"{IMAGES}×224×224×3", "float32", thumbnails, ())

    def problems(self, since: int = 0) -> list[Problem]:
        problems = [Problem("sample 99", ProblemKind.TRANSFORM_FAILED, "ValueError: no such label.", 99)]
        return problems[since:]

    def slowest(self) -> tuple[SlowSample, ...]:
        return (SlowSample("sample 17", 17, 0, (("fetch", 80.0), ("collate", 2.0))),)

    def statistics(self) -> ChannelStatistics:
        return ChannelStatistics()

    def sample_counts(self) -> SampleCounts | None:
        return None

    def proofs(self, batch: BatchKey) -> Proofs:
        return ()

    # --- on request ----------------------------------------------------------------------------------------

    def pixels(self, batch: BatchKey, position: int) -> Future[DeliveredImage | None]:
        return _done(None)

    def fields(self, batch: BatchKey, position: int) -> Future[Fields]:
        return _done(())

    def second_look(self, batch: BatchKey, position: int) -> Future[SecondLook | None]:
        return _done(None)

    def examine(self, location: str, *, pictures: bool = True) -> Future[FileExamination]:
        return _done(FileExamination("UNREADABLE", "There are no files here."))

    # --- intents -------------------------------------------------------------------------------------------

    def _refuse(self) -> int:
        raise AssertionError("a view asked for what the session cannot do")

    def parts(self, source: str) -> Future[SourceParts]:
        return _done(SourceParts())

    def open(self, source: object, **settings: Any) -> int:
        return self._refuse()

    def reindex(self) -> int:
        return self._refuse()

    cancel_indexing = run = pause = next_batch = previous_batch = reindex

    def change(self, **settings: Any) -> int:
        if settings.keys() - {"num_workers"}:
            raise SettingsError(WATCHED)
        with self._lock:
            self._revision += 1
            for name, value in settings.items():
                change = SettingChange(self._tick * 0.2, name, self._settings[name], value)
                self._changes = (*self._changes, change)
                self._settings[name] = value
            return self._revision

    def look(self, *, thumbnail_px: int | None = None, interval_s: float | None = None) -> int:
        return self._revision

    def close(self) -> None:
        self.closed = True


def _done(result: Any) -> Future[Any]:
    future: Future[Any] = Future()
    future.set_result(result)
    return future
