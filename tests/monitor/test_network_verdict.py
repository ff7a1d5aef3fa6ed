"""What the verdict says of samples that come over a network."""

from dataclasses import replace

import pytest

from inspector.monitor.records import Snapshot
from inspector.monitor.verdict.table import Cause
from inspector.monitor.verdict.verdict import verdict
from inspector.settings import LoaderConfig
from inspector.sources.remote.counts import ReadCounts
from tests.monitor.test_verdict import READS, snapshot

FAR = ReadCounts(5000, 0, 500_000_000, 16, 1_600_000, latency_p50_ms=21.0, latency_p95_ms=35.0, first_byte_ms=20.0)
NARROW = FAR._replace(latency_p50_ms=210.0, latency_p95_ms=350.0, first_byte_ms=20.0)


def remote(reads: ReadCounts, **rates: float) -> Snapshot:
    rows = tuple(replace(row, totals=replace(row.totals, reads=reads)) for row in READS)
    given = snapshot(workers=rows, settings=LoaderConfig(num_workers=len(rows)))
    return replace(given, rates=replace(given.rates, **rates))


@pytest.mark.parametrize(
    ("given", "cause", "words"),
    [
        (remote(FAR), Cause.LATENCY, ("latency", "21 ms", "reads_in_flight, now 16")),
        (remote(FAR._replace(in_flight=3)), Cause.LATENCY, ("6 of 32 reads", "larger prefetch")),
        (remote(NARROW), Cause.BANDWIDTH, ("bandwidth", "80.0 MB/s", "will not help")),
        (remote(FAR, requests_per_s=900.0, retries_per_s=100.0), Cause.THROTTLED, ("10 %", "1,000", "Fewer reads")),
        (remote(FAR, requests_per_s=900.0, retries_per_s=1.0), Cause.LATENCY, ()),
        (
            remote(FAR._replace(retries=9, throttled=8), requests_per_s=900.0, retries_per_s=1.0),
            *(Cause.THROTTLED, ("the store asks for fewer",)),
        ),
        (remote(ReadCounts()), Cause.READING, ()),
    ],
)
def test_the_network_is_named_with_what_to_do(given: Snapshot, cause: Cause, words: tuple[str, ...]) -> None:
    said = verdict(given)
    assert said.cause == cause
    assert [word for word in words if word not in said.evidence] == [], said.evidence


def test_workers_that_decode_are_not_held_up_by_a_network() -> None:
    given = remote(FAR)
    rows = tuple(replace(row, cpu=0.95) for row in given.workers)
    assert verdict(replace(given, workers=rows)).cause == Cause.FREE_CORES
