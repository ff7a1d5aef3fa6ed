"""Puts the rings of a run together: which worker loads for which loader."""

import json
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.hook import batches, layout
from inspector.resource_limits import usable_cores
from inspector.watched import ring
from inspector.watched.in_turn import together
from inspector.watched.names import distinct, name_of, role, site_of
from inspector.watched.records import (
    CopiedPicture,
    LoaderKey,
    LoaderTotals,
    PictureSet,
    Run,
    WatchedError,
    WatchedLoader,
    WatchedSample,
    WatchedWorker,
    WorkerTrial,
)
from inspector.watched.run_files import FolderFiles, RunFiles
from inspector.watched.targets import targets_of

NAMES_NAME = "names.json"  # of a kept run's loaders, by the file with their pictures
MOST_SLOWEST = 24
_MOST_TRIAL_BYTES = 100_000
_MARK = ".mark"
_NOT_SETTINGS = ("names", "stack", "users", "workers", "traceback", "rank", "world_size")
_WHOLE = frozenset(name for name, kind in LoaderTotals.__annotations__.items() if kind is int)
_MOST_PICTURE_BYTES = 32_000_000


class RunReader:
    """Reads the folder of a run, or what was kept of one, again and again. Any thread."""

    def __init__(self, files: RunFiles | Path | str) -> None:
        self._files = FolderFiles(Path(files)) if isinstance(files, str | Path) else files

    def read(self) -> Run:
        """Everything, as it is now."""
        every = self._files.names()
        rings = [found for name in every if (found := self._ring(name)) is not None]
        loaders = [each for each in rings if each.kind == layout.KIND_LOADER and each.about.get("dataset") is not None]
        fetching = [each for each in rings if each.kind == layout.KIND_WORKER]
        made = [replace(_loader(each, fetching), trials=self._trials(each, every)) for each in loaders]
        made = self._named(made, [each.about for each in loaders])
        made = [replace(each, with_others=together(each, made)) for each in made]
        made.sort(key=lambda loader: (loader.settings.get("number", 0), loader.name, loader.rank, loader.key.pid))
        marks = frozenset(name.removesuffix(_MARK) for name in every if name.endswith(_MARK))
        time_s = time.monotonic()
        if self._files.over:
            made = [_ended(loader) for loader in made]
            time_s = max((loader.totals.last_s for loader in made), default=0.0)
        return Run(time_s, tuple(made), marks, usable_cores())

    def pictures(self, key: LoaderKey) -> PictureSet | None:
        """The images that were copied last from this loader's batches."""
        found = ring.read_pictures(self._files, pictures_name(key), _MOST_PICTURE_BYTES)
        return None if found is None else _picture_set(*found)

    def pictures_serial(self, key: LoaderKey) -> int | None:
        """The `serial` of what `pictures` would give, which costs next to nothing; None: there is nothing yet."""
        return ring.pictures_serial(self._files, pictures_name(key))

    def _ring(self, name: str) -> ring.RingContent | None:
        if not name.endswith(".ring") or name.startswith("pictures-"):
            return None
        try:
            return ring.parse(self._files.read(name, layout.SIZE))
        except OSError:
            return None

    def _trials(self, content: ring.RingContent, names: Iterable[str]) -> tuple[WorkerTrial, ...]:
        """What a sweep has measured of this loader."""
        found, start = [], f"trial-{content.pid}-{content.number}-"
        for name in names:
            if name.startswith(start) and name.endswith(".json"):
                with suppress(OSError, ValueError):
                    result = json.loads(self._files.read(name, _MOST_TRIAL_BYTES))
                    found.append(WorkerTrial(result["num_workers"], result["batches_per_s"], result["first_s"]))
        return tuple(sorted(found, key=lambda trial: trial.num_workers))

    def _named(self, made: Sequence[WatchedLoader], abouts: Sequence[dict[str, Any]]) -> list[WatchedLoader]:
        """By the source that iterates them, which a kept run's may no longer be: their names are kept with it."""
        if not self._files.over:
            return _named(made, abouts)
        try:
            kept = json.loads(self._files.read(NAMES_NAME, _MOST_TRIAL_BYTES))
        except OSError:
            kept = {}
        return [replace(each, name=str(kept.get(pictures_name(each.key), "loader"))) for each in made]


def pictures_name(key: LoaderKey) -> str:
    """The file with a loader's pictures."""
    return f"pictures-{key.pid}-{key.number}.ring"


def _ended(loader: WatchedLoader) -> WatchedLoader:
    return replace(loader, running=False, workers=tuple(replace(each, running=False) for each in loader.workers))


def _named(loaders: Sequence[WatchedLoader], abouts: Sequence[dict[str, Any]]) -> list[WatchedLoader]:
    """Each process's loaders have different names; those of its other ranks have the same ones."""
    names: dict[LoaderKey, str] = {}
    for pid in {loader.key.pid for loader in loaders}:
        mine = [(loader, about) for loader, about in zip(loaders, abouts, strict=True) if loader.key.pid == pid]
        mine.sort(key=lambda each: each[1].get("number", 0))
        given = distinct([(name_of(about), role(about)) for _, about in mine])
        names |= {loader.key: name for (loader, _), name in zip(mine, given, strict=True)}
    return [replace(loader, name=names[loader.key]) for loader in loaders]


def _loader(content: ring.RingContent, fetching: Iterable[ring.RingContent]) -> WatchedLoader:
    about = content.about
    numbers = dict(about.get("workers", ()))
    rank = int(about.get("rank") or 0)
    folded = {
        pid
        for each in fetching
        if each.pid == content.pid and each.totals["loader"] == content.number
        for pid in each.about.get("pids", ())
    }
    mine = [
        each
        for each in fetching
        if (each.pid in numbers and each.pid not in folded)
        or (each.pid == content.pid and each.totals["loader"] == content.number)
    ]
    lives: dict[int | None, list[ring.RingContent]] = defaultdict(list)
    for each in mine:
        number = numbers.get(each.pid)
        if number is None and each.totals["worker"] >= 0:
            number = int(each.totals["worker"])
        lives[number].append(each)
    workers = tuple(
        _worker(number, rank, lives[number])
        for number in sorted(lives, key=lambda number: -1 if number is None else number)
    )
    errors = _errors(content, lives, rank)
    totals = _totals(content.totals)
    unseen = sum(error.type == "StopIteration" for error in errors)  # `next()` raises it at each end
    return WatchedLoader(
        key=LoaderKey(content.pid, content.number),
        name="",
        site=site_of(about),
        rank=rank,
        world_size=int(about.get("world_size") or 1),
        settings={name: value for name, value in about.items() if name not in _NOT_SETTINGS},
        totals=replace(totals, errors=totals.errors + unseen),
        workers=workers,
        slowest=_slowest(lives, rank),
        errors=errors,
        events=content.events,
        fetches=_fetches(lives),
        running=ring.exists(content.pid),
    )


def _totals(values: dict[str, float]) -> LoaderTotals:
    """Of whoever uses the batches, where a thread takes them ahead."""
    found = dict(values)
    wait_s, step_s, first_s = (found.pop(f"handed_{name}_s") for name in ("wait", "step", "first"))
    ahead_s = found.pop("start_up_ahead_s")
    found["producer_wait_s"] = found["wait_s"]
    if found["handed"]:
        starts = max(found["starts"], 1)
        begin_s = found["begin_s"] - (found["first_wait_s"] + ahead_s) / starts
        found.update(wait_s=wait_s, step_s=step_s, first_wait_s=first_s, steps=found["handed"])
        found["start_up_s"] = max(0.0, found["start_up_s"] - ahead_s)  # it is in the wait for the first batch
        found["begin_s"] = max(0.0, begin_s) + first_s / starts
    whole = {name: int(value) if name in _WHOLE else value for name, value in found.items()}
    return LoaderTotals(**whole)  # type: ignore[arg-type]


def _worker(number: int | None, rank: int, lives: Sequence[ring.RingContent]) -> WatchedWorker:
    ordered = sorted(lives, key=lambda each: each.totals["began_s"])
    last = ordered[-1]

    def total(name: str) -> float:
        return sum(each.totals[name] for each in ordered)

    pids = [pid for each in ordered for pid in each.about.get("pids", (each.pid,))]
    return WatchedWorker(
        worker=number,
        pid=pids[-1],
        pids=tuple(dict.fromkeys(pids)),
        rank=rank,
        batches=int(total("batches")),
        samples=int(total("samples")),
        fetch_s=total("fetch_s"),
        collate_s=total("collate_s"),
        cpu_s=total("cpu_s"),
        core_wait_s=total("core_wait_s"),
        alive_s=total("alive_s"),
        errors=int(total("errors")),
        began_s=ordered[0].totals["began_s"],
        last_s=max(each.totals["last_s"] for each in ordered),
        busy_since_s=last.totals["busy_since_s"],
        running=ring.exists(pids[-1]),
    )


def _fetches(lives: dict[int | None, list[ring.RingContent]]) -> npt.NDArray[np.void]:
    kind = np.dtype([*((name, "<f8") for name in layout.WORKER_EVENT), ("worker", "<i8")])
    parts = [np.zeros(0, kind)]
    for number, contents in lives.items():
        for content in contents:
            part = np.zeros(len(content.events), kind)
            for name in layout.WORKER_EVENT:
                part[name] = content.events[name]
            part["worker"] = -1 if number is None else number
            parts.append(part)
    every = np.concatenate(parts)
    return every[np.argsort(every["time_s"], kind="stable")]


def _slowest(lives: dict[int | None, list[ring.RingContent]], rank: int) -> tuple[WatchedSample, ...]:
    found = [
        WatchedSample(
            index=note.get("index"),
            path=note.get("path"),
            ms=float(note["ms"]),
            worker=number,
            rank=rank,
            time_s=float(note["time_s"]),
            batch_s=float(note.get("batch_s") or 0.0),
        )
        for number, contents in lives.items()
        for content in contents
        for note in content.slow
        if "ms" in note
    ]
    return tuple(sorted(found, key=lambda sample: -sample.ms)[:MOST_SLOWEST])


def _errors(
    content: ring.RingContent, lives: dict[int | None, list[ring.RingContent]], rank: int
) -> tuple[WatchedError, ...]:
    """A worker's, with the sample; the loader's own where no worker has noted one: it raises what a worker raised."""
    found = [
        _error(note, number, rank) for number, contents in lives.items() for each in contents for note in each.errors
    ]
    deaths = [note for note in content.errors if note.get("exit_status") is not None]
    raised = [note for note in content.errors if note.get("exit_status") is None]
    found += [_death(note, rank) for note in (*raised[len(found) :], *deaths)]
    found.sort(key=lambda error: error.time_s)
    if found and content.errors:  # the traceback is that of the last one
        found[-1] = replace(found[-1], detail=str(content.about.get("traceback") or ""))
    return tuple(found)


def _death(note: dict[str, Any], rank: int) -> WatchedError:
    """What `next()` raised; where a worker died, with the sample that it was at."""
    index = note.get("index")
    return replace(
        _error(note, note.get("worker"), rank),
        index=None if index is None or index < 0 else index,
        exit_status=note.get("exit_status"),
        shm_free_bytes=note.get("shm_free_bytes"),
        oom=note.get("oom"),
        peak_bytes=note.get("peak_bytes"),
        memory_bytes=note.get("memory_bytes"),
        indices=tuple(note.get("indices") or ()),
        batch_size=note.get("batch_size"),
    )


def _error(note: dict[str, Any], worker: int | None, rank: int) -> WatchedError:
    return WatchedError(
        type=str(note.get("type") or "Exception"),
        message=str(note.get("message") or ""),
        index=note.get("index"),
        path=note.get("path"),
        worker=worker,
        rank=rank,
        time_s=float(note.get("time_s") or 0.0),
    )


def _picture_set(about: dict[str, Any], pixels: bytes, serial: int) -> PictureSet:
    labels = about.get("labels") or []
    pictures: list[CopiedPicture] = []
    at = 0
    for position, each in enumerate(about.get("images", ())[: layout.MOST_PICTURES]):
        kind, copied = np.dtype(each["dtype"]), tuple(each["copied"])
        count = int(np.prod(copied))
        if at + count * kind.itemsize > len(pixels):
            break
        values = np.frombuffer(pixels, kind, count, at).reshape(copied)
        at += count * kind.itemsize
        label = labels[position] if position < len(labels) else None
        shape = tuple(int(side) for side in each["shape"])
        found, at = targets_of(each.get("targets") or (), pixels, at, shape)
        pictures.append(
            CopiedPicture(values, shape, int(each["stride"]), each.get("index"), each.get("path"), label, found)
        )
    return PictureSet(about["name"], about["batch"], about["epoch"], about["count"], serial, tuple(pictures))


assert batches.ROOM < _MOST_PICTURE_BYTES
