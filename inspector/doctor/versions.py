"""Which versions of what are here, and whether they can be loaded."""

import platform
import re
import sys
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

from inspector import __version__
from inspector.assets import assets_dir
from inspector.doctor.child import ask
from inspector.doctor.findings import Diagnostic, Level, without_home
from inspector.doctor.libraries import advice_for
from inspector.extras import DISTRIBUTION

SECTION = "Versions"
# What inspector cannot do without, as in pyproject.toml.
PACKAGES = (
    "numpy", "opencv-python", "PySide6-Essentials", "pyqtgraph", "simplejpeg", "psutil", "rich", "jinja2", "msgspec",
    "cloudpickle",
)  # fmt: skip
# Other packages that bring the same module; two of them overwrite each other's files.
_OPENCVS = ("opencv-python", "opencv-contrib-python", "opencv-python-headless", "opencv-contrib-python-headless")
_FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "AVIF", "JPEG 2000", "GIF")  # as OpenCV's build information calls them
_REINSTALL = f"install it again: pip install --force-reinstall {DISTRIBUTION}"
_ASK_OPENCV = """
import cv2, json
facts = {"version": cv2.__version__, "rgb": hasattr(cv2, "IMREAD_COLOR_RGB"), "build": cv2.getBuildInformation()}
print(json.dumps(facts))
"""
_ASK_MODULES = """
import json, sys, jinja2, psutil, rich, simplejpeg
import numpy
print(json.dumps({"numpy": numpy.__version__}))
"""


def examine() -> Iterator[Diagnostic]:
    """inspector, Python, the system, the packages, OpenCV's formats, PyTorch."""
    package = without_home(str(Path(__file__).resolve().parents[1]))
    yield Diagnostic(SECTION, "inspector", f"{__version__}, in {package}")
    yield _sample()
    executable = without_home(sys.executable)
    yield Diagnostic(SECTION, "Python", f"{platform.python_implementation()} {platform.python_version()}, {executable}")
    yield Diagnostic(SECTION, "system", system())
    yield from _packages()
    yield from _opencv()
    yield _torch()


def _sample() -> Diagnostic:
    assets = assets_dir()
    missing = [name for name in ("icons/inspector.svg", "sample") if not (assets / name).exists()]
    if not missing:
        return Diagnostic(SECTION, "sample and icons", "there")
    advice = f"{', '.join(missing)} should be in {without_home(str(assets))}; {_REINSTALL}"
    return Diagnostic(SECTION, "sample and icons", "missing", Level.WARNING, advice)


def system() -> str:
    """The distribution, where there is one, and the system below it."""
    name = platform.platform(aliased=True)
    try:
        distribution = platform.freedesktop_os_release().get("PRETTY_NAME", "")
    except OSError:  # not a Linux, or one that does not say
        return name
    return f"{distribution}, {name}" if distribution else name


def _packages() -> Iterator[Diagnostic]:
    cannot_load = ask(_ASK_MODULES).said
    for name in PACKAGES:
        version = installed_version(name)
        if version is None and name in _OPENCVS:
            version = next((f"{other} {v}" for other in _OPENCVS if (v := installed_version(other))), None)
        if version is None:
            yield Diagnostic(SECTION, name, "not installed", Level.PROBLEM, _REINSTALL)
        else:
            yield Diagnostic(SECTION, name, version)
    if cannot_load:
        yield Diagnostic(SECTION, "loading them", cannot_load, Level.PROBLEM, _REINSTALL)


def installed_version(package: str) -> str | None:
    """The version of an installed package, not loaded; None where there is none."""
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _opencv() -> Iterator[Diagnostic]:
    several = [name for name in _OPENCVS if installed_version(name)]
    if len(several) > 1:
        advice = f"they overwrite each other: pip uninstall {' '.join(several)}; then pip install opencv-python"
        yield Diagnostic(SECTION, "several OpenCVs", ", ".join(several), Level.WARNING, advice)
    answer = ask(_ASK_OPENCV)
    if not answer.facts:
        advice = advice_for(answer.said, _REINSTALL)
        yield Diagnostic(SECTION, "OpenCV", f"cannot be loaded: {answer.said}", Level.PROBLEM, advice)
        return
    if not answer.facts["rgb"]:
        advice = "version 5 or later is needed: pip install --upgrade opencv-python"
        yield Diagnostic(SECTION, "OpenCV", answer.facts["version"], Level.PROBLEM, advice)
    formats = formats_of_build(answer.facts["build"])
    without = [name for name in _FORMATS if formats.get(name, "NO").startswith("NO")]
    known = ", ".join(_with_version(name, formats[name]) for name in _FORMATS if name not in without)
    level = Level.WARNING if without else Level.OK
    advice = f"it cannot read {', '.join(without)}: such files are UNSUPPORTED here" if without else ""
    yield Diagnostic(SECTION, "OpenCV's decoders", known, level, advice)


def formats_of_build(information: str) -> dict[str, str]:
    """Format and library from `cv2.getBuildInformation()`: {"JPEG": "build-libjpeg-turbo (ver 3.1.2-70)", ...}."""
    _, _, media = information.partition("Media I/O:")
    formats = {}
    for line in media.splitlines()[1:]:
        if not line.strip():
            break
        name, _, library = line.strip().partition(":")
        formats[name] = library.strip()
    return formats


def _with_version(name: str, library: str) -> str:
    version = re.search(r"\(ver (?:\d+ - )?([\d.-]+)\)", library)
    return f"{name} {version[1]}" if version else name


def _torch() -> Diagnostic:
    version = installed_version("torch")
    found = f"{version} (not loaded)" if version else "not installed; only `inspector tune --torch` needs it"
    return Diagnostic(SECTION, "PyTorch", found)
