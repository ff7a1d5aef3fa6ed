"""What a loader is called: by the variable that its user's code iterates, which their source shows."""

import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from inspector.files import read_regular
from inspector.hook.naming import is_librarys

_GENERIC = {
    "self", "loader", "dataloader", "data_loader", "dl", "iterable", "iterator", "data", "dataset", "datasets", "batch",
    "batches", "enumerate", "dataloaders", "loaders",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKELY = re.compile(r"load|(^|_)(dl|ds|dm|train|val|valid|test|eval)($|_)|batches|data", re.IGNORECASE)
_OTHER = re.compile(
    r"^_*[A-Z]|(dataset|_ds|data|sampler|step|args|mode|model)$|^(train|test|fit|validate|evaluate|import)$"
)
_ROLES = (
    ("val", re.compile(r"valid|(^|_)val($|_)|sanity|evaluat|(^|_)eval")),
    ("test", re.compile(r"(^|_)test($|_)|predict")),
    ("train", re.compile(r"train|(^|_)fit($|_)")),
)
_MADE = re.compile(r"^[ \t]*(?:self\.)?([A-Za-z_]\w*)\s*(?::[^=\n]*)?=\s*[\w.]*[Ll]oader\(", re.MULTILINE)
_MOST_BYTES = 4_000_000

Caller = tuple[str, int, str]  # file, line, function


def name_of(about: dict[str, Any]) -> str:
    """A name for a loader, from what the hook noted of who iterates it."""
    for name in about.get("names") or ():
        if name not in _GENERIC:
            return str(name)
    stack: list[Caller] = [(str(file), int(line), str(function)) for file, line, function in about.get("stack") or ()]
    part = role(about)
    users = stack[: int(about.get("users") or 0)]
    fallback = str(next(iter(about.get("names") or ()), ""))
    for caller in users:
        words = [word for word in _WORD.findall(_source(caller)) if _LIKELY.search(word) and not _OTHER.search(word)]
        words.sort(key=lambda word: part not in word)  # "val" of fit(model, train_dl, val_dl)
        for word in words:
            if word not in _GENERIC:
                return str(word)
        fallback = fallback or next((word for word in words if word in _GENERIC and "load" in word), "")
    assigned = {found[1] for file in {caller[0] for caller in users} for found in _MADE.finditer(_text(file))}
    if len(assigned) == 1:
        return str(assigned.pop())
    return part or fallback or str(about.get("dataset") or "").rpartition(".")[2] or "loader"


def role(about: dict[str, Any]) -> str:
    """ "train", "val" or "test", as the functions say in which it is iterated; "" where they do not."""
    stack: list[Caller] = [(str(file), int(line), str(function)) for file, line, function in about.get("stack") or ()]
    count = int(about.get("users") or 0)
    for place, (file, _, function) in enumerate([*stack[count:], *stack[:count]]):  # frameworks know it best
        for text in (function, Path(file).stem) if place < len(stack) - count else (function,):
            for name, pattern in _ROLES:
                if pattern.search(text):
                    return str(name)
    return ""


def site_of(about: dict[str, Any]) -> str:
    """`file:line` of the nearest code that is the user's; "" where there is none."""
    if not about.get("users"):
        return ""
    file, line, _ = about["stack"][0]
    return f"{file}:{line}"


def distinct(names: Sequence[tuple[str, str]]) -> list[str]:
    """Names (name, role) that are all different: those that are alike get their role, then a number."""
    plain = [name for name, _ in names]
    found: list[str] = []
    for name, part in names:
        if plain.count(name) > 1 and part and part not in name and len({each for n, each in names if n == name}) > 1:
            name = part
        number, alone = 2, name
        while name in found:
            name, number = f"{alone} {number}", number + 1
        found.append(name)
    return found


@lru_cache(maxsize=256)  # a view reads the rings again and again, and what runs is what was there at first
def _source(caller: Caller) -> str:
    """The line of the user's code; "" where it cannot be read."""
    file, line, _ = caller
    lines = _text(file).splitlines()
    return lines[line - 1] if 0 < line <= len(lines) else ""


@lru_cache(maxsize=64)
def _text(file: str) -> str:
    try:
        if is_librarys(file):
            return ""
        return read_regular(file, _MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return ""
