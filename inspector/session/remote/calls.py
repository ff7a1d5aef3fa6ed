"""Questions to the other side, and their answers: as futures, or as the value that came last."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from inspector.session.remote.line import Line
from inspector.wire.errors import WireError
from inspector.wire.outbox import Message
from inspector.wire.values import decode, encode

Value = TypeVar("Value")


class FarError(WireError):
    """Raised for a call that the other side could not answer; its sentence."""


def _as_it_is(value: Any) -> Any:
    return value


@dataclass(frozen=True, slots=True)
class _Asked:
    future: "Future[Any]"
    kind: Any
    check: Callable[[Any], Any]


class RemoteCalls:
    """Of one session. Any thread."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._lock = threading.Lock()
        self._number = 0
        self._asked: dict[int, _Asked] = {}
        self._closed = False

    def ask(self, name: str, request: Any, kind: Any, check: Callable[[Any], Any] = _as_it_is) -> "Future[Any]":
        """The answer, of type `kind`, as `check` returns it.

        The future has a `FarError` where the other side cannot answer; it is cancelled where the session is closed.
        """
        future: Future[Any] = Future()
        with self._lock:
            self._number += 1
            number = self._number
            if not self._closed:
                self._asked[number] = _Asked(future, kind, check)
        if self._closed:
            future.cancel()
        else:
            self._line.ask(number, name, encode(request))
        return future

    def take(self, message: Message) -> None:
        """An answer or a failure has come.

        Raises:
            WireError: where it is none.
        """
        with self._lock:
            asked = self._asked.pop(message.number, None)
        self._line.answered(message.number)
        if asked is None:
            return
        try:
            if message.name == "failure":
                with suppress(InvalidStateError):
                    asked.future.set_exception(FarError(str(decode(message.body, str))))
            else:
                value = asked.check(decode(message.body, asked.kind))
                with suppress(InvalidStateError):  # nobody waits any more
                    asked.future.set_result(value)
        except WireError as error:
            with suppress(InvalidStateError):
                asked.future.set_exception(FarError(str(error)))
            raise

    def close(self) -> None:
        """Nothing is answered any more."""
        with self._lock:
            self._closed = True
            waiting, self._asked = [*self._asked.values()], {}
        for each in waiting:
            each.future.cancel()


def with_default(future: "Future[Any]", default: Callable[[str], Value]) -> "Future[Any]":
    """As `future`, but where the other side cannot answer, what `default` makes of its sentence."""
    outer: Future[Any] = Future()

    def settle(inner: "Future[Any]") -> None:
        with suppress(InvalidStateError):
            if inner.cancelled():
                outer.cancel()
            elif inner.exception() is not None:
                outer.set_result(default(str(inner.exception())))
            else:
                outer.set_result(inner.result())

    future.add_done_callback(settle)
    return outer


class Polled(Generic[Value]):
    """A value that a view asks for again and again: it gets the one that came last, and another is on its way.

    Args:
        ask: asks for another. first: before one has come. every_s: at most so often.
    """

    def __init__(self, ask: "Callable[[], Future[Any]]", first: Value, *, every_s: float = 1.0) -> None:
        self._ask, self._value, self._every_s = ask, first, every_s
        self._future: Future[Any] | None = None
        self._asked_at_s = float("-inf")
        self._stale = False
        self._lock = threading.Lock()
        self.on_change: Callable[[], None] = lambda: None

    def get(self, *, at_once: bool = False) -> Value:
        """What came last. `at_once`: it has changed there."""
        now = time.monotonic()
        with self._lock:
            self._stale |= at_once
            due = self._future is None and (self._stale or now - self._asked_at_s >= self._every_s)
            if due:
                self._stale = False
                self._asked_at_s = now
                self._future = future = self._ask()
        if due:
            future.add_done_callback(self._take)
        return self._value

    def _take(self, future: "Future[Any]") -> None:
        with self._lock:
            self._future = None
            stale = self._stale
        if not future.cancelled() and future.exception() is None:
            before, self._value = self._value, future.result()
            if before is not self._value and not _equal(before, self._value):
                self.on_change()
            if stale:
                self.get()


def _equal(one: object, other: object) -> bool:
    try:
        return bool(one == other)
    except ValueError:  # of arrays
        return False
