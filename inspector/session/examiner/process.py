"""The child process and its pipes, as this process sees them."""

import contextlib
import os
import select
import subprocess
import time

import msgspec

from inspector.child_process import start_python
from inspector.session.examiner.frames import PREFIX, FrameError, lengths, write_frame
from inspector.session.examiner.messages import Answer, Request, decode_answer, encode_request

_PIPE_BYTES = 1 << 20
_ENDS_S = 1.0


class ChildTimedOut(Exception):
    """The child gave no answer in time."""


class ChildDied(Exception):
    """The child ended, or its answer is none. The message: how it ended."""


class ChildProcess:
    """One child. Only `kill` may be called from another thread than the one that asks."""

    def __init__(self) -> None:
        self._process = start_python(
            "-m",
            "inspector.session.examiner",
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            pipesize=_PIPE_BYTES,
            bufsize=0,
        )

    @property
    def pid(self) -> int:
        return self._process.pid

    def alive(self) -> bool:
        """It has not ended so far."""
        return self._process.poll() is None

    def ask(self, request: Request, time_out_s: float, content: bytes = b"") -> Answer:
        """Send a request, with the content of its file where that is sent, and wait for its answer.

        Raises:
            ChildTimedOut, ChildDied: there is none; the child cannot be asked again.
        """
        until_s = time.monotonic() + time_out_s
        assert self._process.stdin is not None
        try:
            write_frame(self._process.stdin, encode_request(request), (content,))
            header, body = lengths(self._read(PREFIX.size, until_s))
            return decode_answer(self._read(header, until_s), self._read(body, until_s))
        except TimeoutError as error:
            raise ChildTimedOut from error
        except (EOFError, OSError, FrameError, msgspec.MsgspecError) as error:
            with contextlib.suppress(subprocess.TimeoutExpired):  # a process that ends closes its pipes first
                self._process.wait(_ENDS_S)
            self.close()
            raise ChildDied(self._how_it_ended()) from error

    def kill(self) -> None:
        """End it at once; who waits for an answer gets `ChildDied`."""
        self._process.kill()

    def close(self) -> None:
        """End it, and leave nothing."""
        self._process.kill()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            assert pipe is not None
            pipe.close()

    def _read(self, count: int, until_s: float) -> bytearray:
        assert self._process.stdout is not None
        pipe = self._process.stdout.fileno()
        readable = select.poll()
        readable.register(pipe, select.POLLIN)
        data = bytearray(count)
        left = memoryview(data)
        while left:
            if not readable.poll(max(0.0, until_s - time.monotonic()) * 1000):
                raise TimeoutError
            read = os.readv(pipe, [left])
            if not read:
                raise EOFError
            left = left[read:]
        return data

    def _how_it_ended(self) -> str:
        status = self._process.returncode
        return f"status {status}" if status >= 0 else f"signal {-status}"
