"""For bench_watched_verdicts: trainings whose limit is known, each in a fork of this process.

python watched_causes.py CASE FOLDER SEED...      a folder for each seed, in FOLDER
"""

import os
import random
import sys
import time

import torch
from torch.utils.data import DataLoader, Dataset

BATCH_SIZE = 8
AT_ONCE = {"cpu": 1, "others": 1}  # else 3 trainings at once, as they sleep


class Timed(Dataset):
    def __init__(self, count, sleep_s=0.0, cpu_s=0.0, slow_s=0.0, slow=(), seed=0):
        self.count, self.sleep_s, self.cpu_s, self.slow_s, self.slow = count, sleep_s, cpu_s, slow_s, slow
        self.seed = seed

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        vary = random.Random(self.seed * 100_003 + i).uniform(0.6, 1.4)
        time.sleep(self.slow_s if i in self.slow else self.sleep_s * vary)
        until = time.thread_time() + self.cpu_s * vary
        while time.thread_time() < until:
            pass
        return torch.zeros(3, 8, 8)


def train(case, seed):
    vary = random.Random(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    batches, workers, step_s, epochs, options = 40, 2, 0.01, 1, {}
    scale = vary.uniform(0.8, 1.6)
    if case == "waiting":  # 2 workers: 40 ms a batch
        options = {"sleep_s": 0.010 * scale}
    elif case in ("cpu", "others"):
        options = {"cpu_s": 0.006 * scale}
    elif case == "no workers":
        workers, options = 0, {"sleep_s": 0.004 * scale}
    elif case == "few workers":
        workers, options = 1, {"sleep_s": 0.005 * scale}
    elif case == "stragglers":  # 1 sample of 50 takes long: without them, 10 ms a batch
        slow = frozenset(vary.sample(range(batches * BATCH_SIZE), batches * BATCH_SIZE // 50))
        options = {"sleep_s": 0.0025, "slow_s": 0.3 * scale, "slow": slow}
        step_s = 0.015
    elif case == "step":
        step_s, options = 0.05 * scale, {"sleep_s": 0.004}
    elif case == "start-up":
        batches, epochs, step_s, options = 5, 8, 0.002, {"sleep_s": 0.0005}
    loader = DataLoader(
        Timed(batches * BATCH_SIZE, seed=seed, **options),
        batch_size=BATCH_SIZE,
        shuffle=True,
        num_workers=workers,
        multiprocessing_context="fork" if workers else None,
    )
    for _ in range(epochs):
        for _batch in loader:
            time.sleep(step_s * vary.uniform(0.9, 1.1))


def main():
    case, folder, seeds = sys.argv[1], sys.argv[2], sys.argv[3:]
    running = set()
    for seed in seeds:
        if len(running) >= AT_ONCE.get(case, 3):
            running.discard(os.wait()[0])
        pid = os.fork()
        if not pid:
            os.environ["INSPECTOR_RUN_FOLDER"] = os.path.join(folder, seed)
            os.mkdir(os.environ["INSPECTOR_RUN_FOLDER"], 0o700)
            try:
                train(case, int(seed))
            finally:
                os._exit(0)
        running.add(pid)
    while running:
        running.discard(os.wait()[0])


if __name__ == "__main__":
    main()
