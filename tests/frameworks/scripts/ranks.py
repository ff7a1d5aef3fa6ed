"""Two ranks under torchrun, with a DistributedSampler."""

import os

import torch.distributed as dist
from common import Digest, Pictures, seed
from torch.utils.data import DataLoader, DistributedSampler


def main():
    seed()
    dist.init_process_group("gloo")
    rank = int(os.environ["RANK"])
    data = Pictures(48)
    sampler = DistributedSampler(data, shuffle=True, seed=3)
    train_loader = DataLoader(data, batch_size=4, sampler=sampler, num_workers=2)
    digest = Digest()
    for epoch in range(2):
        sampler.set_epoch(epoch)
        for images, labels in train_loader:
            digest.add(images, labels)
            dist.barrier()
    for each in range(2):
        if each == rank:
            digest.show(f"rank {rank}")
        dist.barrier()
    dist.destroy_process_group()


if __name__ == "__main__":
    main()
