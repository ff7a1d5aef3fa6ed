"""The process that workers are forked from: small, single-threaded, with the decoders imported already.

Never forking from the user's process keeps Qt, CUDA and locked mutexes out of the workers; forking at all makes a
worker start in milliseconds. It is our own and not `multiprocessing`'s forkserver, because that one is shared with
the rest of the user's program, outlives the loader, and imports the user's main module into every worker.

The parent sends a request of fixed size with, for a start, the worker's socket beside it. It answers with the deaths it
reaps. When the parent is gone, it kills what it started and goes too. When the zygote itself is killed, its workers go
on until the parent lets them go.
"""

import contextlib
import gc
import importlib
import os
import select
import signal
import socket
import struct
import sys

from inspector.files import memory_file
from inspector.loader.memory.slots import Arena, above_standard
from inspector.loader.workers.channel import Channel
from inspector.loader.workers.descendants import adopt_orphans, children_of, end_children, end_families
from inspector.loader.workers.messages import Started, WorkerFailed, WorkerSpec
from inspector.loader.workers.spec_transfer import PackedSpec

START, KILL = 1, 2
REQUEST = struct.Struct("<III")  # what, life, worker id
DEATH = struct.Struct("<IIIII")  # life, signal, exit code, errno, bytes that follow; life 0: the zygote is there
_LAST_WORDS_BYTES = 4096
_ORPHAN_CHECK_S = 1.0
_END_S = 0.8  # the loader waits for a second


def main() -> None:
    """Serve on the descriptors and the specification that the command line names."""
    control_fd, arena_fd, arena_size, spec_fd = (int(argument) for argument in sys.argv[1:5])
    for ignored in (signal.SIGINT, signal.SIGHUP):  # a terminal sends these to the whole group; the parent decides
        signal.signal(ignored, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # till there are workers: who closes us need not wait for the imports
    gc.disable()  # importing torch takes a fifth longer with it
    control = socket.socket(fileno=control_fd)
    arena = Arena(arena_fd, arena_size)
    import inspector.loader.workers.worker

    packed = PackedSpec.of_file(spec_fd)
    for library in packed.libraries:
        with contextlib.suppress(Exception):  # whoever needs it meets the error again
            importlib.import_module(library)
    # What the user's code opens, or which threads it starts, would be shared by all workers: each loads it for itself.
    spec = packed if packed.has_user_code else load_spec(packed)
    if packed.has_user_code:
        import inspector.loader.workers.worker_output  # noqa: F401
    gc.freeze()  # so that the workers' collectors leave the shared pages alone
    gc.enable()
    Zygote(control, arena, spec).serve()
    os._exit(0)  # to take the modules down in order takes longer than all else at the end


def load_spec(packed: PackedSpec) -> WorkerSpec | WorkerFailed:
    """What workers must know, or why they cannot work."""
    from inspector.loader.workers.forks import end_copy
    from inspector.loader.workers.worker import describe

    pid = os.getpid()
    try:
        spec = packed.unpack()
        end_copy(pid)
        return spec
    except BaseException as error:  # the user's code may raise anything on import, SystemExit too; it is reported
        end_copy(pid, error)
        return WorkerFailed(describe(error))


class Zygote:
    """Starts, kills and reaps workers on request."""

    def __init__(self, control: socket.socket, arena: Arena, spec: PackedSpec | WorkerSpec | WorkerFailed) -> None:
        self._control = control
        self._arena = arena
        self._spec = spec
        self._workers: dict[int, int] = {}  # pid -> life
        self._daemons: set[int] = set()  # processes of the user's code that are meant to outlive what started them
        self._error_files: dict[int, int] = {}  # pid -> what its standard error leads to, if the user's code runs in it
        self._parent_pid = os.getppid()
        self._has_user_code = isinstance(spec, PackedSpec)
        if self._has_user_code:
            adopt_orphans()
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_read, False)
        os.set_blocking(self._wake_write, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)  # from now on the parent ends us by closing its socket
        signal.set_wakeup_fd(self._wake_write, warn_on_full_buffer=False)

    def serve(self) -> None:
        """Until the parent closes the control socket or dies."""
        control_fd = self._control.fileno()
        try:
            self._control.sendall(DEATH.pack(0, 0, 0, 0, 0))
            while os.getppid() == self._parent_pid:
                ready, _, _ = select.select([control_fd, self._wake_read], [], [], _ORPHAN_CHECK_S)
                if self._wake_read in ready:
                    os.read(self._wake_read, 4096)
                self._reap()
                if not ready and self._has_user_code:
                    self._daemons = children_of(os.getpid()) - self._workers.keys()
                if control_fd in ready and not self._handle_request():
                    return
        except (BrokenPipeError, ConnectionResetError):
            return
        finally:
            self._end_all()

    def _handle_request(self) -> bool:
        request, descriptors, _, _ = socket.recv_fds(self._control, REQUEST.size, 1)
        if not request:
            return False
        while len(request) < REQUEST.size:
            request += self._control.recv(REQUEST.size - len(request))
        what, life, worker_id = REQUEST.unpack(request)
        if what == START:
            self._start(life, worker_id, descriptors[0])
        else:
            for pid, known_life in self._workers.items():
                if known_life == life:
                    os.kill(pid, signal.SIGKILL)
        return True

    def _start(self, life: int, worker_id: int, channel_fd: int) -> None:
        error_fd = -1
        try:
            if self._has_user_code:
                error_fd = above_standard(memory_file("worker-errors"))
            pid = os.fork()
        except OSError as error:
            os.close(channel_fd)
            if error_fd >= 0:
                os.close(error_fd)
            self._control.sendall(DEATH.pack(life, 0, 1, error.errno or 0, 0))
            return
        if pid == 0:
            self._become_worker(worker_id, channel_fd, error_fd)
        os.close(channel_fd)
        self._workers[pid] = life
        if error_fd >= 0:
            self._error_files[pid] = error_fd

    def _become_worker(self, worker_id: int, channel_fd: int, error_fd: int) -> None:
        exit_code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._control.close()
            os.close(self._wake_read)
            os.close(self._wake_write)
            for other in self._error_files.values():
                os.close(other)
            run_worker(socket.socket(fileno=channel_fd), self._arena, self._spec, worker_id, error_fd)
            exit_code = 0
        except (BrokenPipeError, ConnectionResetError):
            exit_code = 0  # the parent closed the channel or is gone
        finally:
            if self._has_user_code:
                end_families(children_of(os.getpid()))
            os._exit(exit_code)

    def _reap(self) -> None:
        while self._workers:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            if pid not in self._workers:  # an orphan
                continue
            life = self._workers.pop(pid)
            if self._has_user_code:
                end_families(self._orphans())
            code = os.waitstatus_to_exitcode(status)
            words = self._last_words(pid)
            self._control.sendall(DEATH.pack(life, max(0, -code), max(0, code), 0, len(words)) + words)

    def _orphans(self) -> set[int]:
        """What a dead worker's code had started, and no daemon: these stay to the end."""
        session = os.getsid(0)
        orphans = children_of(os.getpid()) - self._workers.keys() - self._daemons
        return {pid for pid in orphans if _session_of(pid) == session}

    def _last_words(self, pid: int) -> bytes:
        """The end of what a worker wrote to its standard error and did not come to send: of a crash, mostly."""
        error_fd = self._error_files.pop(pid, -1)
        if error_fd < 0:
            return b""
        with open(error_fd, "rb") as file:
            file.seek(max(0, os.fstat(error_fd).st_size - _LAST_WORDS_BYTES))
            return file.read(_LAST_WORDS_BYTES)

    def _end_all(self) -> None:
        for pid in self._workers:
            os.kill(pid, signal.SIGKILL)
        for pid in self._workers:
            os.waitpid(pid, 0)
        if self._has_user_code:
            end_children(_END_S)


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except OSError:
        return -1


def run_worker(
    sock: socket.socket,
    arena: Arena,
    spec: PackedSpec | WorkerSpec | WorkerFailed,
    worker_id: int,
    error_fd: int = -1,
) -> None:
    """Be a worker process until the parent closes the channel.

    Args:
        error_fd: a file for what is written to standard error; -1: make one.
    """
    import cv2

    from inspector.formats.decoder_log import DecoderLog
    from inspector.loader.workers.worker import work

    cv2.setNumThreads(0)
    channel = Channel(sock)
    log = DecoderLog(error_fd if error_fd >= 0 else None)
    if not isinstance(spec, PackedSpec):
        work(channel, spec, arena, log, worker_id, os.getpid(), after_sample=log.take)
        return
    from inspector.loader.workers.worker_output import WorkerOutput, set_log_levels

    channel.send(Started(os.getpid()))
    output = WorkerOutput(channel)
    set_log_levels(spec.log_levels)
    loaded = load_spec(spec)
    output.take_over_logging()
    work(channel, loaded, arena, log, worker_id, os.getpid(), after_sample=output.flush)
