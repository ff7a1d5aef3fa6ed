"""A training that prints every number it gets, and the state of every random generator at the end."""

import argparse
import hashlib
import os
import random
import sys
import time

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, get_worker_info


class Images(Dataset):
    def __init__(self, count, fails_at):
        self.samples = [(f"/data/{i}.jpg", i % 3) for i in range(count)]
        self.fails_at = fails_at

    def __len__(self):
        return len(self.samples)

    def __getitem__(self, i):
        if i == self.fails_at and "INSPECTOR_TEST_KILL" in os.environ:
            os.kill(os.getpid(), int(os.environ["INSPECTOR_TEST_KILL"]))
        if i == self.fails_at:
            raise ValueError(f"sample {i} is broken")
        return torch.full((3, 16, 16), float(i)) + torch.rand(1), self.samples[i][1], random.random()


class Stream(IterableDataset):
    def __init__(self, count):
        self.count = count

    def __iter__(self):
        info = get_worker_info()
        first, step = (0, 1) if info is None else (info.id, info.num_workers)
        for i in range(first, self.count, step):
            yield torch.full((3, 16, 16), float(i)), i % 3, np.random.rand()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--context")
    parser.add_argument("--persistent", action="store_true")
    parser.add_argument("--iterable", action="store_true")
    parser.add_argument("--single", action="store_true", help="batch_size=None")
    parser.add_argument("--samples", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--load-ms", type=float, default=0)
    parser.add_argument("--step-ms", type=float, default=0)
    parser.add_argument("--fails-at", type=int, default=-1)
    options = parser.parse_args()
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(7)
    dataset = Stream(options.samples) if options.iterable else Images(options.samples, options.fails_at)
    train_loader = DataLoader(
        dataset,
        batch_size=None if options.single else 4,
        shuffle=None if options.iterable else True,
        num_workers=options.workers,
        multiprocessing_context=options.context if options.workers else None,
        persistent_workers=options.persistent and options.workers > 0,
    )
    print(sys.stdin.read(), end="")
    waited = 0.0
    for _ in range(options.epochs):
        digest = hashlib.sha256()
        before = time.perf_counter()
        for images, labels, numbers in train_loader:
            waited += time.perf_counter() - before
            for each in (images, labels, numbers):
                digest.update(str(each.tolist() if hasattr(each, "tolist") else each).encode())
            time.sleep(options.step_ms / 1000)
            before = time.perf_counter()
        print(digest.hexdigest())
    print("random:", random.random(), np.random.rand(), torch.rand(1).item())
    print(f"meter {waited:.6f}", file=sys.stderr)


if __name__ == "__main__":
    main()
