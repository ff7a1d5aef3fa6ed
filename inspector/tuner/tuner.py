"""`Tuner`: a sweep in a thread of its own, which a window or a terminal follows."""

import datetime
import logging
import random
import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace

from inspector import formatting as fmt
from inspector.errors import InspectorError
from inspector.redirect import decoders_silenced
from inspector.resource_limits import usable_cores, usable_memory_bytes
from inspector.settings import MAX_WORKERS, Decode, LoaderConfig
from inspector.sources.file_index import FileIndex
from inspector.tuner import page_cache
from inspector.tuner.archive import Archive
from inspector.tuner.loader_bench import LoaderBench
from inspector.tuner.report import Report
from inspector.tuner.sweep import Sweep, SweepPlan, SweepProgress
from inspector.tuner.torch_bench import TorchBench, torch_is_there
from inspector.tuner.trials import Setting, TrialEngine, Window

_log = logging.getLogger(__name__)

_LOOKED_AT = 64  # files that are looked at, for the page cache
_MOSTLY, _HARDLY = 0.9, 0.1


@dataclass(frozen=True, slots=True)
class Variations:
    """What a sweep varies besides the number of workers; () stands for what is set now, and no more.

    Attributes:
        torch: PyTorch's own DataLoader, too, where it is installed.
    """

    engines: tuple[TrialEngine, ...] = ()
    batch_sizes: tuple[int, ...] = ()
    prefetches: tuple[int, ...] = ()
    decodes: tuple[Decode, ...] = ()
    torch: bool = False

    def curves(self, now: Setting, *, with_torch: bool) -> tuple[Setting, ...]:
        """A setting for each combination. `num_workers` is 1 in all."""
        now = replace(now, num_workers=1, engine="processes" if now.engine == "serial" else now.engine)
        curves = [
            replace(now, engine=engine, batch_size=batch_size, prefetch_batches=prefetch, decode=decode)
            for engine in self.engines or (now.engine,)
            for batch_size in self.batch_sizes or (now.batch_size,)
            for prefetch in self.prefetches or (now.prefetch_batches,)
            for decode in self.decodes or (now.decode,)
        ]
        if with_torch:
            curves += [replace(each, engine="torch") for each in curves if each.engine == curves[0].engine]
        return tuple(curve for curve in curves if curve.engine != "serial")


class Tuner:
    """Sweeps a data set. `start`, then look at `progress` as often as wanted, until `finished`; then `report`.

    All methods return at once, from any thread, but `join` and `close`.

    Args:
        index: what is loaded.
        config: what is set now; all that is not varied stays so.
        step_ms: the training step; 0: none. budget_s: how long it may take.
        cold: drop files from the page cache before they are read, where the system can.
        most_workers: no more are tried. archive: where the report is kept; None: nowhere.

    Attributes:
        plan: what is swept. cold: whether files are dropped from memory before they are read.
        error: what kept it from measuring anything, or None.
    """

    def __init__(
        self,
        index: FileIndex,
        config: LoaderConfig,
        *,
        variations: Variations = Variations(),
        step_ms: float = 0.0,
        budget_s: float = 60.0,
        cold: bool = False,
        most_workers: int = MAX_WORKERS,
        archive: Archive | None = None,
    ) -> None:
        now = Setting.of(config)
        self._index = index
        self._config = config
        self.cold = cold and page_cache.CAN_DROP
        self._archive = archive
        obstacle = _torch_obstacle(config) if variations.torch else ""
        self._notes: tuple[str, ...] = (obstacle,) if obstacle else ()
        self.plan = SweepPlan(
            now=now,
            curves=variations.curves(now, with_torch=variations.torch and not obstacle),
            usable_cores=usable_cores(),
            usable_memory_bytes=usable_memory_bytes(),
            budget_s=budget_s,
            step_ms=step_ms,
            most_workers=most_workers,
        )
        self._bench = _Benches(index, config, self.cold)
        self._progress = SweepProgress("starting", 0.0, budget_s)
        self._report: Report | None = None
        self.error: InspectorError | None = None
        self._finished = threading.Event()
        self._thread = threading.Thread(target=self._run, name="inspector-tuner", daemon=True)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    @property
    def progress(self) -> SweepProgress:
        """How far it is, with the trials so far."""
        return self._progress

    @property
    def finished(self) -> bool:
        """It has ended: there is a `report`, or an `error`."""
        return self._finished.is_set()

    @property
    def report(self) -> Report | None:
        """What came out; None before it has ended, or where nothing could be measured."""
        return self._report

    def cancel(self) -> None:
        """End it soon, with a report on what is known by then."""
        self._bench.cancel()

    def join(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; False where it was not reached within `timeout_s`."""
        return self._finished.wait(timeout_s)

    def close(self) -> None:
        """End it, and wait until nothing of it is running."""
        self.cancel()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        def follow(progress: SweepProgress) -> None:
            self._progress = progress

        try:
            with decoders_silenced():
                outcome = Sweep(self.plan, self._bench, follow).run()
            cached = self._cached()
            outcome = replace(outcome, notes=(*self._notes, *outcome.notes))
            report = Report.of(
                outcome,
                cautions=tuple(self._caution(cached)),
                source=self._index.source,
                fingerprint=self._index.fingerprint(),
                files=len(self._index),
                measured_at=datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
                step_ms=self.plan.step_ms,
                image_size=self._config.image_size,
                usable_cores=self.plan.usable_cores,
                cached=cached,
                cold=self.cold,
            )
            self._keep(report)
            self._report = report
        except InspectorError as error:
            self.error = error
        except Exception as error:  # in a thread nobody would see it
            _log.exception("the sweep failed")
            self.error = InspectorError(f"the sweep failed: {type(error).__name__}: {error}")
        finally:
            self._bench.close()
            self._finished.set()

    def _keep(self, report: Report) -> None:
        if self._archive is None or report.recommended is None:
            return
        try:
            self._archive.keep(report)
        except OSError as error:
            self._notes += (f"It could not be kept for later comparison: {error}",)

    def _cached(self) -> float | None:
        """Share of some files, taken at random, that lie in memory at the end of the sweep."""
        count = len(self._index)
        some = random.Random(0).sample(range(count), min(count, _LOOKED_AT))
        paths = [self._index.path(number) for number in some]
        if self.cold:
            page_cache.drop(paths)  # what is there all the same cannot be dropped
        return page_cache.cached_share(paths)

    def _caution(self, cached: float | None) -> Sequence[str]:
        if self.cold and cached is not None and cached >= _HARDLY:
            return [
                f"Files were to be dropped from memory before they were read, but {fmt.percent(cached)} of them stayed "
                "there: on a file system in memory, or in use by another program. So this is no cold run."
            ]
        if self.cold:
            return ["Files were dropped from memory before they were read, as in a first epoch."]
        if cached is None:
            return []
        if cached >= _MOSTLY:
            return [
                "The files lay in memory (page cache) while it was measured, as they do from the second epoch on if "
                "all fit into it; a cold sweep shows the disk."
            ]
        return [
            f"Only {fmt.percent(cached)} of the files lay in memory (page cache) at the end, so the disk was measured, "
            "too: a data set that does not fit into memory stays like that; a smaller one is faster from its second "
            "epoch on."
        ]


def _torch_obstacle(config: LoaderConfig) -> str:
    """Why PyTorch's DataLoader cannot be measured, in a sentence; "" where it can."""
    if not torch_is_there():
        return "PyTorch's DataLoader was left out, as torch is not installed here."
    if config.image_size is None:
        return "PyTorch's DataLoader was left out, as it stacks images of one size only: set an image size."
    return ""


class _Benches:
    """A `Bench` for all engines."""

    def __init__(self, index: FileIndex, config: LoaderConfig, cold: bool) -> None:
        self._ours = LoaderBench(index, config, cold=cold)
        self._torch = TorchBench(index, config, cold=cold)

    def warm_up(self, setting: Setting, seconds: float) -> None:
        self._ours.warm_up(setting, seconds)

    def window(self, setting: Setting, seconds: float) -> Window:
        if setting.engine == "torch":
            self._ours.rest()
            return self._torch.window(setting, seconds)
        return self._ours.window(setting, seconds)

    def waits(self, setting: Setting, step_ms: float, seconds: float) -> float | None:
        return self._ours.waits(setting, step_ms, seconds)

    def cancel(self) -> None:
        self._ours.cancel()
        self._torch.cancel()

    def close(self) -> None:
        self._ours.close()
        self._torch.close()
