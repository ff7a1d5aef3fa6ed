"""Measures a loader with other numbers of workers, in forked children, before its first batch.

A child makes the same loader again and takes batches for a few seconds. The training waits meanwhile; nothing else of
it changes: the child has copies of all random states, its output goes nowhere, and what the training has open is opened
again or closed in it, so that no file offset and no connection is shared.
"""

from __future__ import annotations

import json
import os
import signal
import stat
import sys
from time import monotonic, process_time
from typing import Any

from . import layout, rings, safely

_MOST_LOADERS = 3  # a process
_WARM_UP_S = 30.0  # for the first batch
_MEASURE_S = 2.0
_LONGEST_S = 60.0
_done = 0


def wanted() -> dict[str, Any]:
    """What to try, as `inspector run` has written it into the folder; {}: nothing."""
    place = rings.folder()
    if not place or not hasattr(os, "fork"):
        return {}
    try:
        with open(os.path.join(place, layout.SWEEP_NAME), encoding="ascii") as file:
            found: dict[str, Any] = json.load(file)
            return found
    except (OSError, ValueError):
        return {}


def sweep(loader: Any, number: int) -> None:
    """Try what is wanted with this loader, whose ring has this number."""
    global _done
    asked = wanted()
    if not asked or _done >= _MOST_LOADERS:
        return
    _done += 1
    for workers in asked.get("num_workers", ()):
        _try(loader, number, int(workers), float(asked.get("seconds", _MEASURE_S)))


def _try(loader: Any, number: int, workers: int, seconds: float) -> None:
    place = os.path.join(rings.folder(), f"trial-{os.getpid()}-{number}-{workers}.json")
    child = os.fork()
    if child == 0:
        status = 1
        try:
            _be_alone()
            result = _measure(loader, workers, seconds)
            with open(place + ".part", "w", encoding="ascii") as file:
                json.dump(result, file)
            os.rename(place + ".part", place)
            status = 0
        finally:
            os._exit(status)  # nothing of the training's runs in here: no exit handler, no buffer of its output
    try:
        os.waitpid(child, 0)
    except ChildProcessError:  # somebody else waits for all children
        pass
    except BaseException:  # Ctrl+C
        _kill(child)
        raise
    _kill(child)  # what it may have left


def _kill(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except OSError:
        pass


def _be_alone() -> None:
    """In the child: share nothing with the training that it could notice."""
    safely.stop()
    os.setsid()
    os.environ.pop(layout.FOLDER_VARIABLE, None)  # for workers that are spawned
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.alarm(int(_LONGEST_S))
    for name in ("SIGINT", "SIGTERM", "SIGCHLD"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)
    nothing = os.open(os.devnull, os.O_RDWR)
    for entry in os.listdir("/proc/self/fd"):
        descriptor = int(entry)
        if descriptor != nothing:
            try:
                _part(descriptor, nothing)
            except OSError:
                pass  # the one that listed the folder
    torch = sys.modules["torch"]
    torch.set_num_threads(1)  # the threads of its pool are not in this process


def _part(descriptor: int, nothing: int) -> None:
    import fcntl

    mode = os.fstat(descriptor).st_mode
    flags = fcntl.fcntl(descriptor, fcntl.F_GETFL)
    inheritable = os.get_inheritable(descriptor)
    if stat.S_ISREG(mode) and flags & os.O_ACCMODE == os.O_RDONLY:
        position = os.lseek(descriptor, 0, os.SEEK_CUR)
        again = os.open(f"/proc/self/fd/{descriptor}", os.O_RDONLY)
        os.lseek(again, position, os.SEEK_SET)
        os.dup2(again, descriptor, inheritable)
        os.close(again)
    elif not stat.S_ISDIR(mode):
        os.dup2(nothing, descriptor, inheritable)


def _again(loader: Any, workers: int) -> Any:
    """The same loader with other workers."""
    from torch.utils.data import DataLoader

    options: dict[str, Any] = {
        "num_workers": workers,
        "collate_fn": loader.collate_fn,
        "worker_init_fn": loader.worker_init_fn,
        "generator": loader.generator,
    }
    if workers:
        options["persistent_workers"] = True
        options["prefetch_factor"] = getattr(loader, "prefetch_factor", None) or 2
        if loader.num_workers:
            options["multiprocessing_context"] = loader.multiprocessing_context
    if loader._dataset_kind == 1:
        options.update(batch_size=loader.batch_size, drop_last=loader.drop_last)
    elif getattr(loader, "batch_sampler", None) is not None:
        options["batch_sampler"] = loader.batch_sampler
    else:
        options.update(batch_size=None, sampler=loader.sampler)
    return DataLoader(loader.dataset, **options)


def _measure(loader: Any, workers: int, seconds: float) -> dict[str, Any]:
    made = _again(loader, workers)
    ahead = workers * (getattr(made, "prefetch_factor", None) or 2) if workers else 1
    began, cpu = monotonic(), process_time()
    first_s = counted_from = 0.0
    batches = counted = 0
    now = began
    ends = began + _WARM_UP_S
    while now < ends:
        at = batches
        for _ in made:
            now = monotonic()
            batches += 1
            if batches == 1:
                first_s, ends = now - began, now + seconds
            if not counted_from and (batches > ahead or now > ends - seconds / 2):
                counted_from, counted = now, batches  # what was loaded ahead at the start is handed out by now
            if now >= ends:
                break
        if batches == at:
            break  # an empty loader
    spent = now - counted_from
    return {
        "num_workers": workers,
        "batches": batches,
        "first_s": first_s,
        "batches_per_s": (batches - counted) / spent if counted_from and spent > 0 and batches > counted else None,
        "seconds": now - began,
        "own_cpu_s": process_time() - cpu,
    }
