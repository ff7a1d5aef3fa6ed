"""`inspector watch`: the terminal view."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from inspector.commands.attach import attend, attend_session, which
from inspector.commands.far import far_session, far_training, far_words
from inspector.commands.loading import add_loader_options, settings_of
from inspector.commands.source import SourceCommand, add_quit_after, source_of_options
from inspector.watched.run_names import may_be_run
from inspector.wire.address import SshAddress, is_ssh, parse_address


class WatchCommand(SourceCommand):
    """Shows in the terminal how loading goes."""

    prog = "inspector watch"
    summary = (
        "Watch the loader in the terminal. Keys are shown at the bottom. Without PATH, and while a training runs under "
        "`inspector run`, watch that."
    )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        add_quit_after(parser)
        add_loader_options(parser)

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        options = super().parse(arguments)
        options.words = far_words(arguments, options.path, add_quit_after) if is_ssh(options.path) else []
        return options

    def run(self, options: argparse.Namespace) -> int:
        if is_ssh(options.path):
            return watch_far(parse_address(options.path), options)
        return watch_options(options)


def is_watched(path: str | None) -> bool:
    """A run of a training, and no images.

    Raises:
        SourceError: where it is one that cannot be read.
    """
    if path is None or not may_be_run(Path(path)):
        return False
    from inspector.watched.run_folder import is_run

    return is_run(Path(path))


def watch_far(address: SshAddress, options: argparse.Namespace) -> int:
    """Run the terminal view on what loads on another machine; the exit status."""
    if not address.path:  # a training there
        training = far_training(address, "", ask_in_window=False, line_kb_per_s=options.line_kb_per_s)
        return attend_session(training, quit_after_s=options.quit_after)
    from inspector.terminal.watch import watch

    return watch(far_session(address, options.words, ask_in_window=False), None, quit_after_s=options.quit_after)


def watch_options(options: argparse.Namespace) -> int:
    """Run the terminal view; the exit status. Without PATH it attaches to the training that is watched here."""
    if is_watched(options.path):
        return attend(options.path, quit_after_s=options.quit_after)
    if options.path is None and options.dataset is None:
        from inspector.watched.runs import all_runs

        live = [run for run in all_runs() if run.runs]
        if len(live) > 1:
            return which(live, after="; inspector watch PATH watches a loader of ours")
        if live:
            return attend(live[0].place, quit_after_s=options.quit_after)
    settings = settings_of(options)
    source = source_of_options(options, settings.extensions)
    from inspector.session.local import LocalSession
    from inspector.terminal.watch import watch

    return watch(LocalSession(settings), source, quit_after_s=options.quit_after)
