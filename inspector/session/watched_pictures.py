"""The pictures of a watched loader's batches that were kept to look back at."""

import os
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.annotations.target_labels import labels_of_targets
from inspector.monitor.records import BatchKey, BatchView, DeliveredImage, Thumbnail
from inspector.session.batch_history import shrink
from inspector.settings import SettingValue
from inspector.watched.pixels import ShownPicture, as_rgb
from inspector.watched.records import CopiedPicture, PictureSet
from inspector.watched.targets import in_words

KEPT_BYTES = 64_000_000  # of all loaders together
KEPT_BATCHES = 64  # of each


@dataclass(frozen=True, slots=True, eq=False)
class ShownBatch:
    """A batch: its images as they are shown, what is said of them, and the number of its loader, `run`."""

    run: int
    serial: int
    number: int
    epoch: int
    count: int
    shape: str
    dtype: str
    note: str
    proved: bool
    comparable: bool  # its colours are the values', and files are known
    pixels: tuple[npt.NDArray[np.uint8], ...]
    plain: tuple[Thumbnail, ...]  # without pixels

    @property
    def nbytes(self) -> int:
        return sum(pixels.nbytes for pixels in self.pixels)


class KeptPictures:
    """The last batches of each loader, one of which is looked at. Not thread-safe."""

    def __init__(self) -> None:
        self._kept: dict[str, deque[ShownBatch]] = {}
        self._runs: dict[str, int] = {}
        self._back: ShownBatch | None = None  # None: the newest is looked at

    def serial(self, key: str) -> int:
        """Of the last that this loader gave; -1 before."""
        kept = self._kept.get(key)
        return kept[-1].serial if kept else -1

    def add(self, key: str, pictures: ShownBatch) -> None:
        """Keep the pictures of another batch, in place of the oldest where there is no room."""
        kept = self._kept.setdefault(key, deque(maxlen=KEPT_BATCHES))
        kept.append(replace(pictures, run=self._runs.setdefault(key, len(self._runs))))
        while sum(each.nbytes for others in self._kept.values() for each in others) > KEPT_BYTES:
            longest = max(self._kept.values(), key=lambda others: sum(each.nbytes for each in others))
            if len(longest) < 2:
                break
            longest.popleft()
        if self._back is not None and not any(self._back in others for others in self._kept.values()):
            self._back = None

    def current(self, key: str) -> ShownBatch | None:
        """What is looked at of this loader."""
        kept = self._kept.get(key)
        if not kept:
            return None
        return self._back if self._back in kept else kept[-1]

    def back(self, key: str) -> None:
        """Look at the one before, while there is one."""
        kept, current = self._kept.get(key), self.current(key)
        if kept and current is not None and current is not kept[0]:
            self._back = kept[kept.index(current) - 1]

    def forward(self, key: str) -> None:
        """Look at the one after; the newest is followed."""
        kept, current = self._kept.get(key), self.current(key)
        if kept and current is not None:
            after = kept[min(kept.index(current) + 1, len(kept) - 1)]
            self._back = None if after is kept[-1] else after

    def position(self, key: str) -> tuple[int, int]:
        """Which one is looked at, from 1, of how many; (1, 1) where there is none."""
        kept, current = self._kept.get(key), self.current(key)
        return (kept.index(current) + 1, len(kept)) if kept and current is not None else (1, 1)

    def view(self, key: str, thumbnail_px: int) -> BatchView | None:
        """Thumbnails of what is looked at."""
        current = self.current(key)
        if current is None:
            return None
        position, kept = self.position(key)
        return BatchView(
            number=current.number,
            epoch=current.epoch,
            shape=current.shape,
            dtype=current.dtype,
            thumbnails=tuple(
                replace(each, pixels=shrink(pixels, thumbnail_px))
                for each, pixels in zip(current.plain, current.pixels, strict=True)
            ),
            skipped=(),
            position=position,
            kept=kept,
            run=current.run,
            count=current.count,
            note=current.note,
            proved=current.proved,
        )

    def image(self, batch: BatchKey, position: int, settings: Mapping[str, SettingValue]) -> DeliveredImage | None:
        """One image as it is shown, whole; None where it is forgotten."""
        found = self._find(batch)
        if found is None or not 0 <= position < len(found.pixels):
            return None
        pixels = found.pixels[position]
        return DeliveredImage(
            pixels=pixels,
            thumbnail=replace(found.plain[position], pixels=pixels),
            position=position,
            count=len(found.pixels),
            number=found.number,
            epoch=found.epoch,
            settings=settings,
        )

    def to_compare(self, batch: BatchKey, folder: str) -> tuple[DeliveredImage, ...]:
        """All images of a batch whose colours a file may prove, with paths as from `folder`; () where none can."""
        found = self._find(batch)
        if found is None or not found.comparable:
            return ()
        images = [self.image(batch, position, {}) for position in range(len(found.pixels))]
        return tuple(_with_path(image, folder) for image in images if image is not None)

    def note(self, batch: BatchKey) -> str | None:
        """What was done to the values of a batch; None where it is forgotten."""
        found = self._find(batch)
        return None if found is None else found.note

    def _find(self, batch: BatchKey) -> ShownBatch | None:
        every = (each for kept in self._kept.values() for each in reversed(kept))
        return next((each for each in every if (each.run, each.number) == batch), None)


def prepare(pictures: PictureSet) -> ShownBatch:
    """Turns what was copied into what is shown; takes milliseconds."""
    shown = as_rgb(pictures)
    first = pictures.pictures[0] if pictures.pictures else None
    return ShownBatch(
        run=0,
        serial=pictures.serial,
        number=pictures.batch,
        epoch=pictures.epoch,
        count=pictures.count,
        shape=fmt.TIMES.join(str(side) for side in (pictures.count, *(first.shape if first else ()))),
        dtype=str(first.values.dtype) if first else "",
        note=" ".join(filter(None, _sentences(pictures, shown[0]))) if shown else "",
        proved=bool(shown) and shown[0].proved,
        comparable=_comparable(pictures, shown),
        pixels=tuple(each.pixels for each in shown),
        plain=tuple(_thumbnail(each, at) for at, each in enumerate(pictures.pictures[: len(shown)])),
    )


def _comparable(pictures: PictureSet, shown: tuple[ShownPicture, ...]) -> bool:
    values = bool(shown) and (shown[0].proved or shown[0].how.startswith("0 to"))
    return values and any(picture.path is not None and picture.values.ndim == 3 for picture in pictures.pictures)


def _sentences(pictures: PictureSet, shown: ShownPicture) -> tuple[str, ...]:
    targets = in_words([each.targets for each in pictures.pictures])
    return _note(pictures, shown.how, shown.proved), _values(pictures), targets


def _with_path(image: DeliveredImage, folder: str) -> DeliveredImage:
    path = image.thumbnail.path
    if os.path.isabs(path) or not os.path.isfile(whole := os.path.join(folder, path)):
        return image
    return replace(image, thumbnail=replace(image.thumbnail, path=whole))


def _note(pictures: PictureSet, how: str, proved: bool) -> str:
    """Such as "Normalize undone: ImageNet's; the values prove it."."""
    said = f"Values {how}" if how.startswith(("0 to", "as they", "times")) else fmt.sentence(how)[:-1]
    said += "; the values prove it." if proved else "; that is not proved, and colours may be off."
    stride = max((picture.stride for picture in pictures.pictures), default=1)
    return said if stride == 1 else f"{said} Every {_ordinal(stride)} pixel is shown."


def _values(pictures: PictureSet) -> str:
    """Mean and standard deviation of each channel of the values as they are, of the pictures together."""
    channels = len(_planes(pictures.pictures[0]))
    planes = [_planes(each) for each in pictures.pictures]
    every = np.concatenate([each.reshape(channels, -1) for each in planes if len(each) == channels], axis=1)
    with np.errstate(all="ignore"):  # values that are not finite are the user's
        mean, std = every.mean(axis=1, dtype=np.float64), every.std(axis=1, dtype=np.float64)
    return f"Mean {_numbers(mean)}, std {_numbers(std)}."


def _planes(picture: CopiedPicture) -> npt.NDArray[Any]:
    """(channels, h, w)."""
    return picture.values if _is_planar(picture.values.shape) else np.moveaxis(picture.values, -1, 0)


def _is_planar(shape: tuple[int, ...]) -> bool:
    return shape[0] in (1, 3, 4) and (shape[-1] not in (1, 3, 4) or min(shape[1:]) >= 8)


def _numbers(values: npt.NDArray[np.float64]) -> str:
    return " ".join(f"{value:.2f}" if abs(value) < 10 else f"{value:.0f}" for value in values)


def _ordinal(number: int) -> str:
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number if number < 20 else number % 10, 'th') }"


def _thumbnail(picture: CopiedPicture, position: int) -> Thumbnail:
    height, width = picture.shape[1:3] if _is_planar(picture.shape) else picture.shape[:2]
    if picture.path is not None:
        name = picture.path
    else:
        name = f"image {position}" if picture.index is None else f"sample {picture.index}"
    return Thumbnail(
        labels=None if picture.targets is None else labels_of_targets(picture.targets, height, width),
        pixels=np.zeros((1, 1, 3), np.uint8),
        path=name,
        index=-1 if picture.index is None else picture.index,
        label=None if picture.label is None else str(picture.label),
        height=height,
        width=width,
    )
