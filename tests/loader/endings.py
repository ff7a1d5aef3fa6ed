"""Data sets whose workers end. Each worker imports this module: it must not take long."""

import os
import time
from typing import Any

import numpy as np

COUNT = 12


SETTINGS: dict[str, Any] = {"batch_size": 4, "image_size": (8, 8), "epochs": 1, "shuffle": False}


class Slow:
    """Samples that take longer than a worker is left alive."""

    def __len__(self) -> int:
        return COUNT

    def __getitem__(self, index: int) -> Any:
        for _ in range(4):
            time.sleep(0.05)
        return np.full((8, 8, 3), index, np.uint8)


class Ends(Slow):
    """One of its samples ends its worker in this way."""

    def __init__(self, how: int) -> None:
        self.how = how

    def __getitem__(self, index: int) -> Any:
        if index == 5:
            if not self.how:
                os._exit(3)
            os.kill(os.getpid(), self.how)
        return np.full((8, 8, 3), index, np.uint8)
