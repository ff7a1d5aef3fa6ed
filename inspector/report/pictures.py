"""The batch as tiles: what was delivered, as pictures inside the page, and what was skipped, as words."""

import base64
from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.formats.problems import Problem
from inspector.monitor.colour_proof import ColourMatch, Proof
from inspector.monitor.records import BatchView, Thumbnail
from inspector.report.markup import paragraph, text

MOST_TILES = 32
MOST_SKIPPED = 8  # of these
_SIDE_PX = 144
_QUALITY = 84  # of JPEG; a tile takes about 5 KB
_SIGNS = {ColourMatch.RGB: "✓", ColourMatch.SWAPPED: "✗", ColourMatch.DIFFERS: "✗", ColourMatch.UNKNOWN: "?"}
_LEVELS = {ColourMatch.RGB: "good", ColourMatch.SWAPPED: "bad", ColourMatch.DIFFERS: "bad", ColourMatch.UNKNOWN: "info"}


def tiles(view: BatchView, proofs: Sequence[Proof | None], source: str) -> str:
    """The first of a batch, and how many are left out."""
    skipped = view.skipped[:MOST_SKIPPED]
    shown = view.thumbnails[: MOST_TILES - len(skipped)]
    known = [*proofs, *[None] * len(shown)]
    made = [_delivered(each, proof, source) for each, proof in zip(shown, known, strict=False)]
    made += [_skipped(problem, source) for problem in skipped]
    left_out = len(view.thumbnails) - len(shown)
    rest = [f"{fmt.plural(left_out, 'more image')} of this batch"] if left_out else []
    if unseen := len(view.skipped) - len(skipped):
        rest.append(f"{fmt.plural(unseen, 'more skipped file')}")
    told = f"Not shown: {', '.join(rest)}." if rest else ""
    return f'<div class="tiles">{"".join(made)}</div>{paragraph(told, "dim")}'


def data_uri(pixels: npt.NDArray[np.uint8]) -> str:
    """A JPEG of (h, w, 3) RGB, made smaller where a side is longer than a tile's."""
    height, width = pixels.shape[:2]
    scale = _SIDE_PX / max(height, width)
    if scale < 1:
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        pixels = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    _, encoded = cv2.imencode(".jpg", cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.tobytes()).decode('ascii')}"


def _delivered(image: Thumbnail, proof: Proof | None, source: str) -> str:
    name = text(fmt.relative(image.path, source))
    tip = f"{name}: {image.width:,} {fmt.TIMES} {image.height:,} pixels"
    badge = ""
    if proof is not None:
        badge = f'<b class="badge {_LEVELS[proof.verdict]}">{_SIGNS[proof.verdict]} {text(proof.badge)}</b>'
        tip += f". {text(proof.reason)}"
    if image.problem is not None:
        badge = f'<b class="badge bad">✗ {text(image.problem.kind)}</b>'
        tip += f". {text(image.problem.reason)}"
    picture = f'<img src="{data_uri(image.pixels)}" alt="{name}">'
    return f'<figure title="{tip}"><div>{picture}{badge}</div><figcaption>{_caption(image.path)}</figcaption></figure>'


def _skipped(problem: Problem, source: str) -> str:
    tip = f"{text(fmt.relative(problem.path, source))}: {text(problem.reason)}"
    words = f"<b>{text(problem.kind)}</b><span>{text(problem.reason)}</span>"
    return (
        f'<figure class="skipped" title="{tip}"><div>{words}</div>'
        f"<figcaption>{_caption(problem.path)}</figcaption></figure>"
    )


def _caption(path: str) -> str:
    return text(fmt.file_name(path))
