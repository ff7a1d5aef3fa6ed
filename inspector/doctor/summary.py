"""What a report says of the machine: what `inspector doctor` says, but for what needs processes of its own."""

import platform
from collections.abc import Iterator

from inspector import __version__
from inspector.doctor import machine, versions
from inspector.doctor.findings import Diagnostic

_LEFT_OUT = {"batches' memory", "/dev/shm", "temporary files", "encoding"}  # of no use without the doctor's advice


def summary() -> Iterator[Diagnostic]:
    """Cores, memory and limits, then versions. Takes some milliseconds."""
    yield from (found for found in machine.examine() if found.name not in _LEFT_OUT)
    yield Diagnostic(versions.SECTION, "system", versions.system())
    python = f"{platform.python_implementation()} {platform.python_version()}"
    yield Diagnostic(versions.SECTION, "inspector", f"{__version__}, {python}")
    known = (f"{name} {versions.installed_version(name) or 'not found'}" for name in versions.PACKAGES)
    yield Diagnostic(versions.SECTION, "packages", ", ".join(known))
