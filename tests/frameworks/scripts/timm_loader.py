"""timm's loader, which normalizes in a wrapper."""

from common import Digest, seed, show_random_states
from PIL import Image
from timm.data import create_loader


class Images:
    """What timm's loader wants: a transform that it sets."""

    transform = None

    def __len__(self):
        return 48

    def __getitem__(self, i):
        image = Image.new("RGB", (40, 40), (i * 5 % 256, i % 256, 7))
        return self.transform(image) if self.transform else image, i % 3

    def set_epoch(self, _):
        pass


def main():
    seed()
    import torch

    loader_train = create_loader(
        Images(), input_size=(3, 32, 32), batch_size=4, is_training=True, num_workers=2, use_prefetcher=False,
        device=torch.device("cpu"),
    )  # fmt: skip
    digest = Digest()
    for _ in range(2):
        for images, labels in loader_train:
            digest.add(images, labels)
    digest.show()
    show_random_states()


if __name__ == "__main__":
    main()
