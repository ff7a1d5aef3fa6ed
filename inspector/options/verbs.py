"""A parser for each verb of the command."""

import argparse
from collections.abc import Sequence

from inspector import __version__
from inspector.options import values
from inspector.options.loading import add_loader_options, add_source_options
from inspector.options.one_line import Parser
from inspector.settings import MAX_WORKERS

_DESCRIPTION = """\
See the batches that an image loader delivers, the files it skips, and how fast it is.

  inspector [PATH]          in a window
  inspector watch [PATH]    in the terminal
  inspector bench [PATH]    measure, and print the figures
  inspector tune [PATH]     find out how many workers to use
  inspector scan [PATH]     check every file once
  inspector restore MANIFEST    put files back that were moved aside
  inspector doctor          what a bug report needs: versions, display, memory, limits
  inspector install-desktop     put inspector into the desktop's menu and "Open with"

PATH is a folder, a .txt file with a path a line, or an image. Without it the window goes on where it was closed, and
all else uses a sample data set.
A folder called like a verb is opened as ./watch or ./bench, for example."""


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """The options of a command line, with `verb` "window" or one of VERBS. Exits with status 2 if it is bad."""
    verb = arguments[0] if arguments and arguments[0] in VERBS else "window"
    parser, words = _PARSERS[verb](), arguments[verb != "window" :]
    options = parser.parse_args(words)
    options.verb = verb
    options.given = _given(parser, words) if verb == "window" else frozenset()
    return options


def _given(parser: argparse.ArgumentParser, arguments: Sequence[str]) -> frozenset[str]:
    """The names of the options that are there, also where one has the value that it would have anyway."""
    absent = object()
    names = vars(parser.parse_args([]))
    found = vars(parser.parse_args(arguments, argparse.Namespace(**dict.fromkeys(names, absent))))
    return frozenset(name for name, value in found.items() if value is not absent)


def _window() -> Parser:
    parser = _on_a_source("inspector", _DESCRIPTION)
    _add_quit_after(parser)
    parser.add_argument(
        "--sample", action="store_true", help="without PATH, show the sample data set, not what was open last"
    )
    parser.add_argument(
        "--screenshot", type=values.png, metavar="FILE.png", help="save a picture of the window as it stood at the end"
    )
    parser.add_argument(
        "--theme", choices=("system", "light", "dark"), help="for this run; default: the one chosen in the View menu"
    )
    add_loader_options(parser)
    return parser


def _watch() -> Parser:
    parser = _on_a_source("inspector watch", "Watch the loader in the terminal. Keys are shown at the bottom.")
    _add_quit_after(parser)
    add_loader_options(parser)
    return parser


def _bench() -> Parser:
    parser = _on_a_source("inspector bench", "Measure how fast the loader delivers, without a window.")
    parser.add_argument(
        "--seconds", type=values.positive, default=10.0, metavar="S", help="measure so long (default 10)"
    )
    _add_json(parser)
    add_loader_options(parser)
    return parser


def _scan() -> Parser:
    from inspector.terminal.scan import add_options

    parser = _on_a_source("inspector scan", "Check every file once: what cannot be loaded, and what spoils training.")
    add_options(parser)
    add_source_options(parser)
    return parser


def _restore() -> Parser:
    parser = Parser(
        prog="inspector restore",
        description="Put files back that were moved aside. Nothing is overwritten; may be repeated.",
        epilog="Exit status: 0 every file is in the data set again; 1 some are not; 2 the manifest cannot be used.",
        allow_abbrev=False,
    )
    parser.add_argument("manifest", metavar="MANIFEST", help="the moved-aside-….jsonl beside the files")
    return parser


def _doctor() -> Parser:
    parser = Parser(
        prog="inspector doctor",
        description="Look at what inspector needs here: versions, display, memory, limits, how workers start.",
        epilog="Exit status: 0 all works, perhaps with warnings; 1 there is a problem; what to do about it is told.",
        allow_abbrev=False,
    )
    _add_json(parser)
    return parser


def _install_desktop() -> Parser:
    parser = Parser(
        prog="inspector install-desktop",
        description="Put inspector into your desktop's menu, and into what file managers offer to open a folder with.",
        epilog="For this user only: files are written below XDG_DATA_HOME (~/.local/share). Linux and other X11 or "
        "Wayland desktops.",
        allow_abbrev=False,
    )
    parser.add_argument("--uninstall", action="store_true", help="remove what was written")
    return parser


def _tune() -> Parser:
    parser = _on_a_source("inspector tune", "Measure which settings load fastest, and recommend one.")
    parser.add_argument(
        "--budget-seconds",
        type=values.positive,
        default=60.0,
        metavar="S",
        help="take no longer; it ends sooner where the answer is clear (default %(default)g)",
    )
    parser.add_argument(
        "--engines", type=values.engines, default=(), metavar="E,...", help="to compare, such as processes,threads"
    )
    parser.add_argument(
        "--batch-sizes", type=values.counts, default=(), metavar="N,...", help="to compare; default: --batch-size only"
    )
    parser.add_argument(
        "--prefetches", type=values.counts, default=(), metavar="N,...", help="to compare; default: --prefetch only"
    )
    parser.add_argument("--scaled", action="store_true", help="compare --decode exact with scaled; needs --image-size")
    parser.add_argument("--torch", action="store_true", help="measure PyTorch's DataLoader, too, where it is installed")
    parser.add_argument(
        "--cold", action="store_true", help="drop the files from memory before they are read, where the system can"
    )
    parser.add_argument("--most-workers", type=values.count, default=MAX_WORKERS, metavar="N", help="try no more")
    parser.add_argument("--csv", metavar="FILE.csv", help="write the measurements to a file")
    _add_json(parser)
    add_loader_options(parser)
    return parser


def _on_a_source(name: str, description: str) -> Parser:
    parser = Parser(
        prog=name,
        usage=f"{name} [PATH] [options]",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("path", nargs="?", metavar="PATH", help=argparse.SUPPRESS)
    parser.add_argument("--version", action="version", version=f"inspector {__version__}")
    return parser


def _add_quit_after(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--quit-after", type=values.positive, metavar="SECONDS", help="end by itself")


def _add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="print one JSON object")


_PARSERS = {
    "window": _window,
    "watch": _watch,
    "bench": _bench,
    "tune": _tune,
    "scan": _scan,
    "restore": _restore,
    "doctor": _doctor,
    "install-desktop": _install_desktop,
}
VERBS = tuple(verb for verb in _PARSERS if verb != "window")
