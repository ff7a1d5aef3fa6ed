"""Which files took longest lately: a few, kept without remembering all the others."""

import time
from collections import deque

from inspector.loader.counters import SlowFile
from inspector.loader.workers.messages import SampleResult
from inspector.sources.dataset import Index

KEPT_FILES = 10
SPAN_S = 60.0
_PARTS = 6  # of the span: the oldest is forgotten as a whole


class SlowestFiles:
    """The slowest files of the last minute, each with the longest it took. Not thread-safe; `add` takes 0.1 µs."""

    def __init__(self) -> None:
        self._parts: deque[_Part] = deque(maxlen=_PARTS)

    def add(self, file_index: int, result: SampleResult, now_s: float) -> None:
        """A file was loaded, or found to be bad, at `time.monotonic()`."""
        if not self._parts or now_s - self._parts[-1].since_s > SPAN_S / _PARTS:
            self._parts.append(_Part(now_s))
        part = self._parts[-1]
        if result.total_us > part.least_us:
            part.add(file_index, result)

    def told(self, index: Index) -> tuple[SlowFile, ...]:
        """At most `KEPT_FILES`, the slowest first."""
        oldest_s = time.monotonic() - SPAN_S
        longest: dict[int, SampleResult] = {}
        for part in self._parts:
            if part.since_s >= oldest_s:
                for number, result in part.slowest.items():
                    if number not in longest or result.total_us > longest[number].total_us:
                        longest[number] = result
        ordered = sorted(longest.items(), key=lambda item: item[1].total_us, reverse=True)[:KEPT_FILES]
        return tuple(
            SlowFile(
                index.path(number),
                result.read_us / 1e3,
                result.decode_us / 1e3,
                result.transform_us / 1e3,
                result.write_us / 1e3,
            )
            for number, result in ordered
        )


class _Part:
    """The slowest files of some seconds; what takes no longer than `least_us` is not among them."""

    def __init__(self, since_s: float) -> None:
        self.since_s = since_s
        self.least_us = 0.0
        self.slowest: dict[int, SampleResult] = {}

    def add(self, file_index: int, result: SampleResult) -> None:
        before = self.slowest.get(file_index)
        if before is not None and before.total_us >= result.total_us:
            return
        self.slowest[file_index] = result
        if len(self.slowest) > KEPT_FILES:
            del self.slowest[min(self.slowest, key=lambda number: self.slowest[number].total_us)]
        if len(self.slowest) == KEPT_FILES:
            self.least_us = min(each.total_us for each in self.slowest.values())
