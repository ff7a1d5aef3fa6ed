"""The thumbnails of a batch as JPEGs, as good as the line takes them."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy.typing as npt
import simplejpeg

from inspector.monitor.records import BatchView, Thumbnail
from inspector.session.exchange import SentBatch, SentPicture

_RAW_BYTES = 2048  # smaller ones gain nothing
SECONDS = 0.5  # that the pictures of a batch may take on the line


@dataclass(frozen=True, slots=True)
class Quality:
    """How good pictures are. `scale`: of their sides, 1 at most. `jpeg`: 1 to 100; 0: as they are."""

    scale: float
    jpeg: int
    subsampling: str = "420"


QUALITIES = (
    Quality(1.0, 90, "444"),
    Quality(1.0, 80),
    Quality(1.0, 65),
    Quality(0.75, 60),
    Quality(0.5, 60),
    Quality(0.33, 50),
)
_FIRST = 1
EXACT = Quality(1.0, 0)  # within a machine, where no line is


class Adaptation:
    """Chooses the quality from how long the pictures before took; not thread-safe."""

    def __init__(self) -> None:
        self._number = _FIRST

    @property
    def quality(self) -> Quality:
        """For the next batch."""
        return QUALITIES[self._number]

    def note(self, took_s: float) -> None:
        """The pictures of a batch were `took_s` seconds on the way."""
        if took_s > SECONDS:
            self._number = min(len(QUALITIES) - 1, self._number + (2 if took_s > 3 * SECONDS else 1))
        elif took_s < SECONDS / 4:
            self._number = max(0, self._number - 1)


def pictures_of(view: BatchView | None, quality: Quality, *, same: bool) -> SentBatch | None:
    """What is sent of a batch. `same`: its pictures were sent before."""
    if view is None:
        return None
    return SentBatch(
        key=view.key,
        epoch=view.epoch,
        shape=view.shape,
        dtype=view.dtype,
        pictures=() if same else tuple(_picture(thumbnail, quality) for thumbnail in view.thumbnails),
        same=same,
        skipped=view.skipped,
        position=view.position,
        kept=view.kept,
        count=view.count,
        note=view.note,
        proved=view.proved,
    )


def _picture(thumbnail: Thumbnail, quality: Quality) -> SentPicture:
    pixels: npt.NDArray[Any] = thumbnail.pixels
    high, wide = pixels.shape[:2]
    jpeg = raw = b""
    if pixels.nbytes <= _RAW_BYTES or quality is EXACT:
        raw = pixels.tobytes()
    else:
        if quality.scale < 1:
            size = max(1, round(wide * quality.scale)), max(1, round(high * quality.scale))
            pixels = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        jpeg = simplejpeg.encode_jpeg(
            pixels, quality=quality.jpeg, colorspace="RGB", colorsubsampling=quality.subsampling
        )
    return SentPicture(
        path=thumbnail.path,
        index=thumbnail.index,
        label=thumbnail.label,
        height=thumbnail.height,
        width=thumbnail.width,
        high=high,
        wide=wide,
        jpeg=jpeg,
        raw=raw,
        problem=thumbnail.problem,
        fields=thumbnail.fields,
    )
