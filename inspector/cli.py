"""The command line: parses the verb and runs it; every error is one line on standard error and an exit status.

Exit status: 0 done; 1 the data cannot be loaded, files have problems (scan), not all could be restored, or something
is wrong here (doctor); 2 bad arguments or paths; 130 Ctrl+C; 143 SIGTERM.
What takes long to import is imported inside `main`, where Ctrl+C is caught.
"""

import errno
import os
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

from inspector.commands.parser import say
from inspector.commands.registry import parse
from inspector.errors import InspectorError, ManifestError, SettingsError, SourceError, UserCodeError
from inspector.fault_report import keep_report
from inspector.formatting import readable_lines
from inspector.system_signals import available

_OUTPUT_ERRORS = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF)  # such as a full disk behind `>`


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (default: the process's own); the exit status."""
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):  # a file's name may not fit the terminal's encoding
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for number in available("SIGTERM", "SIGHUP"):
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, _terminate)
    try:
        command, options = parse(list(sys.argv[1:] if arguments is None else arguments))
        status = command.run(options)
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # whoever read our output has gone
        status = 128 + 13  # SIGPIPE's number, which Windows does not know
    except UserCodeError as error:
        print(readable_lines(error.traceback), file=sys.stderr)
        status = _fail(error.summary, 1)
    except InspectorError as error:
        status = _fail(str(error), 2 if isinstance(error, SettingsError | SourceError | ManifestError) else 1)
    except SystemExit as ended:  # help was printed, or it is a signal
        raise SystemExit(_flush(ended.code if isinstance(ended.code, int) else 0)) from None
    except Exception as error:  # a fault of ours or of the machine: what a user sees of it is one line, too
        if isinstance(error, OSError) and error.filename is None and error.errno in _OUTPUT_ERRORS:
            return _cannot_print(error)
        status = _fail(f"unexpected error: {type(error).__name__}: {error}; {keep_report(error).sentence}", 1)
    return _flush(status)


def _open_what_is_closed() -> None:
    """Standard streams that were closed before we began lead nowhere; else a file of ours would take their number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # gets the lowest number that is free
            os.set_inheritable(number, True)
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  # for as long as the process
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w")  # noqa: SIM115


def _flush(status: int) -> int:
    """Write out what was printed; Python would do so at exit, but complain in several lines where it fails."""
    try:
        sys.stdout.flush()
    except OSError as error:
        return _cannot_print(error)
    return status


def _cannot_print(error: OSError) -> int:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    if isinstance(error, BrokenPipeError):
        return 128 + 13
    return _fail(f"the output cannot be written: {error.strerror}", 1)


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # once is enough; the way out must not be interrupted
    sys.exit(128 + number)


def _fail(message: str, status: int) -> int:
    say(message)
    return status
