"""Sends a client what has changed: the state, as soon as the one before has left, and pictures when there is room."""

import threading
import time
from collections import deque
from dataclasses import dataclass

import numpy as np

from inspector.monitor.records import BatchView, RunState, Series
from inspector.session.exchange import SessionState
from inspector.session.serving.pictures import EXACT, Adaptation, pictures_of
from inspector.session.serving.shared import SharedState
from inspector.step_thread import start_steps
from inspector.tuner.sweep_state import SweepState
from inspector.wire.link import Link
from inspector.wire.outbox import Lane, Message
from inspector.wire.values import encode

STATE_EVERY_S = 0.1
_STATE_SHARE = 0.25  # of the line, at most, for the state
_CPU_SHARE = 0.01  # of a core, at most, for the state, and as much for pictures while batches stream
_MOST_PROBLEMS = 500  # in one message


@dataclass(slots=True)
class Known:
    """What the client has by now."""

    series_s: float = float("-inf")
    problems: int = 0
    problems_run: int = 0
    sweep: SweepState | None = None
    training: object = None
    unavailable: dict[str, str] | None = None


class Publisher:
    """Of one connection; a thread of its own.

    Args:
        known: what the client has from an earlier connection.
        exact: pictures as they are: it is on this machine.
    """

    def __init__(self, shared: SharedState, link: Link, known: Known, *, exact: bool = False) -> None:
        self._shared, self._session, self._link, self._known = shared, shared.session, link, known
        self._changed = threading.Condition()
        self._heard = 0
        self._refused: list[tuple[int, str]] = []
        self._urgent = True
        self._closing = False
        self._state_at_s = 0.0
        self._state_bytes = 0
        self._view: BatchView | None = None
        self._sent_any = False
        self._streams = True
        self._pictures_at_s = 0.0  # not before, while batches stream
        self._pictures_s: tuple[float, int] | None = None  # when some were handed over, and all bytes sent by then
        self._adaptation = Adaptation()
        self._exact = exact
        self._held: deque[object] = deque(maxlen=2)  # a batch is kept while somebody holds an image of it
        self._thread = start_steps(self._step, "inspector-publisher")

    def heard(self, number: int, refused: str = "") -> None:
        """An intent was carried out, or refused: the client learns it at once."""
        with self._changed:
            self._heard = max(self._heard, number)
            if refused:
                self._refused = [*self._refused[-99:], (number, refused)]
            self._urgent = True
            self._changed.notify()

    def wake(self) -> None:
        """Something has left."""
        with self._changed:
            self._changed.notify()

    def close(self) -> None:
        """The link is over."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        if threading.current_thread() is not self._thread:
            self._thread.join()
        self._held.clear()

    def _step(self) -> bool:
        with self._changed:
            wait_s = self._state_at_s - time.monotonic()
            if not self._closing and not self._urgent and wait_s > 0:
                self._changed.wait(min(wait_s, 0.05))
            if self._closing:
                return False
        if self._link.is_free(Lane.STATE) and (self._urgent or time.monotonic() >= self._state_at_s):
            self._send_state()
        elif not self._link.is_free(Lane.STATE):
            time.sleep(0.01)
        self._send_pictures()
        return True

    # --- state -------------------------------------------------------------------------------------------------

    def _send_state(self) -> None:
        with self._changed:
            self._urgent = False
            heard, refused = self._heard, tuple(self._refused)
            self._refused = []
        began_cpu_s = time.thread_time()
        state = self._state(heard, refused)
        body = encode(state)
        worked_s = time.thread_time() - began_cpu_s
        self._streams = state.snapshot.state is RunState.RUNNING
        flight = self._link.flight
        flight.most_bytes_per_s = 1000 * self._shared.line_kb_per_s(state.snapshot)
        rates = [each for each in (flight.bytes_per_s, flight.most_bytes_per_s) if each]
        rate = min(rates, default=0)
        takes_s = len(body) / rate / _STATE_SHARE if rate else 0.0
        self._state_at_s = time.monotonic() + min(2.0, max(STATE_EVERY_S, takes_s, worked_s / _CPU_SHARE))
        self._link.send(Message("state", 0, body), Lane.STATE)

    def _state(self, heard: int, refused: tuple[tuple[int, str], ...]) -> SessionState:
        session, known = self._session, self._known
        snapshot = session.snapshot()
        series, again = self._new_points(session.series())
        run = self._shared.runs.of_problems(session)
        if run != known.problems_run:
            known.problems_run, known.problems = run, 0
        first = known.problems
        problems = tuple(session.problems(first)[:_MOST_PROBLEMS])
        known.problems += len(problems)
        scan, tune, training = session.scan, session.tune, session.training
        changing_limits = scan is not None and scan.changing_limits  # before what it found
        findings = scan.findings if scan is not None else None
        sweep = tune.state() if tune is not None else None
        sweep, known.sweep = (None if sweep == known.sweep else sweep), sweep
        unavailable = dict(tune.unavailable) if tune is not None and known.unavailable is None else None
        known.unavailable = unavailable if unavailable is not None else known.unavailable
        training_state = training.state() if training is not None else None
        training_state, known.training = (None if training_state == known.training else training_state), training_state
        return SessionState(
            heard=heard,
            refused=refused,
            snapshot=snapshot,
            series=series,
            series_again=again,
            problems=problems,
            problems_from=first,
            problems_run=run,
            scan=scan.progress() if scan is not None else None,
            checks=scan.checks if scan is not None else None,
            findings_run=self._shared.runs.of_findings(findings),
            findings=findings.counts() if findings is not None else {},
            changing_limits=changing_limits,
            sweep=sweep,
            unavailable=unavailable,
            training=training_state,
        )

    def _new_points(self, series: Series) -> tuple[Series | None, bool]:
        times, known = series.time_s, self._known
        again = bool(len(times)) and times[-1] < known.series_s
        first = 0 if again else int(np.searchsorted(times, known.series_s, side="right"))
        if len(times):
            known.series_s = float(times[-1])
        if first >= len(times):
            return None, again
        fresh = Series(
            times[first:],
            series.batches_per_s[first:],
            series.images_per_s[first:],
            series.queue_depth[first:],
            series.prefetch_batches[first:],
            series.changes,
        )
        return fresh, again

    # --- pictures ----------------------------------------------------------------------------------------------

    def _send_pictures(self) -> None:
        if not self._link.is_free(Lane.PICTURES) or (self._streams and time.monotonic() < self._pictures_at_s):
            return
        flight = self._link.flight
        if self._pictures_s is not None:
            began_s, sent = self._pictures_s
            if flight.acked + (16 << 10) < sent:
                return  # they are still on the way
            self._adaptation.note(time.monotonic() - began_s - (self._link.latency_s or 0.0))
            self._pictures_s = None
        view = self._session.batch_view()
        if view is self._view and self._sent_any:
            return
        before = self._view
        same = before is not None and view is not None and before.key == view.key and _same(before, view)
        self._view, self._sent_any = view, True
        if view is not None and not same and view.thumbnails and "pixels" in self._session.capabilities:
            self._held.append(self._session.pixels(view.key, 0))
        quality = EXACT if self._exact else self._adaptation.quality
        began_cpu_s = time.thread_time()
        body = encode(pictures_of(view, quality, same=same))
        self._pictures_at_s = time.monotonic() + min(2.0, (time.thread_time() - began_cpu_s) / _CPU_SHARE)
        if not same:
            self._pictures_s = time.monotonic(), flight.sent + len(body)
        self._link.send(Message("pictures", 0, body), Lane.PICTURES)


def _same(one: BatchView, other: BatchView) -> bool:
    """Their pictures are."""
    return one.thumbnails is other.thumbnails
