"""One rank of a training with torch's gloo: prints what it got, and what all ranks got together."""

import json
import os
import sys

import torch
import torch.distributed as dist

from inspector import Loader


def main() -> None:
    dist.init_process_group("gloo")
    numbers: dict[str, int] = {}
    batches = []
    with Loader(sys.argv[1], batch_size=4, num_workers=1, image_size=(6, 8), epochs=2, seed=1) as loader:
        numbers = {name: number for number, name in enumerate(loader.index.classes)}
        for _ in range(2):
            for batch in loader:
                labels = torch.tensor([numbers[label] for label in batch.labels or []])
                total = torch.tensor([len(labels)])
                dist.all_reduce(total)  # waits for ever where a rank has fewer batches
                batches.append([batch.epoch, batch.indices.tolist(), int(total)])
    print(json.dumps({"rank": int(os.environ["RANK"]), "numbers": numbers, "batches": batches}))
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
