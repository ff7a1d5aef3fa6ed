"""The command line: what was asked for is checked here, before anything starts, and then handed on.

Exit status: 0 done; 1 the data cannot be loaded, files have problems (scan), or not all could be restored; 2 bad
arguments or paths; 130 Ctrl+C; 143 SIGTERM.
Every error is one line on standard error. What takes long to import is imported inside `main`, where Ctrl+C is caught.
"""

import argparse
import contextlib
import math
import os
import re
import signal
import stat
import sys
import tempfile
import traceback
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from types import FrameType
from typing import NoReturn, get_args

from inspector import __version__
from inspector import formatting as fmt
from inspector.config import IMAGE_EXTENSIONS, MAX_WORKERS, Decode, DType, Engine, LoaderConfig, OnDamaged, assets_dir
from inspector.errors import InspectorError, ManifestError, SettingsError, SourceError

MOST_DEFAULT_WORKERS = 8
_UNITS = {"": 1, "B": 1} | {
    prefix + suffix: base**power
    for power, prefix in enumerate("KMGT", start=1)
    for suffix, base in (("", 1000), ("B", 1000), ("IB", 1024))
}
# Under which option the user knows a setting of LoaderConfig.
_OPTIONS = {
    "num_workers": "--workers",
    "batch_size": "--batch-size",
    "image_size": "--image-size",
    "prefetch_batches": "--prefetch",
    "seed": "--seed",
    "epochs": "--epochs",
    "memory_limit_bytes": "--memory-limit",
    "extensions": "--extensions",
}

_DESCRIPTION = """\
See the batches that an image loader delivers, the files it skips, and how fast it is.

  inspector [PATH]          in a window
  inspector watch [PATH]    in the terminal
  inspector bench [PATH]    measure, and print the figures
  inspector tune [PATH]     find out how many workers to use
  inspector scan [PATH]     check every file once
  inspector restore MANIFEST    put files back that were moved aside

PATH is a folder, a .txt file with a path a line, or an image; without it a sample data set is shown.
A folder called like a verb is opened as ./watch or ./bench, for example."""
VERBS = ("watch", "bench", "tune", "scan", "restore")


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
        status = _fail(f"unexpected error: {type(error).__name__}: {error}; {_keep_details(error)}", 1)
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


def _keep_details(error: Exception) -> str:
    """Put the traceback into a file; what to say about it."""
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="inspector-error-", suffix=".txt", delete=False, encoding="utf-8", errors="backslashreplace"
        ) as file:
            traceback.print_exception(error, file=file)
    except OSError as reason:
        return f"its details could not be kept: {reason.strerror}"
    return f"the details are in {file.name}"


def _terminate(number: int, frame: FrameType | None) -> NoReturn:
    signal.signal(number, signal.SIG_IGN)  # once is enough; the way out must not be interrupted
    sys.exit(128 + number)


def _run(arguments: list[str]) -> int:
    options = parse(arguments)
    if options.verb == "restore":
        from inspector.terminal.restore import run_restore

        return run_restore(options.manifest)
    settings = _settings(options)
    if options.verb == "scan":
        from inspector.terminal.scan import run_scan

        return run_scan(options, check_source)
    source = check_source(options.path)
    if options.verb == "bench":
        from inspector.terminal.bench import run_bench

        return run_bench(source, settings, seconds=options.seconds, step_ms=options.step_ms, as_json=options.json)
    if options.verb == "tune":
        from inspector.terminal.tune import run_tune

        return run_tune(source, settings, options)
    if options.verb == "window":
        from inspector.ui.display import display_problem

        problem = display_problem()
        if problem is None:
            from inspector.app import run_app

            return run_app(
                source,
                settings,
                step_ms=options.step_ms,
                quit_after_s=options.quit_after,
                screenshot=options.screenshot,
                appearance=options.theme,
            )
        if options.screenshot is not None:
            return _fail(f"--screenshot needs a window, but {problem}", 2)
        _say(f"{problem}; the terminal view runs instead")
    from inspector.terminal.watch import run_watch

    return run_watch(source, settings, step_ms=options.step_ms, quit_after_s=options.quit_after)


def _say(message: str) -> None:
    line = " ".join(message.split())
    with contextlib.suppress(OSError):  # standard error cannot be written to: there is nobody to tell
        print(f"inspector: {line}", file=sys.stderr, flush=True)


def _fail(message: str, status: int) -> int:
    _say(message)
    return status


class _Parser(argparse.ArgumentParser):
    """Says what is wrong in one line, without the usage."""

    def error(self, message: str) -> NoReturn:
        _say(f"{message}; see {self.prog} --help")
        sys.exit(2)


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line, with `verb` "window" or one of VERBS. Exits with status 2 if it is bad."""
    if arguments[:1] == ["restore"]:
        return _restore_options(arguments[1:])
    verb = arguments[0] if arguments and arguments[0] in VERBS else "window"
    if verb == "window":
        parser = _parser("inspector", _DESCRIPTION)
        _add_window_options(parser)
    elif verb == "watch":
        parser = _parser("inspector watch", "Watch the loader in the terminal. Keys are shown at the bottom.")
        _add_quit_after(parser)
    elif verb == "tune":
        parser = _parser("inspector tune", "Measure which settings load fastest, and recommend one.")
        _add_tune_options(parser)
    elif verb == "scan":
        from inspector.terminal.scan import add_options

        parser = _parser("inspector scan", "Check every file once: what cannot be loaded, and what spoils training.")
        add_options(parser)
        _add_source_options(parser)
        options = parser.parse_args(arguments[1:])
        options.verb = verb
        return options
    else:
        parser = _parser("inspector bench", "Measure how fast the loader delivers, without a window.")
        parser.add_argument("--seconds", type=_positive, default=10.0, metavar="S", help="measure so long (default 10)")
        parser.add_argument("--json", action="store_true", help="print one JSON object")
    _add_loader_options(parser)
    options = parser.parse_args(arguments[verb != "window" :])
    options.verb = verb
    return options


def _restore_options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(
        prog="inspector restore",
        description="Put files back that were moved aside. Nothing is overwritten; may be repeated.",
        epilog="Exit status: 0 every file is in the data set again; 1 some are not; 2 the manifest cannot be used.",
        allow_abbrev=False,
    )
    parser.add_argument("manifest", metavar="MANIFEST", help="the moved-aside-….jsonl beside the files")
    parser.set_defaults(verb="restore")
    return parser.parse_args(arguments)


def _parser(name: str, description: str) -> _Parser:
    parser = _Parser(
        prog=name,
        usage=f"{name} [PATH] [options]",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", nargs="?", metavar="PATH", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"inspector {__version__}")
    return parser


def _add_window_options(parser: argparse.ArgumentParser) -> None:
    _add_quit_after(parser)
    parser.add_argument(
        "--screenshot", type=_png, metavar="FILE.png", help="save a picture of the window as it stood at the end"
    )
    parser.add_argument(
        "--theme", choices=("system", "light", "dark"), help="for this run; default: the one chosen in the View menu"
    )


def _add_tune_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--budget-seconds",
        type=_positive,
        default=60.0,
        metavar="S",
        help="take no longer; it ends sooner where the answer is clear (default %(default)g)",
    )
    parser.add_argument(
        "--engines", type=_engines, default=(), metavar="E,...", help="to compare, such as processes,threads"
    )
    parser.add_argument(
        "--batch-sizes", type=_counts, default=(), metavar="N,...", help="to compare; default: --batch-size only"
    )
    parser.add_argument(
        "--prefetches", type=_counts, default=(), metavar="N,...", help="to compare; default: --prefetch only"
    )
    parser.add_argument("--scaled", action="store_true", help="compare --decode exact with scaled; needs --image-size")
    parser.add_argument("--torch", action="store_true", help="measure PyTorch's DataLoader, too, where it is installed")
    parser.add_argument(
        "--cold", action="store_true", help="drop the files from memory before they are read, where the system can"
    )
    parser.add_argument("--most-workers", type=_count, default=MAX_WORKERS, metavar="N", help="try no more")
    parser.add_argument("--csv", metavar="FILE.csv", help="write the measurements to a file")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def _add_quit_after(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quit-after", type=_positive, metavar="SECONDS", help="end by itself")


def _add_source_options(parser: argparse.ArgumentParser | argparse._ArgumentGroup) -> None:
    from inspector.limits import usable_cores

    standard = LoaderConfig()
    parser.add_argument(
        "--workers",
        dest="num_workers",
        type=int,
        default=min(math.ceil(usable_cores()), MOST_DEFAULT_WORKERS),
        metavar="N",
        help="workers; 0: load in the consumer itself (default: one a core, at most 8; here %(default)s)",
    )
    parser.add_argument(
        "--extensions",
        type=lambda text: tuple(filter(None, re.split(r"[\s,]+", text))),
        default=standard.extensions,
        metavar="EXT,...",
        help=f"of the files to look for in a folder; default {','.join(standard.extensions)}",
    )


def _add_loader_options(parser: argparse.ArgumentParser) -> None:
    standard = LoaderConfig()
    group = parser.add_argument_group("loading")
    _add_source_options(group)
    group.add_argument("--batch-size", type=int, default=standard.batch_size, metavar="N", help="default %(default)s")
    group.add_argument(
        "--image-size", type=_image_size, metavar="HxW", help="resize, such as 224x224; default: native, not resized"
    )
    group.add_argument("--dtype", choices=get_args(DType), default=standard.dtype, help="default %(default)s")
    group.add_argument(
        "--prefetch",
        dest="prefetch_batches",
        type=_at_least_one,
        default=0,
        metavar="N",
        help="complete batches that may wait (default: twice as many as workers, at least 8)",
    )
    group.add_argument("--seed", type=int, default=standard.seed, metavar="N", help="of the order; default %(default)s")
    group.add_argument("--no-shuffle", dest="shuffle", action="store_false", help="keep the files' own order")
    group.add_argument("--epochs", type=int, metavar="N", help="end after so many; default: go on for ever")
    group.add_argument("--drop-last", action="store_true", help="leave out an epoch's last batch if it is not full")
    group.add_argument(
        "--step-ms",
        type=_not_negative,
        default=0.0,
        metavar="F",
        help="simulate a training step of so many milliseconds (default 0: as fast as possible)",
    )
    group.add_argument("--engine", choices=get_args(Engine), default=standard.engine, help="default %(default)s")
    group.add_argument(
        "--decode",
        choices=get_args(Decode),
        default=standard.decode,
        help="scaled: JPEGs much larger than --image-size are decoded at a fraction of their size; default %(default)s",
    )
    group.add_argument(
        "--on-damaged", choices=get_args(OnDamaged), default=standard.on_damaged, help="default %(default)s"
    )
    group.add_argument(
        "--deliver-bgr", action="store_true", help="exchange red and blue, to see what that fault looks like"
    )
    group.add_argument(
        "--memory-limit",
        dest="memory_limit_bytes",
        type=_bytes,
        default=0,
        metavar="SIZE",
        help="most memory that batches may take, such as 2GB (default: a quarter of the machine's, at most 4GiB)",
    )


def _settings(options: argparse.Namespace) -> LoaderConfig:
    known = {field.name for field in fields(LoaderConfig)}
    try:
        return LoaderConfig(**{name: value for name, value in vars(options).items() if name in known})
    except SettingsError as error:
        setting, _, rest = str(error).partition(" ")
        raise SettingsError(f"{_OPTIONS.get(setting, setting)} {rest}") from error


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


def _positive(text: str) -> float:
    value = _not_negative(text)
    if value == 0:
        raise argparse.ArgumentTypeError("must be more than 0")
    return value


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of 1 or more, not {text!r}")
    return int(text)


def _not_negative(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value) or value < 0:
        raise argparse.ArgumentTypeError(f"must be a number of 0 or more, not {text!r}")
    return value


def _image_size(text: str) -> tuple[int, int] | None:
    if text.lower() == "native":
        return None
    if not (match := re.fullmatch(r"(\d{1,6})[xX](\d{1,6})", text)):
        raise argparse.ArgumentTypeError(f"must be HEIGHTxWIDTH, such as 224x224, or native, not {text!r}")
    return int(match[1]), int(match[2])


def _bytes(text: str) -> int:
    match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)", text)
    if not match or match[2].upper() not in _UNITS or (size := int(float(match[1]) * _UNITS[match[2].upper()])) < 1:
        raise argparse.ArgumentTypeError(f"must be a size such as 512MB or 2GB, not {text!r}")
    return size


def _count(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"must be a whole number above 0, not {text!r}")
    return int(text)


def _counts(text: str) -> tuple[int, ...]:
    return tuple(_count(part.strip()) for part in text.split(","))


def _engines(text: str) -> tuple[str, ...]:
    names = tuple(part.strip() for part in text.split(","))
    for name in names:
        if name not in ("processes", "threads"):
            raise argparse.ArgumentTypeError(f"must be processes, threads or both, not {name!r}")
    return names


def _png(text: str) -> Path:
    path = Path(text)
    if path.suffix.lower() != ".png":
        raise argparse.ArgumentTypeError(f"must be a name that ends in .png, not {text!r}")
    if not path.absolute().parent.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r}: its folder does not exist; make it first")
    return path
