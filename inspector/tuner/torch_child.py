"""The process that imports torch, started by `torch_bench`: requests on standard input, answers on standard output."""

import itertools
import json
import sys
import time
from dataclasses import asdict
from typing import Any

import cv2
import psutil

from inspector.tuner.torch_bench import DecodedFiles
from inspector.tuner.trials import Measurement


def _measure(dataset: DecodedFiles, request: dict[str, Any]) -> Measurement:
    from torch.utils.data import DataLoader

    workers = request["num_workers"]
    more = {"prefetch_factor": request["prefetch_factor"], "persistent_workers": True} if workers else {}
    loader = DataLoader(dataset, batch_size=request["batch_size"], shuffle=True, num_workers=workers, **more)
    batches = itertools.chain.from_iterable(itertools.repeat(loader))
    for _ in range(2 * max(1, workers)):
        next(batches)
    process = psutil.Process()
    family = [process, *process.children(recursive=True)]
    cpu_before, start, images = _cpu_s(family), time.monotonic(), 0
    while images == 0 or time.monotonic() < start + request["seconds"]:
        images += len(next(batches))
    seconds = time.monotonic() - start
    memory = sum(each.memory_info().rss for each in family)
    return Measurement(images / seconds, seconds, (_cpu_s(family) - cpu_before) / seconds, None, memory)


def _cpu_s(family: list[psutil.Process]) -> float:
    return sum(times.user + times.system for times in (each.cpu_times() for each in family))


def main() -> None:
    """Answer requests until standard input ends."""
    cv2.setNumThreads(0)
    about = json.loads(sys.stdin.readline())
    size = tuple(about["image_size"])
    for line in sys.stdin:
        request = json.loads(line)
        dataset = DecodedFiles(about["paths"], size, about["max_pixels"], request["decode"], about["cold"])
        try:
            answer = asdict(_measure(dataset, request))
        except Exception as error:  # whatever PyTorch raises is reported to who asked
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
