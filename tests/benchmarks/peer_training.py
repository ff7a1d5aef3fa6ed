"""A training of known waits for bench_traceml: prints what its own stopwatch says, as JSON.

python peer_training.py CASE [--traceml]     with the calls that TraceML's documentation asks for
"""

import contextlib
import json
import sys
import time

import torch
from peer_cases import CASES
from torch import nn
from torch.utils.data import DataLoader, Dataset

_BATCH = 4


class Samples(Dataset):
    def __init__(self, load_ms, count, factor):
        self.load_s, self.count, self.factor = load_ms / 1000, count, factor
        self.samples = [(f"/data/{i}.jpg", i % 3) for i in range(count)]

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        time.sleep(self.load_s * (self.factor if i % 50 == 17 else 1))
        return torch.rand(3, 32, 32), i % 3


def main():
    load_ms, step_ms, workers, epochs, count, factor = CASES[sys.argv[1]]
    around = contextlib.nullcontext
    if "--traceml" in sys.argv:
        import traceml_ai as traceml

        traceml.init(mode="auto")
        around = traceml.trace_step
    torch.set_num_threads(1)
    model = nn.Sequential(nn.Flatten(), nn.Linear(3 * 32 * 32, 3))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    train_loader = DataLoader(Samples(load_ms, count, factor), batch_size=_BATCH, shuffle=False, num_workers=workers)
    began = time.perf_counter()
    waited = 0.0
    for _ in range(epochs):
        before = time.perf_counter()
        for images, labels in train_loader:
            waited += time.perf_counter() - before
            with around(model):
                loss = nn.functional.cross_entropy(model(images), labels)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                time.sleep(step_ms / 1000)
            before = time.perf_counter()
    print(json.dumps({"seconds": time.perf_counter() - began, "waited": waited, "batches": epochs * count // _BATCH}))


if __name__ == "__main__":
    main()
