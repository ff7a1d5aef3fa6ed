"""torchdata's StatefulDataLoader, by fork and by spawn."""

import sys

from common import Digest, Pictures, seed, show_random_states
from torchdata.stateful_dataloader import StatefulDataLoader


def main():
    seed()
    train_loader = StatefulDataLoader(
        Pictures(48), batch_size=4, shuffle=True, num_workers=2, multiprocessing_context=sys.argv[1]
    )
    digest = Digest()
    for _ in range(2):
        for images, labels in train_loader:
            digest.add(images, labels)
    state = train_loader.state_dict()
    digest.show()
    print(sorted(state))
    show_random_states()


if __name__ == "__main__":
    main()
