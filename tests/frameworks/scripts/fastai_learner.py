"""fastai's DataLoader, which makes its own fake loader around torch's iterators."""

from common import Digest, Pictures, seed, show_random_states
from fastai.data.load import DataLoader


def main():
    seed()
    train_dl = DataLoader(Pictures(48), bs=4, shuffle=True, num_workers=2)
    digest = Digest()
    for _ in range(2):
        for images, labels in train_dl:
            digest.add(images, labels)
    digest.show()
    show_random_states()


if __name__ == "__main__":
    main()
