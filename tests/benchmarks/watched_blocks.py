"""For bench_watched: the emptiest data set, watched and not watched in turn, in one process, 50 batches at a time.

Prints the medians as JSON: microseconds of CPU a batch, bare, bare again (the null control), watched. What other
programs do meets all three alike.
"""

import json
import statistics
import sys
import time

import torch
from torch.utils.data import DataLoader
from watched_training import Empty

_BLOCK = 50
_TURNS = 200


def main():
    workers, batch_size = int(sys.argv[1]), int(sys.argv[2])
    watching = sys.modules["_inspector_hook.safely"]
    torch.set_num_threads(1)
    options = {"persistent_workers": True, "multiprocessing_context": "fork"} if workers else {}
    loader = DataLoader(Empty(), batch_size=batch_size, num_workers=workers, **options)
    taken = {"bare": [], "null": [], "watched": []}
    batches = endless(loader)
    for turn in range(_TURNS):
        for way in list(taken)[:: 1 if turn % 2 else -1]:
            watching.stopped = way != "watched"
            next(batches)
            began = time.thread_time()
            for _ in range(_BLOCK):
                next(batches)
            taken[way].append(1e6 * (time.thread_time() - began) / _BLOCK)
    watching.stopped = False
    print(json.dumps([statistics.median(taken[way]) for way in taken]))


def endless(loader):
    while True:
        yield from loader


if __name__ == "__main__":
    main()
