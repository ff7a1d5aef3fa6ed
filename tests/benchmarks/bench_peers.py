"""Ours, its peers, and the bare decode limit, on the same files with the same decoder.

Run as `python -m tests.benchmarks.bench_peers [--workers 2] [--only native] [--json]`. PyTorch (`torch==2.13.0`) and
SPDL (`spdl`) take part where they are installed.

Files are in the page cache, as they are from a training's second epoch on. Nobody touches the delivered pixels.
"""

import tempfile
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Any

from tests.benchmarks.contestants import from_package
from tests.benchmarks.contestants.bare_limit import bare_limit
from tests.benchmarks.contestants.exercise import exercise, keras_style
from tests.benchmarks.contestants.ours import ours
from tests.benchmarks.measure import Measure, arguments_parser, compared, interleaved, report, table
from tests.benchmarks.photographs import make_photographs, mean_kb
from tests.benchmarks.workload import Workload

WORKLOADS: dict[str, dict[str, Any]] = {
    "native": {"image_size": None, "dtype": "uint8"},
    "uint8": {"image_size": (224, 224), "dtype": "uint8"},
    "float32": {"image_size": (224, 224), "dtype": "float32"},
}
LIMIT = "bare decode limit"


def contestants(workload: Workload, seconds: float) -> dict[str, Callable[[], AbstractContextManager[Measure]]]:
    """Everybody who can do a workload."""
    pytorch = from_package("torch==2.13.0", "pytorch", "pytorch")
    spdl = from_package("spdl", "spdl_threads", "spdl_threads")
    found: dict[str, Callable[[], AbstractContextManager[Measure]]] = {
        LIMIT: partial(bare_limit, workload, seconds),
        "inspector, processes": partial(ours, workload, seconds, engine="processes"),
        "inspector, threads": partial(ours, workload, seconds, engine="threads"),
        "inspector, serial (1 thread)": partial(ours, workload, seconds, engine="serial"),
        "PyTorch": partial(pytorch, workload, seconds),
    }
    if workload.image_size is None:
        found["PyTorch, pickled arrays"] = partial(pytorch, workload, seconds, arrays="numpy")
    found["SPDL, threads"] = partial(spdl, workload, seconds)
    found["Keras-style enqueuer"] = partial(keras_style, workload, seconds)
    for processes in sorted({1, workload.workers}):
        name = f"exercise's queue of float32, {processes} process{'es' if processes > 1 else ''}"
        found[name] = partial(exercise, workload, seconds, processes)
    return found


def main() -> None:
    parser = arguments_parser("Compare the loader with its peers.")
    parser.add_argument("--workers", type=int, default=2, help="default: %(default)s")
    parser.add_argument("--batch-size", type=int, default=32, help="default: %(default)s")
    parser.add_argument("--files", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--seconds", type=float, default=3.0, help="of each measurement (default: %(default)s)")
    parser.add_argument("--only", choices=WORKLOADS, action="append", help="this workload; may be given again")
    parser.add_argument("--who", action="append", help="contestants whose name contains this; may be given again")
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    texts = []
    with tempfile.TemporaryDirectory(prefix="bench_peers_") as folder:
        paths = make_photographs(Path(folder), arguments.files)
        kb = mean_kb(paths)
        for key in arguments.only or WORKLOADS:
            workload = Workload(
                tuple(paths), batch_size=arguments.batch_size, workers=arguments.workers, **WORKLOADS[key]
            )
            openers = contestants(workload, arguments.seconds)
            if arguments.who:
                openers = {n: o for n, o in openers.items() if n == LIMIT or any(who in n for who in arguments.who)}
            found, absent = interleaved(openers, arguments.rounds)
            results[key], rows = compared(found, LIMIT)
            rows += [[name, reason] for name, reason in absent.items()]
            texts.append(table([workload.name, "images/s", "of the limit", "CPU ms an image"], rows))
    head = f"{arguments.files} JPEGs of {kb:.0f} KB, {arguments.workers} workers, batches of {arguments.batch_size}"
    report(arguments, {"mean_kb": kb, "workloads": results}, "\n\n".join([head, *texts]))


if __name__ == "__main__":
    main()
