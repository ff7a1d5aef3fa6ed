"""A training for bench_watched: prints microseconds a batch as JSON: wall, CPU of its own process, CPU of its workers.

Each is the median of several epochs.
"""

import glob
import io
import json
import os
import statistics
import sys
import time

import torch
from torch.utils.data import DataLoader, Dataset


class Empty(Dataset):
    """Nothing is quicker."""

    def __len__(self):
        return 2000

    def __getitem__(self, i):
        return 0


class Decoding(Dataset):
    """Photographs, decoded as most data sets do it."""

    def __init__(self):
        from PIL import Image

        noise = Image.effect_noise((400, 300), 60).convert("RGB")
        file = io.BytesIO()
        noise.save(file, "JPEG", quality=80)
        self.content, self.open = file.getvalue(), Image.open

    def __len__(self):
        return 200

    def __getitem__(self, i):
        image = self.open(io.BytesIO(self.content)).convert("RGB").resize((224, 224))
        return torch.frombuffer(bytearray(image.tobytes()), dtype=torch.uint8).view(224, 224, 3)


def cpu_s(pid):
    """CPU seconds of all threads of a process that run, to the nanosecond."""
    total = 0
    for path in glob.glob(f"/proc/{pid}/task/*/schedstat"):
        with open(path, "rb") as file:
            total += int(file.read().split()[0])
    return total / 1e9


def main():
    kind, workers, batch_size = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    torch.set_num_threads(1)
    data = Empty() if kind == "empty" else Decoding()
    loader = DataLoader(
        data, batch_size=batch_size, num_workers=workers, persistent_workers=workers > 0, multiprocessing_context="fork"
    ) if workers else DataLoader(data, batch_size=batch_size)  # fmt: skip
    wall, own, theirs = [], [], []
    for _ in range(6):
        batches = 0
        iterator = iter(loader)
        next(iterator)
        pids = [worker.pid for worker in getattr(iterator, "_workers", ())]
        before = time.perf_counter(), cpu_s(os.getpid()), sum(map(cpu_s, pids))
        for _batch in iterator:
            batches += 1
        after = time.perf_counter(), cpu_s(os.getpid()), sum(map(cpu_s, pids))
        for found, begin, end in zip((wall, own, theirs), before, after):  # noqa: B905 - Python 3.8
            found.append(1e6 * (end - begin) / batches)
    print(json.dumps([statistics.median(found[1:]) for found in (wall, own, theirs)]))


if __name__ == "__main__":
    main()
