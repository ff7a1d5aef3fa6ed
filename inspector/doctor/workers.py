"""Whether workers start here, how, and how fast: tried in a child process."""

from collections.abc import Iterator

from inspector import formatting as fmt
from inspector.doctor.child import ask
from inspector.doctor.findings import Diagnostic, Level

SECTION = "Workers"
SLOW_START_MS = 5_000.0
_TRY = "from inspector.doctor.trial import main; main()"


def examine() -> Iterator[Diagnostic]:
    """The start method, what it takes, and a first batch of the sample."""
    answer = ask(f"if __name__ == '__main__': {_TRY}")
    if not answer.facts:
        advice = "fix the problems above first; `inspector bench --engine threads` needs no processes"
        yield Diagnostic(SECTION, "processes", f"cannot be started: {answer.said}", Level.PROBLEM, advice)
        return
    facts = answer.facts
    first, next_one = facts["first_ms"], facts["next_ms"]
    yield Diagnostic(SECTION, "start method", facts["method"])
    value = f"{fmt.milliseconds(first)} ms to the first one, {fmt.milliseconds(next_one)} ms for a further one"
    if first > SLOW_START_MS:
        advice = "importing OpenCV takes so long: a slow disk, a network's file system, or a virus scanner"
        yield Diagnostic(SECTION, "start", value, Level.WARNING, advice)
    else:
        yield Diagnostic(SECTION, "start", value)
    if facts["batch_ms"] is not None:
        value = f"{fmt.milliseconds(facts['batch_ms'])} ms from nothing to the first batch, {facts['images']} images"
        yield Diagnostic(SECTION, "sample", value)
