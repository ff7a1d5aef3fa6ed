"""Unexpected errors of any thread, each reported once: in the log, in a file with the details, and to the window."""

import sys
import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType

from inspector.error_texts import in_words, traceback_of
from inspector.fault_report import about_this_run, keep_report
from inspector.formatting import readable
from inspector.ui.faults.log_collector import LogCollector

_MOST_REPORTS = 30  # files that one run may leave


@dataclass(frozen=True, slots=True)
class Fault:
    """What went wrong.

    Attributes:
        what: a sentence. advice: what to do about it. details: all that a bug report needs.
        error: type and message of the exception behind it; "" where there is none.
        level: "bad" or "warn".
    """

    what: str
    advice: str
    details: str = ""
    error: str = ""
    level: str = "bad"

    def as_text(self) -> str:
        """For the clipboard."""
        return "\n".join(part for part in (self.what, self.advice, self.details) if part) + "\n"


class Faults:
    """Takes faults from any thread; the window fetches them from its own.

    Attributes:
        unexpected: how many different exceptions nobody had caught.
    """

    def __init__(self, log: LogCollector) -> None:
        self._log = log
        self._waiting: deque[Fault] = deque(maxlen=200)
        self._known: set[tuple[object, ...]] = set()
        self._lock = threading.RLock()  # an unraisable exception may come in the middle of another's report
        self.unexpected = 0
        log.on_exception = self.report

    def show(self, fault: Fault, source: str = "window") -> None:
        """Something that was expected to go wrong at times, such as an export."""
        self._log.add(f"{fault.what} {fault.advice}", "warning" if fault.level == "warn" else "error", source)
        self._waiting.append(fault)

    def take(self) -> list[Fault]:
        """The faults since the last call, oldest first."""
        return [self._waiting.popleft() for _ in range(len(self._waiting))]

    def report(self, error: BaseException, where: str) -> None:
        """An exception that nobody has caught. Raised at the same place again, it is not reported again."""
        place = (type(error), *_lines(error))
        with self._lock:
            if place in self._known:  # one in what the timer calls would come twenty times a second
                return
            self._known.add(place)
            self.unexpected += 1
            if self.unexpected > _MOST_REPORTS:
                return
        kept = keep_report(error, where)
        words = in_words(error)
        trace = traceback_of(error, error.__traceback__)
        self._log.add(f"unexpected error: {words}; {kept.sentence}", "error", where)
        self._waiting.append(
            Fault(
                what=f"An unexpected error in inspector itself: {words}.",
                advice=f"The images are untouched; {kept.sentence}. If something stands still now, open the folder "
                "again, or restart inspector.",
                details=f"{about_this_run()}\nin: {where}\n{trace}",
                error=words,
            )
        )
        if sys.stderr is not None:
            print(readable(f"inspector: unexpected error: {words}; {kept.sentence}"), file=sys.stderr, flush=True)

    @contextmanager
    def caught(self) -> Iterator[None]:
        """Whatever nobody catches is reported, in any thread: also what Qt calls, and what cannot be raised."""
        hooks = sys.excepthook, threading.excepthook, sys.unraisablehook
        sys.excepthook = self._on_exception
        threading.excepthook = self._on_thread
        sys.unraisablehook = self._on_unraisable
        try:
            yield
        finally:
            sys.excepthook, threading.excepthook, sys.unraisablehook = hooks

    def _on_exception(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        self.report(error.with_traceback(trace), threading.current_thread().name)

    def _on_thread(self, args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None and args.exc_type is not SystemExit:
            self.report(args.exc_value, args.thread.name if args.thread is not None else "a thread")

    def _on_unraisable(self, args: "sys.UnraisableHookArgs") -> None:
        if args.exc_value is not None:
            self.report(args.exc_value, args.err_msg or "a finalizer")


def _lines(error: BaseException) -> Iterator[tuple[str, int]]:
    """File and line of each call, outermost first."""
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
