"""MONAI's ThreadDataLoader: a thread takes the batches ahead, and the training waits for that one."""

import sys
import time
import warnings

warnings.simplefilter("ignore")

from common import Digest, Pictures, seed, show_random_states  # noqa: E402
from monai.data import ThreadDataLoader  # noqa: E402


class Slow(Pictures):
    def __getitem__(self, i):
        time.sleep(0.005)
        return super().__getitem__(i)


def main():
    seed()
    options = {"use_thread_workers": True} if "threads" in sys.argv else {}
    workers = 2 if "threads" in sys.argv else 0
    train_loader = ThreadDataLoader(Slow(48), batch_size=4, shuffle=True, num_workers=workers, **options)
    digest = Digest()
    waited = 0.0
    for _ in range(2):
        iterator = iter(train_loader)
        while True:
            before = time.perf_counter()
            try:
                images, labels = next(iterator)
            except StopIteration:
                break
            waited += time.perf_counter() - before
            if "threads" not in sys.argv:
                digest.add(images, labels)
            time.sleep(0.02)
    print(f"meter {waited:.4f}", file=sys.stderr)
    digest.show()
    if "threads" not in sys.argv:
        show_random_states()


if __name__ == "__main__":
    main()
