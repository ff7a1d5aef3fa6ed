"""What reading over a network amounts to, in a line for a person."""

from inspector import formatting as fmt
from inspector.monitor.records import Snapshot
from inspector.sources.remote.counts import ReadCounts

READS_TIP = (
    "Reading over the network: requests answered a second; how long one takes, as the median and the 95th percentile; "
    "reads under way at this moment, and their bytes; requests that failed at first and were made again; and how many "
    "of those the store refused because it throttles"
)


def reads_text(snapshot: Snapshot) -> str:
    """Such as "312 requests/s · 21 ms, 45 at p95 · 16 in flight, 1.2 MB · no retries"; "" where nothing is."""
    reads, rates = snapshot.reads, snapshot.rates
    if reads is None:
        return ""
    return " · ".join((fmt.with_unit(fmt.rate(rates.requests_per_s), "requests/s"), *_parts(reads)))


def worker_reads_text(reads: ReadCounts) -> str:
    """The same of one worker, of which no rate is known."""
    return " · ".join((fmt.plural(reads.requests, "request"), *_parts(reads)))


def _parts(reads: ReadCounts) -> tuple[str, str, str]:
    known = reads.latency_p50_ms > 0
    p50 = fmt.with_unit(fmt.milliseconds(reads.latency_p50_ms if known else None), "ms")
    p95 = fmt.milliseconds(reads.latency_p95_ms if known else None)
    in_flight = f"{reads.in_flight:,} in flight, {fmt.byte_size(reads.nbytes_in_flight)}"
    return (
        f"{p50}, {p95} at p95",
        in_flight,
        retries_text(reads.retries, reads.throttled),
    )


def retries_text(retries: int, throttled: int) -> str:
    """Such as "12 retries, 9 throttled"."""
    if not retries:
        return "no retries"
    return fmt.plural(retries, "retry", "retries") + (f", {throttled:,} throttled" if throttled else "")
