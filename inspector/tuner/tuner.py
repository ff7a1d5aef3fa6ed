"""`Tuner`: a sweep in a thread of its own, which a window or a terminal follows."""

import datetime
import logging
import random
import threading
from dataclasses import replace

from inspector.errors import InspectorError
from inspector.redirect import decoders_silenced
from inspector.resource_limits import usable_cores, usable_memory_bytes
from inspector.settings import MAX_WORKERS, LoaderConfig
from inspector.sources.containers.index import ContainerIndex
from inspector.sources.dataset import DatasetIndex
from inspector.sources.opening import SampleIndex
from inspector.tuner import page_cache
from inspector.tuner.engine_bench import EngineBench
from inspector.tuner.explanation import cache_cautions
from inspector.tuner.report import Report
from inspector.tuner.report_archive import ReportArchive
from inspector.tuner.sweep import Sweep
from inspector.tuner.sweep_plan import SweepPlan
from inspector.tuner.sweep_state import SweepProgress
from inspector.tuner.torch_bench import torch_is_installed
from inspector.tuner.trials import TrialSetting
from inspector.tuner.variations import Variations

_log = logging.getLogger(__name__)

_CACHE_SAMPLE = 64  # files


class Tuner:
    """Sweeps a data set. `start`, then poll `progress` until `finished`; then take `report`.

    All methods but `join` and `close` return at once; any thread may call them.

    Args:
        index: what is loaded.
        config: what is set now, and stays so where it is not varied. variations: what else is tried.
        step_ms: the training step; 0: none. budget_s: how long it may take.
        cold: drop files from the page cache before they are read, where the system can.
        most_workers: no more are tried. archive: where the report is kept; None: nowhere.

    Attributes:
        plan: what is swept. cold: whether files are dropped from memory before they are read.
        error: what kept it from measuring anything, or None.
    """

    def __init__(
        self,
        index: SampleIndex | DatasetIndex,
        config: LoaderConfig,
        *,
        variations: Variations,
        step_ms: float = 0.0,
        budget_s: float = 60.0,
        cold: bool = False,
        most_workers: int = MAX_WORKERS,
        archive: ReportArchive | None = None,
    ) -> None:
        now = TrialSetting.of(config)
        self._index = index
        self._config = config
        self.cold = cold and page_cache.CAN_DROP
        self._archive = archive
        obstacle = _torch_obstacle(index, config) if variations.torch else ""
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
        self._bench = EngineBench(index, config, cold=self.cold)
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
                cautions=cache_cautions(self.cold, cached),
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
            self._report = self._kept(report)
        except InspectorError as error:
            self.error = error
        except Exception as error:  # in a thread nobody would see it
            _log.exception("the sweep failed")
            self.error = InspectorError(f"the sweep failed: {type(error).__name__}: {error}")
        finally:
            try:
                self._bench.close()
            except Exception:  # what was found is no worse for it
                _log.exception("a sweep's loaders did not close")
            finally:
                self._finished.set()

    def _kept(self, report: Report) -> Report:
        """The report, with a note where it could not be kept."""
        if self._archive is None or report.recommended is None:
            return report
        try:
            self._archive.keep(report)
        except OSError as error:
            return replace(report, notes=(*report.notes, f"It could not be kept for later comparison: {error}"))
        return report

    def _cached(self) -> float | None:
        """Share of some files, taken at random, that lie in memory at the end of the sweep."""
        if isinstance(self._index, DatasetIndex):
            return None
        index = self._index
        count = len(index)
        some = random.Random(0).sample(range(count), min(count, _CACHE_SAMPLE))
        paths = [*index.files()] if isinstance(index, ContainerIndex) else [index.path(number) for number in some]
        if self.cold:
            page_cache.drop(paths)  # what is there all the same cannot be dropped
        return page_cache.cached_share(paths)


def _torch_obstacle(index: SampleIndex | DatasetIndex, config: LoaderConfig) -> str:
    """Why PyTorch's DataLoader cannot be measured, in a sentence; "" where it can."""
    if isinstance(index, DatasetIndex):
        return "PyTorch's DataLoader was left out: it is measured with files only, not with a data set of your code."
    if isinstance(index, ContainerIndex):
        return "PyTorch's DataLoader was left out: it is measured with files only, not with samples in containers."
    if not torch_is_installed():
        return "PyTorch's DataLoader was left out, as torch is not installed here."
    if config.image_size is None:
        return "PyTorch's DataLoader was left out, as it stacks images of one size only: set an image size."
    return ""
