"""What a verdict is: the first rule of a table that fits speaks. One table is about our own loader, one about a
training's (`inspector.watched.verdict`); causes, levels and the limits that both use are here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Literal, TypeVar

HARDLY_WAITS = 0.05  # share of the consumer's time
SATURATED = 0.8  # share of the workers' time from which on they are the limit
COMPUTES = 0.5  # share of a core from which on a busy worker computes; below, it waits for something
NO_ADVICE = "figures measured now say little about settings"

Level = Literal["good", "info", "warn", "bad"]
Subject = TypeVar("Subject")


class Cause(StrEnum):
    """What a verdict is about."""

    # our own loader
    NOT_RUNNING = "not running"
    RESTARTS = "worker restarts"
    FEWER_WORKERS = "fewer workers than asked for"
    STARTING = "start-up only"
    MEASURING = "nothing to say yet"
    PREFETCH = "too much prefetch"
    CONSUMER = "consumer-bound"
    NO_WORKERS = "no workers"
    MEMORY = "memory-bound"
    STRAGGLER = "one straggler"
    ALL_CORES = "all cores used"
    OTHER_PROGRAMS = "other programs use the cores"
    THROTTLED = "throttled by the store"
    LATENCY = "network-bound: latency"
    BANDWIDTH = "network-bound: bandwidth"
    READING = "read-bound"
    WAITING = "workers wait for something else"
    FREE_CORES = "free cores"
    UNKNOWN = "something else"

    # a training with its own
    NOT_ENOUGH = "not enough data"
    STEP = "step-bound"
    START_UP = "start-up-bound"
    STRAGGLERS = "straggler-bound"
    INPUT = "input-bound"


@dataclass(frozen=True, slots=True)
class Statement:
    """What a rule says. `level`: "good" and "info" ask for nothing, "warn" could be faster, "bad" needs the user."""

    level: Level
    headline: str
    evidence: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What to think of the numbers.

    Attributes:
        level: as of a `Statement`.
        headline: a short sentence. evidence: the numbers behind it and what to do; may be "".
        cause: what it comes down to.
        loader: the name of the one that it is about; "" where there is only one.
    """

    level: Level
    headline: str
    evidence: str
    cause: Cause
    loader: str = ""


Rule = Callable[[Subject], Statement | None]
Table = tuple[tuple[Cause, Rule[Subject]], ...]


def first_that_fits(table: Table[Subject], subject: Subject) -> Verdict:
    """The verdict of the first rule that has something to say; the last one always has."""
    cause, said = next((cause, said) for cause, rule in table if (said := rule(subject)) is not None)
    return Verdict(said.level, said.headline, said.evidence, cause)
