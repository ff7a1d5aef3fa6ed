"""Measures settings with a real loader, which is changed while it runs.

One loader stays open for each `decode`, the only setting that cannot be changed live; workers come and go as in a
session. So a measurement sees a loader in its steady state, as training does, and not its start. What is counted are
the images that workers have finished, as the batches that were prefetched before it, or that are left over after it,
do not matter then. Without workers there is no such count: batches' arrivals are used, and small batches, as a batch is
the step of that count.
"""

import threading
import time
from dataclasses import asdict

from inspector import formatting as fmt
from inspector.errors import InspectorError
from inspector.loader.counters import LoaderSnapshot, WorkerSnapshot, WorkerState
from inspector.loader.loader import Loader
from inspector.monitor.contention import cores_taken, other_cores, own_cores
from inspector.monitor.records import Machine
from inspector.monitor.system import ProcessUse, SystemProbe
from inspector.settings import LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import Dataset, DatasetIndex
from inspector.sources.file_index import FileIndex
from inspector.sources.opening import SampleIndex
from inspector.tuner import page_cache
from inspector.tuner.bench import SweepCancelled
from inspector.tuner.consumer import SweepConsumer
from inspector.tuner.measurements import known_median
from inspector.tuner.trials import Measurement, TrialSetting

_POLL_S = 0.01
_LONGEST_START_S = 15.0
_FIRST_IMAGES_S = 2.0  # so long is waited until every worker has finished an image
_SETTLE_SHARE = 0.2  # of a measurement, before it
_FEWEST_IMAGES, _IMAGES_A_WORKER = 24, 4
_LONGEST = 4  # times the time asked for may a measurement take, to count the fewest images
_SERIAL_BATCH = 8


class LoaderBench:
    """A `Bench` for the loader. For one thread, but `cancel`, which is for any.

    Args:
        source: what is loaded.
        config: all settings that are not varied.
        cold: drop files from the page cache before they are read again, where the system can.
    """

    def __init__(
        self, source: SampleIndex | DatasetIndex | Dataset, config: LoaderConfig, *, cold: bool = False
    ) -> None:
        self._source = source
        self._config = config.with_changes(epochs=None, on_error="skip", max_bad_share=1.0)  # as the window loads
        self._cold = cold
        self._consumers: dict[str, SweepConsumer] = {}
        self._cancelled = threading.Event()
        self._probe = SystemProbe()

    def warm_up(self, setting: TrialSetting, seconds: float) -> None:
        """Load for so long; nothing is counted."""
        consumer = self._settle(setting, 0.0)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            self._poll(consumer)

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        """Measure a setting for about so long, longer where few images are loaded in that time.

        Raises:
            InspectorError: where the loader cannot work with it.
            SweepCancelled: after `cancel`.
        """
        consumer = self._settle(setting, 0.0)
        settled = time.monotonic() + _SETTLE_SHARE * seconds
        while time.monotonic() < settled:
            self._poll(consumer)
        before = consumer.loader.snapshot()
        pids = [worker.pid for worker in before.workers if worker.pid]
        self._probe.sample(pids)
        before = consumer.loader.snapshot()
        consumer.arrivals.clear()
        end, last = before.time_s + seconds, before.time_s + _LONGEST * seconds
        while True:
            self._poll(consumer)
            now = time.monotonic()
            if now >= end and (now >= last or self._counted(consumer, before) >= _fewest(setting)):
                break
        uses, machine = self._probe.sample(pids)
        after = consumer.loader.snapshot()
        return self._summary(setting, consumer, before, after, uses, machine)

    def data_wait(self, setting: TrialSetting, step_ms: float, seconds: float) -> float | None:
        """Share of the time that training waits with steps of `step_ms`, from a full queue on."""
        consumer = self._settle(setting, step_ms / 1000)
        try:
            consumer.paused = True
            full = time.monotonic() + 2 * seconds
            while consumer.loader.snapshot().queue_depth < setting.prefetch_batches and time.monotonic() < full:
                self._poll(consumer)
            consumer.paused = False
            begin = consumer.loader.snapshot()
            end = begin.time_s + max(seconds, (setting.prefetch_batches + 4) * step_ms / 1000)
            while time.monotonic() < end:
                self._poll(consumer)
            after = consumer.loader.snapshot()
            return after.since(begin).data_wait if after.batches - begin.batches >= 3 else None
        finally:
            consumer.paused = False
            consumer.step_s = 0.0

    def rest(self, but: str = "") -> None:
        """Load nothing until the next measurement, except with the `decode` named."""
        for decode, consumer in self._consumers.items():
            if decode != but:
                consumer.paused = True
                consumer.loader.num_workers = 0

    def cancel(self) -> None:
        """End what is being measured."""
        self._cancelled.set()

    def close(self) -> None:
        """End all loaders."""
        for consumer in self._consumers.values():
            consumer.close()
        self._consumers.clear()

    # --- settling ------------------------------------------------------------------------------------------

    def _settle(self, setting: TrialSetting, step_s: float) -> SweepConsumer:
        """Bring the loader to the setting, and wait until nothing of the one before is left."""
        consumer = self._consumer_for(setting)
        loader = consumer.loader
        consumer.step_s = step_s
        consumer.paused = False
        if setting.num_workers:
            loader.engine = setting.engine  # type: ignore[assignment]  # "torch" is another bench's
            loader.batch_size = setting.batch_size
        else:
            loader.batch_size = min(_SERIAL_BATCH, setting.batch_size)
        loader.prefetch_batches = setting.prefetch_batches
        loader.num_workers = setting.num_workers
        began = time.monotonic()
        ready_s: float | None = None
        while True:
            self._poll(consumer)
            workers, now = loader.snapshot().workers, time.monotonic()
            there = len(workers) == setting.num_workers and all(
                each.state not in (WorkerState.STARTING, WorkerState.STOPPING) for each in workers
            )
            if not there and now - began > _LONGEST_START_S:
                raise InspectorError(f"{fmt.plural(setting.num_workers, 'worker')} did not start within 15 s")
            if there:
                ready_s = ready_s or now
                if now - ready_s > _FIRST_IMAGES_S or all(worker.images for worker in workers):
                    break
        if not setting.num_workers:
            self._empty(consumer)
        return consumer

    def _empty(self, consumer: SweepConsumer) -> None:
        """Without workers: take what workers left behind, whole batches and one that was begun."""
        while consumer.loader.snapshot().queue_depth:
            self._poll(consumer)
        consumer.arrivals.clear()
        while len(consumer.arrivals) < 2:
            self._poll(consumer)

    def _consumer_for(self, setting: TrialSetting) -> SweepConsumer:
        self.rest(but=setting.decode)
        if setting.decode not in self._consumers:
            if self._cold and isinstance(self._source, FileIndex | ContainerIndex):
                page_cache.drop(self._source.files())
            loader = Loader(self._source, self._config, **asdict(setting))
            loader.warns = False
            self._consumers[setting.decode] = SweepConsumer(loader, keep_paths=self._cold)
        return self._consumers[setting.decode]

    # --- counting ------------------------------------------------------------------------------------------

    def _counted(self, consumer: SweepConsumer, before: LoaderSnapshot) -> int:
        if not before.workers:
            return sum(images for _, images in list(consumer.arrivals)[1:])
        return _finished(before, consumer.loader.snapshot())

    def _summary(
        self,
        setting: TrialSetting,
        consumer: SweepConsumer,
        before: LoaderSnapshot,
        after: LoaderSnapshot,
        uses: dict[int, ProcessUse],
        machine: Machine,
    ) -> Measurement:
        seconds = after.time_s - before.time_s
        if setting.num_workers:
            good = consumer.good / max(1, consumer.good + consumer.bad)  # workers finish those that are skipped, too
            rate = good * _finished(before, after) / seconds
        else:
            rate = _rate_of_arrivals(list(consumer.arrivals))
        processes = tuple(uses.values())
        a_worker = known_median(use.memory_bytes for use in uses.values())
        memory = machine.app_memory_bytes
        if memory is not None and a_worker is not None:
            memory += round(a_worker * len(uses))
        return Measurement(
            images_per_s=rate,
            seconds=seconds,
            own_cores=own_cores(machine, processes),
            other_cores=other_cores(machine, processes),
            taken_cores=cores_taken(machine, processes),
            memory_bytes=memory,
            worker_busy=after.since(before).worker_busy,
            read_share=_read_share(after.workers),
        )

    def _poll(self, consumer: SweepConsumer) -> None:
        self._wait(_POLL_S)
        if self._cold:
            page_cache.drop(consumer.take_paths())  # all along: a small data set is read again within a measurement
        if consumer.error is not None:
            error, decode = consumer.error, consumer.loader.config.decode
            self._consumers.pop(decode).close()
            raise error

    def _wait(self, seconds: float) -> None:
        if self._cancelled.wait(seconds):
            raise SweepCancelled


def _fewest(setting: TrialSetting) -> int:
    return max(_FEWEST_IMAGES, _IMAGES_A_WORKER * setting.num_workers) if setting.num_workers else 2 * _SERIAL_BATCH


def _finished(before: LoaderSnapshot, after: LoaderSnapshot) -> int:
    earlier = {worker.line: worker.images for worker in before.workers}
    return sum(worker.images - earlier.get(worker.line, 0) for worker in after.workers)


def _rate_of_arrivals(arrivals: list[tuple[float, int]]) -> float:
    """Images per second between the first and the last; 0 where there are fewer than two."""
    if len(arrivals) < 2 or arrivals[-1][0] <= arrivals[0][0]:
        return 0.0
    return sum(images for _, images in arrivals[1:]) / (arrivals[-1][0] - arrivals[0][0])


def _read_share(workers: tuple[WorkerSnapshot, ...]) -> float | None:
    shares = []
    for worker in workers:
        total = sum(stage.p50_ms for stage in worker.stages)
        if total > 0:
            shares.append(sum(stage.p50_ms for stage in worker.stages if stage.name == "read") / total)
    return known_median(shares)
