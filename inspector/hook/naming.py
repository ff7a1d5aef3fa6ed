"""What a loader is called, how it is set, and which file a sample is: read from what is there, nothing is run."""

from __future__ import annotations

import os
import sys
from typing import Any

_LISTS = ("samples", "imgs", "im_files", "image_files", "image_paths", "img_paths", "paths", "files", "filenames")
_PATH_KEYS = ("path", "image_path", "img_path", "file_name", "filename", "file", "im_file")
_DEEPEST = 40


def describe(loader: Any) -> dict[str, Any]:
    """The settings of a DataLoader, and who made it; what it does not have is left out."""
    dataset = getattr(loader, "dataset", None)
    sampler = getattr(loader, "batch_sampler", None)  # never asked whether it is true: that calls its __len__
    if sampler is None:
        sampler = getattr(loader, "sampler", None)
    inner = getattr(sampler, "sampler", None)
    context = getattr(loader, "_DataLoader__multiprocessing_context", None)
    return {
        "dataset": _type(dataset),
        "sampler": _type(inner if inner is not None else sampler),
        "batch_size": _plain(
            getattr(sampler if getattr(loader, "batch_size", None) is None else loader, "batch_size", None)
        ),
        "collates": bool(getattr(loader, "_auto_collation", True)),
        "map_style": getattr(loader, "_dataset_kind", 0) == 0,
        "num_workers": _plain(getattr(loader, "num_workers", 0)),
        "prefetch_factor": _plain(getattr(loader, "prefetch_factor", None)),
        "persistent_workers": bool(getattr(loader, "persistent_workers", False)),
        "pin_memory": bool(getattr(loader, "pin_memory", False)),
        "drop_last": bool(getattr(loader, "drop_last", False)),
        "in_order": bool(getattr(loader, "in_order", True)),
        "start_method": getattr(context, "_name", None) or _default_start_method(),
        "class": _type(loader),
    }


def callers(loader: Any) -> tuple[list[str], list[tuple[str, int, str]]]:
    """(global variables that hold this loader, who iterates it: file, line, function, the nearest first).

    Never looks at a frame's locals: before Python 3.13 that keeps all of them alive for as long as their function runs.
    """
    names: list[str] = []
    stack: list[tuple[str, int, str]] = []
    seen: list[Any] = []
    frame: Any = sys._getframe(1)
    while frame is not None and len(stack) < _DEEPEST:
        file, scope = frame.f_code.co_filename, frame.f_globals
        if not file.startswith("<") and os.path.dirname(file) != _OWN:
            stack.append((file, frame.f_lineno, frame.f_code.co_name))
            if not is_librarys(file) and not any(scope is each for each in seen):
                seen.append(scope)
                names += [name for name, value in list(scope.items()) if value is loader and not name.startswith("_")]
        frame = frame.f_back
    return names, stack


def is_librarys(file: str) -> bool:
    """Whether it is somebody else's code: a package's, or Python's own."""
    return "site-packages" in file or "dist-packages" in file or file.startswith((_PYTHON, "<", *libraries))


_OWN = os.path.dirname(os.path.abspath(__file__))
libraries: list[str] = []  # folders of others that lie elsewhere, such as a torch that was built here
_PYTHON = os.path.dirname(os.__file__)


def _type(thing: Any) -> str:
    kind = type(thing)
    return "" if thing is None else f"{kind.__module__}.{kind.__qualname__}"


def _plain(value: Any) -> int | None:
    return value if isinstance(value, int) else None


def _default_start_method() -> str | None:
    module = sys.modules.get("multiprocessing.context")
    context = getattr(getattr(module, "_default_context", None), "_actual_context", None)
    name = getattr(context, "_name", None)
    if name is None and module is not None:
        name = getattr(getattr(module._default_context, "_default_context", None), "_name", None)
    return name


def path_of(dataset: Any, index: Any) -> str | None:
    """The file of a sample, where the data set keeps a list of them. Reads attributes only, calls nothing of theirs."""
    for _ in range(8):  # a Subset of a Subset ...
        kept = getattr(dataset, "__dict__", None)
        if not isinstance(kept, dict) or not isinstance(index, int):
            return None
        for name in _LISTS:
            paths = kept.get(name)
            if isinstance(paths, (list, tuple)) and -len(paths) <= index < len(paths):
                return _path(paths[index])
        inner, indices, parts = kept.get("dataset"), kept.get("indices"), kept.get("datasets")
        if isinstance(parts, list) and isinstance(kept.get("cumulative_sizes"), list):  # ConcatDataset
            for part, end in zip(parts, kept["cumulative_sizes"]):
                if index < end:
                    begin = kept["cumulative_sizes"][parts.index(part) - 1] if part is not parts[0] else 0
                    dataset, index = part, index - begin
                    break
            else:
                return None
        elif inner is not None:
            if indices is not None:
                try:
                    index = int(indices[index])
                except Exception:  # indices of a kind that we do not know
                    return None
            dataset = inner
        else:
            return None
    return None


def _path(entry: Any) -> str | None:
    if isinstance(entry, (list, tuple)) and entry:
        entry = entry[0]
    if isinstance(entry, dict):
        entry = next((entry[key] for key in _PATH_KEYS if isinstance(entry.get(key), str)), None)
    if isinstance(entry, os.PathLike):
        entry = os.fspath(entry)
    return entry if isinstance(entry, str) else None
