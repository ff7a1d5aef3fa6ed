"""The thread that has files examined one after another; a file that ends the child is an answer as well."""

import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from os import fsdecode, fsencode
from typing import Any, TypeVar

import msgspec

from inspector.errors import SourceError
from inspector.formats.problems import BadFile, ProblemKind
from inspector.formatting import sentence
from inspector.session.examiner.messages import Answer, DecodeRequest, ExamineRequest, Request
from inspector.session.examiner.process import ChildDied, ChildProcess, ChildTimedOut
from inspector.session.examiner.records import FileExamination, SecondDecoding

TIME_OUT_S = 20.0
IDLE_S = 15.0  # so long an unused child is kept: the next file is often asked for soon

Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class _Task:
    request: Request
    finish: Callable[[Answer], Any]  # turns an answer into the result
    future: Future[Any]


class Examiner:
    """Examines files in a child process, which lives only while it is needed. All methods but `close` return at once.

    Futures may be cancelled while they wait. Those that are left when the examiner is closed raise `CancelledError`.

    Args:
        name: of the thread.
        time_out_s: for one file; seconds.
        idle_s: so long an unused child is kept.
        content_of: the content of what is no file, by its location; None: it is a file.

    Attributes:
        cpu_s: CPU seconds that answers have taken so far, here and in the child, but for its start.
    """

    def __init__(
        self,
        name: str = "inspector-examiner",
        *,
        time_out_s: float = TIME_OUT_S,
        idle_s: float = IDLE_S,
        content_of: Callable[[str], bytes | None] = lambda location: None,
    ) -> None:
        self.time_out_s = time_out_s
        self.cpu_s = 0.0
        self._name = name
        self._idle_s = idle_s
        self._content_of = content_of
        self._waiting: deque[_Task] = deque()
        self._child: ChildProcess | None = None
        self._thread: threading.Thread | None = None
        self._closing = False
        self._changed = threading.Condition()

    def examine(self, path: str, *, pictures: bool = True) -> Future[FileExamination]:
        """Examine one file, with or without what other decoders make of it."""
        return self._submit(ExamineRequest(fsencode(path), pictures), _examination)

    def decode_again(self, path: str, finish: Callable[[SecondDecoding], Result], *, wanted: bool) -> Future[Result]:
        """Read one file again, decode it where that is `wanted`, and `finish` in the examiner's thread."""
        return self._submit(DecodeRequest(fsencode(path), wanted), lambda answer: finish(_decoding(answer)))

    def close(self) -> None:
        """End the child, also in the middle of a file, and the thread."""
        with self._changed:
            self._closing = True
            for task in self._waiting:
                task.future.cancel()
            self._waiting.clear()
            if self._child is not None:
                self._child.kill()
            self._changed.notify()
        if self._thread is not None:
            self._thread.join()

    def _submit(self, request: Request, finish: Callable[[Answer], Result]) -> Future[Result]:
        future: Future[Result] = Future()
        with self._changed:
            if self._closing:
                future.cancel()
                return future
            self._waiting.append(_Task(request, finish, future))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify()
        return future

    # --- the thread

    def _run(self) -> None:
        while not self._closing:
            self._do_next()
        self._end_child()

    def _do_next(self) -> None:
        """One task, or the end of a child that nobody has needed for a while."""
        with self._changed:
            idle_s = self._idle_s if self._child is not None else None
            self._changed.wait_for(lambda: self._waiting or self._closing, idle_s)
            if self._closing:
                return
            task = self._waiting.popleft() if self._waiting else None
        if task is None:
            self._end_child()
        elif task.future.set_running_or_notify_cancel():
            self._answer(task)

    def _answer(self, task: _Task) -> None:
        began_s, began_cpu_s = time.monotonic(), time.thread_time()
        try:
            answer = self._ask(task.request)
            result = task.finish(answer)
        except Exception as error:
            task.future.set_exception(error)
        else:
            if answer.cpu_s is None:
                self.cpu_s += time.monotonic() - began_s
            else:
                self.cpu_s += answer.cpu_s + time.thread_time() - began_cpu_s
            task.future.set_result(result)

    def _ask(self, request: Request) -> Answer:
        """The child's answer, or one about its end."""
        try:
            content = self._content_of(fsdecode(request.path))
            if content is None:
                return self._running_child().ask(request, self.time_out_s)
            sent = msgspec.structs.replace(request, sent=True)
            return self._running_child().ask(sent, self.time_out_s, content)
        except BadFile as bad:
            return _failure(bad.kind, bad.reason)
        except SourceError as error:
            return _failure(ProblemKind.UNREADABLE, sentence(str(error)))
        except ChildTimedOut:
            self._end_child()
            reason = f"Decoding took longer than {self.time_out_s:g} s and was ended."
            return _failure(ProblemKind.TIMED_OUT, reason)
        except ChildDied as died:
            self._end_child()
            if self._closing:
                raise CancelledError from died
            reason = f"Decoding this file ended the process that did it ({died}); the window is not affected."
            return _failure(ProblemKind.CRASHED, reason)
        except OSError as error:  # no process can be started now
            return _failure(ProblemKind.UNREADABLE, f"It could not be examined: {error.strerror}.")

    def _running_child(self) -> ChildProcess:
        child = self._child
        if child is not None and not child.alive():
            self._end_child()
            child = None
        if child is None:
            child = ChildProcess()
            with self._changed:
                self._child = child
                if self._closing:
                    child.kill()
        return child

    def _end_child(self) -> None:
        with self._changed:
            child, self._child = self._child, None
        if child is not None:
            child.close()


def _failure(kind: ProblemKind, reason: str) -> Answer:
    badge = kind.value.lower().replace("_", " ")
    return Answer(None, FileExamination(kind.value, reason), SecondDecoding(reason=reason, badge=badge))


def _examination(answer: Answer) -> FileExamination:
    if answer.examination is None:
        raise ValueError("the child examined nothing")
    return answer.examination


def _decoding(answer: Answer) -> SecondDecoding:
    if answer.decoding is None:
        raise ValueError("the child decoded nothing")
    return answer.decoding
