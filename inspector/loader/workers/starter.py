"""How workers come to be and end: as forks of a zygote, as spawned processes, or as threads.

A starter gives the parent's end of a worker's channel at once and reports exits later, through `poll`. It never
waits for a worker.
"""

import contextlib
import errno
import multiprocessing
import os
import signal
import socket
import subprocess
import threading
from multiprocessing.process import BaseProcess
from typing import Protocol

from inspector.child_process import module_path, safe_spawns, start_python
from inspector.errors import LoaderClosedError, WorkerStartError
from inspector.files import memory_file
from inspector.loader.memory.slots import Arena, above_standard
from inspector.loader.workers import zygote
from inspector.loader.workers.channel import Channel
from inspector.loader.workers.messages import Exited
from inspector.loader.workers.spec_transfer import PackedSpec, SpecTransfer

_END_WAIT_S = 1.0


class Starter(Protocol):
    """Makes workers of one sort."""

    can_kill: bool

    def start(self, worker_id: int, life: int) -> Channel:
        """Begin to start a worker; the parent's end of its channel. `life`: a number for this one start.

        Raises:
            OSError: when the system has no descriptors or processes left.
        """

    def kill(self, life: int) -> None:
        """End a worker at once, whatever it does."""

    def imports(self) -> bool:
        """It does not respond yet because it imports modules, however long that takes."""

    def abort(self) -> None:
        """End what starts workers, as it makes no progress; `poll` reports when it is gone."""

    def waitable(self) -> socket.socket | None:
        """What becomes readable when `poll` has news, or None: the channel's end is the news."""

    def poll(self, gone: tuple[int, ...]) -> tuple[list[Exited], bool]:
        """Workers that have ended, and whether the starter itself still works. `gone`: closed their channels."""

    def error_output(self) -> str:
        """What the starter wrote to its standard error, at most 2000 characters; mostly empty."""

    def close(self) -> None:
        """End all workers and wait until they are gone."""


class ZygoteStarter:
    """Forks workers from a zygote process. Unix only."""

    can_kill = True

    def __init__(self, transfer: SpecTransfer, arena: Arena) -> None:
        spec_fd = above_standard(os.dup(transfer.pack()))
        self._errors = os.fdopen(memory_file("inspector-errors"), "w+b")
        try:
            self._control, child = socket.socketpair()
        except OSError:
            self._errors.close()
            os.close(spec_fd)
            raise
        child = socket.socket(fileno=above_standard(child.detach()))
        self._incoming = b""
        self._serves = False
        boot = f"import sys; sys.path[:] = {module_path()!r}; from inspector.loader.workers.zygote import main; main()"
        arguments = [str(child.fileno()), str(arena.fd), str(arena.size), str(spec_fd)]
        # One thread a worker is what is being measured; a numerical library's own pool would also make fork unsafe.
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        try:
            self._process = start_python(
                "-c",
                boot,
                *arguments,
                pass_fds=(child.fileno(), arena.fd, spec_fd, *transfer.inherited),
                stdin=subprocess.DEVNULL,
                stderr=self._errors,
                environ={**os.environ, **threads},
            )
        except OSError as error:
            self._control.close()
            self._errors.close()
            message = f"the process that starts workers could not be started: {start_failure(error)}"
            raise WorkerStartError(message) from error
        finally:
            child.close()
            os.close(spec_fd)

    def start(self, worker_id: int, life: int) -> Channel:
        ours, theirs = socket.socketpair()
        try:
            socket.send_fds(self._control, [zygote.REQUEST.pack(zygote.START, life, worker_id)], [theirs.fileno()])
        except (BrokenPipeError, ConnectionResetError):
            pass  # the zygote is gone, which poll() reports; the channel ends at once
        except OSError:
            ours.close()
            raise
        finally:
            theirs.close()
        return Channel(ours)

    def kill(self, life: int) -> None:
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # then all its workers are gone already
            self._control.sendall(zygote.REQUEST.pack(zygote.KILL, life, 0))

    def imports(self) -> bool:
        return not self._serves and not is_stopped(self._process.pid)

    def abort(self) -> None:
        self._process.kill()

    def waitable(self) -> socket.socket | None:
        return self._control

    def poll(self, gone: tuple[int, ...]) -> tuple[list[Exited], bool]:
        alive = True
        try:
            data = self._control.recv(1 << 16, socket.MSG_DONTWAIT)
            self._incoming += data
            alive = bool(data)
        except BlockingIOError:
            pass
        except OSError:
            alive = False
        exits = []
        while len(self._incoming) >= zygote.DEATH.size:
            life, number, code, error, length = zygote.DEATH.unpack_from(self._incoming)
            end = zygote.DEATH.size + length
            if len(self._incoming) < end:
                break
            last_words = self._incoming[zygote.DEATH.size : end].decode("utf-8", "replace")
            self._incoming = self._incoming[end:]
            if life:
                exits.append(Exited(life, number, code, error, last_words))
            self._serves = True
        return exits, alive

    def error_output(self) -> str:
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace").strip()[-2000:]

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._control.shutdown(socket.SHUT_RDWR)
        self._control.close()
        self._process.terminate()  # it heeds that only while it is importing, when nothing else would reach it
        try:
            self._process.wait(_END_WAIT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._errors.close()


class SpawnStarter:
    """Spawned processes, for systems without fork. Slower to start: each imports the decoders itself."""

    can_kill = True

    def __init__(self, transfer: SpecTransfer, arena: Arena) -> None:
        self._spec_bytes = transfer.content()
        self._arena = arena
        self._processes: dict[int, BaseProcess] = {}

    def start(self, worker_id: int, life: int) -> Channel:
        ours, theirs = socket.socketpair()
        process = multiprocessing.get_context("spawn").Process(
            target=_spawned_worker,
            args=(theirs, self._arena, self._spec_bytes, worker_id),
            daemon=True,
        )
        try:
            with safe_spawns():
                process.start()
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()
        self._processes[life] = process
        return Channel(ours)

    def kill(self, life: int) -> None:
        if life in self._processes:
            self._processes[life].kill()

    def imports(self) -> bool:
        return True

    def abort(self) -> None:
        for process in self._processes.values():
            process.kill()

    def waitable(self) -> socket.socket | None:
        return None

    def poll(self, gone: tuple[int, ...]) -> tuple[list[Exited], bool]:
        exits = []
        for life in gone:
            process = self._processes.pop(life, None)
            if process is None:
                continue
            process.join(_END_WAIT_S)
            code = process.exitcode or 0
            exits.append(Exited(life, max(0, -code), max(0, code)))
            process.close()
        return exits, True

    def error_output(self) -> str:
        return ""

    def close(self) -> None:
        for process in self._processes.values():
            process.kill()
        for process in self._processes.values():
            process.join(_END_WAIT_S)
            process.close()
        self._processes.clear()


def _spawned_worker(sock: socket.socket, arena: Arena, spec_bytes: bytes, worker_id: int) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        zygote.run_worker(sock, arena, PackedSpec(spec_bytes), worker_id)


class ThreadStarter:
    """Threads of this process. They cannot be killed, and cannot say whose message is on descriptor 2."""

    can_kill = False

    def __init__(self, transfer: SpecTransfer, arena: Arena) -> None:
        from inspector.loader.workers.worker import (
            work,  # it takes the decoders, which the parent needs for threads only
        )

        self._work = work
        self._spec = transfer.spec
        self._arena = arena
        self._threads: dict[int, threading.Thread] = {}
        self._closed = threading.Event()

    def start(self, worker_id: int, life: int) -> Channel:
        ours, theirs = socket.socketpair()
        thread = threading.Thread(
            target=self._serve, args=(Channel(theirs), worker_id), name=f"inspector-worker-{worker_id}", daemon=True
        )
        try:
            thread.start()
        except RuntimeError:
            ours.close()
            theirs.close()
            raise
        # Those that were let go end by themselves, and nobody asks for them again.
        self._threads = {each: alive for each, alive in self._threads.items() if alive.is_alive()}
        self._threads[life] = thread
        return Channel(ours)

    def _serve(self, channel: Channel, worker_id: int) -> None:
        try:
            with contextlib.suppress(OSError, LoaderClosedError):  # the parent closed the channel, or all of it
                self._work(channel, self._spec, self._arena, None, worker_id, 0, self._closed.wait)
        finally:
            channel.close()

    def kill(self, life: int) -> None:
        """Threads cannot be killed."""

    def imports(self) -> bool:
        return True

    def abort(self) -> None:
        """Nor can what they import."""

    def waitable(self) -> socket.socket | None:
        return None

    def poll(self, gone: tuple[int, ...]) -> tuple[list[Exited], bool]:
        return [Exited(life, 0, 0) for life in gone], True

    def error_output(self) -> str:
        return ""

    def close(self) -> None:
        self._closed.set()
        for thread in self._threads.values():
            thread.join(_END_WAIT_S)
        self._threads.clear()


def is_stopped(pid: int | None) -> bool:
    """Somebody has stopped the process, with SIGSTOP or a debugger."""
    import psutil  # it takes a while, and this is seldom asked

    if pid is None:
        return False
    try:
        return psutil.Process(pid).status() in (psutil.STATUS_STOPPED, psutil.STATUS_TRACING_STOP)
    except psutil.Error:
        return False


def start_failure(error: Exception) -> str:
    """Why a worker could not be started, and what to do."""
    number = error.errno if isinstance(error, OSError) else None
    if number in (errno.EMFILE, errno.ENFILE):
        return f"{error.strerror}: close other programs or raise `ulimit -n`"  # type: ignore[attr-defined]
    if number == errno.EAGAIN or isinstance(error, RuntimeError):
        said = error.strerror if isinstance(error, OSError) else error
        return f"{said}: close other programs, or raise `ulimit -u` or `ulimit -v`"
    if number == errno.ENOMEM or isinstance(error, ImportError):
        return f"{error}: there is not enough memory or address space; close other programs or raise `ulimit -v`"
    return str(error)


def make_starter(engine: str, transfer: SpecTransfer, arena: Arena) -> Starter:
    """The starter for an engine: "processes" or "threads"."""
    if engine == "threads":
        return ThreadStarter(transfer, arena)
    if hasattr(os, "fork") and hasattr(socket, "send_fds"):
        return ZygoteStarter(transfer, arena)
    return SpawnStarter(transfer, arena)
