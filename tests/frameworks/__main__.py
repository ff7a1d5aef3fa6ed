"""Trainings of many frameworks, each bare and under `inspector run`, in environments of their own; prints a table.

python -m tests.frameworks [--python PYTHON] [--folder FOLDER] [--imagenet MAIN.PY] [NAME ...]

The ImageNet example is PyTorch's own script (imagenet/main.py of github.com/pytorch/examples), which is not kept here.
Ultralytics' `yolo` and that example load pictures that are made here; nothing is downloaded but packages.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.command import COMMAND

SCRIPTS = Path(__file__).with_name("scripts")
TOY = Path(__file__).parents[1] / "hook" / "scripts" / "toy.py"
_LIMIT_S = 600
_TIMED = re.compile(r"runtime|it/s|s/it|MB/s|completed in|Speed:|[0-9.]+ms |[0-9]s$")
_METERS = re.compile(r"\b(Time|Data)\s+[0-9.]+ \(\s*[0-9.]+\)")  # of the ImageNet example


@dataclass(frozen=True)
class Framework:
    """`packages`: what pip is asked for; `words`: the command, `{python}` and `{bin}` are the environment's."""

    packages: tuple[str, ...]
    words: tuple[str, ...]
    folder: str  # of the environment; several share one
    pictures: int = 0  # in a folder of pictures by class, {pictures}


def script(name: str, *arguments: str) -> tuple[str, ...]:
    return ("{python}", str(SCRIPTS / name), *arguments)


_TORCH = ("torch", "numpy", "pillow")
_OLDEST = ("torch==1.13.1", "numpy<2", "pillow")
_IMAGENET = (
    "--arch", "squeezenet1_1", "--epochs", "2", "-b", "4", "-j", "2", "-p", "1", "--seed", "7", "--no-accel",
    "{pictures}",
)  # fmt: skip
_YOLO = (
    "classify", "train", "model=yolo11n-cls.yaml", "data={pictures}", "epochs=1", "imgsz=64", "batch=8", "workers=2",
    "device=cpu", "plots=False", "seed=7", "amp=False", "val=False", "project={pictures}/runs", "name=x",
    "exist_ok=True",
)  # fmt: skip
FRAMEWORKS = {
    "toy, no workers": Framework(_TORCH, ("{python}", str(TOY), "--workers", "0"), "torch"),
    "toy, fork": Framework(_TORCH, ("{python}", str(TOY), "--context", "fork"), "torch"),
    "toy, spawn": Framework(_TORCH, ("{python}", str(TOY), "--context", "spawn"), "torch"),
    "toy, forkserver": Framework(_TORCH, ("{python}", str(TOY), "--context", "forkserver"), "torch"),
    "toy, iterable": Framework(_TORCH, ("{python}", str(TOY), "--context", "fork", "--iterable"), "torch"),
    "toy, batch_size=None": Framework(_TORCH, ("{python}", str(TOY), "--context", "fork", "--single"), "torch"),
    "torchrun, 2 ranks": Framework(
        _TORCH, ("{bin}/torchrun", "--nproc-per-node", "2", str(SCRIPTS / "ranks.py")), "torch"
    ),
    **{
        f"torch 1.13, {name}": Framework(_OLDEST, ("{python}", str(TOY), *options), "torch-1.13")
        for name, options in (
            ("no workers", ("--workers", "0")),
            ("fork", ("--context", "fork")),
            ("spawn", ("--context", "spawn")),
            ("iterable", ("--context", "fork", "--iterable")),
        )
    },
    "Lightning": Framework((*_TORCH, "lightning"), script("lightning_fit.py"), "lightning"),
    "Accelerate": Framework((*_TORCH, "accelerate"), script("accelerate_loop.py"), "hugging-face"),
    "HF Trainer": Framework((*_TORCH, "accelerate", "transformers"), script("transformers_trainer.py"), "hugging-face"),
    "timm": Framework((*_TORCH, "torchvision", "timm"), script("timm_loader.py"), "timm"),
    "torchdata, fork": Framework((*_TORCH, "torchdata"), script("torchdata_stateful.py", "fork"), "torchdata"),
    "torchdata, spawn": Framework((*_TORCH, "torchdata"), script("torchdata_stateful.py", "spawn"), "torchdata"),
    "fastai": Framework((*_TORCH, "fastai"), script("fastai_learner.py"), "fastai"),
    "MONAI": Framework((*_TORCH, "monai"), script("monai_thread.py"), "monai"),
    "ImageNet example": Framework((*_TORCH, "torchvision"), ("{python}", "{imagenet}", *_IMAGENET), "torchvision", 48),
    "yolo": Framework((*_TORCH, "ultralytics"), ("{bin}/yolo", *_YOLO), "ultralytics", 32),
    "webdataset": Framework((*_TORCH, "webdataset"), script("webdataset_tar.py"), "webdataset"),
}


def main() -> int:
    """Exit status: 1 where a training was changed or not seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.frameworks")
    parser.add_argument("--python", default=sys.executable, help="makes the environments")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "inspector-frameworks"))
    parser.add_argument("--imagenet", type=Path, metavar="MAIN.PY", help="the ImageNet example")
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as Lightning; default: all")
    options = parser.parse_args()
    wrong = 0
    print(f"{'training':<22}{'bare':>6}{'watched':>9}  {'output':<11}{'batches':>8}{'images':>8}  verdict")
    for name, framework in FRAMEWORKS.items():
        if not options.names or any(each.lower() in name.lower() for each in options.names):
            wrong += not row(name, framework, options)
    return 1 if wrong else 0


def row(name: str, framework: Framework, options: argparse.Namespace) -> bool:
    """Print one line of the table; whether all is as it should be."""
    if "{imagenet}" in framework.words and options.imagenet is None:
        print(f"{name:<22}left out: --imagenet names its script", flush=True)
        return True
    place = environment(framework, options.python, options.folder)
    if place is None:
        print(f"{name:<22}cannot be installed here", flush=True)
        return True
    with tempfile.TemporaryDirectory() as folder:
        made, pictures = Path(folder, "made"), Path(folder, "pictures")
        made.mkdir()
        if framework.pictures:
            make = [str(place / "bin/python"), str(SCRIPTS / "image_folder.py"), str(made), str(framework.pictures)]
            subprocess.run(make, check=True)
        found = {"python": place / "bin/python", "bin": place / "bin", "imagenet": options.imagenet}
        return compared(name, [word.format(**found, pictures=pictures) for word in framework.words], made, pictures)


def compared(name: str, words: list[str], made: Path, folder: Path) -> bool:
    """Run the command bare and watched, each in a folder like `made`."""
    shutil.copytree(made, folder)
    bare = run(words, folder)
    shutil.rmtree(folder)
    shutil.copytree(made, folder)
    with tempfile.TemporaryDirectory() as seen_in:
        file = Path(seen_in, "seen.json")
        watched = run([*COMMAND, "run", "--no-window", "--json", str(file), "--", *words], folder)
        seen = json.loads(file.read_text())
    same = (stable(bare.stdout), bare.returncode) == (stable(watched.stdout), watched.returncode)
    batches = sum(loader["batches"] for loader in seen["loaders"])
    images = sum(loader["images"] for loader in seen["loaders"])
    print(
        f"{name:<22}{bare.returncode:>6}{watched.returncode:>9}  {'the same' if same else 'DIFFERENT':<11}{batches:>8}"
        f"{images:>8}  {seen['verdict']['cause']}",
        flush=True,
    )
    return same and batches > 0 and bare.returncode == 0


def stable(output: str) -> list[str]:
    """Without times, which differ from run to run."""
    lines = [line for line in output.splitlines() if not _TIMED.search(line)]
    return [_METERS.sub("", line) for line in lines]


def environment(framework: Framework, python: str, folder: Path) -> Path | None:
    """Its environment, made where it is missing; None where that fails."""
    place, made = folder / framework.folder, folder / f"{framework.folder}.made"
    wanted = " ".join(framework.packages)
    if made.exists() and wanted in made.read_text().splitlines():
        return place
    folder.mkdir(parents=True, exist_ok=True)
    pip = [str(place / "bin/python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    steps = [] if (place / "bin/python").exists() else [[python, "-m", "venv", str(place)]]
    if "torch" in framework.packages:
        # a build for CPUs is much smaller, where pip knows one
        steps.append(["sh", "-c", '"$@" || true', "sh", *pip, "--no-index", "--no-deps", "torch"])
    steps.append([*pip, *framework.packages])
    for step in steps:
        if subprocess.run(step, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False).returncode:
            return None
    with made.open("a") as file:
        file.write(wanted + "\n")
    return place


def run(words: list[str], folder: Path) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_LIMIT_S,
        check=False,
        cwd=folder,
        env={
            **{name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
            "YOLO_CONFIG_DIR": str(folder),
            "YOLO_OFFLINE": "true",
            "YOLO_AUTOINSTALL": "false",
        },
    )


if __name__ == "__main__":
    sys.exit(main())
