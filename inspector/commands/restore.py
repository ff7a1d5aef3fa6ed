"""`inspector restore`: puts back what was moved aside, and says what could not be."""

import argparse
import sys
from typing import TYPE_CHECKING

from inspector import formatting as fmt
from inspector.commands.command import Command
from inspector.errors import ManifestError

if TYPE_CHECKING:
    from inspector.quarantine import Manifest

_MOST_NAMES = 10


class RestoreCommand(Command):
    """Exit status: 0 when every file is in the data set again, else 1."""

    prog = "inspector restore"
    summary = "Put files back that were moved aside. Nothing is overwritten; may be repeated."
    epilog = "Exit status: 0 every file is in the data set again; 1 some are not; 2 the manifest cannot be used."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("manifest", metavar="MANIFEST", help="the moved-aside-….jsonl beside the files")
        parser.add_argument("--yes", action="store_true", help="do not ask, even if somebody else wrote the manifest")

    def run(self, options: argparse.Namespace) -> int:
        from inspector.quarantine import read_manifest, restore

        manifest = read_manifest(options.manifest)
        if not manifest.own:
            print("\n".join(_what(manifest)))
            if not options.yes:
                _ask()
        outcome = restore(options.manifest, agreed=manifest)
        for refusal in outcome.failed:
            print(f"{fmt.readable(refusal.path)}: {refusal.reason}")
        for count, what in (
            (len(outcome.moved), "put back"),
            (outcome.in_place, "in place already"),
            (len(outcome.failed), "not put back"),
            (outcome.left, "not reached; run the same command again"),
        ):
            if count:
                print(f"{fmt.plural(count, 'file')} {what}")
        return 1 if outcome.failed or outcome.left else 0


def _what(manifest: "Manifest") -> list[str]:
    """Where the files go and which they are: whoever wrote the manifest has chosen both."""
    names = [f"  {fmt.readable(entry.path)}" for entry in manifest.entries[:_MOST_NAMES]]
    more = len(manifest.entries) - len(names)
    return [
        "This manifest was not written by you on this machine. It puts",
        f"{fmt.plural(len(manifest.entries), 'file')} from {fmt.readable(manifest.folder)}",
        f"into {fmt.readable(manifest.root)}:",
        *names,
        *([f"  … and {more:,} more"] if more else []),
    ]


def _ask() -> None:
    if not sys.stdin.isatty():
        raise ManifestError(
            "nothing was moved: there is no terminal to confirm in; check the list above, then add --yes"
        )
    print("Put them there? [y/N] ", end="", flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise ManifestError("nothing was moved: you did not confirm")
