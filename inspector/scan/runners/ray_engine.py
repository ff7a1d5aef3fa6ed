"""Ray: a cluster on this machine, or one elsewhere. Imported in the driver's process alone."""

import contextlib
import logging
import os
import pickle
import secrets
import shutil
import tempfile
from collections.abc import Callable, Mapping
from typing import Any

from inspector.errors import InspectorError
from inspector.extras import install_command
from inspector.scan.perceptual_hash import Hashes
from inspector.scan.progress import EngineWorker
from inspector.scan.runners.engine import EngineLostError, EngineStartError, Outcome, Task, WorkerDied
from inspector.scan.runners.probe import sent
from inspector.scan.runners.requirements import PACKAGES, check_workers, package_folder
from inspector.scan.runners.search_task import SearchTask

_PROBE_S = 60.0
_STORE_BYTES = 80 << 20  # the least that Ray takes: no result is large
_LONGEST_FOLDER = 16  # Ray adds about 70 characters, and a socket's path has 107
_DIED = ("WorkerCrashedError", "OutOfMemoryError", "NodeDiedError", "ObjectLostError", "OwnerDiedError")
_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_CLIENT_RECONNECT_GRACE_PERIOD": "10",
}


class RayEngine:
    """An `Engine`. `on`: "ray", or an address. `num_workers`: of a cluster on this machine."""

    def __init__(self, on: str, num_workers: int) -> None:
        self._on, self._num_workers = on, num_workers
        self._local = on == "ray"
        self._ray: Any = None
        self._task: Any = None
        self._refs: dict[Any, Task] = {}
        self._shared: Any = None
        self._folder = _short_folder()

    def connect(self, say: Callable[[str], object]) -> None:
        """See `Engine`."""
        os.environ.update(_ENVIRONMENT)
        if self._local:  # no one else on this machine may give it work
            os.environ.update({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)})
        try:
            import ray
        except ImportError as error:
            raise EngineStartError(f"{self._on} needs an extra: run `{install_command('ray')}`") from error
        self._ray = ray
        quiet: dict[str, Any] = {"log_to_driver": False, "logging_level": logging.CRITICAL}
        if self._local:
            ray.init(
                address="local",
                num_cpus=self._num_workers,
                include_dashboard=False,
                object_store_memory=_STORE_BYTES,
                _temp_dir=self._folder,
                _node_ip_address="127.0.0.1",
                **quiet,
            )
        else:
            self._join(ray, quiet)
        self._task = ray.remote(num_cpus=1, max_retries=0)(sent("work"))
        looks = self._of_all(sent("look"), PACKAGES)
        if check_workers(self._on, looks):
            raise EngineStartError(f"{self._on}: inspector could not be sent to its workers")

    def _join(self, ray: Any, quiet: Mapping[str, Any]) -> None:
        """Our package goes with the job, so that all of its workers have this one."""
        environment = {"py_modules": [str(package_folder())], "excludes": ["__pycache__"]}
        try:
            ray.init(self._on, runtime_env=environment, **quiet)
        except ImportError as error:
            raise EngineStartError(f"{self._on} needs an extra: run `{install_command('ray')}`") from error
        except Exception as error:  # of many types
            said = str(error)
            if "version" in said.lower():
                raise EngineStartError(f"{self._on}: {' '.join(said.split())}") from error
            advice = (
                "check the address, that `ray start --head` runs there, and, where it wants a token, "
                "RAY_AUTH_MODE=token and RAY_AUTH_TOKEN here"
            )
            why = (said.strip().splitlines() or [""])[0][:200]
            raise EngineStartError(
                f"{self._on}: no Ray cluster answers there: {advice} ({type(error).__name__}: {why})"
            ) from error

    def _of_all(self, function: Any, *arguments: Any) -> dict[str, Any]:
        """What a function returns on each machine."""
        from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

        task = self._ray.remote(num_cpus=0, max_retries=2)(function)
        refs = {
            node["NodeID"][:8]: task.options(
                scheduling_strategy=NodeAffinitySchedulingStrategy(node["NodeID"], soft=False)
            ).remote(*arguments)
            for node in self._nodes()
        }
        if not refs:
            raise EngineStartError(f"{self._on}: it has no machine with a CPU to give: add one")
        try:
            return {node: self._ray.get(ref, timeout=_PROBE_S) for node, ref in refs.items()}
        except self._ray.exceptions.RayError as error:
            said = str(error).strip().splitlines()[-1]
            raise EngineStartError(f"{self._on}: a worker cannot run what it is sent: {said}") from error

    def _nodes(self) -> list[dict[str, Any]]:
        return [node for node in self._ray.nodes() if node["Alive"] and node["Resources"].get("CPU", 0) >= 1]

    def blind(self, paths: tuple[str, ...]) -> tuple[str, str] | None:
        """See `Engine`."""
        hosts = {node["NodeID"][:8]: node["NodeManagerHostname"] for node in self._nodes()}
        for node, path in self._of_all(sent("unreadable"), paths).items():
            if path is not None:
                return hosts.get(node, node), path
        return None

    def workers(self) -> list[EngineWorker]:
        """See `Engine`: one for each CPU."""
        return [
            EngineWorker(f"{node['NodeID'][:8]}-{number}", node["NodeManagerHostname"], 1)
            for node in self._nodes()
            for number in range(int(node["Resources"]["CPU"]))
        ]

    def share(self, hashes: Hashes) -> None:
        """See `Engine`."""
        self._shared = self._ray.put(hashes)

    def submit(self, task: Task) -> None:
        """See `Engine`."""
        shared = self._shared if isinstance(task, SearchTask) else None
        self._refs[self._task.remote(pickle.dumps(task), shared)] = task

    def completed(self, timeout_s: float) -> list[tuple[Task, Outcome]]:
        """See `Engine`."""
        if not self._refs:
            return []
        refs = list(self._refs)
        try:
            done, _ = self._ray.wait(refs, num_returns=1, timeout=timeout_s)
            if done:
                done, _ = self._ray.wait(refs, num_returns=len(refs), timeout=0)
            return [(self._refs.pop(ref), self._outcome(ref)) for ref in done]
        except (ConnectionError, self._ray.exceptions.RaySystemError) as error:
            raise EngineLostError(f"{self._on} was lost: it no longer answers") from error

    def _outcome(self, ref: Any) -> Outcome:
        try:
            found: Outcome = pickle.loads(self._ray.get(ref))
        except self._ray.exceptions.RayError as error:
            names = {each.__name__ for each in type(error).__mro__}
            if names & {*_DIED}:
                return WorkerDied("")
            if "RaySystemError" in names:
                raise
            return InspectorError(f"{self._on}: a worker failed: {str(error).strip().splitlines()[-1]}")
        return found

    def close(self) -> None:
        """See `Engine`."""
        with contextlib.suppress(Exception):  # where the cluster is gone, nothing is to be done there
            if self._ray is not None:
                for ref in self._refs:
                    self._ray.cancel(ref, force=True)
                self._ray.shutdown()
        shutil.rmtree(self._folder, ignore_errors=True)


def _short_folder() -> str:
    """A new one whose path leaves room for the sockets that Ray puts there."""
    folders = [folder for folder in (tempfile.gettempdir(), "/tmp", "/dev/shm") if len(folder) <= _LONGEST_FOLDER]
    return tempfile.mkdtemp(prefix="inspector-ray-", dir=next(filter(os.path.isdir, folders), None))
