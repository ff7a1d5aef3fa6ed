"""What is asked of the workers of a cluster before the first chunk. Standard library only: they may lack inspector.

The functions are sent as they are here, not by name: see `sent`.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def look(packages: Sequence[str]) -> dict[str, Any]:
    """What this process is, and which packages it has, each with its version or None; and of inspector, see `identity`,
    the one that it has loaded and the one that it would load."""
    import hashlib
    import os
    import re
    import socket
    import sys
    from importlib import metadata

    def identity(folder: str) -> str:
        if match := re.search(r"inspector-([0-9a-f]{16})\.zip$", os.path.dirname(folder)):
            return match[1]
        digest = hashlib.sha256()
        paths = [os.path.join(root, name) for root, _, names in os.walk(folder) for name in names]
        for path in sorted(path for path in paths if path.endswith(".py")):
            with open(path, "rb") as file:
                digest.update(os.path.relpath(path, folder).encode() + b"\0" + file.read())
        return digest.hexdigest()[:16]

    found: dict[str, str | None] = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    loaded = getattr(sys.modules.get("inspector"), "__file__", None)
    folders = [os.path.join(entry, "inspector") for entry in sys.path]
    there = next(
        (f for f in folders if os.path.dirname(f).endswith(".zip") or os.path.isfile(f + "/__init__.py")), None
    )
    return {
        "host": socket.gethostname(),
        "python": list(sys.version_info[:2]),
        "packages": found,
        "loaded": identity(os.path.dirname(loaded)) if loaded else None,
        "installed": identity(there) if there else None,
    }


def work(payload: bytes, shared: Any = None) -> bytes:
    """`outcome` of a pickled task, pickled: an engine's own processes need not know either."""
    import pickle

    from inspector.scan.runners.check import outcome

    return pickle.dumps(outcome(pickle.loads(payload), shared))


def unreadable(paths: Sequence[str]) -> str | None:
    """The first of the paths that this process cannot read."""
    import os

    return next((path for path in paths if not os.access(path, os.R_OK)), None)


def sent(name: str) -> Any:
    """One of the functions above, as one that is sent with its code: the worker need not be able to import it."""
    with open(__file__, encoding="utf-8") as file:
        code = compile(file.read(), "inspector's probe", "exec")
    namespace: dict[str, Any] = {"__name__": "inspector_probe"}
    exec(code, namespace)
    return namespace[name]


def misfit(found: Mapping[str, Any], needed: Mapping[str, tuple[int, ...]], python: Sequence[int]) -> str:
    """Why a worker cannot check files, a sentence's end; "" where it can. `needed`: least versions of packages."""
    if list(found["python"]) != list(python):
        here, there = ".".join(map(str, python)), ".".join(map(str, found["python"]))
        return f"runs Python {there}, and this is {here}: use the same on both"
    missing = [name for name in needed if found["packages"][name] is None]
    if missing:
        return f"lacks {', '.join(missing)}: run `pip install {' '.join(missing)}` there"
    for name, least in needed.items():
        there = found["packages"][name]
        numbers = tuple(int(part) for part in there.split(".")[: len(least)] if part.isdigit())
        if numbers < least:
            wanted = ".".join(map(str, least))
            return f"has {name} {there}, and {wanted} or later is needed: run `pip install '{name}>={wanted}'` there"
    return ""
