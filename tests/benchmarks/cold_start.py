"""One cold start: a fresh interpreter makes a loader and takes its first batch. Started by `bench_first_batch`.

Prints the seconds from the making of the loader on; the import of its library, which a training has behind it by then,
does not count.
"""

import json
import sys
import time

from tests.benchmarks.workload import Workload


def main() -> None:
    who, settings = sys.argv[1], json.loads(sys.argv[2])
    workload = Workload(tuple(settings.pop("paths")), tuple(settings.pop("image_size")), **settings)
    if who == "inspector":
        from tests.benchmarks.contestants import ours

        start = time.perf_counter()
        with ours.make_loader(workload) as loader:
            next(loader)
            print(time.perf_counter() - start)
    else:
        from tests.benchmarks.contestants import pytorch

        start = time.perf_counter()
        peer = pytorch.make_loader(workload, pytorch.Images(workload), who)
        next(iter(peer))
        print(time.perf_counter() - start)
        pytorch.shut_down(peer)


if __name__ == "__main__":
    main()
