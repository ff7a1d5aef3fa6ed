"""Under which licences the packages are that inspector brings along."""

import re
from collections.abc import Iterator
from importlib import metadata
from typing import NamedTuple

from inspector.doctor.versions import PACKAGES
from inspector.extras import DISTRIBUTION

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_FILES = re.compile(r"licen[cs]e|copying|notice|third.?party", re.IGNORECASE)


class Licence(NamedTuple):
    """Attributes:
    licence: as the package names it: an SPDX expression where it has one.
    files: with its text and those of the libraries in it, from the folder where packages are installed.
    """

    package: str
    version: str
    licence: str
    files: tuple[str, ...]


def licences() -> list[Licence]:
    """Those of inspector, of what it needs, and of what that needs, by name; only what is installed here."""
    found: dict[str, Licence] = {}
    waiting = [DISTRIBUTION, *PACKAGES]
    while waiting:
        name = waiting.pop()
        key = re.sub(r"[-_.]+", "-", name).lower()
        if key in found:
            continue
        try:
            package = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue
        found[key] = Licence(package.metadata["Name"], package.version, _named(package), tuple(_files(package)))
        waiting += _needed(package)
    return [found[key] for key in sorted(found)]


def _needed(package: metadata.Distribution) -> Iterator[str]:
    for requirement in package.requires or ():
        name = _NAME.match(requirement)
        if name and "extra ==" not in requirement:
            yield name[0]


def _named(package: metadata.Distribution) -> str:
    fields = package.metadata
    text = next((fields[name] for name in ("License-Expression", "License") if name in fields), "")
    short = text.strip().splitlines()[0].strip() if text.strip() else ""
    if 0 < len(short) <= 80:
        return short
    classified = [line.rsplit(" :: ", 1)[-1] for line in fields.get_all("Classifier") or () if "License ::" in line]
    return ", ".join(classified) or "not named in its metadata"


def _files(package: metadata.Distribution) -> Iterator[str]:
    for file in package.files or ():
        if _FILES.search(file.name) and file.suffix not in (".py", ".pyc", ".pyi"):
            yield str(file)
