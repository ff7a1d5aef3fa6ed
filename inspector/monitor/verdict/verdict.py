"""One sentence on how loading goes, with the numbers behind it: a table of rules, of which the first that fits speaks.

With a training step (`step_ms` > 0) the question is whether training waits for data. Without one the consumer takes
batches as fast as it can and waits nearly always, by design; the question is then what limits the throughput.
"""

from inspector.monitor.records import Snapshot
from inspector.monitor.verdict import network_rules, rules
from inspector.monitor.verdict.table import Cause, Table, Verdict, first_that_fits

RULES: Table[Snapshot] = (
    # nothing can be said of the numbers yet
    (Cause.NOT_RUNNING, rules.not_running),
    (Cause.RESTARTS, rules.worker_is_replaced),
    (Cause.FEWER_WORKERS, rules.fewer_workers),
    (Cause.STARTING, rules.starting),
    (Cause.MEASURING, rules.measuring),
    # the loader keeps up with what takes the batches
    (Cause.PREFETCH, rules.too_much_prefetch),
    (Cause.CONSUMER, rules.keeps_up),
    # it does not: what is the limit? Beside other programs no setting is to blame
    (Cause.OTHER_PROGRAMS, rules.other_programs),
    (Cause.NO_WORKERS, rules.no_workers),
    (Cause.MEMORY, rules.memory_is_full),
    (Cause.STRAGGLER, rules.one_straggler),
    (Cause.ALL_CORES, rules.all_cores_used),
    (Cause.THROTTLED, network_rules.store_throttles),
    (Cause.LATENCY, network_rules.network_latency),
    (Cause.BANDWIDTH, network_rules.network_bandwidth),
    (Cause.READING, rules.reading_is_slow),
    (Cause.WAITING, rules.workers_wait),
    (Cause.FREE_CORES, rules.free_cores),
    (Cause.UNKNOWN, rules.something_else),
)


def verdict(snapshot: Snapshot) -> Verdict:
    """The verdict of the first rule that fits. Uses nothing but the snapshot, and no number that it does not know."""
    return first_that_fits(RULES, snapshot)
