"""The rules of the verdict for samples that come over a network: they know how many reads are under way, and how long
one takes until its first byte and its last. See `rules`.
"""

from inspector import formatting as fmt
from inspector.monitor.records import Snapshot
from inspector.monitor.verdict.evidence import workers_are_the_limit, workers_compute, workers_mostly_read
from inspector.monitor.verdict.rules import limited
from inspector.monitor.verdict.table import Statement
from inspector.sources.remote.counts import ReadCounts

OFTEN = 0.02  # share of requests that have to be made again
MOSTLY = 0.5  # share of a request's time before its first byte
FEW_IN_FLIGHT = 0.6  # of the reads that there may be


def store_throttles(snapshot: Snapshot) -> Statement | None:
    reads, rates = _waited_for(snapshot), snapshot.rates
    if reads is None or not rates.requests_per_s or not rates.retries_per_s:
        return None
    share = rates.retries_per_s / (rates.requests_per_s + rates.retries_per_s)
    throttles = 2 * reads.throttled >= reads.retries > 0
    if share < OFTEN and not throttles:  # few are refused where it says how long to wait, and all wait then
        return None
    why = "the store asks for fewer" if throttles else "the store is too busy, or the network loses some"
    return limited(
        snapshot,
        f"{fmt.percent(share)} of {fmt.rate(rates.requests_per_s + rates.retries_per_s)} requests/s fail at first and "
        f"are made again: {why}. Fewer reads in flight may be faster; spread the data over several prefixes, or "
        "ask for a higher limit.",
    )


def network_latency(snapshot: Snapshot) -> Statement | None:
    reads = _waited_for(snapshot)
    if reads is None or reads.first_byte_ms < MOSTLY * reads.latency_p50_ms:
        return None
    allowed = _reads_in_flight(snapshot)
    most = allowed * len(snapshot.workers)
    evidence = f"Network-bound by latency: {_times(reads)}, most of it until the first byte"
    if reads.in_flight < FEW_IN_FLIGHT * most:
        advice = f"{reads.in_flight} of {most} reads are in flight: a larger prefetch asks for more at a time"
    else:
        advice = (
            f"{reads.in_flight} reads are in flight: more of them (reads_in_flight, now {allowed}) cost less than more "
            "workers"
        )
    return limited(snapshot, f"{evidence}. {advice}.")


def network_bandwidth(snapshot: Snapshot) -> Statement | None:
    reads = _waited_for(snapshot)
    if reads is None:
        return None
    rate = snapshot.rates.read_mb_per_s
    speed = f", at {fmt.rate(rate)} MB/s in all" if rate else ""
    return limited(
        snapshot,
        f"Network-bound by bandwidth: {_times(reads)}, most of it after the first byte{speed}. More "
        "workers or reads in flight will not help; smaller files, a local copy or a machine near the store will.",
    )


def _waited_for(snapshot: Snapshot) -> ReadCounts | None:
    """What is read over a network, where the workers mostly wait for it."""
    if not workers_are_the_limit(snapshot) or not workers_mostly_read(snapshot) or workers_compute(snapshot):
        return None
    reads = snapshot.reads
    return reads if reads is not None and reads.latency_p50_ms else None


def _reads_in_flight(snapshot: Snapshot) -> int:
    value = snapshot.settings.get("reads_in_flight")
    return value if isinstance(value, int) else 1


def _times(reads: ReadCounts) -> str:
    return (
        f"a request takes {fmt.milliseconds(reads.latency_p50_ms)} ms "
        f"({fmt.milliseconds(reads.latency_p95_ms)} at the 95th percentile)"
    )
