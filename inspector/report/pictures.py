"""The batch as tiles: what was delivered, as pictures inside the page, and what was skipped, as text."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.monitor.colour_proof import BatchProof, ColourMatch, Proof, summarise
from inspector.session.records import BatchView, Problem, Thumbnail

MOST_TILES = 32
MOST_SKIPPED = 8  # of these
_SIDE_PX = 144
_QUALITY = 84  # of JPEG; a tile takes about 5 KB
_SIGNS = {ColourMatch.RGB: "✓", ColourMatch.SWAPPED: "✗", ColourMatch.DIFFERS: "✗", ColourMatch.UNKNOWN: "?"}
_LEVELS = {ColourMatch.RGB: "good", ColourMatch.SWAPPED: "bad", ColourMatch.DIFFERS: "bad", ColourMatch.UNKNOWN: "info"}


@dataclass(frozen=True, slots=True)
class PictureTile:
    """An image that was delivered. `picture` is a data URI; `level` of the badge, which is "" where there is none."""

    name: str
    path: str
    tip: str
    picture: str
    badge: str
    level: str


@dataclass(frozen=True, slots=True)
class SkippedTile:
    """A file that was skipped."""

    name: str
    tip: str
    kind: str
    reason: str


@dataclass(frozen=True, slots=True)
class BatchSection:
    """The first of a batch, and how many are left out."""

    proof: BatchProof
    what: str
    tiles: Sequence[PictureTile]
    skipped: Sequence[SkippedTile]
    left_out: str
    note: str


def batch(view: BatchView, proofs: Sequence[Proof | None], source: str) -> BatchSection:
    """What the page shows of a batch. `proofs`: of its images, or none of them."""
    skipped = view.skipped[:MOST_SKIPPED]
    shown = view.thumbnails[: MOST_TILES - len(skipped)]
    known = [*proofs, *[None] * len(shown)]
    left_out = (len(view.thumbnails) if view.count is None else view.count) - len(shown)
    rest = [f"{fmt.plural(left_out, 'more image')} of this batch"] if left_out else []
    if unseen := len(view.skipped) - len(skipped):
        rest.append(f"{fmt.plural(unseen, 'more skipped file')}")
    return BatchSection(
        proof=summarise(proofs or [None] * len(view.thumbnails)),
        what=f"Batch {view.number:,} of epoch {view.epoch:,}: {view.shape}, {view.dtype}",
        tiles=[_delivered(each, proof, source) for each, proof in zip(shown, known, strict=False)],
        skipped=[_skipped(problem, source) for problem in skipped],
        left_out=f"Not shown: {', '.join(rest)}." if rest else "",
        note=view.note,
    )


def data_uri(pixels: npt.NDArray[np.uint8]) -> str:
    """A JPEG of (h, w, 3) RGB, made smaller where a side is longer than a tile's."""
    height, width = pixels.shape[:2]
    scale = _SIDE_PX / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"


def _delivered(image: Thumbnail, proof: Proof | None, source: str) -> PictureTile:
    path = fmt.relative(image.path, source)
    tip = f"{path}: {image.width:,} {fmt.TIMES} {image.height:,} pixels"
    badge = level = ""
    if proof is not None:
        badge, level = f"{_SIGNS[proof.verdict]} {proof.badge}", _LEVELS[proof.verdict]
        tip += f". {proof.reason}"
    if image.problem is not None:
        badge, level = f"✗ {image.problem.kind}", "bad"
        tip += f". {image.problem.reason}"
    return PictureTile(fmt.file_name(image.path), path, tip, data_uri(image.pixels), badge, level)


def _skipped(problem: Problem, source: str) -> SkippedTile:
    tip = f"{fmt.relative(problem.path, source)}: {problem.reason}"
    return SkippedTile(fmt.file_name(problem.path), tip, problem.kind, problem.reason)
