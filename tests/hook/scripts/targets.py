"""A loader whose batches have boxes, masks or keypoints, as the libraries of the field have them."""

import sys

import numpy as np
import torch
from torch.utils.data import DataLoader, Dataset

HEIGHT, WIDTH = 40, 60
CORNERS = [[6.0, 4.0, 30.0, 20.0], [10.0, 10.0, 50.0, 36.0]]  # left, top, right, bottom
XYWH = [[x, y, r - x, b - y] for x, y, r, b in CORNERS]
SHARES = [
    [(x + r) / 2 / WIDTH, (y + b) / 2 / HEIGHT, (r - x) / WIDTH, (b - y) / HEIGHT] for x, y, r, b in CORNERS
]  # centre and size
CLASSES = [3, 1]
MASK = torch.zeros(HEIGHT, WIDTH, dtype=torch.int64)
MASK[4:20, 6:30] = 3
MASK[0, 0] = -100
OBJECTS = torch.zeros(2, HEIGHT, WIDTH, dtype=torch.bool)
OBJECTS[0, 4:20, 6:30] = True
OBJECTS[1, 10:36, 10:50] = True


class Images(Dataset):
    def __len__(self):
        return 12

    def __getitem__(self, i):
        return torch.full((3, HEIGHT, WIDTH), i / 255)


def images_of(batch):
    return torch.stack(batch)


def torchvision(batch):
    points = torch.tensor([[[12.0, 8.0, 1.0], [0.0, 0.0, 0.0]]] * 2)
    target = {"boxes": torch.tensor(CORNERS), "labels": torch.tensor(CLASSES), "masks": OBJECTS, "keypoints": points}
    return tuple(batch), tuple(dict(target) for _ in batch)


def coco(batch):
    objects = [{"bbox": box, "category_id": label, "id": 7} for box, label in zip(XYWH, CLASSES)]  # noqa: B905
    return images_of(batch), [list(objects) for _ in batch]


def detr(batch):
    label = {"boxes": torch.tensor(SHARES), "class_labels": torch.tensor(CLASSES), "image_id": torch.tensor([1])}
    return {
        "pixel_values": images_of(batch),
        "pixel_mask": torch.ones(len(batch), HEIGHT, WIDTH, dtype=torch.int64),
        "labels": [dict(label) for _ in batch],
    }


def ultralytics(batch):
    return {
        "img": images_of(batch),
        "bboxes": torch.tensor(SHARES * len(batch)),
        "cls": torch.tensor([[float(each)] for each in CLASSES] * len(batch)),
        "batch_idx": torch.arange(len(batch)).repeat_interleave(2).float(),
        "im_file": [f"/data/{at}.jpg" for at in range(len(batch))],
    }


def yolo(batch):
    rows = [[float(at), float(label), *box] for at in range(len(batch)) for box, label in zip(SHARES, CLASSES)]  # noqa: B905
    return images_of(batch), torch.tensor(rows)


def typed(batch):
    """As torchvision's `tv_tensors.BoundingBoxes`, which says how it is meant."""

    class Format:
        name = "CXCYWH"

    class Boxes(torch.Tensor):
        pass

    boxes = (torch.tensor(SHARES) * torch.tensor([WIDTH, HEIGHT, WIDTH, HEIGHT])).as_subclass(Boxes)
    boxes.format = Format()
    return images_of(batch), [{"boxes": boxes, "labels": torch.tensor(CLASSES)} for _ in batch]


def semantic(batch):
    return images_of(batch), torch.stack([MASK] * len(batch))


def segformer(batch):
    return {"pixel_values": images_of(batch), "labels": torch.stack([MASK] * len(batch))}


def binary(batch):
    return images_of(batch), torch.stack([(MASK > 0).float()[None]] * len(batch))


def albumentations(batch):
    return {"image": images_of(batch), "mask": torch.stack([MASK] * len(batch)), "bboxes": [CORNERS] * len(batch)}


def many(batch):
    return images_of(batch), [{"boxes": torch.rand(5000, 4).cumsum(1), "labels": torch.ones(5000)} for _ in batch]


def ragged(batch):
    """Some images have no box."""
    targets = [{"boxes": torch.tensor(CORNERS[:at]).reshape(-1, 4), "labels": torch.tensor([3] * at)} for at in (0, 2)]
    return images_of(batch), [targets[at % 2] for at in range(len(batch))]


def nothing(batch):
    return (
        images_of(batch),
        torch.arange(len(batch)),
        {"note": ["a"] * len(batch), "weights": torch.rand(len(batch), 4)},
    )


def hostile(batch):
    """What looks like targets and is none must harm nobody."""
    return images_of(batch), [
        {"boxes": [["a", "b", "c", "d"]], "labels": object(), "masks": np.array([{}]), "keypoints": float("nan")}
        for _ in batch
    ]


if __name__ == "__main__":
    torch.set_num_threads(1)
    for _batch in DataLoader(Images(), batch_size=4, num_workers=int(sys.argv[2]), collate_fn=globals()[sys.argv[1]]):
        pass
