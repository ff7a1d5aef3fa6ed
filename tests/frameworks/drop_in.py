"""Public training scripts with PyTorch's DataLoader and with ours in its place: the same batches, to the last bit?

python -m tests.frameworks.drop_in NAME SCRIPT [--python PYTHON]

SCRIPT is in a checkout that you have got yourself, PYTHON has torch and what it imports. A copy of it is run, in
which the loader is another and random augmentations are left out. The data set is made here.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

ROOT = Path(__file__).parents[2]
_FIRST_LINE = "import compared_loaders\n"
_SEED = "import torch, random, numpy; torch.manual_seed(1); random.seed(1); numpy.random.seed(1)\n"


@dataclass(frozen=True)
class Training:
    """`changes`: of the script's text, so that nothing in it is random; `words`: its arguments, with the folder."""

    make: Callable[[Path], None]
    words: tuple[str, ...]
    changes: tuple[tuple[str, str], ...] = ()


def main() -> int:
    """Exit status: 1 where the batches differ."""
    parser = argparse.ArgumentParser(prog="python -m tests.frameworks.drop_in")
    parser.add_argument("name", choices=TRAININGS)
    parser.add_argument("script", type=Path)
    parser.add_argument("--python", default=sys.executable, help="has torch and what the script imports")
    options = parser.parse_args()
    training = TRAININGS[options.name]
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder, "data")
        training.make(data)
        found = {kind: run(kind, training, options.script, options.python, data) for kind in ("theirs", "ours")}
    for kind, lines in found.items():
        print(kind, *lines, sep="\n    ")
    same = found["ours"] == found["theirs"]
    print("the same" if same and found["ours"] else "DIFFERENT")
    return 0 if same and found["ours"] else 1


def run(kind: str, training: Training, script: Path, python: str, data: Path) -> list[str]:
    """The line of each loader: batches and a digest of them."""
    text = script.read_text()
    for old, new in training.changes:
        if old not in text:
            sys.exit(f"{script} has no {old!r}: it is another version than this program knows")
        text = text.replace(old, new)
    copy = data.with_name(f"{kind}_{script.name}")
    future, rest = (text.split("\n", 1)[0] + "\n", text) if text.startswith("from __future__") else ("", text)
    copy.write_text(future + _SEED + _FIRST_LINE + rest)
    modules = [ROOT, Path(__file__).with_name("scripts"), script.absolute().parent]
    done = subprocess.run(
        [python, str(copy), *(word.format(data=data) for word in training.words)],
        cwd=data.parent,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, modules)), "COMPARED": kind, "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        sys.exit(f"{kind}: exit status {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}")
    return [line for line in done.stdout.splitlines() if line.startswith("COMPARED")]


# --- data sets ---------------------------------------------------------------------------------------------


def picture(file: Path, number: int, height: int = 96, width: int = 128) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    noise = np.random.default_rng(number).integers(0, 256, (height // 8, width // 8, 3), np.uint8)
    Image.fromarray(noise).resize((width, height)).save(file)


def class_folders(data: Path) -> None:
    for part, count in (("train", 12), ("val", 4)):
        for number in range(3 * count):
            picture(data / part / "abc"[number % 3] / f"{number}.jpg", number)


def coco(data: Path) -> None:
    """Pictures of several shapes with boxes and polygons; one without any."""
    for part, count in (("train", 14), ("val", 5)):
        images, annotations = [], list[dict[str, object]]()
        for number in range(count):
            height, width = ((96, 128), (128, 96), (96, 96))[number % 3]
            picture(data / f"{part}2017" / f"{number}.jpg", number, height, width)
            images.append({"id": number, "file_name": f"{number}.jpg", "height": height, "width": width})
            for each in range(number % 4):
                x, y, w, h = 5 + 8 * each, 7 + 5 * each, 30 + number, 40
                outline = [x, y, x + w, y, x + w, y + h, x, y + h]
                annotations.append(
                    {"id": len(annotations) + 1, "image_id": number, "category_id": 1 + each, "bbox": [x, y, w, h]}
                    | {"area": w * h, "iscrowd": 0, "segmentation": [outline]}
                )
        categories = [{"id": number, "name": f"class {number}"} for number in range(1, 4)]
        file = data / "annotations" / f"instances_{part}2017.json"
        file.parent.mkdir(exist_ok=True)
        file.write_text(json.dumps({"images": images, "annotations": annotations, "categories": categories}))


_DETECTION = (
    *("--data-path", "{data}", "--model", "fasterrcnn_mobilenet_v3_large_320_fpn", "--device", "cpu"),
    *("--epochs", "2", "--batch-size", "3", "--workers", "2", "--lr", "0.001", "--output-dir", ""),
)
_NOT_FLIPPED = (("presets.DetectionPresetTrain(", "presets.DetectionPresetTrain(hflip_prob=0.0, "),)
TRAININGS = {
    "imagenet": Training(  # pytorch/examples, imagenet/main.py
        class_folders,
        ("{data}", "--arch", "squeezenet1_1", "--workers", "2", "--batch-size", "8", "--epochs", "2"),
        (("RandomResizedCrop(224)", "Resize((224, 224))"), ("RandomHorizontalFlip(", "CenterCrop(224")),
    ),
    "timm": Training(  # huggingface/pytorch-image-models, train.py
        class_folders,
        (
            *("--data-dir", "{data}", "--model", "resnet10t", "--num-classes", "3", "--img-size", "64", "--no-aug"),
            *("--workers", "2", "--batch-size", "8", "--epochs", "2", "--warmup-epochs", "0", "--device", "cpu"),
            "--no-prefetcher",
        ),
    ),
    "detection": Training(coco, _DETECTION, _NOT_FLIPPED),  # pytorch/vision, references/detection/train.py
    "detection-v2": Training(coco, (*_DETECTION, "--use-v2", "--backend", "tv_tensor"), _NOT_FLIPPED),
}  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
