"""What the machine, the container and the system's limits allow."""

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator

from inspector import formatting as fmt
from inspector.doctor.findings import Diagnostic, Level, without_home
from inspector.doctor.versions import installed_version
from inspector.resource_limits import bound_cores, cpu_quota, memory_limit_bytes, usable_cores, usable_memory_bytes
from inspector.settings import default_memory_limit_bytes

SECTION = "Machine"
FEW_DESCRIPTORS = 256
FEW_PROCESSES = 256
SMALL_SHM_BYTES = 1 << 30


def examine() -> Iterator[Diagnostic]:
    """Cores, memory, shared memory, temporary files, limits, encoding."""
    yield _cores()
    yield _memory()
    yield _shared_memory()
    if os.path.isdir("/dev/shm"):
        yield dev_shm(shutil.disk_usage("/dev/shm").total, torch=installed_version("torch") is not None)
    yield _temporary_folder()
    yield from _limits()
    yield _encoding()


def _cores() -> Diagnostic:
    quota = cpu_quota()
    parts = [f"{usable_cores():.3g} usable: {fmt.plural(os.cpu_count() or 1, 'core')}"]
    parts.append(f"{bound_cores()} of them by affinity")
    parts.append("no quota" if quota is None else f"quota {quota.cores:g} ({quota.folder})")
    if usable_cores() >= 2:
        return Diagnostic(SECTION, "cores", ", ".join(parts))
    advice = "more than 1 worker helps only where reading waits for the disk or the network; give it more cores"
    return Diagnostic(SECTION, "cores", ", ".join(parts), Level.WARNING, advice)


def _memory() -> Diagnostic:
    limit, free, wanted = memory_limit_bytes(), _available_bytes(), default_memory_limit_bytes()
    value = f"{fmt.byte_size(usable_memory_bytes())} usable, {fmt.byte_size(free)} free now"
    value += f", limit of the control group {'none' if limit is None else fmt.byte_size(limit)}"
    value += f"; batches may take {fmt.byte_size(wanted)}"
    if free is None or free >= wanted:
        return Diagnostic(SECTION, "memory", value)
    advice = f"other programs hold most of it: close some, or give --memory-limit {fmt.byte_size(free // 2)}"
    return Diagnostic(SECTION, "memory", value, Level.WARNING, advice.replace(" KB", "KB").replace(" MB", "MB"))


def _available_bytes() -> int | None:
    try:
        import psutil
    except ImportError:  # which another line of the report says
        return None
    return int(psutil.virtual_memory().available)


def _shared_memory() -> Diagnostic:
    if not hasattr(os, "memfd_create"):
        folder = tempfile.gettempdir()
        return Diagnostic(SECTION, "batches' memory", f"an unlinked file in {without_home(folder)}")
    try:
        os.close(os.memfd_create("inspector-doctor"))
    except OSError as error:
        advice = "the system or a sandbox forbids memfd_create; allow it"
        return Diagnostic(SECTION, "batches' memory", f"refused: {error.strerror}", Level.PROBLEM, advice)
    return Diagnostic(SECTION, "batches' memory", "memfd works; /dev/shm is not used")


def dev_shm(size_bytes: int, *, torch: bool) -> Diagnostic:
    """The size of /dev/shm, which matters to PyTorch's DataLoader only."""
    value = f"{fmt.byte_size(size_bytes)}; inspector does not use it"
    if size_bytes >= SMALL_SHM_BYTES or not torch:
        return Diagnostic(SECTION, "/dev/shm", value)
    advice = "workers of PyTorch's DataLoader may die of a bus error: docker run --shm-size=2g, or --ipc=host"
    return Diagnostic(SECTION, "/dev/shm", value, Level.WARNING, advice)


def _temporary_folder() -> Diagnostic:
    try:
        with tempfile.TemporaryFile():
            folder = tempfile.gettempdir()
    except OSError as error:
        advice = "make a folder that can be written to, and name it in TMPDIR"
        return Diagnostic(SECTION, "temporary files", f"cannot be made: {error.strerror}", Level.PROBLEM, advice)
    free = fmt.byte_size(shutil.disk_usage(folder).free)
    return Diagnostic(SECTION, "temporary files", f"{without_home(folder)}, {free} free")


def _limits() -> Iterator[Diagnostic]:
    if sys.platform == "win32":
        return
    import resource

    for name, number, few, advice in (
        ("open files", "RLIMIT_NOFILE", FEW_DESCRIPTORS, "each worker takes two: raise `ulimit -n`"),
        ("processes", "RLIMIT_NPROC", FEW_PROCESSES, "all programs of this user share it: raise `ulimit -u`"),
        (
            "address space",
            "RLIMIT_AS",
            4 * default_memory_limit_bytes(),
            "batches get less room: raise `ulimit -v`, or give a smaller --memory-limit",
        ),
    ):
        if hasattr(resource, number):
            soft, hard = resource.getrlimit(getattr(resource, number))
            yield limit(name, soft, hard, few=few, advice=advice, in_bytes=number == "RLIMIT_AS")


def limit(name: str, soft: int, hard: int, *, few: int, advice: str, in_bytes: bool = False) -> Diagnostic:
    """A limit of the system; fewer than `few` is a warning. Numbers below 0 and beyond 2**60 are no limit."""

    def shown(number: int) -> str:
        return "no limit" if not 0 <= number < 1 << 60 else fmt.byte_size(number) if in_bytes else fmt.whole(number)

    value = f"{shown(soft)} (at most {shown(hard)})" if shown(soft) != shown(hard) else shown(soft)
    if not 0 <= soft < few:
        return Diagnostic(SECTION, f"limit of {name}", value)
    return Diagnostic(SECTION, f"limit of {name}", value, Level.WARNING, advice)


def _encoding() -> Diagnostic:
    names, output = sys.getfilesystemencoding(), getattr(sys.stdout, "encoding", None) or fmt.UNKNOWN
    value = f"file names {names}, output {output}"
    if names.replace("-", "").lower() == "utf8":
        return Diagnostic(SECTION, "encoding", value)
    advice = "names with other letters are shown as \\x..: set LANG=C.UTF-8"
    return Diagnostic(SECTION, "encoding", value, Level.WARNING, advice)
