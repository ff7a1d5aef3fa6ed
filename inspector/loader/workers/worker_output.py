"""What the user's code prints, warns and logs in a worker process: sent to the program, which says it as its own.

    print, sys.stderr -> lines     --+
    warnings          -> warnings  --+-> limited -> channel -> program: sys.stdout, sys.stderr, warnings, logging
    logging           -> records   --+
    descriptors 1, 2  -> files, emptied after each sample

What Python writes is sent line by line, at once, so that it is not lost with the worker. C libraries, and processes
that the user's code starts, write to the descriptors 1 and 2; these lead into files in memory.
"""

import contextlib
import ctypes
import io
import logging
import os
import sys
import threading
import time
import traceback
import warnings
from collections import deque
from collections.abc import Mapping
from typing import Any, TextIO

from inspector.error_texts import bounded_traceback
from inspector.files import memory_file
from inspector.formats.decoder_log import identity, take_written
from inspector.loader.workers.channel import Channel
from inspector.loader.workers.messages import WorkerLine, WorkerLogRecord, WorkerWarning

LINES_AT_ONCE, LINES_PER_S = 500, 100
BYTES_AT_ONCE, BYTES_PER_S = 1 << 18, 1 << 16
LONGEST_LINE = 8192

Output = WorkerLine | WorkerWarning | WorkerLogRecord


class RateLimit:
    """So many at once, and so many a second in the long run."""

    def __init__(self, at_once: float, per_s: float) -> None:
        self._most = self._left = at_once
        self._per_s = per_s
        self._last_s = time.monotonic()

    def has(self, count: float) -> bool:
        """There is room for `count`."""
        now_s = time.monotonic()
        self._left = min(self._most, self._left + (now_s - self._last_s) * self._per_s)
        self._last_s = now_s
        return self._left >= count

    def take(self, count: float) -> None:
        """Use it."""
        self._left -= count


class WorkerOutput:
    """Takes over all that this process writes; for a worker, before it imports the user's code."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._pid = os.getpid()
        self._thread = threading.get_ident()
        self._pending: deque[Output] = deque()
        self._lines = RateLimit(LINES_AT_ONCE, LINES_PER_S)
        self._bytes = RateLimit(BYTES_AT_ONCE, BYTES_PER_S)
        self._left_out = 0
        caught = memory_file("worker-output")
        os.dup2(caught, 1)
        if caught != 1:
            os.close(caught)
        self._streams = [_LineSender(self, 1), _LineSender(self, 2)]
        sys.stdout = sys.__stdout__ = _text(self._streams[0])  # type: ignore[misc]
        sys.stderr = sys.__stderr__ = _text(self._streams[1])  # type: ignore[misc]
        _unbuffer_c_stdout()
        warnings.showwarning = self._warn
        self._handler = _RecordSender(self)
        logging.root.addHandler(self._handler)

    # --- the user's code -----------------------------------------------------------------------------------

    def say(self, output: Output, nbytes: int) -> None:
        """Send it, unless there is too much. The thread that loads sends at once, others leave it to that one."""
        if os.getpid() != self._pid:  # in a fork of the user's: the channel is not its own
            os.write(2, f"{_as_text(output)}\n".encode("utf-8", "backslashreplace"))
            return
        if not (self._lines.has(1) and self._bytes.has(nbytes)):
            self._left_out += 1
            if self._left_out == 1:
                limit = f"{LINES_PER_S} lines and {BYTES_PER_S >> 10} KiB a second"
                self._pending.append(WorkerLine(2, f"Output is limited to {limit}; the rest is left out."))
        else:
            self._lines.take(1)
            self._bytes.take(nbytes)
            if self._left_out > 1:
                self._pending.append(WorkerLine(2, f"{self._left_out:,} lines were left out."))
            self._left_out = 0
            self._pending.append(output)
        if threading.get_ident() == self._thread and not self._channel.sending:
            self._send()

    def _send(self) -> None:
        while self._pending:
            with contextlib.suppress(OSError):  # the program is gone, or does not want to hear any more
                self._channel.send(self._pending.popleft())

    def _warn(
        self,
        message: Warning | str,
        category: type[Warning],
        filename: str,
        lineno: int,
        file: TextIO | None = None,
        line: str | None = None,
    ) -> None:
        if file is not None:
            file.write(warnings.formatwarning(message, category, filename, lineno, line))
            return
        text = str(message)[:LONGEST_LINE]
        self.say(WorkerWarning(text, category.__name__, filename, lineno), len(text))

    # --- between samples -----------------------------------------------------------------------------------

    def take_over_logging(self) -> None:
        """Send what is logged from now on, in place of the handlers that the user's modules have set on import.

        The program has imported the same modules, so it has the same handlers. Those that are added later are used.
        """
        loggers = [each for each in logging.root.manager.loggerDict.values() if isinstance(each, logging.Logger)]
        for logger in (logging.root, *loggers):
            for handler in logger.handlers[:]:
                logger.removeHandler(handler)
            if logger is logging.root or not logger.propagate:
                logger.addHandler(self._handler)

    def flush(self) -> None:
        """Send what has been written so far, lines that are not ended as well."""
        for stream in self._streams:
            if stream.begun:
                stream.end_line()
            try:
                if text := take_written(stream.fileno(), stream.own):
                    stream.write_rest(text)
            except OSError:  # the user's code has closed the descriptor, or led it to a pipe
                pass
        if self._pending:
            self._send()


class _LineSender(io.RawIOBase):
    """The binary end of `sys.stdout` or `sys.stderr`: sends whole lines.

    Attributes:
        begun: of the line that is not ended yet.
        own: what the descriptor leads to.
    """

    def __init__(self, output: WorkerOutput, fd: int) -> None:
        self._output = output
        self._fd = fd
        self.own = identity(fd)
        self._pid = os.getpid()
        self.begun = bytearray()
        self._lock = threading.RLock()

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._fd

    def write(self, data: Any, /) -> int:
        content = bytes(data)
        if os.getpid() != self._pid:
            os.write(self._fd, content)
            return len(content)
        with self._lock:
            self.begun += content
            *lines, self.begun = self.begun.replace(b"\r\n", b"\n").split(b"\n")
            for line in lines:
                for part in line.split(b"\r") if b"\r" in line else [line]:
                    self._say(part)
            *parts, self.begun = self.begun.split(b"\r")  # a progress bar's
            for part in filter(None, parts):
                self._say(part)
            if len(self.begun) > LONGEST_LINE:
                self.end_line()
        return len(content)

    def end_line(self) -> None:
        """Send the line that has been begun, if there is one."""
        with self._lock:
            line, self.begun = self.begun, bytearray()
            if line:
                self._say(line)

    def write_rest(self, text: str) -> None:
        """Send what was written to the descriptor."""
        for line in text.splitlines():
            self._say(line.encode())

    def _say(self, line: bytes | bytearray) -> None:
        text = line[:LONGEST_LINE].decode("utf-8", "replace")
        if len(line) > LONGEST_LINE:
            text += f" ... ({len(line) - LONGEST_LINE:,} more bytes)"
        self._output.say(WorkerLine(self._fd, text), len(text))


class _RecordSender(logging.Handler):
    def __init__(self, output: WorkerOutput) -> None:
        super().__init__()
        self._output = output

    def emit(self, record: logging.LogRecord) -> None:
        try:
            message = record.getMessage()[:LONGEST_LINE]
        except Exception:  # wrong arguments: as with any handler, it is reported and does not end the user's code
            self.handleError(record)
            return
        exc_text = record.exc_text
        if record.exc_info and not exc_text:
            exc_text = "".join(traceback.format_exception(*record.exc_info)).rstrip()
        exc_text = exc_text and bounded_traceback(exc_text)
        plain = {name: value for name, value in vars(record).items() if isinstance(value, str | int | float | None)}
        plain |= {"msg": message, "args": None, "exc_info": None, "exc_text": exc_text}
        self._output.say(WorkerLogRecord(plain), len(message) + len(exc_text or ""))


def set_log_levels(levels: Mapping[str, int]) -> None:
    """Log as much as the program does, see `PackedSpec.log_levels`."""
    for name, level in levels.items():
        logging.getLogger(name or None).setLevel(level)


def _text(stream: io.RawIOBase) -> io.TextIOWrapper:
    wrapped: Any = stream
    return io.TextIOWrapper(wrapped, encoding="utf-8", errors="backslashreplace", newline="\n", write_through=True)


def _as_text(output: Output) -> str:
    if isinstance(output, WorkerLogRecord):
        return "\n".join(str(output.attributes[name]) for name in ("msg", "exc_text") if output.attributes[name])
    return output.text


def _unbuffer_c_stdout() -> None:
    """C code's lines come out when they end, and not when a buffer is full. `sys.stdout` has no part in it."""
    for name in ("stdout", "__stdoutp"):
        with contextlib.suppress(OSError, AttributeError, ValueError, TypeError):
            library = ctypes.CDLL(None)
            library.setvbuf(ctypes.c_void_p.in_dll(library, name), None, 1, ctypes.c_size_t(0))
            return
