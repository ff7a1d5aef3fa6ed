"""What is asked of the workers of a cluster before the first chunk. Standard library only: they may lack inspector.

The functions are sent as they are here, not by name: see `sent`.
"""

from collections.abc import Mapping, Sequence
from typing import Any


def look(packages: Sequence[str]) -> dict[str, Any]:
    """What this process is, and which packages it has, each with its version or None."""
    import os
    import socket
    import sys
    from importlib import metadata

    found: dict[str, str | None] = {}
    for name in packages:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            found[name] = None
    loaded = getattr(sys.modules.get("inspector"), "__version__", None)
    installed = None
    for folder in sys.path:
        try:
            with open(os.path.join(folder, "inspector", "__init__.py"), encoding="utf-8") as file:
                lines = [line for line in file if line.startswith("__version__")]
            installed = lines[0].split('"')[1]
            break
        except (OSError, IndexError):
            continue
    return {
        "host": socket.gethostname(),
        "python": list(sys.version_info[:2]),
        "packages": found,
        "loaded": loaded,
        "installed": installed,
    }


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
