"""What limits a watched training: a table of rules like that of our own loader, of which the first that fits speaks."""

from dataclasses import replace

from inspector.monitor.verdict.table import Cause, Table, Verdict, first_that_fits
from inspector.watched import rules
from inspector.watched.in_turn import taken_in_turn
from inspector.watched.records import Run, WatchedLoader
from inspector.watched.rules import Measured
from inspector.watched.shares import shares

RULES: Table[Measured] = (
    (Cause.NOT_ENOUGH, rules.too_little),
    (Cause.STEP, rules.keeps_up),
    (Cause.START_UP, rules.workers_start_again),
    (Cause.STRAGGLERS, rules.slow_samples),
    (Cause.INPUT, rules.input_is_the_limit),
)


def main_loader(run: Run) -> WatchedLoader | None:
    """The one that training spends its time with; loaders that only feed another one are left out.

    Of those that are taken in turn: the one that is waited for most.
    """
    used = [loader for loader in run.loaders if loader.totals.batches > loader.totals.nested]
    longest = max(used, key=lambda loader: loader.totals.seconds, default=None)
    if longest is None:
        return None
    return max((longest, *taken_in_turn(longest, used)), key=lambda loader: loader.totals.wait_s)


def verdict(run: Run) -> Verdict:
    """What to say of a run so far."""
    loader = main_loader(run)
    if loader is None:
        return Verdict("info", "No DataLoader so far.", "No batch of a DataLoader was seen.", Cause.NOT_ENOUGH)
    measured = Measured(loader, shares(loader, run), several=len(run.loaders) > 1)
    return replace(first_that_fits(RULES, measured), loader=loader.name)
