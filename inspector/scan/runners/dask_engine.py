"""Dask: a cluster on this machine, or a scheduler elsewhere. Imported in the driver's process alone."""

import contextlib
import logging
import pickle
import queue
import shutil
import tempfile
import time
from collections.abc import Callable
from typing import Any

from inspector.errors import InspectorError
from inspector.extras import install_command
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.engine import EngineLostError, EngineStartError, Outcome, Task, WorkerDied
from inspector.scan.runners.probe import sent
from inspector.scan.runners.requirements import PACKAGES, check_python, check_workers, identity, zipped_package
from inspector.scan.runners.search_task import SearchTask

_CONNECT_S = 10.0
_WORKERS_S = 60.0
_LOOK_S = 5.0
_LOST_WORKER_S = 60.0  # a worker that ended is started again, which takes long on a busy machine
_NO_WORKER_S = 180.0
_CONFIG = {
    "distributed.deploy.lost-worker-timeout": f"{_LOST_WORKER_S}s",
    "distributed.scheduler.allowed-failures": 0,  # of a cluster of our own: who is to blame, `ClusterRunner` finds out
    "distributed.scheduler.worker-saturation": 2.0,
    "distributed.comm.timeouts.connect": f"{_CONNECT_S}s",
    "distributed.admin.system-monitor.interval": "10s",
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
}


class DaskEngine:
    """An `Engine`. `on`: "dask", or a scheduler's address. `num_workers`: of a cluster on this machine."""

    def __init__(self, on: str, num_workers: int) -> None:
        self._on, self._num_workers = on, num_workers
        self._client: Any = None
        self._cluster: Any = None
        self._folder = tempfile.mkdtemp(prefix="inspector-dask-")
        self._futures: dict[Any, Task] = {}
        self._shared: Any = None
        self._finished: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._work = sent("work")
        self._looked_s = 0.0
        self._alone_s: float | None = None  # since when there is no worker

    def connect(self, say: Callable[[str], object]) -> None:
        """See `Engine`."""
        try:
            import dask
            import distributed
        except ImportError as error:
            raise EngineStartError(f"{self._on} needs an extra: run `{install_command('dask')}`") from error
        logging.getLogger("distributed").setLevel(logging.CRITICAL)
        dask.config.set({**_CONFIG, "temporary-directory": self._folder})
        if self._on == "dask":
            self._start(distributed)
        else:
            self._join(distributed)
        try:
            self._client.wait_for_workers(1, timeout=_CONNECT_S if self._cluster is None else _WORKERS_S)
        except TimeoutError as error:
            advice = f"start some: dask worker {self._on}" if self._cluster is None else "see whether memory is left"
            raise EngineStartError(f"{self._on}: it has no workers: {advice}") from error
        versions = self._client.get_versions()["workers"]
        check_python(self._on, {worker: each["host"]["python"] for worker, each in versions.items()})
        looks = self._of_all(sent("look"), PACKAGES)
        if check_workers(self._on, looks) and self._cluster is None:
            say(f"{self._on}: inspector is sent to its workers")
            upload = distributed.diagnostics.plugin.UploadFile(zipped_package(self._folder))
            self._client.register_plugin(upload, name=f"inspector-{identity()}")

    def _start(self, distributed: Any) -> None:
        self._cluster = distributed.LocalCluster(
            n_workers=self._num_workers,
            threads_per_worker=1,
            processes=True,
            host="127.0.0.1",
            dashboard_address=None,
            worker_dashboard_address=None,
            memory_limit=0,
            security=distributed.Security.temporary(),  # no one else on this machine may give it work
            silence_logs=logging.CRITICAL,
            local_directory=self._folder,
        )
        self._client = distributed.Client(self._cluster, set_as_default=False)

    def _join(self, distributed: Any) -> None:
        try:
            self._client = distributed.Client(self._on, timeout=_CONNECT_S, set_as_default=False)
        except TypeError as error:  # so it is said by Dask
            advice = "set distributed.comm.tls.ca-file, client.cert and client.key in the Dask configuration"
            raise EngineStartError(f"{self._on}: TLS needs certificates: {advice}") from error
        except (OSError, TimeoutError, ValueError) as error:
            tls = self._on.startswith("tls")
            last = (
                "the certificates of distributed.comm.tls in the Dask configuration"
                if tls
                else "whether it wants tls://"
            )
            advice = f"check the address, that the scheduler runs, and {last}"
            raise EngineStartError(f"{self._on}: no Dask scheduler answers there: {advice}") from error

    def _of_all(self, function: Any, *arguments: Any) -> dict[str, Any]:
        """What a function returns in each worker."""
        found: dict[str, Any] = self._client.run(function, *arguments, on_error="return")
        for worker, result in found.items():
            if isinstance(result, BaseException):
                kind = type(result).__name__
                raise EngineStartError(f"{self._on}: the worker {worker} cannot run what it is sent: {kind}: {result}")
        return found

    def blind(self, paths: tuple[str, ...]) -> tuple[str, str] | None:
        """See `Engine`."""
        hosts = {worker.name: worker.host for worker in self.workers()}
        for worker, path in self._of_all(sent("unreadable"), paths).items():
            if path is not None:
                return hosts.get(worker, worker), path
        return None

    def workers(self) -> list[EngineWorker]:
        """See `Engine`."""
        known = self._client.scheduler_info(n_workers=-1)["workers"]
        return [EngineWorker(address, each["host"], each["nthreads"]) for address, each in sorted(known.items())]

    def share(self, hashes: Hashes) -> None:
        """See `Engine`."""
        self._shared = self._client.scatter(hashes, broadcast=True, hash=False)

    def submit(self, task: Task) -> None:
        """See `Engine`."""
        shared = self._shared if isinstance(task, SearchTask) else None
        future = self._client.submit(self._work, pickle.dumps(task), shared, pure=False, retries=0)
        self._futures[future] = task
        future.add_done_callback(self._finished.put)

    def completed(self, timeout_s: float) -> list[tuple[Task, Outcome]]:
        """See `Engine`."""
        futures = []
        with contextlib.suppress(queue.Empty):
            futures.append(self._finished.get(timeout=timeout_s))
            while True:
                futures.append(self._finished.get_nowait())
        if not futures:
            self._look_around()
            return []
        if any(future.status in ("cancelled", "lost") for future in futures):
            raise self._lost()
        whole = [future for future in futures if future.status == "finished"]
        results = dict(zip(whole, self._gathered(whole), strict=True)) if whole else {}
        return [
            (self._futures.pop(each), results[each] if each in results else self._failure(each)) for each in futures
        ]

    def _gathered(self, futures: list[Any]) -> list[Outcome]:
        """Their results; a worker that has ended since then has taken its own with it, and they are made again."""
        try:
            found: list[Outcome] = list(map(pickle.loads, self._client.gather(futures)))
        except Exception as error:  # of many types, where the scheduler has gone
            if self._client.status == "running" and len(futures) > 1:
                return [each for future in futures for each in self._gathered([future])]
            if self._client.status == "running":
                return [WorkerDied("")]
            raise self._lost() from error
        return found

    def _failure(self, future: Any) -> Outcome:
        error = future.exception()
        if type(error).__name__ == "KilledWorker":
            return WorkerDied("")
        return InspectorError(f"{self._on}: a worker failed: {type(error).__name__}: {error}")

    def _look_around(self) -> None:
        if self._client.status != "running":
            raise self._lost()
        now = time.monotonic()
        if now - self._looked_s < _LOOK_S:
            return
        self._looked_s = now
        workers = self.workers()
        if self._cluster is not None and len(workers) < self._num_workers:
            self._cluster.scale(self._num_workers)  # in place of those that could not be started again
        if not self._futures or workers:
            self._alone_s = None
            return
        self._alone_s = self._alone_s or now
        if now - self._alone_s > _NO_WORKER_S:
            raise EngineLostError(f"{self._on} was lost: no worker is left there")

    def _lost(self) -> EngineLostError:
        return EngineLostError(f"{self._on} was lost: its scheduler no longer answers")

    def close(self) -> None:
        """See `Engine`."""
        with contextlib.suppress(Exception):  # where the scheduler is gone, nothing is to be done there
            if self._client is not None and self._client.status == "running":
                self._client.cancel(list(self._futures), force=True)
            if self._client is not None:
                self._client.close(timeout=5)
        with contextlib.suppress(Exception):
            if self._cluster is not None:
                self._cluster.close(timeout=10)
        shutil.rmtree(self._folder, ignore_errors=True)
