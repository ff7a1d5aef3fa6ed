"""Does a model get RGB or BGR? A picture of a watched batch beside its file, however it was cropped or resized.

Every colour of a crop is among those of its file: where the picture's colours are, and would not be with red and blue
exchanged, it is RGB; the other way round, BGR. Grey proves nothing; nor do colours that an augmentation has changed.
"""

import os
from collections.abc import Mapping
from concurrent.futures import Future
from functools import partial

import cv2
import numpy as np
import numpy.typing as npt

from inspector import formatting as fmt
from inspector.monitor.colour_proof import ColourMatch, Proof, agreed, cannot_tell
from inspector.monitor.records import DeliveredImage
from inspector.session.examiner.examiner import Examiner
from inspector.session.examiner.records import SecondDecoding, SecondLook

_COLOURED = 24  # red and blue are at least so far apart, of 255
_LEAST = 0.02  # share of a picture's pixels that are coloured
_AMONG = 0.97  # share of those whose colour the file has
_APART = 0.3  # so much less with red and blue exchanged
_SHIFT = 3  # colours are told apart in steps of 8
_SIDE_PX = 256
_MOST_PIXELS = 500_000

Rgb = npt.NDArray[np.uint8]


def look_at_file(image: DeliveredImage, examiner: Examiner) -> "Future[SecondLook]":
    """Decode its file, in the examiner's process, and compare."""
    known = os.path.isabs(image.thumbnail.path)
    return examiner.decode_again(image.thumbnail.path if known else "", partial(_compare, image, known), wanted=known)


def _compare(image: DeliveredImage, known: bool, second: SecondDecoding) -> SecondLook:
    if not known:
        return SecondLook(cannot_tell("Its file is not known.", "no file"))
    if second.rgb is None or image.pixels is None:
        return SecondLook(cannot_tell(second.reason or "Its file cannot be decoded.", second.badge or "no file"))
    return SecondLook(colours(np.asarray(image.pixels, np.uint8), second.rgb), second.facts)


def colours(picture: Rgb, file: Rgb) -> Proof:
    """Compare a picture (h, w, 3) with its file (H, W, 3), which is RGB."""
    flat = picture.reshape(-1, 3)
    apart = np.abs(flat[:, 0].astype(np.int16) - flat[:, 2]) >= _COLOURED
    coloured = flat[apart]
    if len(coloured) < _LEAST * len(flat):
        return Proof(ColourMatch.UNKNOWN, "It is grey, or nearly: with red and blue exchanged it is the same.", "grey")
    there = _colours_of(file)
    as_rgb, as_bgr = _among(coloured, there), _among(coloured[:, ::-1], there)
    if as_rgb >= _AMONG and as_rgb - as_bgr >= _APART:
        return Proof(ColourMatch.RGB, "Its colours are those of its file.", "RGB", matches=True)
    if as_bgr >= _AMONG and as_bgr - as_rgb >= _APART:
        return Proof(ColourMatch.SWAPPED, "Red and blue are exchanged: so it has the colours of its file.", "BGR")
    if min(as_rgb, as_bgr) >= _AMONG - _APART:
        return cannot_tell("Its file has these colours, and has them with red and blue exchanged, too.", "R = B")
    return cannot_tell("Its colours are not those of its file: an augmentation may have changed them.", "augmented")


def _colours_of(file: Rgb) -> npt.NDArray[np.bool_]:
    """Which of 32 x 32 x 32 colours a file has, or nearly; also those that making it smaller mixes."""
    scale = _SIDE_PX / max(file.shape[:2])
    small = cv2.resize(file, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else file
    step = max(1, file.size // 3 // _MOST_PIXELS)
    every = np.concatenate([file.reshape(-1, 3)[::step], np.asarray(small, np.uint8).reshape(-1, 3)]) >> _SHIFT
    side = 256 >> _SHIFT
    found = np.zeros((side,) * 3, np.bool_)
    found[every[:, 0], every[:, 1], every[:, 2]] = True
    for axis in range(3):
        near = found.copy()
        near[(slice(None),) * axis + (slice(1, None),)] |= found[(slice(None),) * axis + (slice(None, -1),)]
        near[(slice(None),) * axis + (slice(None, -1),)] |= found[(slice(None),) * axis + (slice(1, None),)]
        found = near
    return found


def _among(pixels: Rgb, there: npt.NDArray[np.bool_]) -> float:
    few = pixels >> _SHIFT
    return float(there[few[:, 0], few[:, 1], few[:, 2]].mean())


def in_words(badges: Mapping[str, int]) -> str:
    """A sentence on what was seen of a loader; "" where nothing is proved."""
    others = sum(badges.values()) - badges.get("RGB", 0) - badges.get("BGR", 0)
    rest = f"; {others:,} proved nothing" if others else ""
    match agreed(badges):
        case ColourMatch.RGB:
            return f"Colours: RGB, as {fmt.plural(badges['RGB'], 'file')} prove{rest}."
        case ColourMatch.SWAPPED:
            many = fmt.plural(badges["BGR"], "picture")
            return f"Colours: BGR. Red and blue are exchanged in {many}, as their files prove{rest}."
    return ""
