"""A session over somebody's training: its own DataLoaders, read from the folder that the hook writes to.

folder -> RunReader -> RunWatcher, which looks five times a second -> records
"""

import math
import os
import time
from collections.abc import Mapping
from concurrent.futures import Future
from typing import Any

import numpy as np

from inspector import formatting as fmt
from inspector.errors import SettingsError
from inspector.formats.problems import Problem
from inspector.loader.counters import Rates, SlowSample
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import (
    BatchKey,
    BatchView,
    DeliveredImage,
    RunState,
    Series,
    Snapshot,
    WorkerRow,
)
from inspector.monitor.sample_counts import SampleCounts
from inspector.monitor.system import ProcessUse
from inspector.session import watched_state as state_of
from inspector.session.examiner.records import FileExamination, SecondLook
from inspector.session.job import answered
from inspector.session.protocol import Capabilities, Fields, Proofs, Source
from inspector.session.training import RecentBatches, TrainingState
from inspector.session.watched_annotations import WatchedAnnotations
from inspector.session.watched_colours import in_words
from inspector.session.watched_history import LoaderHistory, overall, worker_key
from inspector.session.watched_process import WatchedProcess
from inspector.session.watched_run import RunWatcher
from inspector.settings import SettingValue
from inspector.sources.parts import SourceParts
from inspector.watched.process import script_of
from inspector.watched.records import WatchedLoader
from inspector.watched.summary import NO_LOADER, NOT_REACHED, why_nothing

THEIRS = "The training script decides that; this window only looks."
CAPABILITIES = Capabilities(
    frozenset({"step", "pixels", "annotations"}),
    {
        "change:num_workers": THEIRS,
        "change:batch_size": THEIRS,
        "change:prefetch_batches": THEIRS,
        "examine": "The error was raised by the training's own code: its file was not looked at.",
    },
)
_REACHES_S = 30.0  # so long may it take until a Python of the command runs the hook


class WatchedSession(RunWatcher):
    """What is seen of the run in `folder`."""

    scan = tune = quarantine = line = None
    capabilities = CAPABILITIES

    @property
    def annotations(self) -> WatchedAnnotations:
        return WatchedAnnotations(self.batch_view)

    @property
    def training(self) -> "WatchedSession":
        return self

    @property
    def process(self) -> WatchedProcess | None:
        """Where there is more to it than the figures: a file with its output, or no terminal to end it from."""
        command = self._command
        if self._process is None and command is not None and (command.by_window or command.output):
            self._process = WatchedProcess(lambda: self._command or command)
        return self._process

    # --- records -------------------------------------------------------------------------------------------

    def _words(self) -> str:
        if self._command is None or not self._command.words:
            return ""
        program, *rest = self._command.words
        return fmt.readable(" ".join([os.path.basename(program) or program, *rest]))

    def _name(self) -> str:
        """As `inspector attach` calls it."""
        command = self._command
        return "" if command is None else fmt.readable(command.name or script_of(command.words))

    def _state(self) -> tuple[RunState, str]:
        ended = state_of.how_it_ended(self._command)
        if ended:
            return RunState.FINISHED, " ".join(part for part in (ended, self._why_nothing()) if part)
        if not self._run.loaders:
            return RunState.CLOSED, self._why_nothing() or "Waiting for the first batch of a DataLoader."
        shown = self._shown()
        assert shown is not None
        if shown.totals.batches and self._view is None:
            return RunState.RUNNING, f"No images were recognised in the batches of {fmt.readable(shown.name)} so far."
        return RunState.RUNNING, ""

    def _why_nothing(self) -> str:
        """A sentence where no loader was seen, once that means something."""
        why = why_nothing(self._run, over=self._over)
        early = time.monotonic() - self._began_s < _REACHES_S and not self._over
        if not why or (early and why == NOT_REACHED) or (not self._over and why.startswith(NO_LOADER)):
            return ""
        return fmt.sentence(why.format(folder=self._folder.parent))

    def snapshot(self) -> Snapshot:
        with self._lock:
            shown, (state, message) = self._shown(), self._state()
            rates, workers = self._figured(shown, state)
            totals = shown.totals if shown is not None else None
            return Snapshot(
                time_s=time.monotonic() - self._began_s,
                state=state,
                message=message,
                source=self._name(),
                files=0,
                classes=0,
                settings=self._settings(),
                rates=rates,
                batches=totals.batches if totals else 0,
                images=totals.images if totals else 0,
                skipped=len(self._problems),
                restarts=0,
                epoch=0 if shown is None else state_of.epoch_at(shown.events, math.inf),
                queue_depth=totals.depth if totals else 0,
                loader_memory_bytes=0,
                workers=workers,
                machine=self._machine,
                problems=len(self._problems),
                batch_serial=self._batch_serial,
                proof_serial=self._prover.serial,
                revision=self._revision,
            )

    def _settings(self) -> Mapping[str, SettingValue]:
        shown = self._shown()
        return {"num_workers": 0, "batch_size": 0} | (state_of.settings_of(shown) if shown is not None else {})

    def _figured(self, shown: WatchedLoader | None, state: RunState) -> tuple[Rates, tuple[WorkerRow, ...]]:
        """Computed once for each look, however often a view asks."""
        if self._figures is None:
            history = self._histories.get(self._shown_key())
            rates = Rates(0.0)
            if shown is not None and state is RunState.FINISHED:
                rates = overall(shown)
            elif history is not None:
                rates = history.rates()
            self._figures = rates, self._worker_rows(shown, history)
        return self._figures

    def _worker_rows(self, shown: WatchedLoader | None, history: LoaderHistory | None) -> tuple[WorkerRow, ...]:
        rows = []
        for loader in state_of.same_on_other_ranks(shown, self._run) if shown is not None else ():
            for worker in loader.workers:
                rate, busy = history.of_worker(worker_key(worker)) if history is not None else (None, None)
                use = self._uses.get(worker.pid, ProcessUse()) if worker.running else ProcessUse()
                if self._over:
                    rate, busy, use = None, worker.busy, ProcessUse()
                totals = state_of.worker_snapshot(worker, loader)
                rows.append(WorkerRow(totals, rate, busy, use.cpu, use.memory_bytes, use.run_queue_wait))
        return tuple(rows)

    def series(self) -> Series:
        with self._lock:
            return self._histories.get(self._shown_key(), LoaderHistory()).series()

    def batch_view(self) -> BatchView | None:
        with self._lock:
            return self._view

    def problems(self, since: int = 0) -> list[Problem]:
        with self._lock:
            return self._problems[since:]

    def slowest(self) -> tuple[SlowSample, ...]:
        """Since the loader was first used."""
        with self._lock:
            shown = self._shown()
            return () if shown is None else state_of.slowest_of(state_of.same_on_other_ranks(shown, self._run))

    def statistics(self) -> ChannelStatistics:
        return ChannelStatistics()

    def sample_counts(self) -> SampleCounts | None:
        return None

    def proofs(self, batch: BatchKey) -> Proofs:
        return self._prover.proofs(batch)

    def state(self) -> TrainingState:
        with self._lock:
            if self._training_state is None:
                self._training_state = self._new_state()
            return self._training_state

    def _new_state(self) -> TrainingState:
        shown, said, advised = self._shown(), self._judged.said, self._judged.advised
        return TrainingState(
            command=self._words(),
            elapsed_s=self._elapsed_s(),
            ended=state_of.how_it_ended(self._command),
            exit_status=self._command.exit_status if self._command is not None else None,
            loaders=tuple(map(state_of.loader_row, self._run.loaders)),
            shown=self._shown_key(),
            verdict=said,
            advice="" if advised.evidence == said.evidence else advised.evidence,
            line=advised.line,
            notes=() if shown is None else (*self._colours(), *state_of.notes(shown)),
            gpus=self._gpus,
        )

    def _colours(self) -> tuple[str, ...]:
        """What files have proved of the pictures of the shown loader."""
        view = self._view
        found = "" if view is None else in_words(self._prover.badges(view.run))
        return (found,) if found else ()

    def _elapsed_s(self) -> float:
        """Since the command was started, until it ended."""
        command = self._command
        if command is not None and command.began_at:
            return max(0.0, (command.ended_at or time.time()) - command.began_at)
        born = self._run.loaders[0].totals.began_s if self._run.loaders else self._began_s
        return time.monotonic() - min(born, self._began_s)

    def recent(self, key: str) -> RecentBatches:
        with self._lock:
            loader = next((each for each in self._run.loaders if state_of.text_of(each.key) == key), None)
        if loader is None:
            return RecentBatches(np.zeros(0), np.zeros(0))
        return RecentBatches(1000 * loader.events["wait_s"], 1000 * loader.events["step_s"])

    # --- on request ----------------------------------------------------------------------------------------

    def pixels(self, batch: BatchKey, position: int) -> "Future[DeliveredImage | None]":
        with self._lock:
            return answered(self._pictures.image(batch, position, self._settings()))

    def fields(self, batch: BatchKey, position: int) -> "Future[Fields]":
        with self._lock:
            image = self._pictures.image(batch, position, self._settings())
        return answered(image.thumbnail.fields if image is not None else ())

    def second_look(self, batch: BatchKey, position: int) -> "Future[SecondLook | None]":
        with self._lock:
            note = self._pictures.note(batch)
        if note is None:
            return answered(None)
        return answered(SecondLook(Proof(ColourMatch.UNKNOWN, f"As the model got it. {note}", "as the model got it")))

    def examine(self, location: str, *, pictures: bool = True) -> "Future[FileExamination]":
        return answered(FileExamination("UNREADABLE", CAPABILITIES.reasons["examine"]))

    # --- intents -------------------------------------------------------------------------------------------

    def choose(self, key: str) -> int:
        with self._lock:
            self._chosen = key
            self._figures = self._training_state = None
            self._show_pictures()
            return self._heard()

    def next_batch(self) -> int:
        with self._lock:
            self._pictures.forward(self._shown_key())
            self._show_pictures()
            return self._heard()

    def previous_batch(self) -> int:
        with self._lock:
            self._pictures.back(self._shown_key())
            self._show_pictures()
            return self._heard()

    def look(self, *, thumbnail_px: int | None = None, interval_s: float | None = None) -> int:
        with self._lock:
            if thumbnail_px is not None and thumbnail_px != self._thumbnail_px:
                self._thumbnail_px = thumbnail_px
                self._view = None
                self._show_pictures()
            return self._heard()

    def change(self, **settings: Any) -> int:
        raise SettingsError(THEIRS)

    def parts(self, source: str) -> "Future[SourceParts]":
        return answered(SourceParts())

    def open(self, source: Source, **settings: Any) -> int:
        return self._revision  # no view offers what is not among the capabilities

    def reindex(self) -> int:
        return self._revision

    cancel_indexing = run = pause = reindex

    def _heard(self) -> int:
        self._revision += 1
        return self._revision
