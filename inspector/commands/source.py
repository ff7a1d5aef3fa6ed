"""What the verbs share that load something: PATH, and a look at it before anything starts."""

import argparse
import os
from collections.abc import Collection
from typing import TYPE_CHECKING

from inspector import __version__
from inspector import formatting as fmt
from inspector.assets import assets_dir
from inspector.commands import values
from inspector.commands.command import Command
from inspector.commands.mistakes import about_no_path
from inspector.commands.parser import Parser
from inspector.commands.registry import VERBS
from inspector.errors import SettingsError, SourceError
from inspector.locations import (
    LocationKind,
    about_url,
    check_readable,
    expanded,
    is_pattern,
    is_url,
    kind_of,
)
from inspector.named_code import NamedCode
from inspector.path_advice import about_missing, about_other, is_git
from inspector.settings import LoaderConfig
from inspector.sources.remote.address import is_remote
from inspector.wire.address import is_ssh

if TYPE_CHECKING:
    from inspector.sources.named_dataset import NamedDatasetIndex
    from inspector.sources.opening import SampleIndex


_BETWEEN, _BRACE = "::", "{"


class SourceCommand(Command):
    """A verb with a PATH."""

    def parser(self) -> Parser:
        parser = Parser(
            prog=self.prog,
            usage=f"{self.prog} [PATH] [options]",
            description=self.summary,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        parser.add_argument("path", nargs="?", metavar="PATH", help=argparse.SUPPRESS)
        parser.add_argument(
            "--dataset",
            metavar="CODE",
            help="instead of PATH, a data set that your code makes: MODULE:NAME, or ./FILE.py:NAME",
        )
        parser.add_argument("--version", action="version", version=f"inspector {__version__}")
        self.add_options(parser)
        return parser


def add_quit_after(parser: argparse.ArgumentParser) -> None:
    """Offer an end after some time."""
    parser.add_argument("--quit-after", type=values.positive, metavar="SECONDS", help="end by itself")


def source_of_options(options: argparse.Namespace, extensions: Collection[str]) -> str | NamedCode:
    """What PATH or --dataset name; see `source_of`.

    Raises:
        SettingsError: where both are given, or --dataset names no code.
        SourceError: see `source_of`.
    """
    if options.dataset is None:
        return source_of(options.path, extensions)
    if options.path is not None:
        raise SettingsError("PATH and --dataset are two ways to say what to load: give one of them")
    try:
        return NamedCode.parse(options.dataset)
    except SettingsError as error:
        raise SettingsError(f"--dataset {error}") from error


def index_of_options(options: argparse.Namespace, config: LoaderConfig) -> "SampleIndex | NamedDatasetIndex":
    """The samples of what PATH or --dataset name.

    Raises:
        InspectorError: where they cannot be found.
    """
    source = source_of_options(options, config.extensions)
    if isinstance(source, NamedCode):
        from inspector.sources.named_dataset import index_of

        return index_of(source)
    from inspector.sources.opening import open_source

    return open_source(source, config)


def source_of(path: str | None, extensions: Collection[str]) -> str:
    """PATH if it can be loaded from, as far as a look from outside shows; the sample data set for None.

    Args:
        extensions: of images, as in `LoaderConfig`.

    Raises:
        SourceError: where it does not exist, may not be read, or is neither a folder, a list nor an image.
    """
    if path is None:
        sample = assets_dir() / "sample"
        if not sample.is_dir():
            raise SourceError("the sample data set is not installed: give a folder of images, as in inspector PATH")
        return str(sample)
    path = expanded(path)
    shown = fmt.readable(path) or "''"
    if _is_location(path):
        return path
    if is_url(path) and is_git(path):
        raise SourceError(f"{shown}: {about_missing(path)}")
    if is_remote(path) and is_url(path):
        from inspector.sources.remote.secrets import without_secrets

        return without_secrets(path)
    if is_ssh(path):
        raise SourceError(
            f"{shown}: this verb works on what is on this machine; inspector {shown} opens a window on the other one, "
            "with its scan and its tuner"
        )
    if is_url(path):
        raise SourceError(about_url(shown))
    if is_pattern(path) or (_BRACE in path and not os.path.lexists(path)):
        return path
    try:
        kind = kind_of(path, extensions)
        check_readable(path)
    except (FileNotFoundError, NotADirectoryError) as error:
        if path in VERBS:
            raise SourceError(f"{shown} is not a folder; to run the verb, write it first: inspector {shown}") from error
        raise SourceError(f"{shown}: there is no such file or folder; {about_no_path(path)}") from error
    except PermissionError as error:
        raise SourceError(f"{shown}: no permission to read it; check its owner and mode") from error
    except OSError as error:
        raise SourceError(f"{shown}: cannot be read: {error.strerror}; check the path") from error
    if kind is LocationKind.OTHER:
        raise SourceError(f"{shown}: {about_other(path)}")
    return path


def _is_location(path: str) -> bool:
    """It names a sample in a container; where there is no such container, that is found out when it is opened."""
    if _BETWEEN not in path:
        return False
    from inspector.sources.containers.location import is_location

    return is_location(path)
