"""Measures PyTorch's own DataLoader, with our decoder as the data set's, in a process of its own.

That process imports torch, which this one never does. It takes one request a line and answers with one line, both JSON.
A DataLoader cannot be changed while it runs, so each measurement has a new one; what comes before its workers have all
delivered twice is not counted.
"""

import contextlib
import json
import subprocess
import threading
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Any

import numpy as np

from inspector.child_process import start_python
from inspector.errors import InspectorError
from inspector.formats.decode import BadFile, decode, read_file
from inspector.settings import Decode, LoaderConfig
from inspector.sources.file_index import FileIndex
from inspector.tuner import page_cache
from inspector.tuner.bench import SweepCancelled
from inspector.tuner.snippets import prefetch_factor
from inspector.tuner.trials import Measurement, TrialSetting

_END_S = 5.0


def torch_is_installed() -> bool:
    """Whether torch could be imported; it is not imported here."""
    return find_spec("torch") is not None


class TorchBench:
    """Measures PyTorch's DataLoader. For one thread, but `cancel`, which is for any.

    Args:
        cold: drop files from the page cache before they are read again, where the system can.
    """

    def __init__(self, index: FileIndex, config: LoaderConfig, *, cold: bool = False) -> None:
        self._cold = cold
        self._index = index
        self._config = config
        self._process: subprocess.Popen[str] | None = None
        self._cancelled = threading.Event()

    def measure(self, setting: TrialSetting, seconds: float) -> Measurement:
        """Measure for about so long.

        Raises:
            InspectorError: where PyTorch cannot do it.
            SweepCancelled: after `cancel`.
        """
        if self._cancelled.is_set():
            raise SweepCancelled
        request = {
            "num_workers": setting.num_workers,
            "batch_size": setting.batch_size,
            "prefetch_factor": prefetch_factor(setting) if setting.num_workers else None,
            "decode": setting.decode,
            "seconds": seconds,
        }
        answer = self._ask(request)
        if self._cancelled.is_set():
            raise SweepCancelled
        if "images_per_s" not in answer:
            raise InspectorError(f"PyTorch's DataLoader says: {answer.get('error', 'its process ended')}")
        return Measurement(**answer)

    def cancel(self) -> None:
        """End what is being measured."""
        self._cancelled.set()
        process = self._process
        if process is not None:
            process.kill()

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        with contextlib.suppress(OSError):  # it has gone
            self._process.stdin.close()  # type: ignore[union-attr]
        try:
            self._process.wait(_END_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()  # type: ignore[union-attr]
        self._process = None

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        if self._process is None:
            self._process = start_python(
                "-m",
                "inspector.tuner.torch_child",
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                text=True,
            )
            self._send({
                "paths": [self._index.path(number) for number in range(len(self._index))],
                "image_size": self._config.image_size,
                "max_pixels": self._config.max_pixels,
                "cold": self._cold,
            })  # fmt: skip
        self._send(request)
        line = self._process.stdout.readline()  # type: ignore[union-attr]
        answer: dict[str, Any] = json.loads(line) if line else {}
        return answer

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process is not None
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # reading its answer will fail, too
            self._process.stdin.write(json.dumps(message) + "\n")
            self._process.stdin.flush()


@dataclass(frozen=True)
class DecodedFiles:
    """A map-style data set: files, decoded and resized as our workers do it. A bad file is a black image.

    Attributes:
        cold: drop each file from the page cache once it was read.
    """

    paths: list[str]
    image_size: tuple[int, int]
    max_pixels: int
    decode: Decode
    cold: bool = False

    def __len__(self) -> int:
        return len(self.paths)

    def __getitem__(self, number: int) -> Any:
        import cv2

        height, width = self.image_size
        try:
            at_least = self.image_size if self.decode == "scaled" else None
            decoded = decode(read_file(self.paths[number]), max_pixels=self.max_pixels, at_least=at_least)
        except BadFile:
            return np.zeros((height, width, 3), np.uint8)
        finally:
            if self.cold:
                page_cache.drop(self.paths[number : number + 1])
        return cv2.resize(decoded.rgb, (width, height))
