"""Data for all scripts: small pictures, made here; and a digest of every batch that a training got."""

import hashlib
import random

import numpy as np
import torch
from torch.utils.data import Dataset


class Pictures(Dataset):
    """Each differs, and each time: random numbers of all three kinds go into it."""

    def __init__(self, count=48, train=True, side=32):
        self.count, self.side = count, side
        self.samples = [(f"/data/{'train' if train else 'val'}/{i:03}.png", i % 3) for i in range(count)]

    def __len__(self):
        return self.count

    def __getitem__(self, i):
        noise = random.random() + np.random.rand() + torch.rand(1).item()
        picture = torch.full((3, self.side, self.side), (i % 256) / 255) + 0.001 * noise
        return picture, self.samples[i][1]


class Digest:
    """Of all that it is shown."""

    def __init__(self):
        self._hash = hashlib.sha256()
        self.batches = 0

    def add(self, *tensors):
        self.batches += 1
        for each in tensors:
            self._hash.update(np.ascontiguousarray(torch.as_tensor(each).detach().numpy()).tobytes())

    def show(self, name="batches"):
        print(name, self.batches, self._hash.hexdigest()[:16], flush=True)


def seed():
    for each in (random.seed, np.random.seed, torch.manual_seed):
        each(7)
    torch.set_num_threads(1)


def show_random_states():
    print("random:", random.random(), np.random.rand(), torch.rand(1).item(), flush=True)
