"""A run's folder as the hook leaves it, written by hand: for what reads it, where no torch is."""

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector.hook import layout
from inspector.watched.process import CommandState, write_command
from inspector.watched.run_names import PREFIX

PIXELS = np.random.default_rng(5).integers(0, 256, (6, 40, 40, 3), dtype=np.uint8)  # of six images


class WrittenRun:
    """Rings in a folder of its own. This process plays the training, its workers and the launcher."""

    def __init__(self, parent: Path, words: tuple[str, ...] = ("python", "train.py")) -> None:
        self.folder = parent / f"{PREFIX}test"
        self.folder.mkdir(mode=0o700)
        (self.folder / layout.LOCK_NAME).touch(0o600)
        self.command = CommandState(words, os.getpid(), os.getpid())
        write_command(self.folder, self.command)
        for mark in ("python", "armed"):
            (self.folder / f"{mark}.mark").touch()

    def end(self, exit_status: int) -> None:
        write_command(
            self.folder,
            CommandState(self.command.words, self.command.pid, self.command.launcher, True, exit_status),
        )

    def loader(
        self,
        number: int,
        name: str,
        *,
        events: tuple[tuple[float, ...], ...] = (),
        errors: tuple[dict[str, Any], ...] = (),
        pid: int | None = None,
        about: dict[str, Any] | None = None,
        **totals: float,
    ) -> None:
        """`events`: as `layout.LOADER_EVENT`. What is not given is 0."""
        said = {
            "names": [name], "stack": [["/data/train.py", 40 + number, "main"]], "users": 1, "number": number,
            "dataset": "__main__.Images", "num_workers": 2,
            "batch_size": 4, "prefetch_factor": 2, "pin_memory": False, "persistent_workers": False, "world_size": 1,
            "workers": [[os.getpid() + 1, 0], [os.getpid() + 2, 1]], **(about or {}),
        }  # fmt: skip
        values = [float(totals.get(each, 0.0)) for each in layout.LOADER_TOTALS]
        notes = dict(enumerate(errors, layout.SLOWEST_NOTES))
        form = layout.LOADER_TOTALS_FORMAT.pack(*values)
        self._ring("loader", layout.KIND_LOADER, pid or os.getpid(), number, form, said, events, notes)

    def worker(
        self,
        pid: int,
        number: int,
        *,
        events: tuple[tuple[float, ...], ...] = (),
        slow: tuple[dict[str, Any], ...] = (),
        errors: tuple[dict[str, Any], ...] = (),
        **totals: float,
    ) -> None:
        """`events`: as `layout.WORKER_EVENT`."""
        values = [float({"worker": number, "loader": -1, **totals}.get(each, 0.0)) for each in layout.WORKER_TOTALS]
        notes = {**dict(enumerate(slow)), **dict(enumerate(errors, layout.SLOWEST_NOTES))}
        form = layout.WORKER_TOTALS_FORMAT.pack(*values)
        self._ring("worker", layout.KIND_WORKER, pid, 1, form, {"thread": "MainThread"}, events, notes)

    def pictures(
        self,
        number: int,
        images: npt.NDArray[Any],
        *,
        batch: int = 0,
        serial: int = 2,
        count: int | None = None,
        pid: int | None = None,
        paths: tuple[str | None, ...] = (),
        labels: tuple[int, ...] = (),
    ) -> None:
        """`images`: (n, 3, h, w)."""
        about = {
            "name": "0", "batch": batch, "epoch": 0, "count": len(images) if count is None else count,
            "labels": list(labels),
            "images": [
                {
                    "shape": list(image.shape), "copied": list(image.shape), "stride": 1, "dtype": str(image.dtype),
                    "index": 100 + at, "path": paths[at] if at < len(paths) else None,
                }
                for at, image in enumerate(images)
            ],
        }  # fmt: skip
        text, room = json.dumps(about).encode(), 65536
        head = layout.PICTURES_HEAD.pack(layout.PICTURES_MAGIC, serial, len(text), images.nbytes, room)
        content = head.ljust(layout.PICTURES_AT, b"\0") + text.ljust(room, b"\0") + images.tobytes()
        self._put(f"pictures-{pid or os.getpid()}-{number}.ring", content)

    def _ring(
        self,
        kind: str,
        kind_number: int,
        pid: int,
        number: int,
        totals: bytes,
        about: dict[str, Any],
        events: tuple[tuple[float, ...], ...],
        notes: dict[int, dict[str, Any]],
    ) -> None:
        content = bytearray(layout.SIZE)
        layout.HEAD.pack_into(content, 0, layout.MAGIC, kind_number, pid, number)
        content[layout.TOTALS_AT : layout.TOTALS_AT + len(totals)] = totals
        layout.SEQUENCE.pack_into(content, layout.EVENT_COUNT_AT, len(events))
        for at, event in enumerate(events):
            layout.EVENT.pack_into(content, layout.EVENTS_AT + at * layout.EVENT_BYTES, *event)
        _note(content, layout.META_AT, about)
        for place, note in notes.items():
            _note(content, layout.NOTES_AT + place * layout.NOTE_BYTES, note)
        self._put(f"{kind}-{pid}-{number}.ring", bytes(content))

    def _put(self, name: str, content: bytes) -> None:
        part = self.folder / f"{name}.part"
        part.write_bytes(content)
        part.replace(self.folder / name)


def _note(content: bytearray, at: int, said: dict[str, Any]) -> None:
    text = json.dumps(said).encode()
    layout.LENGTH.pack_into(content, at, len(text))
    content[at + layout.LENGTH.size : at + layout.LENGTH.size + len(text)] = text


def normalised(pixels: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """(n, h, w, 3) as a model gets it: (n, 3, h, w) after ImageNet's Normalize."""
    mean, std = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    return np.asarray(np.moveaxis((pixels / 255 - mean) / std, -1, 1), np.float32)
