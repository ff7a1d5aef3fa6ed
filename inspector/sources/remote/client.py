"""Reads from a store again where a fault may pass, counts, and puts what went wrong into words."""

import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from functools import partial
from itertools import chain
from typing import TypeVar

from inspector.errors import SourceError
from inspector.sources.remote.address import OBSTORE_SCHEMES, Address
from inspector.sources.remote.counts import count_into, current_counter
from inspector.sources.remote.fsspec_store import FsspecStore
from inspector.sources.remote.obstore_store import ObstoreStore
from inspector.sources.remote.sftp_store import SftpStore
from inspector.sources.remote.store import PASSING, FaultKind, ObjectRange, Store, StoredObject, StoreFault

_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 0.1, 3.0
_PATIENCE_S = 20.0  # what takes longer than a minute is given up, by default
_PATIENCE_WHERE_ASKED_S = 45.0  # where the store says how long to wait

_Result = TypeVar("_Result")


class RemoteClient:
    """A store that does not give up at once. Safe to use from several threads.

    After a wait in vain, it waits no more until something succeeds: where a store is gone for good, the loader's limit
    for bad files must be reached soon.

    Raises:
        SourceError: see the stores.
    """

    def __init__(self, address: Address) -> None:
        self._scheme = address.scheme
        self._store = _store_of(address)
        self._random = random.Random(os.urandom(8))  # the user's generators are seeded for each sample
        self._in_vain = False
        self._not_before_s = 0.0  # of the monotonic clock: the store has asked for a pause until then

    def read(self, key: str, offset: int, length: int, etag: str = "", *, nbytes: int = 0) -> ObjectRange:
        """A range of an object, or less where it ends before; see `Store.get`. `nbytes`: about how much will come.

        Raises:
            StoreFault: where it cannot be read.
        """
        with current_counter().in_flight(max(nbytes, length)):
            return self._again(lambda: self._get(key, offset, length, etag), key)

    def look(self, key: str) -> StoredObject:
        """Its size and tag.

        Raises:
            StoreFault: where it cannot be read.
        """
        return self._again(lambda: self._store.look(key), key)

    def objects(self, prefix: str) -> Iterator[list[StoredObject]]:
        """All objects below a prefix, some at a time, in the store's own order.

        Raises:
            StoreFault: where they cannot be listed.
        """
        after, over = "", False
        while not over:
            chunks = self._again(partial(self._begin, prefix, after))
            over = True
            try:
                for chunk in chunks:
                    yield chunk
                    after = chunk[-1].key
            except StoreFault as fault:
                if fault.kind not in PASSING:
                    raise
                over = False  # continue behind the last one, with as much patience as at first

    def _begin(self, prefix: str, after: str) -> Iterator[list[StoredObject]]:
        """A listing after its first request."""
        chunks = self._store.objects(prefix, after)
        first = next(chunks, None)
        return chain([first], chunks) if first is not None else iter(())

    def _get(self, key: str, offset: int, length: int, etag: str) -> ObjectRange:
        began = time.perf_counter()
        part = self._store.get(key, offset, length, etag)
        current_counter().answered(len(part.data), part.first_byte_s, time.perf_counter() - began)
        return part

    def _again(self, function: Callable[[], _Result], key: str = "") -> _Result:
        """At least twice: the one connection that hangs may be at fault. `key`: of the object that is asked for."""
        began_s, pause_s, tries = time.monotonic(), _FIRST_PAUSE_S, 0
        call = _interruptible(function)
        while True:
            self._keep_away()
            try:
                result = call()
            except StoreFault as fault:
                if fault.kind not in PASSING or self._in_vain:
                    raise
                tries += 1
                throttled = fault.kind is FaultKind.THROTTLED
                asked_s = self._store.asks_to_wait_s(key) if throttled else 0.0
                own_s = pause_s * self._random.uniform(0.5, 1.0)  # so that not all come back at once
                now_s = time.monotonic()
                until_s = began_s + (_PATIENCE_WHERE_ASKED_S if asked_s else _PATIENCE_S)
                if now_s + max(asked_s, own_s) > until_s and (asked_s or tries > 1):
                    self._in_vain = True
                    raise (StoreFault(fault.kind, _with_wait(fault.said, asked_s)) if asked_s else fault) from None
                self._not_before_s = max(self._not_before_s, now_s + asked_s)
                current_counter().retried(throttled=throttled)
                time.sleep(own_s)
                pause_s = min(2 * pause_s, _LONGEST_PAUSE_S)
            else:
                self._in_vain = False
                return result

    def _keep_away(self) -> None:
        """While the store has asked for it: all that read from it wait, and come back one after the other."""
        while (left_s := self._not_before_s - time.monotonic()) > 0:
            time.sleep(left_s + self._random.uniform(0, _FIRST_PAUSE_S))


def _interruptible(function: Callable[[], _Result]) -> Callable[[], _Result]:
    """The same for the main thread, where Ctrl+C ends it at once: a store's library does not look while it waits."""
    if threading.current_thread() is not threading.main_thread():
        return function

    def call() -> _Result:
        found: Future[_Result] = Future()
        counter = current_counter()

        def run() -> None:
            count_into(counter)
            try:
                found.set_result(function())
            except BaseException as error:  # it is raised where it was called
                found.set_exception(error)

        threading.Thread(target=run, name="inspector-request", daemon=True).start()
        return found.result()

    return call


def _with_wait(said: str, asked_s: float) -> str:
    return f"{said}, come back in {asked_s:,.0f} s".lstrip(", ")


def _store_of(address: Address) -> Store:
    if address.scheme in OBSTORE_SCHEMES:
        return ObstoreStore(address)
    return SftpStore(address) if address.scheme == "sftp" else FsspecStore(address)


_clients: dict[tuple[str, str, str, str], RemoteClient] = {}
_lock = threading.Lock()
_forked = False


def client_of(address: Address) -> RemoteClient:
    """The client of this process for the store of an address; opened where there is none.

    Raises:
        SourceError: where it cannot be opened.
    """
    if _forked:
        raise SourceError(
            f"{address.location} cannot be read here: this process was forked from one that had read over a network, "
            'and its connections cannot be shared. Use multiprocessing\'s start method "spawn" or "forkserver".'
        )
    key = (address.scheme, address.host, address.user, address.query)
    with _lock:
        if key not in _clients:
            _clients[key] = RemoteClient(address)
        return _clients[key]


def _forget() -> None:
    """In a forked process: the connections are the parent's, and obstore waits for ever for threads that are not."""
    global _lock, _forked
    _forked = _forked or bool(_clients)
    _lock = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
