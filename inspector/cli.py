"""The command line: what was asked for is checked here, before anything starts, and then handed on.

Exit status: 0 done; 1 the data cannot be loaded, files have problems (scan), not all could be restored, or something
is wrong here (doctor); 2 bad arguments or paths; 130 Ctrl+C; 143 SIGTERM.
Every error is one line on standard error. What takes long to import is imported inside `main`, where Ctrl+C is caught.
"""

import os
import signal
import stat
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from typing import NoReturn

from inspector import formatting as fmt
from inspector.assets import assets_dir
from inspector.errors import InspectorError, ManifestError, SettingsError, SourceError
from inspector.fault_report import keep_report
from inspector.options import VERBS, parse, say, settings_of
from inspector.settings import IMAGE_EXTENSIONS


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with `arguments` (default: the process's own); the exit status."""
    for stream in (sys.stdout, sys.stderr):  # a file's name may not fit the terminal's encoding
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), _terminate)
    try:
        status = _run(list(sys.argv[1:] if arguments is None else arguments))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except BrokenPipeError:  # whoever read our output has gone
        status = 128 + 13  # SIGPIPE's number, which Windows does not know
    except InspectorError as error:
        status = _fail(str(error), 2 if isinstance(error, SettingsError | SourceError | ManifestError) else 1)
    except Exception as error:  # a fault of ours or of the machine: what a user sees of it is one line, too
        status = _fail(f"unexpected error: {type(error).__name__}: {error}; {keep_report(error).sentence}", 1)
    return _flush(status)


def _flush(status: int) -> int:
    """Write out what was printed; Python would do so at exit, but complain in several lines where it fails."""
    if sys.stdout is None:  # it was closed before we began
        return status
    try:
        sys.stdout.flush()
    except OSError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if isinstance(error, BrokenPipeError):
            return 128 + 13
        return _fail(f"the output cannot be written: {error.strerror}", 1)
    return status


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # once is enough; the way out must not be interrupted
    sys.exit(128 + number)


def _run(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.verb == "restore":
        from inspector.terminal.restore import run_restore

        return run_restore(options.manifest)
    if options.verb == "doctor":
        from inspector.terminal.doctor import run_doctor

        return run_doctor(as_json=options.json)
    if options.verb == "install-desktop":
        from inspector.terminal.install_desktop import run_install_desktop

        return run_install_desktop(uninstall=options.uninstall)
    settings = settings_of(options)
    if options.verb == "scan":
        from inspector.terminal.scan import run_scan

        return run_scan(options, check_source)
    source = check_source(options.path)
    if options.verb == "bench":
        from inspector.terminal.bench import run_bench

        return run_bench(source, settings, seconds=options.seconds, as_json=options.json)
    if options.verb == "tune":
        from inspector.terminal.tune import run_tune

        return run_tune(source, settings, options)
    if options.verb == "window":
        from inspector.display import display_problem

        problem = display_problem()
        if problem is None:
            from inspector.app import run_app

            return run_app(
                None if options.path is None and not options.sample else source,
                settings,
                given=options.given,
                quit_after_s=options.quit_after,
                screenshot=options.screenshot,
                appearance=options.theme,
            )
        if options.screenshot is not None:
            return _fail(f"--screenshot needs a window, but {problem}", 2)
        say(f"{problem}; the terminal view runs instead")
    from inspector.terminal.watch import run_watch

    return run_watch(source, settings, quit_after_s=options.quit_after)


def _fail(message: str, status: int) -> int:
    say(message)
    return status


def check_source(path: str | None) -> str:
    """`path` if it can be loaded from, as far as a look from outside can tell; the sample data set for None.

    Raises:
        SourceError: where it does not exist, may not be read, or is neither a folder, a list nor an image.
    """
    if path is None:
        sample = assets_dir() / "sample"
        if not sample.is_dir():
            raise SourceError("the sample data set is not installed: give a folder of images, as in inspector PATH")
        return str(sample)
    shown = fmt.readable(path) or "''"
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISDIR(mode):
            os.scandir(path).close()
        elif stat.S_ISREG(mode):
            os.close(os.open(path, os.O_RDONLY))
    except (FileNotFoundError, NotADirectoryError) as error:
        if path in VERBS:
            raise SourceError(f"{shown} is not a folder; to run the verb, write it first: inspector {shown}") from error
        raise SourceError(f"{shown}: there is no such file or folder; check the path") from error
    except PermissionError as error:
        raise SourceError(f"{shown}: no permission to read it; check its owner and mode") from error
    except OSError as error:
        raise SourceError(f"{shown}: cannot be read: {error.strerror}; check the path") from error
    suffix = Path(path).suffix.lower().removeprefix(".")
    if stat.S_ISDIR(mode) or (stat.S_ISREG(mode) and suffix in ("txt", *IMAGE_EXTENSIONS)):
        return path
    raise SourceError(f"{shown}: not a folder, an image or a .txt list of files; give one of these")
