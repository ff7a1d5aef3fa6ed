"""Whether the workers of a cluster fit, and our package as a file that can be sent to them."""

import os
import sys
import zipfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from inspector.scan.runners.engine import EngineStartError
from inspector.scan.runners.probe import look, misfit

# Least versions of what checking a file imports. OpenCV has four names; what counts is that one is there.
NEEDED: dict[str, tuple[int, ...]] = {
    "numpy": (2, 1),
    "opencv-python": (5, 0),
    "simplejpeg": (1, 9),
    "psutil": (7,),
    "msgspec": (0, 20),
    "cloudpickle": (3, 1),
}
_OPENCV = ("opencv-python", "opencv-python-headless", "opencv-contrib-python", "opencv-contrib-python-headless")
PACKAGES = (*NEEDED, *_OPENCV[1:])  # to ask for


def check_workers(on: str, looks: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether a worker lacks this version of inspector.

    Args:
        on: the cluster. looks: what `probe.look` gave of each worker.

    Raises:
        EngineStartError: where one does not fit.
    """
    lacks, own = False, identity()
    for worker, found in looks.items():
        packages = dict(found["packages"])
        packages["opencv-python"] = next((packages[name] for name in _OPENCV if packages[name]), None)
        why = misfit({**found, "packages": packages}, NEEDED, sys.version_info[:2])
        if not why and found["loaded"] not in (None, own):
            why = "has loaded another version of inspector: restart it"
        if why:
            raise EngineStartError(f"{on}: the worker {worker} on {found['host']} {why}")
        lacks = lacks or (found["loaded"] or found["installed"]) != own
    return lacks


def package_folder() -> Path:
    """Where this package is."""
    return Path(__file__).resolve().parents[2]


def check_python(on: str, versions: Mapping[str, str]) -> None:
    """See that workers have this Python. `versions`: of each, such as "3.11.7.final.0".

    Raises:
        EngineStartError: where one has another.
    """
    for worker, version in versions.items():
        there, here = version.split(".")[:2], list(map(str, sys.version_info[:2]))
        if there != here:
            runs = f"runs Python {'.'.join(there)}, and this is {'.'.join(here)}"
            raise EngineStartError(f"{on}: the worker {worker} {runs}: use the same on both")


@cache
def identity() -> str:
    """Of this package: another one where its content is another."""
    found: str = look(())["loaded"]
    return found


def zipped_package(folder: str) -> str:
    """A zip with this package in `folder`; its name changes with its content."""
    target, package = os.path.join(folder, f"inspector-{identity()}.zip"), package_folder()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as file:
        for path in sorted(package.rglob("*.py")):
            file.write(path, path.relative_to(package.parent))
    return target
