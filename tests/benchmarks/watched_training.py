"""A training for bench_watched: prints the microseconds a batch, the least of several epochs."""

import sys
import time

import torch
from torch.utils.data import DataLoader, Dataset


class Empty(Dataset):
    """Nothing is quicker."""

    def __len__(self):
        return 4000

    def __getitem__(self, i):
        return 0


class Decoding(Dataset):
    """CPU work like that of decoding a photograph."""

    def __len__(self):
        return 400

    def __getitem__(self, i):
        x = torch.arange(250_000, dtype=torch.float32)
        for _ in range(6):
            x = x * 1.0001 + 1
        return x[: 3 * 64 * 64].reshape(3, 64, 64)


def main():
    kind, workers, batch_size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    data = Empty() if kind == "empty" else Decoding()
    loader = DataLoader(
        data, batch_size=batch_size, num_workers=workers, persistent_workers=workers > 0, multiprocessing_context="fork"
    ) if workers else DataLoader(data, batch_size=batch_size)  # fmt: skip
    least = float("inf")
    for _ in range(5):
        batches = 0
        iterator = iter(loader)
        next(iterator)
        began, cpu = time.perf_counter(), time.process_time()
        for _batch in iterator:
            batches += 1
        spent = time.process_time() - cpu if workers == 0 else time.perf_counter() - began
        least = min(least, spent / batches)
    print(1e6 * least)


if __name__ == "__main__":
    main()
