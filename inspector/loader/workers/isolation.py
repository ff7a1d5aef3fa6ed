"""Suspected samples are loaded alone, to tell a sample that ends its workers from somebody who kills them.

    suspect -> others finish -> all workers rest -> one loads it -> done: it is innocent
                                      ^                  |
                                      +----- died -------+-> died often enough, and nobody else did: it is to blame

Who kills workers from outside does not know which of them rests. So when a worker is ended that has nothing to do, the
deaths so far prove nothing: all suspects are released, and begin with a clean record.
"""

from collections import deque
from collections.abc import Callable

from inspector.loader.planning.samples import Sample, SampleState
from inspector.loader.workers.messages import Exited, SampleFault
from inspector.loader.workers.retry_policy import Evidence, may_be_from_outside
from inspector.loader.workers.running_clock import RunningClock

_CRASH_REST_S = 0.25  # long enough for the news of other deaths in the same moment
_KILL_REST_S, _LONGEST_KILL_REST_S = 0.5, 3.0
_REST_SHARE = 2.0  # of the time that the sample ran: a killer who does not care is more likely to hit a rest


class Isolation:
    """Decides what is loaded while there are suspects. They stay SENT for the planner until it is known.

    Args:
        retry: called with each suspect that is to be loaded with the others again.

    Attributes:
        running: the suspect that a worker has, alone.
    """

    def __init__(self, clock: RunningClock, retry: Callable[[Sample], None]) -> None:
        self._clock = clock
        self._retry = retry
        self._suspects: deque[Sample] = deque()
        self._evidence = Evidence()
        self._last: Exited | None = None
        self._rest_until_s: float | None = None  # None: the others are not done yet
        self._running_since_s = 0.0
        self.running: Sample | None = None

    @property
    def active(self) -> bool:
        """Nothing else may be loaded."""
        return bool(self._suspects)

    @property
    def wait_s(self) -> float:
        """How long there is nothing to do, at most."""
        if self._rest_until_s is None or self.running is not None:
            return float("inf")
        return max(0.0, self._rest_until_s - self._clock.now_s)

    def suspect(self, sample: Sample, exited: Exited) -> None:
        """Load it alone, after those that are suspected already."""
        self._suspects.append(sample)
        if len(self._suspects) == 1:
            self._begin(exited)

    def _begin(self, exited: Exited | None) -> None:
        self._evidence = Evidence()
        self._last = exited
        self._rest_until_s = self.running = None

    def next(self, *, busy: bool) -> tuple[Sample, SampleFault | None] | None:
        """The sample to be loaded now, or to be given up for a fault. `busy`: workers still have other samples."""
        if busy or self.running is not None:
            return None
        while self._suspects and self._suspects[0].state is not SampleState.SENT:  # nobody waits for it any more
            self._retry(self._suspects[0])
            self.finish()
        if not self._suspects:
            return None
        if self._rest_until_s is None:
            self._rest(0.0)
        if self.wait_s > 0:
            return None
        sample = self._suspects[0]
        if self._evidence.suffices and self._last is not None:
            fault = self._evidence.fault(sample, self._last)
            self.finish()
            return sample, fault
        self.running, self._running_since_s = sample, self._clock.now_s
        return sample, None

    def _rest(self, ran_s: float) -> None:
        if self._last is None or may_be_from_outside(self._last):
            rest_s = min(_LONGEST_KILL_REST_S, max(_KILL_REST_S, _REST_SHARE * ran_s))
        else:
            rest_s = _CRASH_REST_S
        self._rest_until_s = self._clock.now_s + rest_s

    def died(self, exited: Exited | None) -> None:
        """The worker that had the sample alone is gone; None: before it had begun with it."""
        ran_s = self._clock.now_s - self._running_since_s
        self.running = None
        if exited is not None:
            self._evidence.add(exited)
            self._last = exited
        self._rest(ran_s)

    def finish(self) -> None:
        """It is known what becomes of the first suspect: on to the next."""
        self._suspects.popleft()
        self._begin(None)

    def release(self) -> None:
        """Somebody ends workers from outside, or there are none: the deaths so far prove nothing."""
        for sample in self._suspects:
            sample.kills = sample.crashes = 0
            if sample is not self.running:  # that one continues as any other
                self._retry(sample)
        self._suspects.clear()
        self._begin(None)
