"""Trainings of many frameworks, each bare and under `inspector run`, in environments of their own; prints a table.

python -m tests.frameworks [--python PYTHON] [--folder FOLDER] [NAME ...]
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.command import COMMAND

SCRIPTS = Path(__file__).with_name("scripts")
TOY = Path(__file__).parents[1] / "hook" / "scripts" / "toy.py"
_LIMIT_S = 600


@dataclass(frozen=True)
class Framework:
    """`packages`: what pip is asked for; `words`: the command, `{python}` and `{bin}` are the environment's."""

    packages: tuple[str, ...]
    words: tuple[str, ...]
    folder: str  # of the environment; several share one


def script(name: str, *arguments: str) -> tuple[str, ...]:
    return ("{python}", str(SCRIPTS / name), *arguments)


_TORCH = ("torch", "numpy", "pillow")
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
    "torch 1.13, fork": Framework(
        ("torch==1.13.1", "numpy<2", "pillow"), ("{python}", str(TOY), "--context", "fork"), "torch-1.13"
    ),
    "Lightning": Framework((*_TORCH, "lightning"), script("lightning_fit.py"), "lightning"),
    "Accelerate": Framework((*_TORCH, "accelerate"), script("accelerate_loop.py"), "hugging-face"),
    "HF Trainer": Framework((*_TORCH, "accelerate", "transformers"), script("transformers_trainer.py"), "hugging-face"),
    "timm": Framework((*_TORCH, "torchvision", "timm"), script("timm_loader.py"), "timm"),
    "torchdata, fork": Framework((*_TORCH, "torchdata"), script("torchdata_stateful.py", "fork"), "torchdata"),
    "torchdata, spawn": Framework((*_TORCH, "torchdata"), script("torchdata_stateful.py", "spawn"), "torchdata"),
    "fastai": Framework((*_TORCH, "fastai"), script("fastai_learner.py"), "fastai"),
    "MONAI": Framework((*_TORCH, "monai"), script("monai_thread.py"), "monai"),
    "webdataset": Framework((*_TORCH, "webdataset"), script("webdataset_tar.py"), "webdataset"),
}


def main() -> int:
    """Exit status: 1 where a training was changed or not seen."""
    parser = argparse.ArgumentParser(prog="python -m tests.frameworks")
    parser.add_argument("--python", default=sys.executable, help="makes the environments")
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "inspector-frameworks"))
    parser.add_argument("names", nargs="*", metavar="NAME", help="such as Lightning; default: all")
    options = parser.parse_args()
    wrong = 0
    print(f"{'training':<22}{'bare':>6}{'watched':>9}  {'output':<11}{'batches':>8}{'images':>8}  verdict")
    for name, framework in FRAMEWORKS.items():
        if not options.names or any(each.lower() in name.lower() for each in options.names):
            wrong += not row(name, framework, options.python, options.folder)
    return 1 if wrong else 0


def row(name: str, framework: Framework, python: str, folder: Path) -> bool:
    """Print one line of the table; whether all is as it should be."""
    place = environment(framework, python, folder)
    if place is None:
        print(f"{name:<22}cannot be installed here", flush=True)
        return True
    words = [word.format(python=place / "bin/python", bin=place / "bin") for word in framework.words]
    bare = run(words)
    with tempfile.TemporaryDirectory() as seen_in:
        file = Path(seen_in, "seen.json")
        watched = run([*COMMAND, "run", "--no-window", "--json", str(file), "--", *words])
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
    """Without lines of times, which differ from run to run."""
    return [line for line in output.splitlines() if "runtime" not in line]


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


def run(words: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        words,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        timeout=_LIMIT_S,
        check=False,
        env={name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"},
    )


if __name__ == "__main__":
    sys.exit(main())
