"""The window's side of the `examiner`: files go in, answers come out, and a file that ends the process is an answer."""

import json
import os
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, QTimer, Signal

TIME_OUT_MS = 20_000
IDLE_MS = 15_000  # so long an unused process is kept: the next file is often asked for soon


@dataclass(frozen=True, slots=True)
class Order:
    """A file to be examined, with or without pictures."""

    path: str
    pictures: bool = True


class FileExaminer(QObject):
    """Examines files one after another in a process of its own, which lives only while it is needed."""

    answered = Signal(object, object)  # path, an `examiner.Answer`; Qt would lose bytes of a path that are no UTF-8

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._waiting: deque[Order] = deque()
        self._current: Order | None = None
        self._process: QProcess | None = None
        self.time_out_ms = TIME_OUT_MS
        self._time_out = QTimer(self, singleShot=True)
        self._time_out.timeout.connect(self._give_up)
        self._idle = QTimer(self, interval=IDLE_MS, singleShot=True)
        self._idle.timeout.connect(self.stop)

    @property
    def busy(self) -> bool:
        """Answers are still to come."""
        return self._current is not None or bool(self._waiting)

    def ask(self, path: str, *, pictures: bool = True) -> None:
        """Have a file examined after those asked for before."""
        self._waiting.append(Order(path, pictures))
        self._next()

    def ask_only(self, path: str) -> None:
        """Have a file examined, and no other that is still waiting."""
        self._waiting.clear()
        self.ask(path)

    def stop(self) -> None:
        """Forget all that was asked for, and end the process."""
        self._waiting.clear()
        self._current = None
        self._time_out.stop()
        self._idle.stop()
        process, self._process = self._process, None
        if process is not None:
            process.finished.disconnect()
            process.kill()
            process.waitForFinished()
            process.deleteLater()

    def _next(self) -> None:
        if self._current is not None or not self._waiting:
            return
        self._idle.stop()
        self._current = self._waiting.popleft()
        if self._process is None:
            self._process = self._started()
        line = json.dumps({"path": self._current.path, "pictures": self._current.pictures})
        self._process.write(f"{line}\n".encode("ascii"))
        self._time_out.start(self.time_out_ms)

    def _started(self) -> QProcess:
        process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        package = str(Path(__file__).resolve().parents[2])
        paths = [package, *filter(None, [environment.value("PYTHONPATH")])]
        environment.insert("PYTHONPATH", os.pathsep.join(paths))
        process.setProcessEnvironment(environment)
        process.setStandardErrorFile(QProcess.nullDevice())
        process.readyReadStandardOutput.connect(self._read)
        process.finished.connect(self._died)
        process.start(sys.executable, ["-P", "-m", "inspector.ui.examiner"])
        return process

    def _read(self) -> None:
        if self._process is not None and self._process.canReadLine():
            self._answer(json.loads(bytes(self._process.readLine().data())))

    def _give_up(self) -> None:
        if self._process is not None:
            self._process.kill()  # `_died` tells the rest

    def _died(self, status: int, how: QProcess.ExitStatus) -> None:
        timed_out = not self._time_out.isActive()
        process, self._process = self._process, None
        if process is not None:
            process.deleteLater()
        if timed_out:
            reason = f"Decoding took longer than {self.time_out_ms / 1000:g} s and was ended."
            self._answer({"kind": "TIMED_OUT", "reason": reason})
        else:
            ended = f"signal {status}" if how == QProcess.ExitStatus.CrashExit else f"status {status}"
            reason = f"Decoding this file ended the process that did it ({ended}); the window is not affected."
            self._answer({"kind": "CRASHED", "reason": reason})

    def _answer(self, answer: dict[str, object]) -> None:
        order, self._current = self._current, None
        self._time_out.stop()
        if not self._waiting:
            self._idle.start()
        if order is not None:
            self.answered.emit(order.path, answer)
        self._next()
