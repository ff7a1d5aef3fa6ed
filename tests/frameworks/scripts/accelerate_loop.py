"""Accelerate's prepared loader."""

from accelerate import Accelerator
from common import Digest, Pictures, seed, show_random_states
from torch.utils.data import DataLoader


def main():
    seed()
    accelerator = Accelerator(cpu=True)
    train_loader = accelerator.prepare(DataLoader(Pictures(48), batch_size=4, shuffle=True, num_workers=2))
    digest = Digest()
    for _ in range(2):
        for images, labels in train_loader:
            digest.add(images, labels)
    digest.show()
    show_random_states()


if __name__ == "__main__":
    main()
