"""Wraps what exists of the names that we know in `torch.utils.data`; each is looked for, and missed alone."""

from __future__ import annotations

import os
import threading
from typing import Any, Callable

from . import consumer, fetching, handover, naming, pinning
from . import replay as replaying
from . import safely as guard
from .finder import leave_mark
from .frames import leave_out_this_frame, stand_in
from .iterations import thread
from .safely import safely

_DONE = "_inspector_patched"
missing: list[str] = []  # names that this torch does not have


def arm(name: str, module: Any) -> None:
    """Patch a module that was just imported."""
    if name != "torch.utils.data":
        _arm_iterators(module, ("_StatefulSingleProcessDataLoaderIter", "_StatefulMultiProcessingDataLoaderIter"))
        return
    naming.libraries.append(
        os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(module.__file__)))) + os.sep
    )
    loader_module = module.dataloader
    base = getattr(loader_module, "_BaseDataLoaderIter", None)
    if base is None:
        leave_mark("failed")
        return
    _wrap(base, "__init__", _associating)
    _wrap(base, "__next__", _watching_next)
    _wrap(base, "_next_index", _noting_index)
    _arm_iterators(loader_module, ("_SingleProcessDataLoaderIter", "_MultiProcessingDataLoaderIter"))
    utils = getattr(module, "_utils", None)
    fetch = getattr(utils, "fetch", None)
    for name in ("_MapDatasetFetcher", "_IterableDatasetFetcher"):
        _wrap(getattr(fetch, name, None), "fetch", _timing_fetch)
    _wrap(getattr(utils, "pin_memory", None), "pin_memory", _timing_pin)
    safely(handover.arm)
    leave_mark("armed")


def _arm_iterators(module: Any, names: tuple[str, ...]) -> None:
    for name in names:
        kind = getattr(module, name, None)
        _wrap(kind, "__init__", _starting)
        if "_reset" in vars(kind or object):
            _wrap(kind, "_reset", _resetting)


def _wrap(kind: Any, name: str, make: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    original = None if kind is None else vars(kind).get(name)
    if original is None or not callable(original):
        missing.append(f"{getattr(kind, '__name__', kind)}.{name}")
        return
    if not hasattr(original, _DONE):
        wrapper = stand_in(original, make(original))
        setattr(wrapper, _DONE, True)
        setattr(kind, name, wrapper)


def _associating(original: Callable[..., Any]) -> Callable[..., Any]:
    def __init__(self: Any, loader: Any, *arguments: Any, **options: Any) -> None:
        safely(consumer.start, self, loader)
        try:
            original(self, loader, *arguments, **options)
        except BaseException as error:
            leave_out_this_frame(error)
            raise

    return __init__


def _starting(original: Callable[..., Any]) -> Callable[..., Any]:
    def __init__(self: Any, loader: Any, *arguments: Any, **options: Any) -> None:
        began = safely(consumer.begin_start_up, loader)
        try:
            original(self, loader, *arguments, **options)
        except BaseException as error:
            leave_out_this_frame(error)
            raise
        if began is not None:
            safely(consumer.end_start_up, began, self, loader)

    return __init__


def _resetting(original: Callable[..., Any]) -> Callable[..., Any]:
    def _reset(self: Any, loader: Any, first_iter: bool = False, *arguments: Any, **options: Any) -> None:
        began = None if first_iter else safely(consumer.begin_start_up)
        try:
            original(self, loader, first_iter, *arguments, **options)
        except BaseException as error:
            leave_out_this_frame(error)
            raise
        if began is not None:
            safely(consumer.end_start_up, began, self, loader)

    return _reset


def _watching_next(original: Callable[..., Any]) -> Callable[..., Any]:
    replays = replaying.wanted() is not None
    begin_next, end_next = consumer.begin_next, consumer.end_next

    def __next__(self: Any) -> Any:
        if replays:
            again = safely(consumer.replay, self)
            if again is consumer.End:
                raise StopIteration
            if again is not None:
                return again[0]
        iteration = None
        if not guard.stopped:  # as `safely` does it, which takes a part of what this takes
            try:
                iteration = begin_next(self)
            except Exception as error:
                if guard.is_the_trainings(error):
                    raise
                guard.give_up_after_some()
        try:
            data = original(self)
        except BaseException as error:
            if iteration is not None:
                safely(consumer.fail_next, iteration, self, error)
            leave_out_this_frame(error)
            raise
        if iteration is not None:
            try:
                end_next(iteration, self, data)
            except Exception as error:
                if guard.is_the_trainings(error):
                    raise
                guard.give_up_after_some()
        return data

    return __next__


def _noting_index(original: Callable[..., Any]) -> Callable[..., Any]:
    def _next_index(self: Any) -> Any:
        try:
            index = original(self)
        except BaseException as error:
            leave_out_this_frame(error)
            raise
        safely(consumer.note_index, self, index)
        return index

    return _next_index


def _timing_fetch(original: Callable[..., Any]) -> Callable[..., Any]:
    def fetch(self: Any, possibly_batched_index: Any) -> Any:
        batch, given = safely(_begin_fetch, self, possibly_batched_index) or (None, possibly_batched_index)
        try:
            data = original(self, given)
        except BaseException as error:
            if batch is not None:
                safely(fetching.fail, self, possibly_batched_index, batch, error)
            leave_out_this_frame(error)
            raise
        if batch is not None:
            safely(fetching.end, self, possibly_batched_index, batch)
        return data

    return fetch


def _timing_pin(original: Callable[..., Any]) -> Callable[..., Any]:
    def pin_memory(*arguments: Any, **options: Any) -> Any:  # calls itself for what is in a batch
        began = safely(pinning.begin)
        try:
            pinned = original(*arguments, **options)
        except BaseException as error:
            safely(pinning.end, None)
            leave_out_this_frame(error)
            raise
        safely(pinning.end, began)
        return pinned

    return pin_memory


def _begin_fetch(fetcher: Any, indices: Any) -> tuple[fetching.BatchFetch, Any]:
    running = thread.running
    if running:  # no workers: this thread's own next() loads
        return fetching.begin(fetcher, indices, running[-1].loader.ring.number, -1)
    known = consumer.thread_workers and consumer.thread_workers.get(threading.get_ident())
    return fetching.begin(fetcher, indices, *known) if known else fetching.begin(fetcher, indices)
