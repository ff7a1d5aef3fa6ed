"""`inspector [PATH]`: the window, or the terminal view where no window can be shown."""

import argparse
from collections.abc import Sequence

from inspector.commands.far import far_session, far_words
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.source import SourceCommand, source_of_options
from inspector.commands.watch import is_watched, watch_far, watch_options
from inspector.commands.window_options import add_window_options, has_window
from inspector.errors import SettingsError
from inspector.wire.address import is_ssh, parse_address


class WindowCommand(SourceCommand):
    """Shows PATH, or what was open when the window was closed."""

    prog = "inspector"
    summary = """\
See the batches that an image loader delivers, the files it skips, and how fast it is.

  inspector [PATH]            in a window
  inspector ssh://HOST/PATH   in a window here, with the work on another machine
  inspector watch [PATH]      in the terminal
  inspector run COMMAND       run a PyTorch training, and see what its DataLoader does
  inspector attach [RUN]      open a training that runs or has ended, here or on ssh://HOST
  inspector compare A B       what changed between two runs
  inspector scan [PATH]       check every file once
  inspector restore MANIFEST  put files back that were moved aside
  inspector tune [PATH]       find out how many workers to use
  inspector bench [PATH]      measure, and print the figures
  inspector doctor            what a bug report needs: versions, display, memory, limits
  inspector install-desktop   put inspector into the desktop's menu and "Open with"

PATH is a folder, an image, a .txt file with a path a line, a tar, zip or Parquet file
or the like, a pattern in quotes, or a URL such as s3://bucket/photos; --dataset names
a data set of your own code. Without either, the window reopens what it showed last, and
the other verbs use a sample data set.
A folder that has the name of a verb is opened as ./watch or ./bench, for example."""

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        self._add_own(parser)
        add_loader_options(parser)

    def _add_own(self, parser: argparse.ArgumentParser) -> None:
        """All but those that say how to load."""
        parser.add_argument(
            "--sample", action="store_true", help="without PATH, show the sample data set, not what was open last"
        )
        add_window_options(parser)

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Also notes in `given` which options are there, even where one has the value that it would have anyway."""
        options = super().parse(arguments)
        parser, absent = self.parser(), object()
        found = vars(parser.parse_args(arguments, argparse.Namespace(**dict.fromkeys(vars(options), absent))))
        options.words = far_words(arguments, options.path, self._add_own) if is_ssh(options.path) else []
        options.given = frozenset(name for name, value in found.items() if value is not absent)
        return options

    def run(self, options: argparse.Namespace) -> int:
        if is_ssh(options.path):
            return self._run_far(options)
        watched = is_watched(options.path)
        settings = settings_of(options)
        source = None if watched else source_of_options(options, settings.extensions)
        if not has_window(options):
            return watch_options(options)
        from inspector.app import run_app, run_training_window

        if watched:
            return run_training_window(
                options.path,
                quit_after_s=options.quit_after,
                screenshot=options.screenshot,
                appearance=options.theme,
            )
        return run_app(
            None if options.path is None and options.dataset is None and not options.sample else source,
            settings,
            given=options.given,
            quit_after_s=options.quit_after,
            screenshot=options.screenshot,
            appearance=options.theme,
        )

    def _run_far(self, options: argparse.Namespace) -> int:
        """The window here, the work there."""
        address = parse_address(options.path)
        if options.dataset is not None:
            raise SettingsError("--dataset is for data sets on this machine: start inspector there")
        if not has_window(options):
            return watch_far(address, options)
        from inspector.app import run_remote_window

        return run_remote_window(
            lambda: far_session(address, options.words, ask_in_window=True),
            quit_after_s=options.quit_after,
            screenshot=options.screenshot,
            appearance=options.theme,
        )
