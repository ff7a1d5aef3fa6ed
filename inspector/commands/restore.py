"""`inspector restore`: puts back what was moved aside, and says what could not be."""

import argparse

from inspector import formatting as fmt
from inspector.commands.command import Command


class RestoreCommand(Command):
    """Exit status: 0 when every file is in the data set again, else 1."""

    prog = "inspector restore"
    summary = "Put files back that were moved aside. Nothing is overwritten; may be repeated."
    epilog = "Exit status: 0 every file is in the data set again; 1 some are not; 2 the manifest cannot be used."

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        parser.add_argument("manifest", metavar="MANIFEST", help="the moved-aside-….jsonl beside the files")

    def run(self, options: argparse.Namespace) -> int:
        from inspector.quarantine import restore

        outcome = restore(options.manifest)
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
