"""`inspector scan --clean-shards`: the good samples of a scan's shards in new ones, and what became of each."""

import sys
import time
from collections.abc import Collection
from typing import TextIO

from inspector import formatting as fmt
from inspector.commands.scan_output import keep
from inspector.errors import QuarantineError
from inspector.quarantine.shards import CleanOutcome, CleanProgress, plan, write
from inspector.scan.scan import Scan

_EVERY_S = 2.0


def write_clean_shards(scan: Scan, folder: str, leave_out: Collection[str], output: TextIO) -> None:
    """Write them, with the progress on standard error, and what became of them to `output`.

    Raises:
        QuarantineError: where they could not all be written; the scan's results are kept then, to resume from.
    """
    assert scan.results is not None
    try:
        outcome = write(plan(scan.results.index, scan.results.kept(leave_out), folder), on_progress=_Lines())
    except BaseException as error:
        hint = _hint(scan, folder)
        if isinstance(error, QuarantineError):
            raise QuarantineError(f"{error}. {hint}") from error
        if isinstance(error, KeyboardInterrupt | SystemExit):
            print(f"Cancelled: the shards that are done stay. {hint}", file=sys.stderr, flush=True)
        raise
    _show(outcome, folder, output)
    if not outcome.kept:
        raise QuarantineError(f"{fmt.readable(folder)}: there is no good sample to write")


class _Lines:
    def __init__(self) -> None:
        self._printed_s = time.monotonic()

    def __call__(self, progress: CleanProgress) -> None:
        if time.monotonic() - self._printed_s >= _EVERY_S:
            self._printed_s = time.monotonic()
            done = f"{progress.shards:,} of {fmt.plural(progress.of_shards, 'clean shard')}"
            read = f"{fmt.byte_size(progress.nbytes)} of {fmt.byte_size(progress.of_nbytes)}"
            print(f"{done} · {read}", file=sys.stderr, flush=True)


def _show(outcome: CleanOutcome, folder: str, output: TextIO) -> None:
    for shard, reason in outcome.failures:
        print(f"{fmt.readable(shard)}: {fmt.readable(reason)}", file=sys.stderr, flush=True)
    print(outcome.in_words(folder), file=output, flush=True)


def _hint(scan: Scan, folder: str) -> str:
    try:
        return f"Resume with: inspector scan --resume {fmt.readable(str(keep(scan)))} --clean-shards {folder}"
    except OSError:
        return "Run the same command again to resume."
