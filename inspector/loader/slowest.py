"""Which samples took longest lately: a few, kept without remembering all the others."""

import time
from collections import deque

from inspector.loader.counters import SlowSample
from inspector.loader.workers.messages import SampleResult
from inspector.sources.dataset import Index

KEPT_SAMPLES = 10
SPAN_S = 60.0
_PARTS = 6  # of the span: the oldest is forgotten as a whole


class SlowestSamples:
    """The slowest samples of the last minute, each with the longest it took. Not thread-safe."""

    def __init__(self, stage_names: tuple[str, ...]) -> None:
        self._stage_names = stage_names
        self._parts: deque[_Part] = deque(maxlen=_PARTS)

    def add(self, index: int, result: SampleResult, now_s: float, worker: int | None = None) -> None:
        """A sample was loaded, or found to be bad, at `time.monotonic()`. `worker`: which did it."""
        if result.total_ns > self.least_ns(now_s):
            self._parts[-1].add(index, result, worker)

    def least_ns(self, now_s: float) -> int:
        """What takes no longer need not be added at `time.monotonic()`."""
        if not self._parts or now_s - self._parts[-1].since_s > SPAN_S / _PARTS:
            self._parts.append(_Part(now_s))
        return self._parts[-1].least_ns

    def ranking(self, index: Index) -> tuple[SlowSample, ...]:
        """At most `KEPT_SAMPLES`, the slowest first."""
        oldest_s = time.monotonic() - SPAN_S
        longest: dict[int, tuple[SampleResult, int | None]] = {}
        for part in self._parts:
            if part.since_s >= oldest_s:
                for number, (result, worker) in part.slowest.items():
                    if number not in longest or result.total_ns > longest[number][0].total_ns:
                        longest[number] = result, worker
        ordered = sorted(longest.items(), key=lambda item: item[1][0].total_ns, reverse=True)[:KEPT_SAMPLES]
        return tuple(
            SlowSample(
                index.path(number),
                number,
                worker,
                tuple((name, ns / 1e6) for name, ns in zip(self._stage_names, result.stages_ns, strict=True)),
            )
            for number, (result, worker) in ordered
        )


class _Part:
    """The slowest samples of some seconds; what takes no longer than `least_ns` is not among them."""

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        self.least_ns = 0
        self.slowest: dict[int, tuple[SampleResult, int | None]] = {}

    def add(self, index: int, result: SampleResult, worker: int | None) -> None:
        before = self.slowest.get(index)
        if before is not None and before[0].total_ns >= result.total_ns:
            return
        self.slowest[index] = result, worker
        if len(self.slowest) > KEPT_SAMPLES:
            del self.slowest[min(self.slowest, key=lambda number: self.slowest[number][0].total_ns)]
        if len(self.slowest) == KEPT_SAMPLES:
            self.least_ns = min(each.total_ns for each, _ in self.slowest.values())
