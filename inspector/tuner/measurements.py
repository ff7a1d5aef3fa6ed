"""The windows of a sweep, and the trials they make."""

from collections.abc import Iterable, Sequence
from statistics import median

from inspector.tuner.statistics import Levels
from inspector.tuner.trials import Setting, Trial, Window, expected_wait

_DISTURBED_CORES = 0.25  # used by other programs beyond what they used in the quietest windows of the same setting


class Measurements:
    """All windows so far, by setting. For one thread.

    Args:
        needed_per_s: images per second that training takes; None: as many as there are.
    """

    def __init__(self, needed_per_s: float | None = None) -> None:
        self.needed_per_s = needed_per_s
        self._windows: dict[Setting, list[tuple[int, Window]]] = {}
        self._levels: Levels[Setting] | None = None  # of what was added so far

    def add(self, setting: Setting, round_number: int, window: Window) -> None:
        """Take in a window; one without an image tells nothing."""
        if window.images_per_s > 0:
            self._levels = None
            self._windows.setdefault(setting, []).append((round_number, window))

    @property
    def settings(self) -> list[Setting]:
        """Those that were measured, in the order of their first window."""
        return list(self._windows)

    def windows(self, setting: Setting) -> list[Window]:
        """The windows of a setting that count, oldest first."""
        return [window for _, window in self._quiet(setting)]

    def levels(self) -> Levels[Setting]:
        """How fast each is."""
        if self._levels is None:
            self._levels = Levels(
                {
                    setting: [(number, window.images_per_s) for number, window in self._quiet(setting)]
                    for setting in self._windows
                }
            )
        return self._levels

    def trials(self) -> tuple[Trial, ...]:
        """One for each setting: curve by curve, by the number of workers."""
        levels = self.levels()
        curves = list(dict.fromkeys(setting.curve for setting in self._windows if setting.num_workers))
        ordered = sorted(
            self._windows,
            key=lambda each: (curves.index(each.curve) if each.curve in curves else -1, each.num_workers),
        )
        return tuple(self._trial(setting, levels) for setting in ordered)

    def middle(self, setting: Setting, name: str) -> float | None:
        """The median of a window's attribute, of the windows in which it is known."""
        return middle(getattr(window, name) for window in self.windows(setting))

    def _quiet(self, setting: Setting) -> list[tuple[int, Window]]:
        """The windows in which other programs used hardly more of the cores than in the setting's quietest two."""
        windows = self._windows.get(setting, [])
        others = sorted(window.other_cores for _, window in windows if window.other_cores is not None)
        if len(others) < max(3, len(windows)):
            return windows
        most = others[1] + _DISTURBED_CORES
        return [(number, window) for number, window in windows if window.other_cores <= most]  # type: ignore[operator]

    def _trial(self, setting: Setting, levels: Levels[Setting]) -> Trial:
        rate = levels.rate(setting)
        cores, memory = self.middle(setting, "own_cores"), self.middle(setting, "memory_bytes")
        wait = None
        if self.needed_per_s is not None:
            wait = expected_wait(rate.value, self.needed_per_s, setting.num_workers)
        return Trial(
            setting=setting,
            images_per_s=rate.value,
            low=rate.low,
            high=rate.high,
            cpu_percent=None if cores is None else 100 * cores,
            memory_bytes=None if memory is None else round(memory),
            data_wait=wait,
            windows=len(self._quiet(setting)),
        )


def middle(values: Iterable[float | None]) -> float | None:
    """The median of those that are known."""
    known: Sequence[float] = [value for value in values if value is not None]
    return median(known) if known else None
