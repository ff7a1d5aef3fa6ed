"""A training whose speed is known: a batch takes so long to load, a step so long."""

import argparse
import random
import time

import torch
from torch.utils.data import DataLoader, Dataset


class Timed(Dataset):
    def __init__(self, count, sample_s, slow, slow_s):
        self.count, self.sample_s, self.slow, self.slow_s = count, sample_s, slow, slow_s

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        time.sleep(self.slow_s if i == self.slow else self.sample_s)
        return torch.zeros(3, 8, 8), i


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=4)
    parser.add_argument("--batches", type=int, default=40)
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--load-ms", type=float, default=0)
    parser.add_argument("--step-ms", type=float, default=0)
    parser.add_argument("--slow", type=int, default=-1)
    parser.add_argument("--slow-factor", type=float, default=20)
    parser.add_argument("--persistent", action="store_true")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    random.seed(options.seed)
    torch.manual_seed(options.seed)
    sample_s = options.load_ms / 1000 / options.batch_size
    data = Timed(options.batches * options.batch_size, sample_s, options.slow, sample_s * options.slow_factor)
    train_loader = DataLoader(
        data,
        batch_size=options.batch_size,
        shuffle=True,
        num_workers=options.workers,
        multiprocessing_context="fork" if options.workers else None,
        persistent_workers=options.persistent,
    )
    for _ in range(options.epochs):
        for _batch in train_loader:
            time.sleep(options.step_ms / 1000 * random.uniform(0.9, 1.1))


if __name__ == "__main__":
    main()
