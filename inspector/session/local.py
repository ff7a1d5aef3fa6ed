"""`LocalSession`: our own loader on this machine, as one thing that can be run, paused, stepped and changed.

Its threads: the consumer takes batches as a training loop would, the thumbnail maker and the statistics look at some of
them, the recorder samples the numbers. An intent only notes what is wanted, and reaches the loader at once: a setting
that a running loader takes is a command in its queue. A fault in one thread stops no other.
"""

import os
import time
from concurrent.futures import Future
from typing import Any

from inspector.errors import SourceError
from inspector.formats.problems import Problem
from inspector.loader.counters import SlowSample
from inspector.monitor.channel_statistics import ChannelStatistics
from inspector.monitor.delivery_statistics import DeliveryStatistics
from inspector.monitor.recorder import Recorder
from inspector.monitor.records import BatchKey, BatchView, DeliveredImage, RunState, Series, Snapshot
from inspector.monitor.sample_counts import SampleCounts
from inspector.named_code import NamedCode
from inspector.session.annotations import LocalAnnotations
from inspector.session.consumer import Consumer, Wanted
from inspector.session.examinations import SampleExaminations
from inspector.session.examiner.records import FileExamination, SecondLook
from inspector.session.opened import OpenedSource, source_name
from inspector.session.protocol import Capabilities, Fields, Proofs, Source
from inspector.session.quarantine import LocalQuarantine
from inspector.session.sample_fields import SampleFields
from inspector.session.scan_control import LocalScan
from inspector.session.source_facts import SourceFacts
from inspector.session.source_looks import SourceLooks
from inspector.session.thumbnails import ThumbnailMaker
from inspector.session.tune_control import LocalTune
from inspector.settings import SessionConfig, plain_values, settings_table
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import DatasetIndex
from inspector.sources.parts import SourceParts
from inspector.sources.remote.secrets import shown_source
from inspector.tuner.report_archive import ReportArchive

# settings that decide which files there are
_OF_THE_INDEX = ("extensions", "follow_links", "image", "label", "read_cache_bytes")
_SLOW_STEP_MS = 500.0  # batches that come as slowly as this are all shown
_CACHED_S = 0.02
_WITH_NOTES = (ContainerIndex, DatasetIndex)
_UNMARKED = (*_OF_THE_INDEX, "watch_code", "annotations")  # they change nothing that the plots show


class LocalSession:
    """A `Session` over our own loader.

    Args:
        config: how to load at first.
        thumbnail_px: longest side of the thumbnails in pixels.
    """

    def __init__(self, config: SessionConfig | None = None, *, thumbnail_px: int = 160) -> None:
        self._began_s = time.monotonic()
        self._revision = 0
        self._cached: Snapshot | None = None
        self._facts: tuple[object, SourceFacts] = None, SourceFacts()
        self._thumbnails = ThumbnailMaker(thumbnail_px)
        self._statistics = DeliveryStatistics()
        self._recorder = Recorder(self._began_s)
        self._wanted = Wanted(config or SessionConfig())
        self.annotations = LocalAnnotations(self._thumbnails)
        self._consumer = Consumer(
            self._wanted, self._recorder, self._thumbnails, self._statistics, self.annotations.open
        )
        self._changed, self._current = self._consumer.changed, self._consumer.current
        self._examinations = SampleExaminations(self._thumbnails.delivered, self._content_of)
        self._fields = SampleFields(self._thumbnails.delivered, lambda: self._current.index)
        self._source_looks = SourceLooks()
        self.training = self.line = None
        self.scan = LocalScan(self.opened)
        self.quarantine = LocalQuarantine(lambda: source_name(self._wanted.source), lambda: self.scan.checked)
        self.tune = LocalTune(self.opened, ReportArchive())

    @property
    def capabilities(self) -> Capabilities:
        """All that there is: the files are here."""
        return CAPABILITIES

    # --- intents ---------------------------------------------------------------------------------------------

    def open(self, source: Source, **settings: Any) -> int:
        """Look for samples in a folder, a list, a container or at a URL, or make a data set; then run."""
        refusal = ""
        if isinstance(source, str):
            try:
                source = shown_source(source)
            except SourceError as error:
                source, refusal = source.partition("://")[0] + "://", str(error)
        with self._changed:
            config = self._wanted.config.with_changes(**settings)
            if (source_name(source), config) != (source_name(self._wanted.source), self._wanted.config):
                self._forget_jobs()
            self._wanted.source, self._wanted.refusal, self._wanted.config = source, refusal, config
            self.annotations.close_source()
            self._consumer.open_again()
            return self._note()

    def reindex(self) -> int:
        """Look again for the files of what is open; the user's code is imported again."""
        with self._changed:
            if self._wanted.source is not None:
                self._consumer.open_again()
            return self._note()

    def cancel_indexing(self) -> int:
        """Stop looking for files; nothing is open then."""
        with self._changed:
            self._wanted.cancel_indexing = True
            self._forget_jobs()
            return self._note()

    def run(self) -> int:
        """Deliver batches until paused."""
        with self._changed:
            self._wanted.running = True
            self._thumbnails.follow()
            if self._current.state is RunState.PAUSED:
                self._consumer.set_state(RunState.RUNNING)
            return self._note()

    def pause(self) -> int:
        """Deliver no further batch; the loader fills its queue and waits."""
        with self._changed:
            self._wanted.running = False
            if self._current.state is RunState.RUNNING:
                self._consumer.set_state(RunState.PAUSED)
            return self._note()

    def next_batch(self) -> int:
        """Forward in the kept batches; at the newest, pause and deliver exactly one more."""
        with self._changed:
            self.pause()
            if not self._thumbnails.forward():
                self._wanted.steps += 1
            return self._note()

    def previous_batch(self) -> int:
        """Pause, and look at the batch before."""
        with self._changed:
            self.pause()
            self._thumbnails.back()
            return self._note()

    def change(self, **settings: Any) -> int:
        """Change any field of `SessionConfig`.

        Raises:
            SettingsError: for an unknown setting or a value that cannot work; nothing is changed then.
        """
        with self._changed:
            wanted = self._wanted
            before, wanted.config = wanted.config, wanted.config.with_changes(**settings)
            old, new, table = plain_values(before), plain_values(wanted.config), settings_table(type(before))
            for name in settings:
                if getattr(before, name) != getattr(wanted.config, name) and name not in _UNMARKED:
                    self._recorder.mark(name, old[name], new[name])
                    wanted.restart |= not table[name].live and name != "annotations"
            self._consumer.watch_code()
            if self._current.state in (RunState.FAILED, RunState.FINISHED):
                wanted.restart = True
            other_files = any(getattr(wanted.config, name) != getattr(before, name) for name in _OF_THE_INDEX)
            if other_files and wanted.source is not None:
                return self.open(wanted.source)
            if old["annotations"] != new["annotations"] and self._current.index is not None:
                self.annotations.open(self._current.index, wanted.config)
            self.annotations.set_transform(wanted.config.transform is not None)
            if wanted.restart:
                self._consumer.interrupt()
            else:
                self._consumer.bring_up_to_date()
            return self._note()

    def look(self, *, thumbnail_px: int | None = None, interval_s: float | None = None) -> int:
        """How batches are looked at: thumbnails of at most so many pixels a side, a new batch at most so often."""
        with self._changed:
            if thumbnail_px is not None:
                self._thumbnails.thumbnail_px = thumbnail_px
            if interval_s is not None:
                self._thumbnails.interval_s = interval_s
            return self._note()

    def close(self) -> None:
        """Stop everything and wait until nothing is left. May be called twice."""
        with self._changed:
            self._wanted.closing = True
            self._consumer.interrupt()
        self.scan.close()
        self.tune.close()
        self._examinations.close()
        self._fields.close()
        self._source_looks.close()
        self.quarantine.close()
        self._consumer.join()
        if isinstance(index := self._current.index, ContainerIndex):
            index.close()
        self._recorder.close()
        self.annotations.close()
        self._thumbnails.close()
        self._statistics.close()

    def _forget_jobs(self) -> None:
        """A scan and a sweep of what is open belong to nothing any more."""
        self.scan.source_changed()
        self.tune.source_changed()

    def _note(self) -> int:
        """An intent has been noted: its revision. With the lock held."""
        wanted = self._wanted
        self._thumbnails.streaming = wanted.running and wanted.config.step_ms < _SLOW_STEP_MS
        self._examinations.set_streaming(wanted.running)
        self._revision += 1
        self._cached = None
        self._changed.notify_all()
        return self._revision

    # --- records ---------------------------------------------------------------------------------------------

    def snapshot(self) -> Snapshot:
        """Everything that is shown, at this moment; made at most every 20 ms."""
        with self._changed:
            now_s = time.monotonic() - self._began_s
            cached = self._cached
            if cached is None or cached.state is not self._current.state or now_s - cached.time_s > _CACHED_S:
                cached = self._cached = self._make_snapshot(now_s)
            return cached

    def series(self) -> Series:
        """The last minute, for the plots."""
        return self._recorder.series()

    def batch_view(self) -> BatchView | None:
        """The batch to look at, or None before the first. Another object whenever `batch_serial` has changed."""
        return self._thumbnails.view()

    def proofs(self, batch: BatchKey) -> Proofs:
        """What is known so far of a batch's colours, by position; changes with `Snapshot.proof_serial`."""
        return self._examinations.proofs(batch)

    def pixels(self, batch: BatchKey, position: int) -> Future[DeliveredImage | None]:
        """One image of a batch, whole; None where the batch is forgotten. While it is held, its batch is kept."""
        return self._examinations.pixels(batch, position)

    def second_look(self, batch: BatchKey, position: int) -> Future[SecondLook | None]:
        """Decode its file again with a second decoder, and compare; None where the batch is forgotten."""
        return self._examinations.second_look(batch, position)

    def fields(self, batch: BatchKey, position: int) -> Future[Fields]:
        """What else a sample has, by name; read in a thread where a container has it."""
        return self._fields.of(batch, position)

    def parts(self, source: str) -> Future[SourceParts]:
        """What can be chosen as image and label of a source, found out in a thread."""
        return self._source_looks.parts(source, self._wanted.config)

    def examine(self, location: str, *, pictures: bool = True) -> Future[FileExamination]:
        """Look closely at one file, in a process that a hostile file may end."""
        return self._examinations.examine(location, pictures=pictures)

    def problems(self, since: int = 0) -> list[Problem]:
        """The skipped or damaged files of the open folder, from entry `since` on; only ever appended to."""
        with self._changed:
            return self._current.problems[since:]

    def slowest(self) -> tuple[SlowSample, ...]:
        """The samples that took longest to load in the last minute, the slowest first."""
        loader = self._current.loader
        return loader.slowest() if loader is not None else ()

    def statistics(self) -> ChannelStatistics:
        """Mean and standard deviation of the delivered pixels."""
        return self._statistics.statistics()

    def sample_counts(self) -> SampleCounts | None:
        """How often each file and each class has come, and in which order; None before anything is loaded."""
        return self._statistics.sample_counts()

    def opened(self) -> OpenedSource | None:
        """What is open, for those who read the files themselves; None before its files are known."""
        with self._changed:
            index, wanted = self._current.index, self._wanted
            if index is None:
                return None
            assert wanted.source is not None
            return OpenedSource(source_name(wanted.source), index, wanted.config, wanted.source)

    def _content_of(self, location: str) -> bytes | None:
        """Of a sample in a container that is open."""
        index = self._current.index
        return index.content(location) if isinstance(index, ContainerIndex) else None

    def _make_snapshot(self, now_s: float) -> Snapshot:
        wanted, current, recorder = self._wanted, self._current, self._recorder
        totals = recorder.totals
        if current.index is not self._facts[0]:
            self._facts = current.index, SourceFacts.of(current.index)
        facts = self._facts[1]
        return Snapshot(
            time_s=now_s,
            revision=self._revision,
            state=current.state,
            message=current.message,
            traceback=current.traceback,
            source=source_name(wanted.source),
            files=current.files,
            order_note=current.index.order_note(wanted.config) if isinstance(current.index, _WITH_NOTES) else "",
            settings=plain_values(wanted.config),
            rates=recorder.rates(),
            batches=totals.batches if totals else 0,
            images=totals.images if totals else 0,
            skipped=totals.skipped if totals else 0,
            restarts=totals.restarts if totals else 0,
            epoch=totals.epoch if totals else 0,
            queue_depth=totals.queue_depth if totals else 0,
            loader_memory_bytes=totals.memory_bytes if totals else 0,
            workers=recorder.worker_rows(),
            machine=recorder.machine,
            problems=len(current.problems),
            batch_serial=self._thumbnails.serial,
            proof_serial=self._examinations.proof_serial,
            last_batch_size=current.last_batch_size,
            fewer_workers=totals.fewer_workers if totals else "",
            changes=recorder.changes(),
            location=source_name(wanted.source) if isinstance(wanted.source, str | os.PathLike | NamedCode) else "",
            is_code=isinstance(wanted.source, NamedCode),
            **facts._asdict(),
            labels_serial=self.annotations.state().serial,
        )


CAPABILITIES = Capabilities(
    frozenset(f"change:{name}" for name in settings_table(SessionConfig)).union(
        ("open", "reindex", "code", "pause", "step", "pixels", "proof", "examine"),
        ("statistics", "annotations", "scan", "tune", "move_aside", "files"),
    )
)
