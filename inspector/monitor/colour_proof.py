"""Are the delivered colours right? A delivered array is compared with what another decoder makes of the same file.

Nothing is guessed: an image is called RGB only where it agrees with the other decoder's RGB and would not agree with
its BGR. So a grey image, of which both are true, is never called right.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt

# The largest difference of a channel between decoders that agree, of 255. Measured against Qt 6.11: 0 for JPEG (all
# samplings, progressive, RGB), PNG, WebP (lossy, too), TIFF, BMP, GIF and PNM with 8 bits, and for 16-bit TIFF; 1 for
# JPEG in CMYK, and for PNG and PNM with 16 bits, which Qt rounds where OpenCV cuts. A resize, which OpenCV computes in
# fixed point, makes that 1 into 2 at most.
TOLERANCE = 2
_STRIP_PIXELS = 1 << 20  # compared at a time, so that little memory is taken beside the images

Pixels = npt.NDArray[Any]


class ColourMatch(StrEnum):
    """What the comparison says of one image."""

    RGB = "RGB"
    SWAPPED = "BGR: swapped"
    DIFFERS = "differs"
    UNKNOWN = "cannot tell"


@dataclass(frozen=True, slots=True)
class Proof:
    """The verdict on one image.

    Attributes:
        verdict: see `ColourMatch`.
        reason: one sentence, with what it rests on.
        badge: a word or two of that, for a small place.
        matches: the image is as the other decoder gives it, as far as is seen: where the verdict is `UNKNOWN`, red
            and blue do not differ in it.
        largest, mean: difference of a channel from the other decoder's, of 255; None where nothing was compared.
        share: of the pixels that differ by more than the tolerance, 0 to 1; likewise.
    """

    verdict: ColourMatch
    reason: str
    badge: str
    matches: bool = False
    largest: float | None = None
    mean: float | None = None
    share: float | None = None


def cannot_tell(reason: str, badge: str = "?") -> Proof:
    """The proof that there is none, and why."""
    return Proof(ColourMatch.UNKNOWN, reason, badge)


def compare(
    delivered: Pixels,
    reference: npt.NDArray[np.uint8],
    known: npt.NDArray[np.bool_] | None = None,
    *,
    image_size: tuple[int, int] | None = None,
) -> Proof:
    """Compare a delivered image with the same file decoded by another decoder.

    Args:
        delivered: (H, W, 3) of any dtype with values 0 to 255.
        reference: (h, w, 3) RGB, turned as EXIF asks, not resized.
        known: (h, w) where the reference has the file's colours at all; None: everywhere.
        image_size: (H, W) where the delivered image was resized to that.
    """
    reference, known = as_delivered(reference, known, image_size)
    if delivered.shape != reference.shape:
        theirs, ours = (f"{shape[1]:,} {fmt.TIMES} {shape[0]:,}" for shape in (reference.shape, delivered.shape))
        reason = (
            f"The second decoder gives {theirs} pixels, but {ours} were delivered; the file may have changed since."
        )
        return Proof(ColourMatch.DIFFERS, reason, "differs")
    if delivered.dtype.kind == "f" and not np.isfinite(delivered).all():
        return Proof(ColourMatch.DIFFERS, "The delivered image has values that are not finite numbers.", "differs")
    if known is not None and not known.any():
        return cannot_tell("The second decoder gives no colours for transparent pixels.", "transparent")
    largest = _largest_difference(delivered, reference, known, swapped=False)
    largest_swapped = _largest_difference(delivered, reference, known, swapped=True)
    where = "" if known is None else " where the image is not transparent"
    match largest <= TOLERANCE, largest_swapped <= TOLERANCE:
        case True, False:
            reason = f"A second decoder gives the same colours{where}{_within(largest)}."
            return Proof(ColourMatch.RGB, reason, "RGB", matches=True, largest=largest)
        case False, True:
            reason = f"Red and blue are exchanged: a second decoder gives the same{where}, but for that."
            return Proof(ColourMatch.SWAPPED, reason, "BGR", largest=largest)
        case True, True:
            grey = cv2.norm(reference[..., 0], reference[..., 1], cv2.NORM_INF) <= TOLERANCE
            what = "it is grey" if grey else "red and blue are equal in it"
            reason = f"It matches a second decoder, but {what}: with red and blue exchanged it would match as well."
            return Proof(ColourMatch.UNKNOWN, reason, "grey" if grey else "R = B", matches=True, largest=largest)
    mean, share = _how_much(delivered, reference, known)
    reason = (
        f"{fmt.percent(share)} of the pixels differ from a second decoder's, by up to {largest:.0f} of 255 "
        f"({mean:.2g} on average); the file may have changed since it was loaded."
    )
    return Proof(ColourMatch.DIFFERS, reason, "differs", largest=largest, mean=mean, share=share)


def as_delivered(
    reference: npt.NDArray[np.uint8], known: npt.NDArray[np.bool_] | None, image_size: tuple[int, int] | None
) -> tuple[npt.NDArray[np.uint8], npt.NDArray[np.bool_] | None]:
    """The reference, and where it is known, after the same resize that a worker makes."""
    if image_size is None or reference.shape[:2] == image_size:
        return reference, known
    size = (image_size[1], image_size[0])
    if known is not None:
        known = np.asarray(cv2.resize(known.astype(np.float32), size) > 0.9999)
    return np.asarray(cv2.resize(reference, size), np.uint8), known


def difference(
    delivered: Pixels, reference: npt.NDArray[np.uint8], known: npt.NDArray[np.bool_] | None
) -> npt.NDArray[np.uint8]:
    """(H, W, 3) absolute difference of two images of the same shape, rounded; 0 where the reference is not known."""
    strips = [cv2.absdiff(ours, theirs) for ours, theirs in _strips(delivered, reference, known)]
    if delivered.dtype != np.uint8:
        strips = [np.clip(np.nan_to_num(np.rint(strip), nan=255), 0, 255).astype(np.uint8) for strip in strips]
    return np.concatenate(strips)


def _within(largest: float) -> str:
    return f", to within {largest:.2g} of 255" if largest else ""


def _strips(delivered: Pixels, reference: Pixels, known: Pixels | None) -> Iterator[tuple[Pixels, Pixels]]:
    """Rows of both in the delivered dtype; what is not known is the same in both."""
    rows = max(1, _STRIP_PIXELS // max(delivered.shape[1], 1))
    for top in range(0, len(delivered), rows):
        ours = delivered[top : top + rows]
        theirs = reference[top : top + rows].astype(ours.dtype, copy=False)
        if known is not None:
            inside = known[top : top + rows, :, None]
            ours, theirs = ours * inside, theirs * inside
        yield ours, theirs


def _largest_difference(delivered: Pixels, reference: Pixels, known: Pixels | None, *, swapped: bool) -> float:
    largest = 0.0
    for ours, theirs in _strips(delivered, reference, known):
        other = cv2.cvtColor(theirs, cv2.COLOR_RGB2BGR) if swapped else theirs
        largest = max(largest, cv2.norm(ours, other, cv2.NORM_INF))
    return largest


def _how_much(delivered: Pixels, reference: Pixels, known: Pixels | None) -> tuple[float, float]:
    """(mean difference of a channel, share of the pixels that differ by more than the tolerance)."""
    total, over = 0.0, 0
    for ours, theirs in _strips(delivered, reference, known):
        apart = cv2.absdiff(ours, theirs)
        total += float(apart.sum(dtype=np.float64))
        over += int(np.count_nonzero((apart > TOLERANCE).any(axis=2)))
    pixels = delivered.shape[0] * delivered.shape[1] if known is None else int(np.count_nonzero(known))
    return total / (3 * pixels), over / pixels


# --- a whole batch


@dataclass(frozen=True, slots=True)
class BatchProof:
    """What can be said of a batch: `level` is "good", "info" or "bad".

    It is good only where at least half of the images prove it: what rests on a few is no more than a remark.
    """

    level: str
    sentence: str


def summarise(proofs: Sequence[Proof | None]) -> BatchProof:
    """One sentence for a batch; None stands for an image that was not looked at yet."""
    done = [proof for proof in proofs if proof is not None]
    if not done:
        return BatchProof("info", "Not checked yet. Pause to check the whole batch.")
    count = Counter(proof.verdict for proof in done)
    equal = Counter(proof.badge for proof in done if proof.verdict is ColourMatch.UNKNOWN and proof.matches)
    doubtful = Counter(proof.badge for proof in done if proof.verdict is ColourMatch.UNKNOWN and not proof.matches)
    coloured = len(done) - count[ColourMatch.UNKNOWN]
    complete = len(done) == len(proofs)
    parts = []
    if swapped := count[ColourMatch.SWAPPED]:
        parts.append(f"{_of(swapped, coloured, complete)} BGR: red and blue are exchanged")
    if differing := count[ColourMatch.DIFFERS]:
        parts.append(f"{differing:,} {'differs' if differing == 1 else 'differ'} from what a second decoder gives")
    if right := count[ColourMatch.RGB]:
        parts.append(f"{_of(right, coloured, complete)} RGB: proved with a second decoder")
    if grey := equal.pop("grey", 0):
        parts.append(f"{grey:,} grey")
    if others := equal.total():
        parts.append(f"{others:,} with equal red and blue")
    if doubtful:
        parts.append(f"{doubtful.total():,} not provable ({', '.join(doubtful)})")
    bad = count[ColourMatch.SWAPPED] or count[ColourMatch.DIFFERS]
    good = complete and 2 * coloured >= len(done)
    nothing = "" if coloured else f"Nothing proved{'' if complete else ' so far'}: "
    return BatchProof("bad" if bad else "good" if good else "info", nothing + "; ".join(parts))


def _of(some: int, coloured: int, complete: bool) -> str:
    so_far = "" if complete else " checked so far"
    if some < coloured:
        return f"{some:,} of {fmt.plural(coloured, 'coloured image')}{so_far} {_is(some)}"
    return f"All {some:,} coloured images{so_far} are" if some > 1 else f"The only coloured image{so_far} is"


def _is(count: int) -> str:
    return "is" if count == 1 else "are"


def agreed(badges: Mapping[str, int]) -> ColourMatch:
    """What pictures of one loader say together, by how often each badge came.

    A single picture may deceive, such as one whose colours were inverted: they must not contradict each other, and few
    of them have other colours than their files.
    """
    rgb, bgr = badges.get("RGB", 0), badges.get("BGR", 0)
    if bool(rgb) == bool(bgr) or 4 * badges.get("augmented", 0) > rgb + bgr:
        return ColourMatch.UNKNOWN
    return ColourMatch.SWAPPED if bgr else ColourMatch.RGB
