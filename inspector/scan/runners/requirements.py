"""Whether the workers of a cluster fit, and our package as a file that can be sent to them."""

import hashlib
import os
import sys
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from inspector import __version__
from inspector.scan.runners.engine import EngineStartError
from inspector.scan.runners.probe import misfit

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
    lacks = False
    for worker, found in looks.items():
        packages = dict(found["packages"])
        packages["opencv-python"] = next((packages[name] for name in _OPENCV if packages[name]), None)
        why = misfit({**found, "packages": packages}, NEEDED, sys.version_info[:2])
        if not why and found["loaded"] not in (None, __version__):
            why = f"has loaded inspector {found['loaded']}, and this is {__version__}: restart it"
        if why:
            raise EngineStartError(f"{on}: the worker {worker} on {found['host']} {why}")
        lacks = lacks or (found["loaded"] or found["installed"]) != __version__
    return lacks


def package_folder() -> Path:
    """Where this package is."""
    return Path(__file__).resolve().parents[2]


def zipped_package(folder: str) -> str:
    """A zip with this package, compiled for this Python, in `folder`; its name changes with its content."""
    digest = hashlib.sha256()
    for path in _modules():
        digest.update(f"{path.name}\0".encode() + path.read_bytes())
    target = os.path.join(folder, f"inspector-{__version__}-{digest.hexdigest()[:12]}.zip")
    with zipfile.PyZipFile(target, "w", optimize=0) as file:
        file.writepy(str(package_folder()))
    return target


def _modules() -> Iterable[Path]:
    return sorted(package_folder().rglob("*.py"))
