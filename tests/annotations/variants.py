"""A small set on disk, and what a scan would say of it; for tests of the forms in which strangers write a format."""

from pathlib import Path

import cv2
import numpy as np

from inspector.annotations.checks import ImageSizes, annotation_faults
from inspector.annotations.opening import open_annotations
from inspector.sources.opening import open_source

WIDTH, HEIGHT, IMAGES = 64, 48, 6
PICTURE = cv2.imencode(".png", np.random.default_rng(1).integers(0, 255, (HEIGHT, WIDTH, 3), np.uint8))[1].tobytes()

Texts = dict[int, str | bytes]


def check(root: Path, *expected: str) -> None:
    """`expected`: "check image" of each row that a scan would have."""
    index = open_source(str(root))
    found = open_annotations(index)
    assert found is not None
    sizes = np.tile(np.array([[WIDTH, HEIGHT]], np.int32), (len(index), 1))
    rows = [*annotation_faults(found, ImageSizes(sizes, np.zeros(len(index), np.bool_)))]
    named = {
        f"{row.check} {Path(index.path(row.image) if row.image is not None else row.path).stem}": row.reason
        for row in rows
    }
    assert named.keys() == set(expected), named
    assert len(rows) == len(named)


def images(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(IMAGES):
        (folder / f"i{number}.png").write_bytes(PICTURE)


def write(root: Path, pattern: str, usual: str, texts: Texts) -> None:
    """A file for each image."""
    for number in range(IMAGES):
        path = root / pattern.format(number)
        path.parent.mkdir(parents=True, exist_ok=True)
        text = texts.get(number, usual)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
