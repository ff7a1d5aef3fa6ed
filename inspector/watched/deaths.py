"""How processes of a training end, for people."""

import signal

from inspector import formatting as fmt
from inspector.watched.records import WatchedError

_SHOWN = 12  # samples
OUT_OF_MEMORY = "by the system, which was out of memory"
BY_SOMEBODY = "by hand, or by another program: the system had memory"
_LIKELY = {
    "SIGKILL": "by hand, or by the system, which was out of memory",
    "SIGBUS": "as is usual where /dev/shm is full",
    "SIGSEGV": "by a fault in native code, such as a decoder's",
    "SIGABRT": "by a fault that native code found itself",
}


def ending(status: int) -> str:
    """Such as "SIGKILL" or "status 3"."""
    return signal_name(-status) if status < 0 else f"status {status}"


def signal_name(number: int) -> str:
    """Such as "SIGKILL"."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def death(error: WatchedError, *, rank: bool = False) -> str:
    """A sentence on a worker that has died, and on what it had; "" where none has. `rank`: name that, too."""
    status = error.exit_status
    if status is None:
        return ""
    how = ending(status)
    likely = f" ({why})" if (why := _why(how, error)) else ""
    at = "" if error.index is None else f" at sample {error.index}"
    batch = ""
    if error.indices:
        more = ", …" if len(error.indices) > _SHOWN else ""
        batch = f" It had a batch of {fmt.plural(error.batch_size or len(error.indices), 'sample')}: "
        batch += f"{', '.join(map(str, error.indices[:_SHOWN]))}{more}."
    path = f" ({fmt.file_name(error.path)})" if error.path else ""
    of = f" of rank {error.rank}" if rank else ""
    return f"Worker {error.worker}{of} was ended by {how}{likely}{at}{path}.{batch}"


def _why(how: str, error: WatchedError) -> str:
    """What is known of the reason."""
    why = _LIKELY.get(how, "")
    if how == "SIGKILL" and error.oom is not None:
        why = OUT_OF_MEMORY if error.oom else BY_SOMEBODY
    if how != "SIGKILL" or not error.peak_bytes:
        return why
    of = f" of {fmt.byte_size(error.memory_bytes)}" if error.memory_bytes else ""
    return f"{why}; a worker had up to {fmt.byte_size(error.peak_bytes)}{of}"
