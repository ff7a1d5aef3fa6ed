"""What a loader is called, how it is set, and which file a sample is: read from what is there, nothing is run."""

from __future__ import annotations

import os
import sys
from typing import Any

_GENERIC = {
    "self",
    "loader",
    "dataloader",
    "data_loader",
    "dl",
    "iterable",
    "it",
    "iterator",
    "obj",
    "value",
    "dataset",
}
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


def site(loader: Any) -> tuple[str, str]:
    """(name of the loader, who iterates it): the variable that holds it, and `file:line` of the nearest user's code."""
    names: list[str] = []
    functions: list[str] = []
    where = ""
    frame: Any = sys._getframe(1)
    for _ in range(_DEEPEST):
        if frame is None:
            break
        file = frame.f_code.co_filename
        if not _is_librarys(file):
            where = where or f"{file}:{frame.f_lineno}"
            functions.append(frame.f_code.co_name)
            names += _names_of(loader, frame)
        frame = frame.f_back
    for name in names:
        if name not in _GENERIC:
            return name, where
    split = getattr(getattr(loader, "dataset", None), "__dict__", {}).get("split")
    if isinstance(split, str) and split:
        return split, where
    for name in (*names, *functions):
        if name not in _GENERIC and not name.startswith("<"):
            return name, where
    return _type(getattr(loader, "dataset", None)).rpartition(".")[2] or "loader", where


def _names_of(loader: Any, frame: Any) -> list[str]:
    scopes = [frame.f_locals]
    if frame.f_locals is not frame.f_globals:
        scopes.append(frame.f_globals)
    found = []
    for scope in scopes:
        for name, value in list(scope.items()):
            if value is loader and not name.startswith("_"):
                found.append(name)
    owner = frame.f_locals.get("self")
    for name, value in list(getattr(owner, "__dict__", {}).items()):
        if value is loader:
            found.append(name.lstrip("_"))
    return found


def _is_librarys(file: str) -> bool:
    return "site-packages" in file or "dist-packages" in file or file.startswith("<") or os.path.dirname(file) == _OWN


_OWN = os.path.dirname(os.path.abspath(__file__))


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
