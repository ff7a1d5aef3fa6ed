"""What a loader is called: by the variable that its user's code iterates, which their source shows."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from inspector.hook.naming import is_librarys

_GENERIC = {
    "self", "loader", "dataloader", "data_loader", "dl", "iterable", "iterator", "data", "dataset", "datasets", "batch",
    "batches", "enumerate", "dataloaders", "loaders",
}  # fmt: skip
_WORD = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_LIKELY = re.compile(r"load|(^|_)(dl|ds|dm|train|val|valid|test|eval)($|_)|batches|data", re.IGNORECASE)
_ROLES = (
    ("val", re.compile(r"valid|(^|_)val($|_)|sanity|evaluat|(^|_)eval")),
    ("test", re.compile(r"(^|_)test($|_)|predict")),
    ("train", re.compile(r"train|(^|_)fit($|_)")),
)
_MOST_BYTES = 4_000_000

Caller = tuple[str, int, str]  # file, line, function


def name_of(about: dict[str, Any]) -> str:
    """A name for a loader, from what the hook noted of who iterates it."""
    for name in about.get("names") or ():
        if name not in _GENERIC:
            return str(name)
    stack: list[Caller] = [(str(file), int(line), str(function)) for file, line, function in about.get("stack") or ()]
    users = stack[: int(about.get("users") or 0)]
    fallback = str(next(iter(about.get("names") or ()), ""))
    for caller in users:
        words = [word for word in _WORD.findall(_source(caller)) if _LIKELY.search(word) and not word[0].isupper()]
        for word in words:
            if word not in _GENERIC and not word.startswith(("DataLoader", "import")):
                return word
        fallback = fallback or next((word for word in words if word in _GENERIC and "load" in word), "")
    return role(stack) or fallback or str(about.get("dataset") or "").rpartition(".")[2] or "loader"


def role(stack: Sequence[Caller]) -> str:
    """ "train", "val" or "test", as the functions say in which it is iterated; "" where they do not."""
    for file, _, function in stack:
        for text in (function, Path(file).stem):
            for name, pattern in _ROLES:
                if pattern.search(text):
                    return name
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


def _source(caller: Caller) -> str:
    """The line of the user's code; "" where it cannot be read."""
    file, line, _ = caller
    try:
        path = Path(file)
        if is_librarys(file) or not path.is_file() or path.stat().st_size > _MOST_BYTES:
            return ""
        lines = path.read_text("utf-8", "replace").splitlines()
    except OSError:
        return ""
    return lines[line - 1] if 0 < line <= len(lines) else ""
