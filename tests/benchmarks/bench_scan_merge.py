"""What does a scan on a cluster cost the machine that started it? Made-up samples, through all that it does there.

Run as `python -m tests.benchmarks.bench_scan_merge [--samples 5000000] [--workers 1600] [--no-alike]`.

No image is decoded: what workers would send back is made here, of the right size, and its making is not counted.
Chunks are made of the index; what comes back is put in order. 1 in 1,000 samples has a problem, 1 in 1,000 is the
same as another one, and at the end near-duplicates are looked for. The last line is for 10**9 samples.
"""

import argparse
import pickle
import random
import resource
import sys
import time
from array import array
from collections.abc import Iterator

import numpy as np

from inspector.formats.problems import ProblemKind
from inspector.scan.check_settings import CheckSettings
from inspector.scan.digests import DigestTable
from inspector.scan.measure_table import MeasureTable
from inspector.scan.measures import MEASURE_BYTES
from inspector.scan.results import ScanResults
from inspector.scan.runners.ahead import Ahead
from inspector.scan.runners.chunk import Chunk, ChunkSettings
from inspector.scan.runners.chunk_plan import ChunkPlan
from inspector.scan.runners.partial import Partial, Row
from inspector.scan.scan import Scan, ScanSettings
from inspector.scan.whole_set import WholeSet
from inspector.sources.file_index import FileIndex
from inspector.sources.packed import PackedFiles

IN_FOLDER = 1000
FILE_S = 1.9e-3  # of a worker, as `bench_scan_engines` measured


def index_of(samples: int) -> FileIndex:
    """/data/000123/000123456.jpg ..."""
    files = PackedFiles()
    for folder in range(-(-samples // IN_FOLDER)):
        number = files.add_folder(b"/data/%06d/" % folder)
        names = [b"%09d.jpg" % i for i in range(folder * IN_FOLDER, min(samples, (folder + 1) * IN_FOLDER))]
        files.extend(names, array("I", [number]) * len(names))
    return FileIndex("made up", b"/data/", files)


def partial_of(chunk: Chunk, rng: np.random.Generator) -> Partial:
    """As a worker sends it."""
    digests = np.frombuffer(rng.bytes(16 * chunk.files), np.uint64).reshape(-1, 2).copy()
    digests[1::1000] = 7  # the same as another one
    measures = rng.bytes(MEASURE_BYTES * chunk.files)
    rows = tuple(
        Row(place, (), ProblemKind.TRUNCATED, "The JPEG data stop at byte 4,711 of 110,592.")
        for place in range(0, chunk.files, 1000)
    )
    sizes = np.full(chunk.files, 110_592, np.int64).tobytes()
    sides = np.full((chunk.files, 2), 1024, np.uint32).tobytes()
    return Partial(chunk.first, sizes, digests.tobytes(), measures, sides, rows, "host:1", "host", FILE_S * chunk.files)


def shuffled(chunks: Iterator[Chunk], window: int) -> Iterator[Chunk]:
    """As workers are done with them."""
    held: list[Chunk] = []
    for chunk in chunks:
        held.append(chunk)
        if len(held) >= window:
            yield held.pop(random.randrange(len(held)))
    random.shuffle(held)
    yield from held


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=5_000_000)
    parser.add_argument("--workers", type=int, default=1600)
    parser.add_argument("--no-alike", action="store_true", help="leave out the search for near-duplicates")
    options = parser.parse_args()
    samples: int = options.samples
    began = time.perf_counter()
    index = index_of(samples)
    print(f"index: {time.perf_counter() - began:.1f} s, {index.nbytes / samples:.1f} bytes a sample", flush=True)
    checks = CheckSettings.without()
    scan = Scan("made up", ScanSettings(checks))
    digests, measures, results = DigestTable(samples), MeasureTable(samples), ScanResults(index)
    scan.restore(results, digests, measures, 0.0)
    plan = ChunkPlan(index, [range(samples)], ChunkSettings(checks, 1 << 28, None), options.workers)
    rng, ahead = np.random.default_rng(0), Ahead()
    plans = takes = 0.0
    sent = received = chunks = most_ahead = first = 0
    clock = time.perf_counter
    made = shuffled(iter(plan), min(2 * options.workers, max(1, samples // 8192)))
    while True:
        at = clock()
        chunk = next(made, None)
        plans += clock() - at
        if chunk is None:
            break
        sent += len(pickle.dumps(chunk))
        back = pickle.dumps(partial_of(chunk, rng))
        received, chunks = received + len(back), chunks + 1
        at = clock()
        partial: Partial = pickle.loads(back)
        plan.note(partial)
        ahead.put(partial)
        while (done := ahead.take(first)) is not None:
            scan._take(results, done)
            first += done.files
        takes += clock() - at
        most_ahead = max(most_ahead, ahead.files)
        if chunks % 1000 == 0:
            print(f"  {results.done:,} in order, {ahead.files:,} ahead", file=sys.stderr, flush=True)
    assert results.done == samples
    print(f"{chunks:,} chunks of {samples / chunks:,.0f} samples; {most_ahead:,} were ahead of their turn at most")
    print(f"sent {sent / samples:.1f}, received {received / samples:.1f} bytes a sample")
    print(f"making chunks {1e6 * plans / samples:.2f}, taking results {1e6 * takes / samples:.2f} us a sample")
    tables = digests.nbytes + measures.nbytes + results.nbytes + index.nbytes
    print(f"kept {tables / samples:.1f} bytes a sample, {tables / 1e9:.2f} GB", flush=True)
    if not options.no_alike:
        at = clock()
        WholeSet(index, checks, digests, measures, lambda: False).alike()
        print(f"near-duplicates {clock() - at:.1f} s")
    print(f"most memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB")
    print("for 10**9 samples:", end=" ")
    print(f"{received / samples:,.0f} GB to this machine, {tables / samples:,.0f} GB kept,", end=" ")
    print(f"{(plans + takes) / samples * 1e9 / 3600:.1f} h of one core here,", end=" ")
    print(f"{1e9 * FILE_S / 3600 / options.workers:.1f} h on {options.workers} cores", flush=True)


if __name__ == "__main__":
    main()
