"""Mean and standard deviation of the data set's channels, from the images that are delivered.

Which images count is decided so that the figures are those of the data set. A file counts once, however many epochs
are run, so they settle when all have been counted. While batches stream, only some are looked at, within a budget of
CPU time: which one is next is drawn when the last was looked at, by number and not by time. Had it been "the next one
when there is time again", a batch that took long to load, of large images, would have been met more often; and with
an even step, an order that repeats would have been met in the same places.
"""

import math
import random
import threading
import time
from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.loader.batch import Batch
from inspector.monitor.moments import Moments, moments_of
from inspector.monitor.picture import PictureRange, picture_of
from inspector.step_thread import start_steps

SHARE = 0.01  # of one core, while batches stream: it must not cost what is measured
_WAITING_BATCHES = 2  # at most; they hold memory that the loader could use
_GAPS = 50  # between batches, and
_COSTS = 3  # of batches that were counted, are averaged to know the pace


@dataclass(frozen=True, slots=True)
class ChannelStatistics:
    """Statistics of the pixels as delivered, in the order of the delivered channels; of a range other than 0 to 255, as
    pictures of that range.

    Attributes:
        images, pixels: what they rest on; each pixel weighs the same.
        left_out: images that were not counted, for values that are not finite (a transform may make such).
        mean, std: of each channel, 0 to 255; the population's standard deviation, which divides by the number of
            pixels. None before the first image.
    """

    images: int = 0
    pixels: int = 0
    left_out: int = 0
    mean: tuple[float, float, float] | None = None
    std: tuple[float, float, float] | None = None

    def normalize_code(self, decimals: int = 4) -> str:
        """A line of Python for torchvision, for images in 0 to 1; "" while nothing is known."""
        if self.mean is None or self.std is None:
            return ""
        mean, std = (", ".join(f"{value / 255:.{decimals}f}" for value in values) for values in (self.mean, self.std))
        return f"transforms.Normalize(mean=[{mean}], std=[{std}])"


class StatisticsCollector:
    """Counts delivered batches in a thread of its own. All methods but `close` return at once, from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._waiting: deque[Batch] = deque()  # the first of them may be in work
        self._run = _RunCount(0)
        self._closing = False
        self._thread = start_steps(self._step, "inspector-statistics")

    def clear(self, files: int) -> None:
        """Forget everything; the batches to come are of another run over `files` files."""
        with self._changed:
            self._waiting.clear()
            self._run = _RunCount(files)

    def add(self, batch: Batch, *, streaming: bool) -> None:
        """A batch was delivered. It is looked at if its turn has come; where batches do not stream, always."""
        with self._changed:
            due = self._run.schedule.due(time.monotonic())
            if (due or not streaming) and len(self._waiting) < _WAITING_BATCHES:
                self._waiting.append(batch)
                self._changed.notify()

    def statistics(self) -> ChannelStatistics:
        """As they stood after the last batch that was counted."""
        return self._run.statistics

    @property
    def idle(self) -> bool:
        """No batch is waiting to be counted, or being counted."""
        return not self._waiting

    def close(self) -> None:
        """End the thread."""
        with self._changed:
            self._closing = True
            self._waiting.clear()
            self._changed.notify()
        self._thread.join()

    def _step(self) -> bool:
        with self._changed:
            while not self._waiting and not self._closing:
                self._changed.wait()
            if self._closing:
                return False
            run, batch = self._run, self._waiting[0]
        began_cpu = time.thread_time()
        try:
            numbers = PictureRange.of(batch.images)
            for position in run.fresh(batch):
                if self._closing or run is not self._run or position >= len(batch.images):
                    break
                run.count(picture_of(batch.images[position], numbers))
            run.publish()
        finally:
            with self._changed:
                run.schedule.plan(time.thread_time() - began_cpu)
                if self._waiting and self._waiting[0] is batch:
                    self._waiting.popleft()
        return True


class _RunCount:
    """The count over one run of the loader. Only the collector's thread counts; anyone may read `statistics`."""

    def __init__(self, files: int) -> None:
        self.statistics = ChannelStatistics()
        self.schedule = _SamplingSchedule()
        self._counted = np.zeros(files, np.bool_)
        self._moments: Moments | None = None
        self._dtype = np.dtype(np.uint8)
        self._images = self._left_out = 0

    def fresh(self, batch: Batch) -> list[int]:
        """The positions in the batch of files that have not been counted yet; from now on they have."""
        indices = batch.indices
        if len(indices) and indices.max() >= len(self._counted):  # nobody knows how long an iterable data set is
            self._counted = np.append(self._counted, np.zeros(indices.max() + 1, np.bool_))
        positions: list[int] = np.flatnonzero(~self._counted[indices]).tolist()
        self._counted[indices] = True
        return positions

    def count(self, image: npt.NDArray[Any]) -> None:
        if self._moments is None:
            self._moments, self._dtype = moments_of(image.dtype), image.dtype
        finite = self._moments.add(image.astype(self._dtype, copy=False))
        self._images += finite
        self._left_out += not finite

    def publish(self) -> None:
        moments = self._moments
        if moments is None or not moments.pixels:
            self.statistics = ChannelStatistics(left_out=self._left_out)
            return
        mean, std = moments.mean().tolist(), moments.std().tolist()
        self.statistics = ChannelStatistics(self._images, moments.pixels, self._left_out, tuple(mean), tuple(std))


class _SamplingSchedule:
    """Draws how many batches pass until one is looked at, so that `SHARE` of a core is used on average."""

    def __init__(self) -> None:
        self._random = random.Random(0)
        self._to_pass = 0.0  # until the next draw: for ever
        self._last_s: float | None = None
        self._gaps = 0
        self._gap_s = 0.0  # average time between batches
        self._costs_s: deque[float] = deque(maxlen=_COSTS)

    def due(self, now_s: float) -> bool:
        """A batch was delivered: is it its turn?"""
        if self._last_s is not None:
            self._gaps = min(self._gaps + 1, _GAPS)
            self._gap_s += (now_s - self._last_s - self._gap_s) / self._gaps
        self._last_s = now_s
        self._to_pass -= 1
        if self._to_pass >= 0:
            return False
        self._to_pass = math.inf
        return True

    def plan(self, cost_s: float) -> None:
        """A batch was counted in `cost_s` seconds of CPU time; when is the next?"""
        self._costs_s.append(cost_s)
        mean_step = 1.0
        if len(self._costs_s) == _COSTS and self._gap_s:  # the first ones are counted at once
            mean_step = median(self._costs_s) / (SHARE * self._gap_s)
        self._to_pass = self._random.randint(1, max(1, round(2 * mean_step) - 1)) - 1
