"""webdataset: shards in, an iterable loader without batch size."""

import io
import os
import tarfile
import tempfile

import numpy as np
import webdataset as wds
from common import Digest, seed, show_random_states
from PIL import Image


def write(path):
    with tarfile.open(path, "w") as tar:
        for i in range(24):
            content = io.BytesIO()
            Image.fromarray(np.full((32, 32, 3), i, np.uint8)).save(content, "PNG")
            for name, value in ((f"{i:04}.png", content.getvalue()), (f"{i:04}.cls", str(i % 3).encode())):
                info = tarfile.TarInfo(name)
                info.size = len(value)
                tar.addfile(info, io.BytesIO(value))


def main():
    seed()
    with tempfile.TemporaryDirectory() as folder:
        shards = [os.path.join(folder, f"{i}.tar") for i in range(2)]
        for shard in shards:
            write(shard)
        data = wds.WebDataset(shards, shardshuffle=False).decode("torchrgb").to_tuple("png", "cls").batched(4)
        train_loader = wds.WebLoader(data, batch_size=None, num_workers=2)
        digest = Digest()
        for _ in range(2):
            for images, labels in train_loader:
                digest.add(images, labels)
        digest.show()
        show_random_states()


if __name__ == "__main__":
    main()
