"""How everything here is measured: in one run, in turn, round by round, with the spread said.

Whatever else the machine does then meets all contestants alike. Ratios are taken round by round.
"""

import argparse
import json
import os
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from typing import Any, NamedTuple, TypeVar

import psutil

Value = TypeVar("Value")


class Throughput(NamedTuple):
    """Attributes:
    images_per_s: delivered.
    cpu_ms: of all processes together, for one image. Unlike the rate it changes little when other programs run too.
    """

    images_per_s: float
    cpu_ms: float


Measure = Callable[[], Throughput]

WARM_UP_S = 1.0
_QUIET_S = 0.2
_QUIET_CPU_S = 0.03
_LONGEST_UNREST_S = 20.0


class Absent(Exception):
    """Raised when a contestant cannot take part; says why."""


def interleaved(
    openers: Mapping[str, Callable[[], AbstractContextManager[Callable[[], Value]]]], rounds: int
) -> tuple[dict[str, list[Value]], dict[str, str]]:
    """What each contestant measured, a value a round; and why others are missing.

    All stay open throughout, with their workers at rest while another is measured.
    """
    found: dict[str, list[Value]] = {}
    absent: dict[str, str] = {}
    with ExitStack() as stack:
        measures: dict[str, Callable[[], Value]] = {}
        for name, opener in openers.items():
            try:
                measures[name] = stack.enter_context(opener())
            except Absent as reason:
                absent[name] = str(reason)
        for number in range(rounds):
            for name, measure in measures.items():
                wait_until_quiet()
                progress(f"round {number + 1} of {rounds}: {name}")
                found.setdefault(name, []).append(measure())
    return found, absent


def rate(batch_sizes: Iterator[int], seconds: float) -> Measure:
    """Of what is drained as fast as possible; what was prefetched meanwhile is taken in a warm-up first."""

    def drain(seconds: float) -> Throughput:
        cpu = cpu_s()
        start = now = time.perf_counter()
        images = 0
        while now < start + seconds:
            images += next(batch_sizes)
            now = time.perf_counter()
        return Throughput(images / (now - start), 1e3 * (cpu_s() - cpu) / images)

    def measure() -> Throughput:
        drain(WARM_UP_S)
        return drain(seconds)

    return measure


def wait_until_quiet() -> None:
    """Wait until the workers of all contestants have filled their queues and rest."""
    deadline = time.monotonic() + _LONGEST_UNREST_S
    before = cpu_s()
    while time.monotonic() < deadline:
        time.sleep(_QUIET_S)
        now = cpu_s()
        if now - before < _QUIET_CPU_S:
            return
        before = now


def cpu_s(pid: int | None = None) -> float:
    """CPU seconds of a process, or this one, and all its living descendants so far."""
    total = sum(psutil.Process(pid).cpu_times()[:2])
    for child in psutil.Process(pid).children(recursive=True):
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:  # it has ended since it was listed, and does not matter any more
            continue
    return float(total)


def spread(values: Sequence[float]) -> dict[str, float]:
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def ratios(first: Sequence[float], second: Sequence[float]) -> dict[str, float]:
    """The first as a share of the second, taken round by round."""
    return spread([a / b for a, b in zip(first, second, strict=True)])


def compared(found: Mapping[str, Sequence[Throughput]], to: str) -> tuple[dict[str, Any], list[list[str]]]:
    """Each contestant's throughput, and as a share of that of `to`: for JSON, and as rows of a table."""
    results, rows = {}, []
    for name, values in found.items():
        images_per_s = [each.images_per_s for each in values]
        each = {
            "images_per_s": spread(images_per_s),
            "ratio": ratios(images_per_s, [each.images_per_s for each in found[to]]),
            "cpu_ms": spread([each.cpu_ms for each in values]),
        }
        rows.append([name, shown(each["images_per_s"]), shown(each["ratio"], ".2f"), shown(each["cpu_ms"], ".2f")])
        results[name] = each
    return results, rows


def shown(values: Mapping[str, float], form: str = ",.0f") -> str:
    return f"{values['median']:{form}} ({values['min']:{form}} to {values['max']:{form}})"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Aligned columns, the first one to the left. Figures with a range are medians. Rows may be short."""
    full = [list(row) + [""] * (len(head) - len(row)) for row in (head, *rows)]
    widths = [max(len(row[column]) for row in full) for column in range(len(head))]
    lines = [
        "  ".join(f"{cell:{'>' if column else '<'}{widths[column]}}" for column, cell in enumerate(row)) for row in full
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def arguments_parser(description: str, *, rounds: int = 5) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds, help="measurements of each (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser


def report(arguments: argparse.Namespace, results: Mapping[str, Any], text: str) -> None:
    """Print the table, or all numbers as JSON."""
    progress("")
    if arguments.json:
        settings = {**vars(arguments), "cores": os.cpu_count()}
        print(json.dumps({"settings": settings, **results}))
    else:
        print(text)


def progress(words: str) -> None:
    """Tell a person at a terminal what is being done, on one line that is written over and over."""
    if os.isatty(2):
        os.write(2, f"\r\x1b[K{words}".encode())
